"""Commands that move files: which program, which way, what it names.

Knows: how `scp`, `rsync` and `git` call their other half over SSH. Must never know: their
streams (`gateway.wire.scp`), policy. Called by `gateway.wire.terminal`. Pure.

What is found here are facts beside the command, for whoever decides, searches or reads; the
target's shell reads the command itself, and may read it otherwise. So nothing is said of a command
that has more in it than words: quotes are taken off as a shell does, whatever else a shell acts on
ends it.
"""

from __future__ import annotations

from dataclasses import dataclass

from recorder.events import Facts

READ, WRITTEN = "read", "written"
LONGEST = 64 * 1024
PATHS = 100
"""Of one command; more are told as a number."""

_GIT = {"upload-pack": READ, "upload-archive": READ, "receive-pack": WRITTEN}
_ACTS = frozenset(";&|<>()$`\n\r#!")
"""What makes of words more than words."""


@dataclass(frozen=True, slots=True)
class Transfer:
    program: str
    """ "scp", "rsync" or "git"."""
    way: str
    """`READ` (from the target) or `WRITTEN` (to it)."""
    paths: tuple[bytes, ...]
    """As they are named; patterns are the target's to resolve."""

    def facts(self) -> Facts:
        more = len(self.paths) - PATHS
        return {
            "program": self.program,
            "way": self.way,
            "paths": list(self.paths[:PATHS]),
            **({"more": more} if more > 0 else {}),
        }


def transfer_of(command: bytes) -> Transfer | None:
    """What this command moves; None where it is none of these, or not plain to read."""
    words = _words(command)
    if not words:
        return None
    program = words[0].rpartition("/")[2]
    match program:
        case "scp":
            return _scp(words[1:])
        case "rsync" if words[1:2] == ["--server"]:
            return _rsync(words[2:])
        case "git" if len(words) > 1:
            return _git(words[1], words[2:])
        case _ if program.startswith("git-"):
            return _git(program.removeprefix("git-"), words[1:])
        case _:
            return None


def _scp(words: list[str]) -> Transfer | None:
    letters = ""
    while words and words[0].startswith("-"):
        option = words.pop(0)
        if option == "--":
            break
        letters += option[1:]
    to, source = "t" in letters, "f" in letters
    return None if to == source else Transfer("scp", WRITTEN if to else READ, _paths(words))


def _rsync(words: list[str]) -> Transfer:
    """Its paths come behind a lone dot; where they are sent over the stream there are none."""
    way = READ if "--sender" in words else WRITTEN
    rest = words[words.index(".") + 1 :] if "." in words else []
    return Transfer("rsync", way, _paths(rest))


def _git(verb: str, words: list[str]) -> Transfer | None:
    way = _GIT.get(verb)
    paths = [word for word in words if not word.startswith("-")]
    return None if way is None else Transfer("git", way, _paths(paths))


def _paths(words: list[str]) -> tuple[bytes, ...]:
    return tuple(word.encode() for word in words)


def _words(command: bytes) -> list[str] | None:
    """The command's words; None where it is more than words."""
    try:
        text = command.decode() if len(command) <= LONGEST else ""
    except UnicodeDecodeError:
        return None
    words: list[str] = []
    word: str | None = None
    quote, escaped = "", False
    for char in text:
        if escaped:
            # Between double quotes a backslash stays before what it does not quote.
            word = (word or "") + ("\\" if quote and char not in '"\\$`' else "") + char
            escaped = False
        elif char == "\\" and quote != "'":
            escaped = True
        elif quote:
            if quote == '"' and char in "$`":
                return None
            word, quote = (word or "", "") if char == quote else ((word or "") + char, quote)
        elif char in "'\"":
            word, quote = word or "", char
        elif char in _ACTS:
            return None
        elif char in " \t":
            words, word = ([*words, word] if word is not None else words), None
        else:
            word = (word or "") + char
    if quote or escaped:
        return None
    return words if word is None else [*words, word]
