"""What control sequences do to cells: inserting, deleting and erasing them.

Between the operations and the modes, by the same rules. Rows may be longer than the window, where
a narrower one hides their ends; what xterm.js does to a whole row it does to those too.
"""

from __future__ import annotations

from recorder.screen import rows, sgr
from recorder.screen.operations import Operations


def _erase(text: str, pens: str, at: int, count: int, cols: int, pen: str) -> tuple[str, str]:
    return rows.erase(text, pens, at, min(at + count, cols), cols, pen)


class Cells(Operations):
    """Operations, and those on cells."""

    def insert_characters(self, count: int) -> None:
        self._restrict()
        self._edit(self._y, rows.insert, self._x, count)

    def delete_characters(self, count: int) -> None:
        self._restrict()
        self._edit(self._y, rows.delete, self._x, count)

    def _edit(self, y: int, how: rows.Edit, at: int, count: int) -> None:
        self._edit_with(self._pen.erase, y, how, at, count)

    def _edit_with(self, pen: str, y: int, how: rows.Edit, at: int, count: int) -> None:
        """Edit row `y`, which stays as long as it is."""
        buffer = self._buffer
        length = self._length(y)
        text, buffer.pens[y] = how(buffer.text[y], buffer.pens[y], at % length, count, length, pen)
        buffer.text[y] = text.ljust(length) if length > self.cols else text

    def _edit_region(self, how: rows.Edit, at: int, count: int) -> None:
        buffer = self._buffer
        if buffer.top <= self._y <= buffer.bottom:
            for y in range(buffer.top, buffer.bottom + 1):
                self._edit(y, how, at, count)
                buffer.wrapped[y] = False

    def scroll_left(self, count: int) -> None:
        self._edit_region(rows.delete, 0, count)

    def scroll_right(self, count: int) -> None:
        self._edit_region(rows.insert, 0, count)

    def insert_columns(self, count: int) -> None:
        self._edit_region(rows.insert, self._x, count)

    def delete_columns(self, count: int) -> None:
        self._edit_region(rows.delete, self._x, count)

    def erase_characters(self, count: int) -> None:
        self._restrict()
        length = self._length(self._y)
        end = min(self._x + count, length)
        if end <= self.cols:
            self._erase(self._y, self._x, end)
        else:
            self._edit(self._y, _erase, self._x, count)

    def _length(self, y: int) -> int:
        """Columns of row `y`, with those that a narrower window hides."""
        return max(self.cols, len(self._buffer.text[y]), len(self._buffer.pens[y]))

    def _erase(self, y: int, start: int, end: int) -> None:
        buffer = self._buffer
        buffer.text[y], buffer.pens[y] = rows.erase(
            buffer.text[y], buffer.pens[y], start, end, self.cols, self._pen.erase
        )

    def _erase_rows(self, start: int, end: int) -> None:
        buffer = self._buffer
        count = end - start
        if count > 0:
            lengths = [len(text) for text in buffer.text[start:end]]
            buffer.text[start:end] = [""] * count
            buffer.pens[start:end] = [buffer.blank_pens(self._pen.erase)] * count
            buffer.wrapped[start:end] = [False] * count
            if max(lengths) > self.cols:
                self._erase_hidden(start, lengths)

    def _erase_hidden(self, start: int, lengths: list[int]) -> None:
        """Whole rows are erased as far as they go, also where a narrower window hides them."""
        buffer = self._buffer
        for y, length in enumerate(lengths, start):
            if length > self.cols:
                buffer.text[y] = rows.BLANK * length
                buffer.pens[y] = rows.paint("", 0, length, self._pen.erase)

    def erase_in_line(self, how: int) -> None:
        self._restrict(self.cols)
        y, wrapped = self._y, self._buffer.wrapped
        if how == 0:
            self._erase(y, self._x, self.cols)
            wrapped[y] = wrapped[y] and self._x != 0
        elif how == 1:
            self._erase(y, 0, min(self._x + 1, self.cols))
        elif how == 2:
            self._erase(y, 0, self.cols)
            wrapped[y] = False

    def erase_in_display(self, how: int) -> None:
        self._restrict(self.cols)
        buffer = self._buffer
        if how == 0:
            self.erase_in_line(0)
            self._erase_rows(self._y + 1, self.rows)
        elif how == 1:
            self.erase_in_line(1)
            buffer.wrapped[self._y] = False
            if self._x + 1 >= self.cols and self._y + 1 < self.rows:
                buffer.wrapped[self._y + 1] = False
            self._erase_rows(0, self._y)
        elif how == 2:
            self._erase_rows(0, self.rows)
        elif how == 3:
            buffer.back.clear()
            buffer.base = 0

    def erase_in_line_unguarded(self, how: int) -> None:
        self._restrict(self.cols)
        spans = {0: (self._x, self.cols), 1: (0, min(self._x + 1, self.cols)), 2: (0, self.cols)}
        if how in spans:
            self._erase_unguarded(self._y, *spans[how])
            if how == 2 or (how == 0 and self._x == 0):
                self._buffer.wrapped[self._y] = False

    def erase_in_display_unguarded(self, how: int) -> None:
        if how == 3:
            self.erase_in_display(3)
        elif how in (0, 1, 2):
            self.erase_in_line_unguarded(how)
            first, last = {0: (self._y + 1, self.rows), 1: (0, self._y), 2: (0, self.rows)}[how]
            for y in range(first, last):
                self._erase_unguarded(y, 0, max(self.cols, len(self._buffer.text[y])))
                self._buffer.wrapped[y] = False

    def _erase_unguarded(self, y: int, start: int, end: int) -> None:
        buffer = self._buffer
        guarded = frozenset(c for c, pen in self._pens.by_char.items() if pen.protected)
        buffer.text[y], buffer.pens[y] = rows.erase_unguarded(
            buffer.text[y], buffer.pens[y], start, end, self._pen.erase, guarded
        )

    def alignment_display(self) -> None:
        """DECALN: the screen full of E, in plain underline and outside any link.

        In origin mode xterm.js fills from the margin down.
        """
        self._move_to(0, 0)
        buffer = self._buffer
        pen = self._pens.get(sgr.plain(self._pen.key)).char
        for y in range(self._y, self.rows):
            length = max(self.cols, len(buffer.text[y]))
            buffer.text[y] = "E" * length
            buffer.pens[y] = pen * length
            buffer.wrapped[y] = False
        self._move_to(0, 0)
