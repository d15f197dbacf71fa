"""What every foreign format is read as: something it says of itself, and our events.

Knows: the vocabulary. Must never know: any format, stores, command lines. The formats implement
`Source`; `recorder.convert.importing` records it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Protocol

from recorder.events import Event, Input, Output

CHANNEL = 1
"""A foreign recording is one terminal."""
PIECE = 1 << 16
"""Bytes of one record at most: a longer output becomes several records of one instant."""


@dataclass(frozen=True, slots=True)
class About:
    """What a file says of itself: the recording proves that it said so, not that it is so."""

    protocol: str
    """The format: `asciicast`, `ttyrec`, `script`."""
    cols: int = 0
    rows: int = 0
    term: str = ""
    began_ns: int | None = None
    """Since the Unix epoch; at most `recorder.convert.asciicast.LATEST` seconds."""
    title: str = ""
    command: str = ""
    claims: Mapping[str, Any] = field(default_factory=dict)
    """What else is kept in the header."""


class Source(Protocol):
    """A foreign recording. Everything may raise `ConversionError`, and nothing else for what is in
    the files."""

    @property
    def files(self) -> Sequence[tuple[str, BinaryIO]]:
        """What it consists of, each with the name under which its hash is kept."""
        ...

    def events(self) -> Iterator[Event]:
        """All events from the beginning, each time it is called, in order of time."""
        ...

    def about(self) -> About:
        """Asked after `events` came to an end."""
        ...


def pieces(kind: type[Output | Input], at: int, data: bytes) -> Iterator[Event]:
    """Bytes as records that are not too long."""
    for start in range(0, len(data), PIECE):
        yield kind(at, CHANNEL, data[start : start + PIECE])
