"""What was typed, run, transferred and said in a session, as passages: all but the screens.

Knows: events, commands, the frame table. Must never know: queries, the catalog. Called by
`replay.passages`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from recorder.columns import FrameTable
from recorder.command_table import Command
from recorder.events import (
    Asked,
    ChannelClosed,
    Decided,
    Disclosed,
    Environment,
    Event,
    ExitSignal,
    Gap,
    Header,
    HoldAnswered,
    Input,
    LoginRefused,
    Marker,
    Notice,
    Outage,
    Refused,
    Requested,
    SessionOpened,
    SftpDone,
    SftpOpened,
    Suspended,
    Terminal,
    Transferred,
    Unknown,
)
from recorder.format import Packed
from recorder.reader import Recording
from replay.folding import fold
from replay.passage import EDITED, NEVER_SHOWN, Kind, Passage
from replay.typed_lines import TypedLine, TypedLines

LONGEST = 4096
_MAY_ECHO = (Kind.TYPED, Kind.COMMAND, Kind.NOTICE)
_PART = re.compile(r"\w+(?![\w\t])")
"""What a screen has to show; before a tab stands only the beginning of a word."""
_SIGNS = re.compile(r"[^\w\s]+")
"""What of a line without words (`!!`, `..`)."""
_CONTROL = re.compile(r"[\x00-\x1f]+")
_REMOTE_COPY = re.compile(r"(?:\S*/)?(?:scp|rsync)\b.*?\s(?:-[a-zA-Z]*[tf]|--server)\b")
_STATEMENT = ("statement", "query", "sql")
_FILE = ("path", "file", "from", "to")


def spoken(
    recording: Recording,
    frames: FrameTable,
    commands: Sequence[Command],
    look: Callable[[int], bool] | None = None,
) -> Iterator[Passage]:
    """In the order of the records, commands last. Each as if no screen had it (`Echoes` knows).
    ``look`` is called with each record's number; it says whether that is enough."""
    lines: dict[int, TypedLines] = {}
    terminals: set[int] = set()
    place = _Place(frames)
    for record in recording.records():
        if look is not None and look(record.number):
            return
        event, channel = record.event, record.event.channel
        match event:
            case Input(data=data):
                keys = lines.setdefault(channel, TypedLines())
                for line in keys.feed(data, record.number, record.time):
                    yield place.typed(line, channel, channel in terminals)
            case Disclosed(data=data):
                keys = lines.setdefault(channel, TypedLines())
                for line in keys.feed(data, record.number, record.time):
                    yield place.typed(line, channel, terminal=True)
            case Terminal():
                terminals.add(channel)
            case ChannelClosed():
                for line in lines.pop(channel, TypedLines()).finish():
                    yield place.typed(line, channel, channel in terminals)
                terminals.discard(channel)
            case _:
                pass
        for kind, text, detail in said(event):
            for part in _lines(text):
                yield place.at(record, kind, part, detail)
    for channel, keys in sorted(lines.items()):
        for line in keys.finish():
            yield place.typed(line, channel, channel in terminals)
    for command in commands:
        yield Passage(
            Kind.COMMAND, command.channel, command.frame, command.frame, command.frame,
            command.event, command.time, max(command.time, command.ended), -1, False, "",
            _CONTROL.sub(" ", command.text), command.status,
        )  # fmt: skip


def said(event: Event) -> Iterator[tuple[Kind, str, str]]:
    """What an event says in words: the kind, the text, what it is."""
    match event:
        case Requested(kind="exec"):
            text = _text(event.command)
            if _REMOTE_COPY.match(text):
                yield Kind.FILE, text, "copy"
        case SftpOpened():
            yield Kind.FILE, _text(event.path), " ".join(event.access)
        case SftpDone():
            target = _words(event.facts.get("target", b""))
            names = (_text(event.path), _text(event.other), target)
            yield Kind.FILE, " ".join(filter(None, names)), event.operation
        case Transferred():
            yield Kind.FILE, _text(event.path), f"{event.protocol} {event.way}"
        case Environment():
            yield Kind.TYPED, f"{_text(event.name)}={_text(event.value)}", "environment"
        case Notice():
            yield Kind.NOTICE, _text(event.data), "notice"
        case Marker():
            yield Kind.NOTICE, event.label, "marker"
        case Decided() if event.reason:
            yield Kind.NOTICE, event.reason, event.verdict
        case HoldAnswered():
            said = "approve" if event.approves else "deny"
            yield Kind.NOTICE, f"{event.by}: {event.facts.get('reason', '')}", said
        case Refused():
            yield Kind.NOTICE, f"{event.what} {_text(event.detail)}".strip(), "refused"
        case Gap() | Suspended():
            yield Kind.NOTICE, event.cause, "gap"
        case Outage():
            yield Kind.NOTICE, f"{event.component} {event.phase}: {event.cause}", "outage"
        case ExitSignal() if event.message:
            yield Kind.NOTICE, event.message, "signal"
        case Asked():
            for key in _STATEMENT:
                if key in event.facts:
                    yield Kind.STATEMENT, _words(event.facts[key]), event.action
            paths = [_words(event.facts[key]) for key in _FILE if key in event.facts]
            if paths:
                yield Kind.FILE, " ".join(paths), event.action
            for path in _list(event.facts.get("paths")):
                yield Kind.FILE, _words(path), _words(event.facts.get("program", event.action))
        case LoginRefused():
            yield Kind.NOTICE, _facts(event.facts), "login refused"
        case SessionOpened():
            yield Kind.NOTICE, _facts(event.facts), "session opened"
        case Header():
            purpose = event.facts.get("claims", {}).get("title", "")
            if purpose:
                yield Kind.TITLE, str(purpose), "session"
        case Unknown():
            words = " ".join(
                _words(field) for field in event.fields if isinstance(field, str | bytes)
            )
            if words:
                yield Kind.NOTICE, words, event.code
        case _:
            pass


class Echoes:
    """Which of what was typed or run a screen says too, so that it is not found twice.

    A line of keys was shown where every word of it was on some screen. It is asked in a few words
    a line, so that no number of lines makes it slow: a set of words that were typed, a set of those
    that were seen.
    """

    def __init__(self, told: Iterable[Passage]) -> None:
        self._wanted: set[str] = set()
        self._seen: set[str] = set()
        for passage in told:
            if passage.kind in _MAY_ECHO:
                self._wanted.update(_parts(fold(passage.text)))
        self._signs = any(_SIGNS.fullmatch(part) for part in self._wanted)

    def see(self, text: str) -> None:
        """A line of a screen."""
        form = fold(text)
        self._seen.update(self._wanted.intersection(_PART.findall(form)))
        if self._signs:
            self._seen.update(self._wanted.intersection(_SIGNS.findall(form)))

    def told(self, passage: Passage) -> Passage:
        """The passage, and whether a screen says the same."""
        if passage.kind not in _MAY_ECHO:
            return passage
        words = _parts(fold(passage.text))
        if words and self._seen.issuperset(words):
            return passage._replace(again=True)
        mark = NEVER_SHOWN if passage.kind is Kind.TYPED and not passage.mark else passage.mark
        return passage._replace(mark=mark)


class _Place:
    """Records with the frames that they stand in."""

    def __init__(self, frames: FrameTable) -> None:
        self._frames = frames

    def at(self, record: Packed, kind: Kind, text: str, detail: str) -> Passage:
        return self._make(kind, record.event.channel, record.number, record.time, "", text, detail)

    def typed(self, line: TypedLine, channel: int, terminal: bool) -> Passage:
        mark = EDITED if line.edited else ""
        detail = "" if terminal else "sent"
        return self._make(Kind.TYPED, channel, line.record, line.time, mark, line.text, detail)

    def _make(
        self, kind: Kind, channel: int, number: int, time: int, mark: str, text: str, detail: str
    ) -> Passage:
        frame = self._frames.number_at_event(number, channel)
        return Passage(
            kind, channel, frame, frame, frame, number, time, time, -1, False, mark, text, detail
        )


def _parts(form: str) -> list[str]:
    """What a screen has to show of a line, for it to have been shown."""
    return _PART.findall(form) or _SIGNS.findall(form)


def _lines(text: str) -> Iterator[str]:
    for line in re.split(r"[\r\n]+", text):
        for start in range(0, max(len(line) - 128, 1), LONGEST - 128):
            if part := line[start : start + LONGEST].strip():
                yield part


def _text(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace")


def _words(value: Any) -> str:
    return _text(value) if isinstance(value, bytes) else str(value)


def _list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else ()


def _facts(facts: Any) -> str:
    return " ".join(f"{key}={_words(value)}" for key, value in facts.items())
