"""Modes, buffer switches, resets, titles: what changes how the screen behaves.

The other half of `Screen` beside operations.py and cells.py, by the same rules.
"""

from __future__ import annotations

from recorder.screen.annotations import Hidden
from recorder.screen.cells import Cells
from recorder.screen.pens import DEFAULT_KEY
from recorder.screen.sgr import link
from recorder.screen.smuggled import in_command
from recorder.screen.tokens import BODY_LIMIT

# As xterm: more saved titles than this push the oldest out.
MOST_TITLES = 10


class Modes(Cells):
    """Operations, and the modes around them."""

    def set_mode(self, modes: tuple[int, ...]) -> None:
        self._switch(modes, True)

    def reset_mode(self, modes: tuple[int, ...]) -> None:
        self._switch(modes, False)

    def _switch(self, modes: tuple[int, ...], on: bool) -> None:
        for mode in modes:
            if mode == 4:
                self._insert = on
            elif mode == 20:
                self._newline = on

    def set_private_mode(self, modes: tuple[int, ...]) -> None:
        for mode in modes:
            if mode == 2:
                self._charsets = [None, None, None, None]
                self._charset = None
            elif mode == 1048:
                self.save_cursor()
            elif mode in (47, 1047, 1049):
                if mode == 1049:
                    self.save_cursor()
                self._show_alternate()
            else:
                self._switch_private(mode, True)

    def reset_private_mode(self, modes: tuple[int, ...]) -> None:
        for mode in modes:
            if mode == 1048:
                self.restore_cursor()
            elif mode in (47, 1047, 1049):
                self._show_main()
                if mode == 1049:
                    self.restore_cursor()
            else:
                self._switch_private(mode, False)

    def _switch_private(self, mode: int, on: bool) -> None:
        if mode == 6:
            self._origin = on
            self._move_to(0, 0)
        elif mode == 7:
            self._autowrap = on
        elif mode == 25:
            self._cursor_shown = on
        elif mode == 45:
            self._reverse_wrap = on
        elif mode == 2026:
            self._synchronized = on

    def _show_alternate(self) -> None:
        """The cursor goes along; the alternate screen is empty each time it comes up."""
        if self._buffer is self._main:
            self._main.x, self._main.y = self._x, self._y
            self._buffer = self._alt
            self._alt.clear(self._pen.erase)

    def _show_main(self) -> None:
        if self._buffer is self._alt:
            self._alt.leave()
            self._buffer = self._main

    def soft_reset(self) -> None:
        """DECSTR: modes, margins, character sets, pen and saved cursor; cells and cursor stay."""
        self._start_modes()
        self._cursor_shown = True
        buffer = self._buffer
        buffer.top = 0
        buffer.bottom = self.rows - 1
        buffer.saved.x = 0
        buffer.saved.y = buffer.base
        buffer.saved.pen = DEFAULT_KEY
        buffer.saved.charset = None

    def reset(self) -> None:
        """RIS."""
        self._start()

    def operating_system_command(self, body: str) -> None:
        self._join = 0
        number, separator, text = body.partition(";")
        if separator and number in ("0", "2"):
            self.title = text[:BODY_LIMIT]
            self._notes.add(Hidden.TITLE, text)
        elif separator and number == "1":
            self._notes.add(Hidden.TITLE, text, "of the icon")
        elif separator and number == "8":
            self._hyperlink(*text.partition(";"))
        else:
            for said, detail in in_command(body):
                self._notes.add(Hidden.STRING, said, detail)

    def unseen(self, body: str) -> None:
        """A string that is for no terminal, or that something cut off: it shows nothing."""
        self._notes.add(Hidden.STRING, body)

    def _hyperlink(self, attributes: str, separator: str, target: str) -> None:
        if separator and (target or not attributes.strip()):
            self._pen = self._pens.get(link(self._pen.key, bool(target)))
            self._notes.add(Hidden.LINK, target)
            self._notes.add(Hidden.LINK, attributes, "attributes")

    def window(self, what: int, which: int) -> None:
        """XTWINOPS: only the stack of titles shows."""
        if which not in (0, 2):
            return
        if what == 22:
            self._titles.append(self.title)
            del self._titles[:-MOST_TITLES]
        elif what == 23 and self._titles:
            self.title = self._titles.pop()
