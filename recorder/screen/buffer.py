"""One of the two screen buffers: its rows, margins, tab stops and saved cursor.

Rows are three parallel lists (text, pens, soft-wrapped), edited by rows.py. `back` keeps the last
rows that left the main buffer at its top, because a window made taller brings them back; `base`
counts how many rows xterm would have there, for its saved cursor is a place in all of them.
Knows nothing of escape sequences or of the cursor's wishes; the screen calls it.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from recorder.screen.charsets import Charset
from recorder.screen.pens import DEFAULT, DEFAULT_KEY, PenKey
from recorder.screen.rows import GOES_ON, cut_text

TAB_WIDTH = 8
# Rows above the window that a taller window brings back.
ROWS_BACK = 100
# xterm.js keeps this many and moves its saved cursor while they fill up.
BASE_LIMIT = 1000

Row = tuple[str, str, bool]


@dataclass(slots=True)
class Saved:
    """What DECSC saves. `y` counts from the first row above the window (see `base`)."""

    x: int = 0
    y: int = 0
    pen: PenKey = DEFAULT_KEY
    charset: Charset | None = None


def leaving(rows: list[str], wrapped: list[bool]) -> list[str]:
    """Rows, those that go on where the one above ended being marked as such."""
    return [GOES_ON + text if on else text for text, on in zip(rows, wrapped, strict=True)]


class Buffer:
    """Rows of one buffer, and what belongs to a buffer rather than to the screen."""

    __slots__ = (
        "back",
        "base",
        "bottom",
        "cols",
        "most",
        "pens",
        "rows",
        "saved",
        "tabs",
        "text",
        "top",
        "wrapped",
        "x",
        "y",
    )

    def __init__(self, cols: int, rows: int, scrollback: bool) -> None:
        self.saved = Saved()
        # The alternate buffer has no rows above the window, but xterm.js forgets to shrink one
        # that is not in use: then it has room for as many as it was higher before.
        self.most: int | None = None if scrollback else rows
        self.back: deque[Row] = deque(maxlen=ROWS_BACK)
        self.base = 0
        self.cols = cols
        self.rows = rows
        self.clear(DEFAULT)

    def clear(self, pen: str) -> None:
        """Blank rows, whole margins, default tab stops, cursor at home; the saved cursor stays."""
        self.text = [""] * self.rows
        self.pens = [self.blank_pens(pen)] * self.rows
        self.wrapped = [False] * self.rows
        self.top = 0
        self.bottom = self.rows - 1
        self.x = 0
        self.y = 0
        self.tabs = set(range(0, self.cols, TAB_WIDTH))

    def leave(self) -> None:
        """Another buffer is shown now: this one is empty, and as large as the window."""
        self.clear(DEFAULT)
        self.back.clear()
        self.base = 0
        self.most = self.rows

    @property
    def room(self) -> int:
        """How many rows there may be above the window."""
        return BASE_LIMIT if self.most is None else self.most - self.rows

    @property
    def keeps(self) -> bool:
        """Whether rows that leave at the top go on above the window."""
        return self.room > 0

    def blank_pens(self, pen: str) -> str:
        return "" if pen == DEFAULT else pen * self.cols

    def scroll_up(self, top: int, bottom: int, count: int, pen: str) -> None:
        """Rows top..bottom move up by `count`; blank ones come in at the bottom."""
        count = min(count, bottom - top + 1)
        end = bottom + 1
        self.text[top:end] = self.text[top + count : end] + [""] * count
        self.pens[top:end] = self.pens[top + count : end] + [self.blank_pens(pen)] * count
        self.wrapped[top:end] = self.wrapped[top + count : end] + [False] * count

    def scroll_one(self, pen: str, wrapped: bool) -> None:
        """The region moves up by one row, which is what nearly all scrolling is."""
        top, bottom = self.top, self.bottom
        del self.text[top], self.pens[top], self.wrapped[top]
        self.text.insert(bottom, "")
        self.pens.insert(bottom, self.blank_pens(pen))
        self.wrapped.insert(bottom, wrapped)

    def scroll_down(self, top: int, bottom: int, count: int, pen: str) -> None:
        """Rows top..bottom move down by `count`; blank ones come in at the top."""
        count = min(count, bottom - top + 1)
        end = bottom + 1
        self.text[top:end] = [""] * count + self.text[top : end - count]
        self.pens[top:end] = [self.blank_pens(pen)] * count + self.pens[top : end - count]
        self.wrapped[top:end] = [False] * count + self.wrapped[top : end - count]

    def leaving(self, count: int) -> list[str]:
        """The first rows as they are kept when they leave the window upwards."""
        rows, wrapped = self.text[:count], self.wrapped[:count]
        return leaving(rows, wrapped) if True in wrapped else rows

    def push_back(self, count: int = 1) -> None:
        """The first rows are about to leave the window upwards: keep them."""
        for y in range(count):
            self.back.append((self.text[y], self.pens[y], self.wrapped[y]))
        self.base = min(self.base + count, self.room)

    def translate(self, text: dict[int, str], pens: dict[int, str]) -> None:
        """Replace stand-ins and pen characters in every row."""
        self.text[:] = [line.translate(text) for line in self.text]
        self.pens[:] = [line.translate(pens) for line in self.pens]
        rows = [(row[0].translate(text), row[1].translate(pens), row[2]) for row in self.back]
        self.back.clear()
        self.back.extend(rows)

    def next_tab(self, x: int) -> int:
        while True:
            x += 1
            if x >= self.cols:
                return self.cols - 1
            if x in self.tabs:
                return x

    def previous_tab(self, x: int) -> int:
        while True:
            x -= 1
            if x <= 0 or x in self.tabs:
                return max(0, min(x, self.cols - 1))

    def resize(self, cols: int, rows: int, used: bool = True) -> list[str]:
        """Other sizes, no reflow: rows are kept as they are and shown as far as they fit.

        What a narrower window hides is still there when it grows wide again, as far as it grows.

        A taller window first brings rows back from above if the cursor is on the last row, then
        adds blank ones below. A lower one first drops rows below the cursor, then lets rows leave
        at the top; their texts are the answer. Margins become the whole window. `used` is whether
        the buffer was ever shown since it was last left (see `most`).
        """
        if cols < self.cols:
            self.text[:] = [text.ljust(self.cols) for text in self.text]
            back = [(text.ljust(self.cols), pens, wrapped) for text, pens, wrapped in self.back]
            self.back.clear()
            self.back.extend(back)
        elif cols > self.cols:
            self._cut(cols)
        gone: list[str] = []
        while self.rows < rows:
            if self.base and self.back and self.y >= self.rows - 1:
                text, pens, wrapped = self.back.pop()
                self.text.insert(0, text)
                self.pens.insert(0, pens)
                self.wrapped.insert(0, wrapped)
                self.base -= 1
                self.y += 1
            else:
                self.text.append("")
                self.pens.append("")
                self.wrapped.append(False)
            self.rows += 1
        while self.rows > rows:
            if self.rows > self.y + 1:
                del self.text[-1], self.pens[-1], self.wrapped[-1]
            else:
                if self.most is None:
                    gone += self.leaving(1)
                    self.push_back()
                else:
                    self.base += 1
                del self.text[0], self.pens[0], self.wrapped[0]
                self.y -= 1
            self.rows -= 1
        self.cols = cols
        self.x = min(self.x, cols - 1)
        self.y = max(0, min(self.y, rows - 1))
        self.saved.x = min(self.saved.x, cols - 1)
        if self.most is not None and (used or rows > self.most):
            self._trim(rows)
        self.top = 0
        self.bottom = rows - 1
        self._add_tabs()
        return gone

    def _trim(self, rows: int) -> None:
        """Keep nothing above the window."""
        self.saved.y = max(self.saved.y - self.base, 0)
        self.base = 0
        self.back.clear()
        self.most = rows

    def _cut(self, cols: int) -> None:
        """Forget what lies beyond a window that has just grown."""
        self.text[:] = [cut_text(text, cols) for text in self.text]
        self.pens[:] = [pens[:cols] for pens in self.pens]
        back = [(cut_text(text, cols), pens[:cols], wrapped) for text, pens, wrapped in self.back]
        self.back.clear()
        self.back.extend(back)

    def _add_tabs(self) -> None:
        """Stops every eight columns from the last one on, as far as the window now goes."""
        start = self.cols
        if start not in self.tabs:
            start = self.previous_tab(start)
        self.tabs.update(range(start, self.cols, TAB_WIDTH))
