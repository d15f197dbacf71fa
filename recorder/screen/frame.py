"""What a screen shows at one instant: immutable, and sharing unchanged rows with the frame before.

Knows nothing of bytes or of how the screen got there. Whoever shows, searches or exports a
recording reads cells here; no recorded byte is handed on, only characters and how they look.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from recorder.screen.clusters import Clusters
from recorder.screen.pens import DEFAULT, Attributes, Color, Pen
from recorder.screen.rows import BLANK, HALF


class Cell(NamedTuple):
    """One column. The right half of a wide character has width 0 and text "".

    `text` is a character with its combining marks, or " " for a blank. `fg` and `bg` are None for
    the default colour, 0..255 for the palette, or (r, g, b).
    """

    text: str
    width: int
    fg: Color
    bg: Color
    attributes: Attributes


class Run(NamedTuple):
    """Neighbouring cells that look alike: their text as it reads, and the columns they take."""

    text: str
    columns: int
    fg: Color
    bg: Color
    attributes: Attributes


class Cursor(NamedTuple):
    """Column and row, from 0, inside the window; and whether the program shows it."""

    x: int
    y: int
    visible: bool


class FrameRow:
    """One row: comparable and hashable, cheaply where both rows come from the same screen."""

    __slots__ = (
        "_cells", "_clusters", "_conceals", "_pens", "_read", "cols", "pens", "text", "wrapped",
    )  # fmt: skip

    def __init__(
        self,
        text: str,
        pens: str,
        cols: int,
        wrapped: bool,
        by_char: Mapping[str, Pen],
        clusters: Clusters,
    ) -> None:
        self.text = text
        self.pens = pens
        self.cols = cols
        self.wrapped = wrapped
        self._pens = by_char
        self._clusters = clusters
        self._cells: tuple[Cell, ...] | None = None
        # A row is asked again in each frame that shares it.
        self._read: str | None = None
        self._conceals: bool | None = None if pens else False

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, FrameRow):
            return NotImplemented
        if self._pens is other._pens and self._clusters is other._clusters:
            return (
                self.text == other.text
                and self.pens == other.pens
                and self.cols == other.cols
                and self.wrapped == other.wrapped
            )
        return self.wrapped == other.wrapped and self.cells() == other.cells()

    def __hash__(self) -> int:
        return hash((self.read(), self.cols))

    def read(self) -> str:
        """The row's text, trailing blanks stripped."""
        if self._read is None:
            self._read = self._clusters.expand(self.text).rstrip(BLANK)
        return self._read

    def cells(self) -> tuple[Cell, ...]:
        """One cell per column."""
        if self._cells is None:
            made: list[Cell] = []
            resolve = self._clusters.text
            text = self.text.ljust(self.cols)
            by_char = self._pens
            last = len(text) - 1
            for at, (char, pen_char) in enumerate(
                zip(text, self.pens.ljust(self.cols, DEFAULT), strict=True)
            ):
                pen = by_char[pen_char]
                if char == HALF:
                    made.append(Cell("", 0, pen.fg, pen.bg, pen.attributes))
                else:
                    width = 2 if at < last and text[at + 1] == HALF else 1
                    made.append(Cell(resolve(char), width, pen.fg, pen.bg, pen.attributes))
            self._cells = tuple(made)
        return self._cells

    @property
    def may_conceal(self) -> bool:
        """Whether some cell is concealed or has its background's colour; cheap to ask."""
        if self._conceals is None:
            self._conceals = any(self._pens[char].conceals for char in set(self.pens))
        return self._conceals

    def runs(self) -> list[Run]:
        """The row as runs of cells that look alike, from column 0 to the last; none is empty."""
        made: list[Run] = []
        text = self.text.ljust(self.cols)
        pens = self.pens.ljust(self.cols, DEFAULT)
        start = 0
        while start < self.cols:
            char = pens[start]
            end = start + 1
            while end < self.cols and (pens[end] == char or text[end] == HALF):
                end += 1
            pen = self._pens[char]
            read = self._clusters.expand(text[start:end])
            made.append(Run(read, end - start, pen.fg, pen.bg, pen.attributes))
            start = end
        return made


class Frame:
    """One visible state of the screen."""

    __slots__ = ("_rows", "alternate", "cols", "cursor", "rows", "title")

    def __init__(
        self, rows: tuple[FrameRow, ...], cols: int, cursor: Cursor, title: str, alternate: bool
    ) -> None:
        self._rows = rows
        self.cols = cols
        self.rows = len(rows)
        self.cursor = cursor
        self.title = title
        self.alternate = alternate

    def row(self, y: int) -> tuple[Cell, ...]:
        """Cells of row `y`, one per column."""
        return self._rows[y].cells()

    def runs(self, y: int) -> list[Run]:
        """Row `y` as runs of cells that look alike."""
        return self._rows[y].runs()

    def text(self, y: int) -> str:
        """Row `y` as one would read it, trailing blanks stripped."""
        return self._rows[y].read()

    def wrapped(self, y: int) -> bool:
        """Whether row `y` goes on where the row above it ended (a soft wrap)."""
        return self._rows[y].wrapped

    @property
    def lines(self) -> tuple[FrameRow, ...]:
        """The rows themselves, to compare and to hash."""
        return self._rows

    def changed_rows(self, previous: Frame | None) -> set[int] | None:
        """Rows that differ from `previous`; None if all must be painted (other size, no frame)."""
        if previous is None or previous.cols != self.cols or previous.rows != self.rows:
            return None
        return {
            y
            for y, (old, new) in enumerate(zip(previous._rows, self._rows, strict=True))
            if old is not new and old != new
        }

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Frame):
            return NotImplemented
        return (
            self.cols == other.cols
            and self.cursor == other.cursor
            and self.title == other.title
            and self.alternate == other.alternate
            and self._rows == other._rows
        )

    def __hash__(self) -> int:
        return hash((self._rows, self.cols, self.cursor, self.title, self.alternate))

    def __repr__(self) -> str:
        text = "\n".join(self.text(y) for y in range(self.rows))
        return f"<Frame {self.cols}x{self.rows} cursor={tuple(self.cursor)}>\n{text}"
