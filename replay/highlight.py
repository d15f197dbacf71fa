"""Hits on a frame: which cells of a screen say what a query found.

Knows: frames, passages, queries, how texts are folded. Must never know: files, widgets, colours.
Called by the player's stage and by whoever shows a hit with its screen. Pure.

What counts is the frame: text is read from its cells, rows that the terminal wrapped joined, and a
place in it leads back to the row and the columns where it stands. So what is highlighted reads as
what was found.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from recorder.screen import Frame
from replay.folding import fold, folded
from replay.passage import Passage
from replay.query import Query, Span


class Cells(NamedTuple):
    """Neighbouring cells of one row, from column ``start`` up to, without, ``end``."""

    row: int
    start: int
    end: int


class Line(NamedTuple):
    """A line of a screen: rows that were wrapped are one."""

    text: str
    places: list[tuple[int, int, int]]
    """Of each character: its row, and the first column and the one after the last of its cell."""
    row: int
    begun: bool
    """Whether its beginning is on the screen."""

    def cells(self, span: Span) -> Iterator[Cells]:
        """Where a part of the text stands, row by row."""
        row, start, end = -1, 0, 0
        for at, first, after in self.places[span.start : span.end]:
            if at == row and first <= end:
                end = max(end, after)
                continue
            if row >= 0:
                yield Cells(row, start, end)
            row, start, end = at, first, after
        if row >= 0:
            yield Cells(row, start, end)


def lines(frame: Frame) -> list[Line]:
    """What can be read on a screen, from top to bottom; blank lines are none."""
    made: list[Line] = []
    chars: list[str] = []
    places: list[tuple[int, int, int]] = []
    begin, begun = 0, True

    def close() -> None:
        text = "".join(chars).rstrip(" ")
        if text:
            made.append(Line(text, places[: len(text)], begin, begun))

    for y in range(frame.rows):
        if not frame.wrapped(y):
            close()
            chars, places, begin, begun = [], [], y, True
        elif y == 0:
            begun = False
        for x, cell in enumerate(frame.row(y)):
            if cell.width:
                chars.append(cell.text)
                places += [(y, x, x + cell.width)] * len(cell.text)
    close()
    return made


def found_on(frame: Frame, query: Query) -> list[tuple[Cells, ...]]:
    """Every place on a screen where a query is found, from top to bottom, each as its cells. A
    line whose beginning has left the screen is read as far as it is there."""
    found: list[tuple[Cells, ...]] = []
    for line in lines(frame):
        found += [tuple(line.cells(span)) for span in query.find(line.text)]
    return found


def cells_of(frame: Frame, passage: Passage, spans: Iterable[Span]) -> list[tuple[Cells, ...]]:
    """Where on a screen the parts of a passage stand that were found, each as its cells: none where
    the passage was on no screen (a title, what was overwritten, what was typed unseen)."""
    wanted = [(len(fold(passage.text[:s])), len(fold(passage.text[:e]))) for s, e in spans]
    whole = fold(passage.text)
    best: list[tuple[Cells, ...]] = []
    rank = _NOWHERE
    for line in lines(frame):
        form = folded(line.text)
        kind, offset = _offset(form.text, whole, begun=line.begun)
        mine = (kind, abs(line.row - passage.row))
        if mine >= rank:
            continue
        found = []
        for start, end in wanted:
            start, end = max(start - offset, 0), min(end - offset, len(form.text))
            if start < end and (cells := tuple(line.cells(Span(*form.span(start, end))))):
                found.append(cells)
        if found:
            best, rank = found, mine
    return best


_NOWHERE = (3, 0)
_SURE = 64
"""Characters by which the place of a line in a longer one is told."""


def _offset(line: str, whole: str, *, begun: bool) -> tuple[int, int]:
    """How well a line of a screen fits a passage (0: it is all there, 1: its end is, 2: it was
    still growing, 3: not at all), and how many characters of the passage stand before the line's
    first one; negative where the line has more before it."""
    at = line.find(whole)
    if at >= 0:
        return 0, -at
    if not begun and whole.endswith(line):
        return 1, len(whole) - len(line)
    if not begun:
        # What has left the screen is not there any more; what is beyond is another part of it.
        at = whole.find(line[:_SURE])
        if at >= 0 and line.startswith(whole[at:]):
            return 1, at
    return (2, 0) if whole.startswith(line) else _NOWHERE
