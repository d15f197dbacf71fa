"""What is selected on the stage: from a cell to a cell, in reading order or as a block.

Knows: cells and where they stand. Must never know: widgets, clipboards. Used by the stage, which
paints `Selection.span` and copies `text_of`. Pure.

Rows above the screen (lines that scrolled off in this frame) have negative numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from rich.cells import cell_len

from recorder.screen.frame import Cell
from replay.tui.cells import plain


class Place(NamedTuple):
    """A recorded column and row."""

    x: int
    y: int


class Glyph(NamedTuple):
    """What stands in a column: its text, and how many columns it takes. The right half of a wide
    character has none."""

    text: str
    width: int


@dataclass(frozen=True, slots=True)
class Selection:
    """Both ends belong to it."""

    anchor: Place
    head: Place
    block: bool = False

    def to(self, head: Place) -> Selection:
        """From the same anchor to another place."""
        return replace(self, head=head)

    def swapped(self) -> Selection:
        """The same cells, with the other end to be moved."""
        return replace(self, anchor=self.head, head=self.anchor)

    @property
    def rows(self) -> range:
        """The rows that it touches, from the top."""
        low, high = sorted((self.anchor.y, self.head.y))
        return range(low, high + 1)

    def span(self, y: int, row: Sequence[Glyph]) -> tuple[int, int]:
        """The columns of a row that are selected, from one up to another; wide characters as a
        whole. Empty where none is."""
        rows, cols = self.rows, len(row)
        if y not in rows:
            return (0, 0)
        if self.block:
            start, last = sorted((self.anchor.x, self.head.x))
        else:
            first, end = sorted((self.anchor, self.head), key=lambda place: (place.y, place.x))
            start = first.x if y == first.y else 0
            last = end.x if y == end.y else cols - 1
        last = min(last, cols - 1)
        if start > last:
            return (0, 0)
        while start > 0 and row[start].width == 0:
            start -= 1
        while last + 1 < cols and row[last + 1].width == 0:
            last += 1
        return (start, last + 1)


def glyphs_of(cells: Sequence[Cell]) -> list[Glyph]:
    """A recorded row, column by column."""
    return [Glyph(plain(cell.text) if cell.width else "", cell.width) for cell in cells]


def glyphs_in(line: str) -> list[Glyph]:
    """A line of plain text, column by column."""
    glyphs: list[Glyph] = []
    for char in line:
        width = cell_len(char)
        if width:
            glyphs.append(Glyph(char, width))
            glyphs += [Glyph("", 0)] * (width - 1)
        elif glyphs:
            base = next(n for n in reversed(range(len(glyphs))) if glyphs[n].width)
            glyphs[base] = Glyph(glyphs[base].text + char, glyphs[base].width)
    return glyphs


def text_of(
    selection: Selection, row: Callable[[int], Sequence[Glyph]], wrapped: Callable[[int], bool]
) -> str:
    """The selected text: a line for each row, without trailing blanks. In reading order, rows that
    the terminal wrapped (``wrapped(y)``: row ``y`` goes on where the one above ended) are one."""
    lines: list[str] = []
    for y in selection.rows:
        glyphs = row(y)
        start, end = selection.span(y, glyphs)
        piece = "".join(glyph.text for glyph in glyphs[start:end])
        if lines and not selection.block and wrapped(y):
            lines[-1] += piece
        else:
            lines.append(piece)
    return "\n".join(line.rstrip(" ") for line in lines)
