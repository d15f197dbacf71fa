"""The marks of a session: every instant that is worth a jump, of whatever origin, in order.

Knows: cues and commands (what was derived from the recording), hits, bookmarks and notes (what
somebody found or wrote), as numbers and untrusted text. Must never know: glyphs, widgets, files,
clocks. Made by the projector; the player screen adds what is found and written; the scrubber draws
`by_column`, the list pane shows the texts, and the keys that jump go by `events`.

A mark is cited by its event. Marks are sorted by time, then event, then rank.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Sequence
from enum import StrEnum
from heapq import merge
from typing import NamedTuple

from recorder.command_table import Command
from recorder.cues import Cue


class Kind(StrEnum):
    """What a mark stands for, the most telling last: where several share a column of the
    scrubber, the last of these is drawn."""

    RESIZE = "resize"
    COMMAND = "command"
    ALLOWED = "allowed"
    SIGNAL = "signal"
    EXIT = "exit"
    MASK = "mask"
    MARKER = "marker"
    HELD = "held"
    DENIED = "denied"
    REFUSED = "refused"
    GAP = "gap"
    NOTE = "note"
    BOOKMARK = "bookmark"
    HIT = "hit"


JUMPS = frozenset(Kind) - {
    Kind.RESIZE,
    Kind.COMMAND,
    Kind.NOTE,
    Kind.BOOKMARK,
    Kind.HIT,
}
"""Between which one jumps marker by marker: commands, hits and bookmarks have ways of their own,
and a window that is dragged wider makes a dozen resizes."""
WRITTEN = frozenset((Kind.BOOKMARK, Kind.NOTE))
"""What somebody wrote."""
_RANKS = {kind: rank for rank, kind in enumerate(Kind)}
_VERDICTS = {"allow": Kind.ALLOWED, "deny": Kind.DENIED, "hold": Kind.HELD}
_ENDS = ("prompt", "status", "command")
"""Cues that are no marks: commands come from their own table, and end where the next begins."""


class Mark(NamedTuple):
    """One instant."""

    time: int
    """Microseconds since the session's start."""
    event: int
    kind: Kind
    channel: int
    text: str
    """Untrusted: a command, a label, a reason, a note."""

    @property
    def order(self) -> tuple[int, int, int]:
        """By what marks are sorted."""
        return self.time, self.event, _RANKS[self.kind]


class Markers:
    """Marks in order. Immutable."""

    def __init__(self, marks: Sequence[Mark] = ()) -> None:
        self.marks = tuple(marks)

    @classmethod
    def of(cls, cues: Iterable[Cue], commands: Iterable[Command]) -> Markers:
        """Those that the recording itself has."""
        found = [
            Mark(cue.time, cue.event, _kind_of(cue), cue.channel, cue.text)
            for cue in cues
            if cue.kind not in _ENDS
        ]
        found += [
            Mark(command.time, command.event, Kind.COMMAND, command.channel, command.text)
            for command in commands
        ]
        return cls(sorted(found, key=lambda mark: mark.order))

    def __len__(self) -> int:
        return len(self.marks)

    def adding(self, more: Iterable[Mark]) -> Markers:
        """With these too."""
        extra = sorted(more, key=lambda mark: mark.order)
        if not extra:
            return self
        return Markers(tuple(merge(self.marks, extra, key=lambda mark: mark.order)))

    def without(self, kinds: Collection[Kind]) -> Markers:
        """Without those of these kinds."""
        return Markers([mark for mark in self.marks if mark.kind not in kinds])

    def events(self, kinds: Collection[Kind]) -> list[int]:
        """The events of these kinds of marks, each once, ascending: what steps go by."""
        return sorted({mark.event for mark in self.marks if mark.kind in kinds})

    def between(self, start: int, end: int) -> Sequence[Mark]:
        """Those from one instant up to and with another: what the scrubber tells about a column."""
        low = bisect_left(self.marks, start, key=lambda mark: mark.time)
        return self.marks[low : bisect_right(self.marks, end, key=lambda mark: mark.time)]

    def by_column(self, width: int, start: int, end: int) -> dict[int, Kind]:
        """The most telling kind in each column, when the time from ``start`` to ``end`` (µs, both
        included) is drawn in so many columns."""
        columns: dict[int, Kind] = {}
        for mark in self.between(start, end):
            column = (mark.time - start) * width // (end - start + 1)
            before = columns.get(column)
            if before is None or _RANKS[before] < _RANKS[mark.kind]:
                columns[column] = mark.kind
        return columns


def _kind_of(cue: Cue) -> Kind:
    """A cue's kind; a kind that only a later recorder tells is a marker."""
    if cue.kind == "verdict":
        return _VERDICTS.get(cue.text.split(" ", 1)[0], Kind.HELD)
    try:
        return Kind(cue.kind)
    except ValueError:
        return Kind.MARKER
