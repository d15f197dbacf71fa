"""Printing that the feeding loop does not do in place: wrapping, marks, insert mode, no autowrap.

Between the operations and the `Screen`. Text comes as tokens of one kind (tokens.py); every
character ends up in a cell, or joined to one, unless a terminal would not show it either.
"""

from __future__ import annotations

from recorder.screen import rows
from recorder.screen.buffer import ROWS_BACK, leaving
from recorder.screen.clusters import LONGEST
from recorder.screen.modes import Modes
from recorder.screen.rows import BLANK, HALF
from recorder.screen.width import width


class Printing(Modes):
    """Modes and operations, and characters."""

    def _print(self, token: str, columns: int) -> None:
        """Print a token of zero-width (0), narrow (1) or wide (2) characters."""
        if self._charset is not None and token.isascii():
            token = token.translate(self._charset)
        if columns == 0:
            self._print_odd(token)
        elif not self._insert and self.cols > 1:
            self._print_run(HALF.join(token) + HALF if columns == 2 else token, columns)
            self._join = columns
        else:
            for char in token:
                self._put(char, columns)
            self._join = columns

    def _print_run(self, run: str, columns: int) -> None:
        """Fill rows with characters of one width (a wide one with its half), wrapping."""
        if not self._autowrap:
            self._print_clipped(run, columns)
            return
        at = 0
        while at < len(run):
            room = self.cols - self._x
            room -= room % columns
            if room <= 0:
                if self._x < self.cols:
                    self._write(BLANK * (self.cols - self._x))
                self._wrap()
                continue
            part = run[at : at + room]
            self._write(part)
            self._x += len(part)
            at += len(part)

    def _print_clipped(self, run: str, columns: int) -> None:
        """Without autowrap the last column takes the last character; a wide one is not shown."""
        room = max(0, self.cols - self._x)
        part = run[: room - room % columns]
        if part:
            self._write(part)
            self._x += len(part)
        if len(run) == len(part):
            return
        last = self.cols - 1
        if columns == 1:
            self._replace(last, run[-1])
            self._x = self.cols
        else:
            self._leave_out_wide()

    def _leave_out_wide(self) -> None:
        """A wide character does not fit without autowrap: the cursor moves on, and what it stood
        or comes to stand on is no half any more."""
        last = self.cols - 1
        if self._buffer.text[self._y][last : last + 1] == HALF:
            if self._x == last:
                self._write(BLANK)
            else:
                self._replace(last, BLANK)
        self._x = last

    def _replace(self, x: int, char: str) -> None:
        """One column anew. As in xterm.js, a left half that loses its right one here stays."""
        buffer, y = self._buffer, self._y
        text = buffer.text[y].ljust(x)
        buffer.text[y] = text[:x] + char + text[x + 1 :]
        buffer.pens[y] = rows.paint(buffer.pens[y], x, x + 1, self._pen.char)

    def _write(self, run: str) -> None:
        buffer, y = self._buffer, self._y
        buffer.text[y], buffer.pens[y] = rows.write(
            buffer.text[y], buffer.pens[y], self._x, run, self._pen.char
        )

    def _wrap(self) -> None:
        """On to the next row, which continues this one."""
        self._x = 0
        if self._y == self._buffer.bottom:
            self._scroll(wrapped=True)
        else:
            self._y = min(self._y + 1, self.rows - 1)
            self._buffer.wrapped[self._y] = True

    def _put(self, char: str, columns: int) -> None:
        """One character that takes `columns`, by every rule."""
        columns = min(columns, self.cols)
        if self._x + columns > self.cols:
            if self._autowrap:
                if self._x < self.cols:
                    self._write(BLANK * (self.cols - self._x))
                self._wrap()
            else:
                if columns == 2:
                    self._leave_out_wide()
                    return
                self._x = self.cols - 1
        if self._insert:
            buffer, y = self._buffer, self._y
            if buffer.text[y][self._x : self._x + 1] == HALF:
                self._write(BLANK)
            self._edit_with(self._pen.char, y, rows.insert, self._x, columns)
        self._write(char + HALF if columns == 2 else char)
        self._x += columns

    def _print_odd(self, token: str) -> None:
        """Characters that join the cell before them, and those that need a stand-in.

        With nothing just printed to join, a zero-width character takes a cell of its own, as in
        xterm.js; at the end of a row there is none left to take.
        """
        at = 0
        while at < len(token):
            if at == 0 and self._join and self._join_known(token):
                return
            char = token[at]
            if width(char):
                self._put(self._clusters.intern(char), width(char))
                self._join = width(char)
                at += 1
            elif self._join and self._x:
                at = self._join_marks(token, at)
            else:
                if self._x < self.cols:
                    self._write(char)
                    self._x += 1
                at += 1

    def _join_known(self, marks: str) -> bool:
        """Put marks on the cell before the cursor, if they were put on such a cell before."""
        buffer, y, column = self._buffer, self._y, self._x - 1
        text = buffer.text[y]
        if not 0 <= column < len(text):
            return False
        if text[column] == HALF:
            column -= 1
        cell = self._clusters.joined.get(text[column] + marks)
        if cell is None or (text[column] == BLANK and self._join == 2):
            return False
        buffer.text[y] = text[:column] + cell + text[column + 1 :]
        return True

    def _join_marks(self, token: str, at: int) -> int:
        """Marks from `at` on join the cell before the cursor; where they end."""
        buffer, y = self._buffer, self._y
        text = buffer.text[y].ljust(self._x)
        column = self._x - 1
        if text[column] == HALF:
            column -= 1
        before = text[column]
        # Without autowrap the cursor is not always behind what was printed: xterm.js lets a mark
        # join what is there, and be alone where there is nothing.
        alone = before == BLANK and self._join == 2
        cell = "" if alone else self._clusters.text(before)
        end = at + 1
        while end < len(token) and not width(token[end]):
            end += 1
        cell += token[at : min(end, at + max(0, LONGEST - len(cell)))]
        stand_in = self._clusters.intern(cell) if len(cell) > 1 else cell
        buffer.text[y] = text[:column] + stand_in + text[column + 1 :]
        if at == 0 and end == len(token) <= LONGEST and not alone:
            self._clusters.remember(before + token, stand_in)
        return end

    def _print_lines(self, lines: list[str]) -> None:
        """Lines of printable ASCII, each after a newline, the cursor being in the last row.

        As if printed one by one, but rows that scroll off at once are never drawn. Only for the
        whole window as scrolling region and the default pen.
        """
        cols, rows_, buffer = self.cols, self.rows, self._buffer
        wrapped = [False] * len(lines)
        if len(max(lines, key=len)) > cols:
            cut: list[str] = []
            wrapped.clear()
            for line in lines:
                cut.append(line[:cols])
                wrapped.append(False)
                for at in range(cols, len(line), cols):
                    cut.append(line[at : at + cols])
                    wrapped.append(True)
            lines = cut
        text = buffer.text + lines
        count = len(text) - rows_
        pens = (buffer.pens + [""] * len(lines)) if len(lines) < rows_ + ROWS_BACK else []
        wrapped = buffer.wrapped + wrapped
        if buffer is self._main:
            self._leave(leaving(text[:count], wrapped[:count]) if True in wrapped else text[:count])
        if buffer.keeps:
            first = max(0, count - ROWS_BACK)
            buffer.back.extend(
                zip(
                    text[first:count],
                    pens[first:count] or [""] * (count - first),
                    wrapped[first:count],
                    strict=True,
                )
            )
            buffer.base = min(buffer.base + count, buffer.room)
        buffer.text[:] = text[count:]
        buffer.pens[:] = pens[count:] or [""] * rows_
        buffer.wrapped[:] = wrapped[count:]
        self._x = len(text[-1])
        self._join = 1 if text[-1] else 0

    def repeat(self, count: int) -> None:
        """REP: the character just printed again.

        Enough to fill the window and scroll all that was there before off: what is beyond that is
        left out by whole rows, which changes nothing but how many rows of it scrolled off.
        """
        columns = self._join
        if not columns or self._x < columns:
            return
        text = self._buffer.text[self._y]
        cell = text[self._x - columns : self._x]
        if not cell or cell[0] == HALF or (cell[1:] == HALF) != (columns == 2):
            # The window changed in between, and cut the character off.
            return
        char = cell[0]
        if self.cols == 1 or not self._autowrap:
            self._put_again(char, columns, min(count, 2 * max(self.cols, self.rows)))
            return
        in_row = self.cols // columns
        most = (self.rows + 1) * in_row
        if count > most:
            count = most + (count - most) % in_row
        # One string for all full rows: a few bytes of input do not fill the memory.
        full = (char + HALF if columns == 2 else char) * in_row
        first = max(0, min(count, (self.cols - self._x) // columns))
        if self._insert and first == count:
            self._put_again(char, columns, count)
            return
        self._print_run(full[: first * columns], columns)
        for _ in range((count - first) // in_row):
            self._print_run(full, columns)
        rest = (count - first) % in_row
        if self._insert:
            # Only in the last row, which is not filled, does it matter that the others move.
            self._put_again(char, columns, rest)
        else:
            self._print_run(full[: rest * columns], columns)

    def _put_again(self, char: str, columns: int, count: int) -> None:
        for _ in range(count):
            self._put(char, columns)
