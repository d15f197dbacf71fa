"""What may be asked of the gateway itself over SSH, read off the words of an exec. Pure.

Knows: the verbs and their arguments. Must never know: who asks, whether they may, what a verb
does. Called by `gateway.console`. A word that is not understood is refused as a whole: nothing of
what a client says is handed on as it came.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass

from gateway.refusals import NoSuchVerb


@dataclass(frozen=True, slots=True)
class Help:
    pass


@dataclass(frozen=True, slots=True)
class KnownHosts:
    pass


@dataclass(frozen=True, slots=True)
class Sessions:
    as_json: bool
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Replay:
    session: str
    """With a moment after it where one was given; empty for the library."""


@dataclass(frozen=True, slots=True)
class Watch:
    session: str


@dataclass(frozen=True, slots=True)
class Kill:
    session: str
    reason: str


@dataclass(frozen=True, slots=True)
class Export:
    session: str
    options: tuple[tuple[str, str], ...]
    """Of `EXPORT_OPTIONS`, each with its value ("" for a flag)."""


@dataclass(frozen=True, slots=True)
class Requests:
    as_json: bool


@dataclass(frozen=True, slots=True)
class Answer:
    hold: str
    approves: bool
    reason: str
    group: str
    """On whose behalf; empty: the one that lacks."""


@dataclass(frozen=True, slots=True)
class Withdraw:
    hold: str


Verb = Requests | Answer | Withdraw | Help | KnownHosts | Sessions | Replay | Watch | Kill | Export

EXPORT_OPTIONS = {"--format": True, "--channel": True, "--from": True, "--to": True}
"""What may be said of an export, and whether a value follows."""
EXPORT_FLAGS = ("--input",)

USES = {
    "sessions": "ssh GATEWAY sessions [--json] [WORD...]",
    "replay": "ssh -t GATEWAY replay [SESSION]",
    "watch": "ssh -t GATEWAY watch SESSION",
    "kill": "ssh GATEWAY kill SESSION --reason TEXT",
    "export": "ssh GATEWAY export SESSION --format cast2 > FILE",
    "requests": "ssh GATEWAY requests [--json]",
    "approve": "ssh GATEWAY approve ID --reason TEXT [--for GROUP]",
    "deny": "ssh GATEWAY deny ID --reason TEXT [--for GROUP]",
    "withdraw": "ssh GATEWAY withdraw ID",
    "known-hosts": "ssh GATEWAY known-hosts",
    "help": "ssh GATEWAY help",
}
MEANINGS = {
    "sessions": "list the sessions that you may see",
    "replay": "play sessions back, in the app",
    "watch": "watch a live session",
    "kill": "end a live session",
    "export": "a recording as another format (cast2, cast3, text, json, html, ...)",
    "requests": "list what waits for approval: yours, and what you may answer",
    "approve": "let go on what somebody else asked for, exactly as it stands there",
    "deny": "end what somebody else asked for",
    "withdraw": "take back what you asked for",
    "known-hosts": "this gateway's host keys, for your known_hosts file",
    "help": "this text",
}

_SESSION = re.compile(r"[0-9A-Fa-f-]{1,36}")
_HOLD = re.compile(r"[0-9a-z]{1,16}")
_PLACE = re.compile(r"(?:#[ef][0-9]{1,18}|@[0-9A-Za-z:.%+-]{1,40})?")
_VALUE = re.compile(r"[0-9A-Za-z:.%+#-]{1,40}")
REASON = 500
"""Characters of a reason."""
COMMAND = 8192
"""Bytes of all that is asked at once."""
WORDS = 64


def parse(command: bytes) -> Verb:
    """Raises NoSuchVerb, with how it is written."""
    if len(command) > COMMAND:
        raise NoSuchVerb(f"a command to the gateway itself has at most {COMMAND} bytes")
    try:
        words = shlex.split(command.decode())
    except ValueError:
        raise NoSuchVerb("the command cannot be read; a quote may be missing") from None
    if any("\0" in word for word in words):
        raise NoSuchVerb("the command has a NUL byte in it, which no program can be given")
    if not words:
        raise NoSuchVerb("no command; write: help")
    name, rest = words[0], words[1:]
    reader = _READERS.get(name)
    if reader is None:
        raise NoSuchVerb(
            f"{_quoted(name)} is no verb of the gateway; it has: {', '.join(USES)}. To run it on a"
            " target, name one: ssh [ACCOUNT@]TARGET@GATEWAY"
        )
    if len(rest) > WORDS:
        raise NoSuchVerb("too many words")
    return reader(rest)


def meant(command: bytes) -> bool:
    """Whether it begins as a verb does, however wrongly it goes on."""
    first = command.split(maxsplit=1)[:1]
    return bool(first) and first[0].decode("utf-8", "replace") in _READERS


def name_of(verb: Verb) -> str:
    """As `USES` has it, however its first word was quoted."""
    if isinstance(verb, Answer):
        return "approve" if verb.approves else "deny"
    return _NAMES[type(verb)]


def help_text() -> list[str]:
    """What can be asked, line by line."""
    width = max(map(len, USES.values()))
    return [
        "This is the gateway itself. It does:",
        *(f"  {USES[name]:<{width}}  {MEANINGS[name]}" for name in USES),
        "To reach a target: ssh [ACCOUNT@]TARGET@GATEWAY; ssh GATEWAY alone lists them.",
    ]


def _no_words(name: str, verb: Verb) -> Callable[[list[str]], Verb]:
    def read(rest: list[str]) -> Verb:
        if rest:
            raise _use(name)
        return verb

    return read


def _sessions(rest: list[str]) -> Verb:
    words = [word for word in rest if word != "--json"]
    if any(word.startswith("--") for word in words):
        raise _use("sessions")
    return Sessions(len(words) < len(rest), tuple(words))


def _replay(rest: list[str]) -> Verb:
    if not rest:
        return Replay("")
    if len(rest) != 1 or not _is_place(rest[0]):
        raise _use("replay")
    return Replay(rest[0])


def _watch(rest: list[str]) -> Verb:
    if len(rest) != 1 or _SESSION.fullmatch(rest[0]) is None:
        raise _use("watch")
    return Watch(rest[0])


def _kill(rest: list[str]) -> Verb:
    session, options = _taken_apart("kill", rest, {"--reason": True})
    reason = dict(options).get("--reason", "").strip()
    if not reason or len(reason) > REASON or len(options) != 1 or not reason.isprintable():
        raise _use("kill")
    return Kill(session, reason)


def _requests(rest: list[str]) -> Verb:
    if rest not in ([], ["--json"]):
        raise _use("requests")
    return Requests(bool(rest))


def _answer(name: str) -> Callable[[list[str]], Verb]:
    def read(rest: list[str]) -> Verb:
        hold, options = _taken_apart(name, rest, {"--reason": True, "--for": True}, _HOLD)
        said = dict(options)
        reason, group = said.get("--reason", "").strip(), said.get("--for", "")
        if not reason or len(reason) > REASON or len(options) != len(said):
            raise _use(name)
        if not reason.isprintable() or not group.isprintable():
            raise _use(name)
        return Answer(hold, name == "approve", reason, group)

    return read


def _withdraw(rest: list[str]) -> Verb:
    hold, _ = _taken_apart("withdraw", rest, {}, _HOLD)
    return Withdraw(hold)


def _export(rest: list[str]) -> Verb:
    known = {**EXPORT_OPTIONS, **dict.fromkeys(EXPORT_FLAGS, False)}
    session, options = _taken_apart("export", rest, known)
    if any(known[name] and _VALUE.fullmatch(value) is None for name, value in options):
        raise _use("export")
    return Export(session, options)


def _taken_apart(
    verb: str, rest: list[str], known: dict[str, bool], name_like: re.Pattern[str] | None = None
) -> tuple[str, tuple[tuple[str, str], ...]]:
    """One SESSION (or what else is named so), and options, each with its value."""
    sessions: list[str] = []
    options: list[tuple[str, str]] = []
    words = iter(rest)
    for word in words:
        name, equals, value = word.partition("=")
        if name not in known:
            sessions.append(word)
        elif not known[name]:
            options.append((name, ""))
        else:
            options.append((name, value if equals else next(words, "")))
    if len(sessions) != 1 or (name_like or _SESSION).fullmatch(sessions[0]) is None:
        raise _use(verb)
    return sessions[0], tuple(options)


def _is_place(word: str) -> bool:
    session = _SESSION.match(word)
    return session is not None and _PLACE.fullmatch(word, session.end()) is not None


def _use(name: str) -> NoSuchVerb:
    return NoSuchVerb(f"{name} is written so: {USES[name]}")


def _quoted(name: str) -> str:
    shown = name if len(name) <= 32 else name[:29] + "..."
    return '"' + "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in shown) + '"'


_READERS: dict[str, Callable[[list[str]], Verb]] = {
    "sessions": _sessions,
    "replay": _replay,
    "watch": _watch,
    "kill": _kill,
    "export": _export,
    "requests": _requests,
    "approve": _answer("approve"),
    "deny": _answer("deny"),
    "withdraw": _withdraw,
    "known-hosts": _no_words("known-hosts", KnownHosts()),
    "help": _no_words("help", Help()),
}

_NAMES: dict[type[Verb], str] = {
    Help: "help",
    KnownHosts: "known-hosts",
    Sessions: "sessions",
    Replay: "replay",
    Watch: "watch",
    Kill: "kill",
    Export: "export",
    Requests: "requests",
    Withdraw: "withdraw",
}
