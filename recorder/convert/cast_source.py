"""An asciicast v2 or v3 as a source of events.

Knows: asciicast's lines, our events. Must never know: stores, command lines. Called by
`recorder.convert.recognise`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from recorder.convert.asciicast import CastEvent, parse_size, read_cast
from recorder.convert.foreign import CHANNEL, About, pieces
from recorder.errors import ConversionError
from recorder.events import SESSION, Event, Exit, Gap, Input, Marker, Output, Resize

_LABEL_LIMIT = 1 << 16
_KNOWN = frozenset("oimrx")


class CastSource:
    """Lines of JSON in an open file."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    @property
    def files(self) -> Sequence[tuple[str, BinaryIO]]:
        return [("sha256", self._file)]

    def about(self) -> About:
        self._file.seek(0)
        header, _ = read_cast(self._file)
        return About(
            "asciicast",
            header.cols,
            header.rows,
            header.term,
            None if header.timestamp is None else header.timestamp * 1_000_000_000,
            header.title,
            header.command,
            {
                "version": header.version,
                "title": header.title,
                "command": header.command,
                "idle_limit": header.idle_limit,
                "env": dict(header.env),
            },
        )

    def events(self) -> Iterator[Event]:
        self._file.seek(0)
        _, events = read_cast(self._file)
        unknown: Counter[str] = Counter()
        at = 0
        for event in events:
            at = event.at
            if event.code not in _KNOWN:
                unknown[event.code[:8] if len(unknown) < 16 else "others"] += 1
            yield from events_of(event)
        if unknown:
            told = ", ".join(f"{count} of {code!r}" for code, count in sorted(unknown.items()))
            yield Gap(at, SESSION, f"events of unknown kinds were left out: {told}")


def events_of(event: CastEvent) -> Iterator[Event]:
    """An asciicast's event as ours; raises `ConversionError`."""
    at = event.at
    match event.code:
        case "o":
            yield from pieces(Output, at, event.data.encode())
        case "i":
            yield from pieces(Input, at, event.data.encode())
        case "r":
            cols, rows = parse_size(event.data)
            yield Resize(at, CHANNEL, cols, rows, 0, 0)
        case "m":
            yield Marker(at, SESSION, event.data[:_LABEL_LIMIT])
        case "x":
            yield Exit(at, CHANNEL, parse_status(event.data))
        case _:
            pass


def parse_status(text: str) -> int:
    """The exit status of an `x` event; raises `ConversionError`."""
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise ConversionError("an exit status is a number")
    return int(text)
