"""What the inspector says of some events: every fact, what was hidden, each escape, each byte.

Knows: records, annotations of a screen, names of sequences. Must never know: files, threads,
widgets, colours. Called by `replay.excerpts` on the projector's thread; the inspector draws it.

Everything is text with nothing invisible in it (`replay.invisible`), cut to the width that it is
for. It is bounded: what is too much is counted, never left out silently.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple, cast

from recorder.event_json import event_json
from recorder.events import (
    Disclosed,
    ErrorOutput,
    Event,
    Input,
    Notice,
    Output,
)
from recorder.format import Packed
from recorder.moments import SECOND, format_offset
from recorder.screen import Annotation
from replay.inspect_escapes import Piece, What, decode
from replay.invisible import visible

MOST_EVENTS = 200
"""Events of one frame that are told."""
MOST_BYTES = 1 << 17
"""Bytes that are decoded for one look."""
_TYPED = (Input, Disclosed)
_WITH_DATA = (Output, ErrorOutput, Notice, Input, Disclosed)
_LEFT = 24
_NAMES = {
    "o": "output",
    "e": "error output",
    "n": "gateway's words",
    "i": "input",
    "k": "typed, content unknown yet",
    "t": "typed, disclosed",
    "w": "typed, withheld",
    "r": "resize",
    "m": "marker",
    "x": "exit",
    "xs": "ended by a signal",
    "eof": "no more bytes",
    "open": "channel opened",
    "close": "channel closed",
    "pty": "terminal",
    "env": "variable",
    "run": "request",
    "sig": "signal",
    "brk": "break",
    "auth": "authenticated",
    "ask": "asked",
}


class Part(StrEnum):
    """What a line is, so that it can be drawn as such."""

    HEAD = "head"
    FACT = "fact"
    HIDDEN = "hidden"
    TEXT = "text"
    CONTROL = "control"
    SEQUENCE = "sequence"
    BROKEN = "broken"
    HEX = "hex"


class Line(NamedTuple):
    """One line: its two columns."""

    part: Part
    left: str
    right: str = ""


_PARTS = {
    What.TEXT: Part.TEXT,
    What.CONTROL: Part.CONTROL,
    What.SEQUENCE: Part.SEQUENCE,
    What.BROKEN: Part.BROKEN,
    What.UNFINISHED: Part.BROKEN,
}


def event_name(code: str) -> str:
    """What a kind of event is called; its code where that says it."""
    return _NAMES.get(code, visible(code))


def data_of(event: Event) -> bytes | None:
    """The bytes of an event that has some of a stream."""
    return event.data if isinstance(event, _WITH_DATA) else None


def inspect(
    records: Sequence[Packed],
    before: Mapping[int, bytes],
    hidden: Sequence[Annotation],
    wall_ns: int,
    *,
    width: int,
    more: int = 0,
) -> list[Line]:
    """All lines about these records, for so many columns.

    ``before``: by the number of a record, the bytes that came before it in its stream; ``hidden``:
    what the screen after them does not show of them; ``more``: records that are not here.
    """
    lines = list(_hidden(hidden, width))
    room = MOST_BYTES
    for record in records:
        data = data_of(record.event) or b""
        lines += _event(record, wall_ns, len(data), width)
        shown = data[:room]
        typed = isinstance(record.event, _TYPED)
        for piece in decode(shown, before.get(record.number, b""), typed=typed):
            lines += _piece(piece, width)
        lines += hex_lines(shown, 16 if width >= 76 else 8)
        room -= len(shown)
        if len(shown) < len(data):
            lines.append(Line(Part.FACT, "", f"… and {len(data) - len(shown)} bytes more"))
    if more:
        lines.append(Line(Part.FACT, "", f"… and {more} events more: `.` goes on"))
    return lines


def hex_lines(data: bytes, columns: int) -> Iterator[Line]:
    """Bytes as numbers, and beside them as characters."""
    room = columns * 3 + (columns > 8)
    for start in range(0, len(data), columns):
        row = data[start : start + columns]
        halves = [row[:8].hex(" "), row[8:].hex(" ")]
        shown = "".join(_cell(byte) for byte in row)
        yield Line(Part.HEX, f"{start:06x}", f"{'  '.join(filter(None, halves)):<{room}} {shown}")


def _cell(byte: int) -> str:
    return visible(chr(byte)) if byte < 0x80 else "·"


def _hidden(hidden: Sequence[Annotation], width: int) -> Iterator[Line]:
    if hidden:
        yield Line(Part.HEAD, "not to be seen on this screen", f"{len(hidden)}")
    for why, text, detail, y in hidden:
        where = f"row {y + 1}: " if y >= 0 else ""
        words = f"{where}{visible(text)}" + (f"  ({visible(detail)})" if detail else "")
        yield from _wrapped(Part.HIDDEN, why.value, words, width)


def _event(record: Packed, wall_ns: int, size: int, width: int) -> Iterator[Line]:
    event = record.event
    clock = f"{format_offset(record.time)}.{record.time % SECOND:06}"
    amount = f"  {size} bytes" if data_of(event) is not None else ""
    channel = f"  channel {event.channel}" if event.channel else ""
    yield Line(
        Part.HEAD, f"#e{record.number}  {event_name(event.code)}", f"{clock}{channel}{amount}"
    )
    told = event_json(record, wall_ns)
    for name in ("event", "time", "channel", "data", "data_hex"):
        told.pop(name, None)
    for name, value in _flat(told):
        yield from _wrapped(Part.FACT, visible(name), visible(value), width)


def _flat(facts: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Facts in facts by their path."""
    for name, value in facts.items():
        path = f"{prefix}{name}"
        if isinstance(value, dict) and value:
            yield from _flat(cast("dict[str, object]", value), f"{path}.")
        elif isinstance(value, list):
            yield path, ", ".join(map(str, value)) or "none"
        else:
            yield path, str(value)


def _piece(piece: Piece, width: int) -> Iterator[Line]:
    part = _PARTS[piece.what]
    if part is Part.TEXT:
        step = max(width - 2, 8) if piece.drawn.isascii() else max(width // 2 - 1, 4)
        for start in range(0, len(piece.drawn), step):
            yield Line(part, f"“{piece.drawn[start : start + step]}”")
        if piece.name:
            yield Line(Part.HIDDEN, "", piece.name)
    else:
        yield from _wrapped(part, piece.drawn, piece.name, width)


def _wrapped(part: Part, left: str, right: str, width: int) -> Iterator[Line]:
    """Two columns; where the left one is too long, the right one goes below."""
    if len(left) > _LEFT:
        step = max(width, 8)
        for start in range(0, len(left), step):
            yield Line(part, left[start : start + step])
        left = ""
    step = max(width - _LEFT - 1, 8)
    for start in range(0, max(len(right), 1), step):
        yield Line(part, left.ljust(_LEFT), right[start : start + step])
        left = ""
