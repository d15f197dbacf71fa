"""From bytes to operations: decoding, cutting into tokens, and carrying them out fast.

Called by `Screen.feed` only. Any bytes in any split: a character or a sequence that is not
complete is kept (bounded) until the rest of it comes.
"""

from __future__ import annotations

import codecs
import re

from recorder.screen import sgr
from recorder.screen.machine import Machine, State
from recorder.screen.pens import DEFAULT
from recorder.screen.printing import Printing
from recorder.screen.rows import GOES_ON, HALF, erase, write
from recorder.screen.tokens import (
    ASCII,
    BACKSPACE,
    CALL,
    COLUMN,
    CUP,
    EDIT,
    EL,
    LINE,
    NEWLINE,
    RETURN,
    RIGHT,
    SGR,
    STARTS,
    Operation,
    operation,
    remembered,
    tokens,
    whole,
)
from recorder.screen.width import kind

# Less text than this is not worth looking at as a whole.
_BULK = 2048
_plain = re.compile("[ -~\r\n]*+").fullmatch


class Feeding(Printing):
    """Printing, and the parser in front of it."""

    def __init__(self, cols: int, rows: int) -> None:
        super().__init__(cols, rows)
        self._machine = Machine()
        self._utf8 = b""

    def _decode(self, data: bytes) -> str:
        """UTF-8; a byte that is none is left out, and so is U+FEFF, as in xterm.js."""
        if self._utf8:
            data = self._utf8 + data
        try:
            text, taken = codecs.utf_8_decode(data, "strict", False)
        except UnicodeDecodeError:
            text, taken = codecs.utf_8_decode(data, "ignore", False)
            self._notes.see_bytes(data[:taken], text)
        else:
            self._notes.see(text)
        self._utf8 = bytes(data[taken:])
        if not text.isascii() and "\ufeff" in text:
            text = text.replace("\ufeff", "")
        return text

    def _feed_text(self, text: str) -> None:
        if self._machine.state is not State.GROUND:
            text = self._machine.consume(text, self)
        if len(text) > _BULK and "\x1b" not in text and text.isascii():
            text = self._feed_lines(text)
        while text:
            found = tokens(text)
            text = ""
            if found and found[-1][0] in STARTS and not whole(found[-1]):
                text = found.pop()
            self._run_tokens(found)
            if text:
                text = self._machine.consume(text, self)

    def _feed_lines(self, text: str) -> str:
        """Take plain lines in bulk where that gives the same; the answer is what is left."""
        breaks = text.count("\r\n")
        if not text.count("\n") == text.count("\r") == breaks or not _plain(text):
            return text
        lines = text.split("\r\n")
        first = self.rows + 1
        if breaks < 3 * first:
            return text
        self._run_tokens(tokens("\r\n".join(lines[:first])))
        buffer = self._buffer
        if (
            self._autowrap
            and not self._insert
            and self._charset is None
            and self._pen.char == DEFAULT
            and self._y == buffer.bottom == self.rows - 1
            and buffer.top == 0
        ):
            self._print_lines(lines[first:])
            return ""
        return "\r\n" + "\r\n".join(lines[first:])

    def _run_tokens(self, found: list[str]) -> None:
        """Carry out tokens that are whole.

        This is where time goes. What output mostly consists of is done in place, on local copies
        of cursor and pen; all else goes through a method after they are written back.
        """
        known, by_key = remembered, self._pens.by_key.get
        cols, last, main = self.cols, self.rows - 1, self._main
        left = self._scrolled.append
        join = self._join
        x, y, pen, buffer = self._x, self._y, self._pen, self._buffer
        after, char = pen.after.get, pen.char
        text, pens, wrapped = buffer.text, buffer.pens, buffer.wrapped
        top, bottom, room = buffer.top, buffer.bottom, buffer.room
        plain, newline, origin = self._plain(), self._newline, self._origin

        for token in found:
            if token >= " ":
                if plain:
                    if token.isascii():
                        join = 1
                    elif (columns := kind(token[0])) == 2:
                        join = 2
                        token = HALF.join(token) + HALF
                    elif columns == 1:
                        join = 1
                    else:
                        self._x, self._y, self._pen, self._join = x, y, pen, join
                        if columns == 0:
                            self._print_odd(token)
                        else:
                            self.run(operation(token))
                        x, y, join = self._x, self._y, self._join
                        continue
                    end = x + len(token)
                    if end > cols:
                        self._x, self._y, self._pen = x, y, pen
                        self._print_run(token, join)
                        x, y = self._x, self._y
                        continue
                    line = text[y]
                    length = len(line)
                    if length <= x:
                        text[y] = (line if length == x else line.ljust(x)) + token
                    elif HALF in line:
                        text[y], pens[y] = write(line, pens[y], x, token, char)
                        x = end
                        continue
                    else:
                        text[y] = line[:x] + token + line[end:]
                    line = pens[y]
                    length = len(line)
                    if length > x:
                        pens[y] = line[:x] + char * (end - x) + line[end:]
                    elif char != DEFAULT:
                        if length != x:
                            line = line.ljust(x, DEFAULT)
                        pens[y] = line + char * (end - x)
                    x = end
                    continue
                self._x, self._y, self._pen, self._join = x, y, pen, join
                columns = 1 if token.isascii() else kind(token[0])
                if columns >= 0:
                    self._print(token, columns)
                    x, y, join = self._x, self._y, self._join
                    continue
                self.run(operation(token))
            elif (next_pen := after(token)) is not None:
                join = 0
                pen = next_pen
                after, char = pen.after.get, pen.char
                continue
            else:
                todo = known(token)
                if todo is None:
                    if token[-1] == "m" and (key := sgr.truecolor(pen.key, token)):
                        join = 0
                        next_pen = by_key(key)
                        if next_pen is None:
                            next_pen = self._pens.get(key)
                        else:
                            self._pens.remember(pen, token, next_pen)
                        pen = next_pen
                        after, char = pen.after.get, pen.char
                        continue
                    todo = operation(token)
                what = todo[0]
                if what == NEWLINE:
                    join = 0
                    if newline or todo[1]:
                        x = 0
                    elif x >= cols:
                        x = cols - 1
                    if y == bottom:
                        if top == 0 and room:
                            if buffer is main:
                                left(GOES_ON + text[0] if wrapped[0] else text[0])
                            buffer.back.append((text[0], pens[0], wrapped[0]))
                            if buffer.base < room:
                                buffer.base += 1
                        del text[top], pens[top], wrapped[top]
                        text.insert(bottom, "")
                        pens.insert(bottom, "" if pen.erase == DEFAULT else pen.erase * cols)
                        wrapped.insert(bottom, False)
                    elif y < last:
                        y += 1
                        wrapped[y] = False
                    continue
                if what == CUP and not origin:
                    join = 0
                    y, x = todo[1], todo[2]
                    if y > last:
                        y = last
                    if x >= cols:
                        x = cols - 1
                    continue
                if what == SGR:
                    join = 0
                    next_pen = self._pens.get(sgr.apply(pen.key, todo[1]))
                    self._pens.remember(pen, token, next_pen)
                    pen = next_pen
                    after, char = pen.after.get, pen.char
                    continue
                if what == EL and not origin:
                    join = 0
                    line = text[y]
                    if x == 0:
                        wrapped[y] = False
                    if pen.erase == DEFAULT and len(line) <= cols and HALF not in line:
                        text[y] = line[:x]
                        pens[y] = pens[y][:x]
                    else:
                        text[y], pens[y] = erase(line, pens[y], x, cols, cols, pen.erase)
                    continue
                if what == RIGHT and not origin:
                    join = 0
                    x = min(x, cols - 1) + todo[1]
                    if x >= cols:
                        x = cols - 1
                    continue
                if what == RETURN:
                    join = x = 0
                    continue
                if what == EDIT:
                    self._x, self._y, self._pen, self._join = x, y, pen, join
                    getattr(self, todo[1])(*todo[2])
                    x, y, join = self._x, self._y, 0
                    continue
                if what == ASCII and self._charsets[0] is None and self._charset is None:
                    join = 0
                    continue
                if what == COLUMN and not origin:
                    join = 0
                    x = min(todo[1], cols - 1)
                    continue
                if what == LINE and not origin:
                    join = 0
                    y = min(todo[1], last)
                    if x >= cols:
                        x = cols - 1
                    continue
                if what == BACKSPACE and not self._reverse_wrap and not origin:
                    join = 0
                    x = max(0, min(x, cols - 1) - 1)
                    continue
                self._x, self._y, self._pen, self._join = x, y, pen, join
                self.run(todo)
            # A method ran: whatever it changed is read again.
            join = 0
            x, y, pen, buffer, main = self._x, self._y, self._pen, self._buffer, self._main
            after, char = pen.after.get, pen.char
            text, pens, wrapped = buffer.text, buffer.pens, buffer.wrapped
            top, bottom, room = buffer.top, buffer.bottom, buffer.room
            plain, newline, origin = self._plain(), self._newline, self._origin
        self._x, self._y, self._pen, self._join = x, y, pen, join

    def _plain(self) -> bool:
        """Whether characters go into cells as they are, one after the other."""
        return not self._insert and self._charset is None and self.cols > 1

    def run(self, todo: Operation) -> None:
        """Carry out one operation."""
        what = todo[0]
        if what in (CALL, EDIT):
            getattr(self, todo[1])(*todo[2])
        elif what == SGR:
            self._pen = self._pens.get(sgr.apply(self._pen.key, todo[1]))
        elif what == CUP:
            self._move_to(todo[2], todo[1])
        elif what == EL:
            self.erase_in_line(0)
        elif what == RIGHT:
            self.cursor_forward(todo[1])
        elif what == RETURN:
            self.carriage_return()
        elif what == BACKSPACE:
            self.backspace()
        elif what == NEWLINE:
            self.linefeed()
        elif what == ASCII:
            self.define_charset("B", "(")
        elif what == COLUMN:
            self._move_to(todo[1], self._y)
        elif what == LINE:
            self.cursor_to_line(todo[1] + 1)
        self._join = 0

    def control(self, char: str) -> None:
        """Carry out a control character that stands inside a sequence."""
        self.run(operation(char))
