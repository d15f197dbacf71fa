"""What control sequences do to the screen: cursor, tabs, lines, scrolling, pens.

The half of `Screen` that knows buffers and rows but no bytes. Names are pyte's where pyte has one.
Behaviour is xterm's as xterm.js implements it (docs/screen.md names where terminals disagree).
Counts come from a recording and may be anything up to 2**31 - 1: each is cut to what the window
can hold before it is used. No operation raises.
"""

from __future__ import annotations

from recorder.screen import sgr
from recorder.screen.annotations import Notes
from recorder.screen.buffer import Buffer
from recorder.screen.charsets import CHARSETS, PLACES, Charset
from recorder.screen.clusters import Clusters
from recorder.screen.pens import DEFAULT, DEFAULT_KEY, Pen, Pens

# Rows that scrolled off and nobody asked for: this many are kept, the oldest are dropped.
MOST_SCROLLED = 100_000


class Operations:
    """State of a screen, and every operation on it that needs no knowledge of the parser."""

    def __init__(self, cols: int, rows: int) -> None:
        self.cols = cols
        self.rows = rows
        self.title = ""
        self._titles: list[str] = []
        self._notes = Notes()
        self._scrolled: list[str] = []
        self._scrolled_lost = 0
        self._scrolled_before = 0
        self._pens = Pens()
        self._clusters = Clusters()
        self._cursor_shown = True
        self._newline = False
        self._start()

    def _start(self) -> None:
        """What RIS resets: all but the title and, as in xterm.js, a hidden cursor and LNM."""
        self._main = Buffer(self.cols, self.rows, scrollback=True)
        self._alt = Buffer(self.cols, self.rows, scrollback=False)
        self._buffer = self._main
        self._x = 0
        self._y = 0
        self._start_modes()

    def _start_modes(self) -> None:
        """What DECSTR and RIS both reset."""
        self._pen: Pen = self._pens.get(DEFAULT_KEY)
        self._insert = False
        self._origin = False
        self._autowrap = True
        self._reverse_wrap = False
        self._synchronized = False
        self._charset: Charset | None = None
        self._charsets: list[Charset | None] = [None, None, None, None]
        self._shift = 0
        # Width of the character just printed, 0 after anything else: what a mark may join.
        self._join = 0

    # Cursor

    def _restrict(self, x_limit: int | None = None) -> None:
        limit = self.cols - 1 if x_limit is None else x_limit
        self._x = max(0, min(self._x, limit))
        if self._origin:
            self._y = max(self._buffer.top, min(self._y, self._buffer.bottom))
        else:
            self._y = max(0, min(self._y, self.rows - 1))

    def _move_to(self, x: int, y: int) -> None:
        self._x = x
        self._y = y + self._buffer.top if self._origin else y
        self._restrict()

    def _move_by(self, x: int, y: int) -> None:
        """Relative moves under origin mode count from the top margin twice, as in xterm.js."""
        self._restrict()
        self._move_to(self._x + x, self._y + y)

    def cursor_up(self, count: int) -> None:
        room = self._y - self._buffer.top
        self._move_by(0, -min(room, count) if room >= 0 else -count)

    def cursor_down(self, count: int) -> None:
        room = self._buffer.bottom - self._y
        self._move_by(0, min(room, count) if room >= 0 else count)

    def cursor_down_free(self, count: int) -> None:
        self._move_by(0, count)

    def cursor_forward(self, count: int) -> None:
        self._move_by(count, 0)

    def cursor_back(self, count: int) -> None:
        self._move_by(-count, 0)

    def cursor_down1(self, count: int) -> None:
        self.cursor_down(count)
        self._x = 0

    def cursor_up1(self, count: int) -> None:
        self.cursor_up(count)
        self._x = 0

    def cursor_to_column(self, column: int) -> None:
        self._move_to(column - 1, self._y)

    def cursor_to_line(self, line: int) -> None:
        self._move_to(self._x, line - 1)

    def cursor_position(self, line: int, column: int) -> None:
        self._move_to(max(column, 1) - 1, max(line, 1) - 1)

    def carriage_return(self) -> None:
        self._x = 0

    def backspace(self) -> None:
        if not self._reverse_wrap:
            self._restrict()
            self._x = max(0, self._x - 1)
            return
        self._restrict(self.cols)
        buffer = self._buffer
        if self._x > 0:
            self._x -= 1
        elif buffer.top < self._y <= buffer.bottom and buffer.wrapped[self._y]:
            buffer.wrapped[self._y] = False
            self._y -= 1
            self._x = self.cols - 1
        self._restrict()

    def tab(self, count: int = 1) -> None:
        if self._x < self.cols:
            for _ in range(min(count, self.cols)):
                self._x = self._buffer.next_tab(self._x)

    def back_tab(self, count: int) -> None:
        if self._x < self.cols:
            for _ in range(min(count, self.cols)):
                self._x = self._buffer.previous_tab(self._x)

    def set_tab_stop(self) -> None:
        self._buffer.tabs.add(self._x)

    def clear_tab_stop(self, how: int) -> None:
        if how == 0:
            self._buffer.tabs.discard(self._x)
        elif how == 3:
            self._buffer.tabs.clear()

    def save_cursor(self) -> None:
        saved = self._buffer.saved
        saved.x = self._x
        saved.y = self._buffer.base + self._y
        saved.pen = self._pen.key
        saved.charset = self._charset

    def restore_cursor(self) -> None:
        saved = self._buffer.saved
        self._x = saved.x
        self._y = max(saved.y - self._buffer.base, 0)
        self._pen = self._pens.get(sgr.restored(saved.pen, self._pen.key))
        self._charset = saved.charset
        self._restrict()

    # Lines

    def _scroll(self, wrapped: bool = False) -> None:
        """The region moves up by one; a row that leaves the main screen at its top is kept."""
        buffer = self._buffer
        if buffer.top == 0 and buffer.keeps:
            buffer.push_back()
            if buffer is self._main:
                self._scrolled += buffer.leaving(1)
        buffer.scroll_one(self._pen.erase, wrapped)

    def _leave(self, lines: list[str]) -> None:
        self._scrolled += lines

    def linefeed(self) -> None:
        buffer = self._buffer
        if self._newline:
            self._x = 0
        if self._y == buffer.bottom:
            self._scroll()
        elif self._y < self.rows - 1:
            self._y += 1
            buffer.wrapped[self._y] = False
        if self._x >= self.cols:
            self._x = self.cols - 1

    def index(self) -> None:
        self._restrict()
        if self._y == self._buffer.bottom:
            self._scroll()
        elif self._y < self.rows - 1:
            self._y += 1
        self._restrict()

    def next_line(self) -> None:
        self._x = 0
        self.index()

    def reverse_index(self) -> None:
        self._restrict()
        buffer = self._buffer
        if self._y == buffer.top:
            buffer.scroll_down(buffer.top, buffer.bottom, 1, self._pen.erase)
        else:
            self._y -= 1
            self._restrict()

    def insert_lines(self, count: int) -> None:
        self._restrict()
        buffer = self._buffer
        if buffer.top <= self._y <= buffer.bottom:
            buffer.scroll_down(self._y, buffer.bottom, count, self._pen.erase)
            self._x = 0

    def delete_lines(self, count: int) -> None:
        self._restrict()
        buffer = self._buffer
        if buffer.top <= self._y <= buffer.bottom:
            buffer.scroll_up(self._y, buffer.bottom, count, self._pen.erase)
            self._x = 0

    def scroll_up(self, count: int) -> None:
        buffer = self._buffer
        if buffer.top == 0 and buffer is self._main:
            self._leave(buffer.leaving(min(count, buffer.bottom + 1)))
        buffer.scroll_up(buffer.top, buffer.bottom, count, self._pen.erase)

    def scroll_down(self, count: int) -> None:
        buffer = self._buffer
        buffer.scroll_down(buffer.top, buffer.bottom, count, DEFAULT)

    def set_margins(self, top: int, bottom: int) -> None:
        top = max(top, 1)
        if bottom == 0 or bottom > self.rows:
            bottom = self.rows
        if bottom > top:
            self._buffer.top = top - 1
            self._buffer.bottom = bottom - 1
            self._move_to(0, 0)

    # Pens and character sets

    def guard(self, how: int) -> None:
        if how in (0, 1, 2):
            self._pen = self._pens.get(sgr.protect(self._pen.key, how == 1))

    def shift(self, level: int) -> None:
        self._shift = level
        self._charset = self._charsets[level]

    def define_charset(self, code: str, place: str) -> None:
        if code in CHARSETS:
            self._charsets[PLACES[place]] = CHARSETS[code]
            if PLACES[place] == self._shift:
                self._charset = CHARSETS[code]

    def select_ascii(self) -> None:
        self._charsets[0] = None
        self.shift(0)
