"""A screen's whole state as bytes, and back: keyframes.

JSON in one line, so it is deterministic, readable, and nothing in it can run. Pens and clusters
are written only where a cell uses them and numbered in the order of use, so that equal screens
give equal bytes whatever led to them. Everything read is checked before it is used: the bytes may
come from a damaged file, and the one thing that `load` raises is ScreenStateError.
"""

from __future__ import annotations

import json
import re
from collections import deque
from itertools import groupby
from typing import TYPE_CHECKING, Any

from recorder.screen import rows
from recorder.screen.buffer import BASE_LIMIT, ROWS_BACK, Buffer, Row, Saved
from recorder.screen.charsets import CHARSETS, Charset
from recorder.screen.clusters import LONGEST, STAND_INS
from recorder.screen.errors import ScreenStateError
from recorder.screen.machine import Machine, State
from recorder.screen.modes import MOST_TITLES
from recorder.screen.params import LONGEST_TEXT
from recorder.screen.pens import DEFAULT, KNOWN_FLAGS, PenKey
from recorder.screen.tokens import BODY_LIMIT
from recorder.screen.width import WIDTH_TABLE_VERSION

if TYPE_CHECKING:
    from recorder.screen.screen import Screen

# The form of the bytes; other forms are refused.
FORM = 1
_LARGEST = 1000
_MODES = (
    "_insert",
    "_origin",
    "_autowrap",
    "_reverse_wrap",
    "_synchronized",
    "_newline",
    "_cursor_shown",
)
# The right half of a wide character, as it is written: one byte in JSON, and never text.
_HALF = "\x7f"
_CONTROL = re.compile("[\0-\x1f\x80-\x9f\ud800-\udfff]")
_LONE = re.compile("[\ud800-\udfff]")
_STAND_IN = re.compile(f"[{STAND_INS}]")


class _Writer:
    """Rows and pens of one screen, numbered in the order in which they are met."""

    def __init__(self, screen: Screen) -> None:
        self.pens = screen._pens.by_char
        self.clusters = screen._clusters.by_char
        self.cols = screen.cols
        self.pen_numbers: dict[PenKey, int] = {}

    def pen(self, key: PenKey) -> int:
        return self.pen_numbers.setdefault(key, len(self.pen_numbers))

    def row(self, text: str, pens: str, wrapped: bool) -> list[Any]:
        if len(text) <= self.cols:
            text = text.rstrip(rows.BLANK)
        pens = pens.rstrip(DEFAULT)
        cells: dict[str, str] = {}
        if not text.isascii():
            for at, char in enumerate(text):
                if char in self.clusters:
                    cells[str(at)] = self.clusters[char]
            if cells:
                text = "".join("?" if char in self.clusters else char for char in text)
        runs: list[int] = []
        for char, group in groupby(pens):
            runs += [len(list(group)), self.pen(self.pens[char].key)]
        written: list[Any] = [text.replace(rows.HALF, _HALF), runs, int(wrapped), cells]
        while written and not written[-1]:
            written.pop()
        return written

    def buffer(self, buffer: Buffer) -> list[Any]:
        saved = buffer.saved
        return [
            [self.row(*row) for row in zip(buffer.text, buffer.pens, buffer.wrapped, strict=True)],
            [self.row(*row) for row in buffer.back],
            [buffer.top, buffer.bottom, buffer.x, buffer.y, buffer.base, buffer.most or 0],
            sorted(buffer.tabs),
            [saved.x, saved.y, self.pen(saved.pen), _charset_name(saved.charset)],
        ]


def dump(screen: Screen) -> bytes:
    """The state of `screen`. The buffer that shows keeps its cursor in the screen itself."""
    writer = _Writer(screen)
    machine = screen._machine
    screen._buffer.x, screen._buffer.y = screen._x, screen._y
    state = {
        "form": FORM,
        "widths": WIDTH_TABLE_VERSION,
        "size": [screen.cols, screen.rows],
        "main": writer.buffer(screen._main),
        "alt": writer.buffer(screen._alt),
        "alternate": int(screen._buffer is screen._alt),
        "modes": [int(getattr(screen, name)) for name in _MODES],
        "charsets": [
            screen._shift,
            _charset_name(screen._charset),
            *map(_charset_name, screen._charsets),
        ],
        "pen": writer.pen(screen._pen.key),
        "join": screen._join,
        "titles": [screen.title, *screen._titles],
        "utf8": screen._utf8.hex(),
        "machine": [
            int(machine.state),
            machine.prefix,
            machine.params,
            machine.collected,
            "".join(machine.body),
        ],
    }
    state["pens"] = [list(key) for key in writer.pen_numbers]
    return json.dumps(state, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def load(cls: type[Screen], data: bytes) -> Screen:
    """A screen of that state."""
    try:
        return _Reader(json.loads(bytes(data).decode("utf-8"))).screen(cls)
    except ScreenStateError:
        raise
    except (
        ArithmeticError,
        AttributeError,
        LookupError,
        MemoryError,
        RecursionError,
        TypeError,
        ValueError,
    ) as error:
        raise ScreenStateError(f"not the state of a screen: {error}") from error


def _charset_name(charset: Charset | None) -> str:
    if charset is None:
        return ""
    return next(name for name, known in CHARSETS.items() if known is charset)


def _require(condition: bool, what: str) -> None:
    if not condition:
        raise ScreenStateError(f"the state of a screen has no valid {what}")


def _number(value: Any, low: int, high: int, what: str) -> int:
    _require(type(value) is int and low <= value <= high, what)
    return int(value)


def _string(value: Any, longest: int, what: str) -> str:
    """Text as it can be on a screen: short enough, encodable, without control characters."""
    _require(type(value) is str and len(value) <= longest, what)
    _require(_CONTROL.search(value) is None, what)
    return str(value)


def _list(value: Any, length: int | None, what: str) -> list[Any]:
    _require(type(value) is list and (length is None or len(value) == length), what)
    return list(value)


class _Reader:
    """Checks what it reads, then puts it in its place."""

    def __init__(self, state: Any) -> None:
        _require(type(state) is dict and state.get("form") == FORM, "form")
        _require(state["widths"] == WIDTH_TABLE_VERSION, "width table")
        self.state: dict[str, Any] = state
        self.keys = [self._key(value) for value in _list(state["pens"], None, "pens")]
        cols, rows_ = _list(state["size"], 2, "size")
        self.cols = _number(cols, 1, _LARGEST, "size")
        self.rows = _number(rows_, 1, _LARGEST, "size")

    def screen(self, cls: type[Screen]) -> Screen:
        state = self.state
        screen = cls(self.cols, self.rows)
        self.pen_chars = [screen._pens.get(key).char for key in self.keys]
        self.intern = screen._clusters.intern
        screen._main = self._buffer(state["main"], scrollback=True)
        screen._alt = self._buffer(state["alt"], scrollback=False)
        alternate = _number(state["alternate"], 0, 1, "buffer")
        screen._buffer = screen._alt if alternate else screen._main
        screen._x, screen._y = screen._buffer.x, screen._buffer.y
        modes = _list(state["modes"], len(_MODES), "modes")
        for name, mode in zip(_MODES, modes, strict=True):
            setattr(screen, name, bool(_number(mode, 0, 1, "modes")))
        shift, active, *charsets = _list(state["charsets"], 6, "character sets")
        screen._shift = _number(shift, 0, 3, "character sets")
        screen._charset = self._charset(active)
        screen._charsets = [self._charset(name) for name in charsets]
        screen._pen = screen._pens.get(self._pen_key(state["pen"]))
        screen._join = _number(state["join"], 0, 2, "join")
        titles = _list(state["titles"], None, "titles")
        _require(1 <= len(titles) <= MOST_TITLES + 1, "titles")
        screen.title, *screen._titles = [_string(title, BODY_LIMIT, "title") for title in titles]
        screen._utf8 = bytes.fromhex(_string(state["utf8"], 6, "UTF-8 remainder"))
        screen._machine = self._machine(state["machine"])
        screen._frame = screen._look(None)
        return screen

    def _machine(self, value: Any) -> Machine:
        at, prefix, params, collected, body = _list(value, 5, "parser state")
        machine = Machine()
        machine.state = State(_number(at, 0, len(State) - 1, "parser state"))
        machine.prefix = _string(prefix, 1, "parser state")
        machine.params = _string(params, LONGEST_TEXT, "parser state")
        _require(not machine.params.strip("0123456789:;"), "parser state")
        machine.collected = _string(collected, 3, "parser state")
        # The body of a device control string has controls of its own.
        _require(type(body) is str and len(body) <= BODY_LIMIT, "parser state")
        _require(_LONE.search(body) is None, "parser state")
        machine.body = [body] if body else []
        return machine

    def _buffer(self, value: Any, scrollback: bool) -> Buffer:
        lines, back, places, tabs, saved = _list(value, 5, "buffer")
        buffer = Buffer(self.cols, self.rows, scrollback)
        read = [self._row(line) for line in _list(lines, self.rows, "rows")]
        buffer.text = [text for text, _, _ in read]
        buffer.pens = [pens for _, pens, _ in read]
        buffer.wrapped = [wrapped for _, _, wrapped in read]
        _require(len(_list(back, None, "rows")) <= ROWS_BACK, "rows")
        buffer.back = deque((self._row(line) for line in back), maxlen=ROWS_BACK)
        top, bottom, x, y, base, most = _list(places, 6, "margins")
        buffer.top = _number(top, 0, self.rows - 1, "margins")
        buffer.bottom = _number(bottom, buffer.top, self.rows - 1, "margins")
        buffer.x = _number(x, 0, self.cols, "cursor")
        buffer.y = _number(y, 0, self.rows - 1, "cursor")
        if scrollback:
            _require(most == 0, "margins")
        else:
            buffer.most = _number(most, self.rows, _LARGEST, "margins")
        buffer.base = _number(base, 0, buffer.room, "margins")
        _require(len(_list(tabs, None, "tabs")) <= _LARGEST + 1, "tabs")
        buffer.tabs = {_number(tab, 0, _LARGEST, "tabs") for tab in tabs}
        x, y, pen, charset = _list(saved, 4, "saved cursor")
        buffer.saved = Saved(
            _number(x, 0, _LARGEST, "saved cursor"),
            _number(y, 0, BASE_LIMIT + _LARGEST, "saved cursor"),
            self._pen_key(pen),
            self._charset(charset),
        )
        return buffer

    def _row(self, value: Any) -> Row:
        parts = _list(value, None, "row")
        _require(len(parts) <= 4, "row")
        text, runs, wrapped, cells = parts + ["", [], 0, {}][len(parts) :]
        text = _string(text, _LARGEST + 1, "row").replace(_HALF, rows.HALF)
        _require(_STAND_IN.search(text) is None, "row")
        _require(type(cells) is dict, "cells")
        if cells:
            columns = list(text)
            for at, cell in cells.items():
                columns[int(at)] = self.intern(_string(cell, LONGEST, "cell"))
            text = "".join(columns)
        _require(not text.startswith(rows.HALF), "row")
        runs = _list(runs, None, "pens")
        pens = []
        columns_left = _LARGEST + 1
        for count, pen in zip(runs[::2], runs[1::2], strict=True):
            columns_left -= _number(count, 1, columns_left, "pens")
            pens.append(self.pen_chars[_number(pen, 0, len(self.keys) - 1, "pens")] * count)
        return text, "".join(pens), bool(_number(wrapped, 0, 1, "row"))

    def _pen_key(self, number: Any) -> PenKey:
        return self.keys[_number(number, 0, len(self.keys) - 1, "pen")]

    def _key(self, value: Any) -> PenKey:
        fg, bg, flags = _list(value, 3, "pen")
        known = _number(flags, 0, KNOWN_FLAGS, "pen")
        _require(known & ~KNOWN_FLAGS == 0, "pen")
        return self._color(fg), self._color(bg), known

    def _color(self, value: Any) -> int | tuple[int, int, int] | None:
        if value is None:
            return None
        if type(value) is list:
            red, green, blue = (_number(part, 0, 255, "colour") for part in value)
            return red, green, blue
        return _number(value, 0, 255, "colour")

    def _charset(self, name: Any) -> Charset | None:
        name = _string(name, 1, "character set")
        return CHARSETS[name] if name else None
