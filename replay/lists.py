"""What the list beside the stage has to say: commands, events, hits, notes, as rows by number.

Knows: what the recording's index derived, what was found and written. Must never know: widgets,
files, threads, colours. The list pane draws the rows that can be seen; each list says which row
belongs to a position, and to which event a row leads. All text has nothing invisible in it.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple, Protocol

from recorder.command_table import Command
from recorder.moments import AtEvent, AtFrame, format_duration
from replay.excerpts import EventRow
from replay.invisible import visible
from replay.markers import Kind, Mark
from replay.passage import marks_of
from replay.search import Hit

MOST_HITS = 100_000
"""Hits that are kept; the others are counted."""
MOST_MARKS = 2000
"""Hits that are marked over time, where no screen has room for as many."""
MOST_ROWS = 4096
"""Rows of events that are kept as they were read."""
LONGEST = 400
"""Characters of a row's text."""


class Tab(StrEnum):
    """The lists."""

    COMMANDS = "commands"
    EVENTS = "events"
    HITS = "hits"
    NOTES = "notes"


class Row(NamedTuple):
    """One row: what it is called, when it was, what it says."""

    name: str
    time: int
    text: str
    tail: str = ""
    """What stands at the right, where there is room."""
    bad: bool = False
    """Whether it went wrong."""
    spans: tuple[tuple[int, int], ...] = ()
    """Parts of the text that were found."""


class List(Protocol):
    """One of the lists."""

    def __len__(self) -> int: ...

    def row(self, number: int) -> Row | None:
        """A row; None where it is still to be read."""
        ...

    def at(self, event: int) -> int:
        """The row that a position at this event belongs to; -1 before the first."""
        ...

    def target(self, number: int) -> AtEvent | AtFrame:
        """Where a row leads."""
        ...


def fits(words: Sequence[str], text: str) -> bool:
    """Whether a text has every word (small letters) of a filter."""
    folded = text.casefold()
    return all(word in folded for word in words)


class Commands:
    """What ran."""

    def __init__(self, commands: Iterable[Command], words: Sequence[str] = ()) -> None:
        self._commands = [each for each in commands if not words or fits(words, each.text)]
        self._events = array("q", (each.event for each in self._commands))

    def __len__(self) -> int:
        return len(self._commands)

    def row(self, number: int) -> Row:
        command = self._commands[number]
        bad = command.status not in ("", "0")
        tail = [f"✗ {visible(command.status[:20])}"] if bad else []
        if command.ended >= 0:
            tail.append(format_duration(max(command.ended - command.time, 0)))
        # A local command's words are recorded with a NUL between them.
        text = visible(command.text[:LONGEST].replace("\0", " "))
        sure = "" if command.confidence >= 50 else "? "
        return Row(f"c{command.number}", command.time, f"{sure}{text}", " ".join(tail), bad)

    def at(self, event: int) -> int:
        return bisect_right(self._events, event) - 1

    def target(self, number: int) -> AtEvent:
        return AtEvent(self._events[number])


class Events:
    """All events, or those that a filter let through. Rows are read when they are to be seen."""

    def __init__(self, count: int = 0) -> None:
        self._count = count
        self._chosen: array[int] | None = None
        self._rows: dict[int, EventRow] = {}

    def __len__(self) -> int:
        return self._count if self._chosen is None else len(self._chosen)

    def grow(self, count: int) -> None:
        """There are so many now."""
        self._count = count

    def choose(self, numbers: array[int] | None) -> None:
        """Only these (ascending), which may become more; None: all."""
        self._chosen = numbers

    def learn(self, rows: dict[int, EventRow]) -> None:
        """Rows that were read."""
        if len(self._rows) + len(rows) > MOST_ROWS:
            self._rows.clear()
        self._rows.update(rows)

    def unread(self, numbers: range) -> list[int]:
        """The events of these rows that are still to be read."""
        events = (self._event(number) for number in numbers if number < len(self))
        return [event for event in events if event not in self._rows]

    def row(self, number: int) -> Row | None:
        read = self._rows.get(self._event(number))
        if read is None:
            return None
        return Row(f"e{read.event}", read.time, read.text, read.code, bad=read.code in _BAD)

    def at(self, event: int) -> int:
        if self._chosen is None:
            return min(event, self._count - 1)
        return bisect_right(self._chosen, event) - 1

    def target(self, number: int) -> AtEvent:
        return AtEvent(self._event(number))

    def _event(self, number: int) -> int:
        return number if self._chosen is None else self._chosen[number]


_BAD = frozenset(("refused", "gap", "suspend", "gw-refused", "gw-outage"))


class Hits:
    """What a search found, in the order of the recording, in whatever order it came."""

    def __init__(self, hits: Iterable[Hit] = ()) -> None:
        self._hits: list[Hit] = []
        self.lost = 0
        """Hits beyond `MOST_HITS`."""
        self.add(hits)

    def add(self, hits: Iterable[Hit]) -> None:
        """More of them."""
        for hit in hits:
            if len(self._hits) >= MOST_HITS:
                self.lost += 1
            else:
                insort(self._hits, hit, key=_place)

    def __len__(self) -> int:
        return len(self._hits)

    def __getitem__(self, number: int) -> Hit:
        return self._hits[number]

    def row(self, number: int) -> Row:
        passage = self._hits[number].passage
        spans = self._hits[number].spans
        text, shown = _window(passage.text, [(span.start, span.end) for span in spans])
        return Row(
            f"f{passage.whole}", passage.time, text, " ".join(marks_of(passage)), spans=shown
        )

    def at(self, event: int) -> int:
        return bisect_right(self._hits, event, key=lambda hit: hit.passage.event) - 1

    def index(self, hit: Hit) -> int:
        """The number of one of them; others that came in before it have moved it."""
        first = bisect_left(self._hits, _place(hit), key=_place)
        return self._hits.index(hit, first)

    def target(self, number: int) -> AtEvent | AtFrame:
        passage = self._hits[number].passage
        return AtFrame(passage.whole) if passage.whole >= 0 else AtEvent(passage.event)

    def marks(self) -> list[Mark]:
        """Of each place one; of very many, `MOST_MARKS` of them, evenly."""
        found: dict[int, Mark] = {}
        for hit in self._hits[:: len(self._hits) // MOST_MARKS + 1]:
            passage = hit.passage
            text = visible(passage.text[:LONGEST])
            found.setdefault(
                passage.event, Mark(passage.time, passage.event, Kind.HIT, passage.channel, text)
            )
        return list(found.values())


def _place(hit: Hit) -> tuple[int, int]:
    return hit.passage.event, hit.passage.row


def _window(text: str, spans: list[tuple[int, int]]) -> tuple[str, tuple[tuple[int, int], ...]]:
    """A text from shortly before what was found, with nothing invisible, and where that stands."""
    before = 24
    begin = max(spans[0][0] - before, 0) if spans and spans[0][1] > before * 2 else 0
    shown, found = ("…" if begin else ""), []
    at = begin
    for start, end in spans:
        start, end = max(start, at), min(end, begin + LONGEST)
        if start >= end:
            continue
        shown += visible(text[at:start])
        piece = visible(text[start:end])
        found.append((len(shown), len(shown) + len(piece)))
        shown += piece
        at = end
    return shown + visible(text[at : begin + LONGEST]), tuple(found)


class Notes:
    """What was written: bookmarks, and notes on them."""

    def __init__(self, marks: Iterable[Mark], words: Sequence[str] = ()) -> None:
        kept = (mark for mark in marks if not words or fits(words, mark.text))
        self._marks = sorted(kept, key=lambda mark: mark.order)
        self._events = array("q", (mark.event for mark in self._marks))

    def __len__(self) -> int:
        return len(self._marks)

    def row(self, number: int) -> Row:
        mark = self._marks[number]
        return Row(f"e{mark.event}", mark.time, visible(mark.text[:LONGEST]), mark.kind.value)

    def at(self, event: int) -> int:
        return bisect_right(self._events, event) - 1

    def target(self, number: int) -> AtEvent:
        return AtEvent(self._events[number])
