"""One frame as plain JSON values, and back: cells, cursor, title, and nothing of how it got there.

Smaller than a keyframe and with less in it: no modes, no other buffer, nothing that a screen could
go on from. What is read may come from anywhere; every size is checked before anything is made,
and the one thing that `frame_of` raises is ScreenStateError.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from recorder.screen.clusters import LONGEST, Clusters
from recorder.screen.errors import ScreenStateError
from recorder.screen.frame import Cell, Cursor, Frame, FrameRow
from recorder.screen.pens import Attributes, Color, PenKey, Pens

LARGEST = 1000
"""Columns, and rows."""
MOST_CELLS = 1 << 18
_TITLE = 4096
_HALF = "\x7f"
"""The right half of a wide character, as it is written: one byte in JSON, and never text."""
_OF_SEVERAL = "?"
"""Where a cell of several code points stands; `cells` says which."""
_FLAGS = int(Attributes(sum(Attributes)))
_PEN = (None, None, 0)


def still_of(frame: Frame) -> dict[str, Any]:
    """The frame's values: ``size``, ``cursor``, ``title``, ``alternate``, ``pens`` and ``lines``.

    A line is ``[text, runs, wrapped, cells]``, what is empty at its end left out: the text has one
    character per column, the runs are pairs of a length and a pen's number (what is behind them is
    in the default pen), the cells of several code points are by column.
    """
    pens: dict[PenKey, int] = {_PEN: 0}
    lines = [_line(frame.row(y), frame.wrapped(y), pens) for y in range(frame.rows)]
    return {
        "size": [frame.cols, frame.rows],
        "cursor": [frame.cursor.x, frame.cursor.y, int(frame.cursor.visible)],
        "title": "".join(c if c.isprintable() else "\ufffd" for c in frame.title)[:_TITLE],
        "alternate": int(frame.alternate),
        "pens": [[_written(fg), _written(bg), flags] for fg, bg, flags in pens],
        "lines": lines,
    }


def _line(cells: tuple[Cell, ...], wrapped: bool, pens: dict[PenKey, int]) -> list[Any]:
    text, several = "", {}
    for column, cell in enumerate(cells):
        if not cell.width:
            text += _HALF
        elif len(cell.text) == 1 and cell.text.isprintable():
            text += cell.text
        else:
            text += _OF_SEVERAL
            several[str(column)] = cell.text
    keys = [(cell.fg, cell.bg, int(cell.attributes)) for cell in cells]
    runs: list[int] = []
    for key, group in groupby(keys):
        runs += [len(list(group)), pens.setdefault(key, len(pens))]
    while runs and runs[-1] == 0:
        del runs[-2:]
    line: list[Any] = [text.rstrip(" "), runs, int(wrapped), several]
    while line and not line[-1]:
        line.pop()
    return line


def _written(color: Color) -> Any:
    return list(color) if isinstance(color, tuple) else color


def frame_of(still: Mapping[str, Any]) -> Frame:
    """The frame that `still_of` was called on. Raises ScreenStateError where it is none."""
    try:
        return _frame(still)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise ScreenStateError(f"this is no screen: {error!r}"[:200]) from error


def _frame(still: Mapping[str, Any]) -> Frame:
    sides = [_number(side, 1, LARGEST) for side in _list(still["size"], 2)]
    cols, count = sides[0], sides[1]
    lines = still["lines"]
    if type(lines) is not list or len(lines) != count or cols * count > MOST_CELLS:
        raise ValueError("size")
    x, y, visible = _list(still["cursor"], 3)
    cursor = Cursor(_number(x, 0, cols - 1), _number(y, 0, count - 1), bool(_number(visible, 0, 1)))
    title, pens, clusters = still["title"], Pens(), Clusters()
    if type(title) is not str or len(title) > _TITLE:
        raise ValueError("title")
    known = still["pens"]
    if type(known) is not list or len(known) > cols * count + 1:
        raise ValueError("pens")
    chars = [pens.get(_pen(pen)).char for pen in known]
    rows = tuple(_row(line, cols, chars, pens, clusters) for line in lines)
    return Frame(rows, cols, cursor, title, bool(_number(still["alternate"], 0, 1)))


def _row(line: list[Any], cols: int, chars: list[str], pens: Pens, clusters: Clusters) -> FrameRow:
    if type(line) is not list or len(line) > 4:
        raise ValueError("line")
    absent: list[Any] = ["", [], 0, {}]
    text, runs, wrapped, several = line + absent[len(line) :]
    if type(text) is not str or len(text) > cols or type(several) is not dict:
        raise ValueError("line")
    if type(runs) is not list or len(runs) > 2 * cols or len(runs) % 2:
        raise ValueError("runs")
    made = list(text)
    for column, cell in several.items():
        at = int(column)
        if type(cell) is not str or not 0 < len(cell) <= LONGEST or str(at) != column or at < 0:
            raise ValueError("cell")
        made[at] = clusters.intern(cell)
    for at, char in enumerate(made):
        if char == _HALF:
            if not at or made[at - 1] == "\0":
                raise ValueError("half a character")
            made[at] = "\0"
        elif str(at) not in several:
            if not char.isprintable():
                raise ValueError("a control character")
            if "\U00040000" <= char <= "\U000dffff":
                made[at] = clusters.intern(char)
    painted = ""
    for length, pen in zip(runs[::2], runs[1::2], strict=True):
        painted += chars[_number(pen, 0, len(chars) - 1)] * _number(length, 1, cols - len(painted))
    return FrameRow(
        "".join(made), painted, cols, bool(_number(wrapped, 0, 1)), pens.by_char, clusters
    )


def _pen(written: list[Any]) -> PenKey:
    fg, bg, flags = _list(written, 3)
    known = Attributes(_number(flags, 0, _FLAGS))
    # A link is underlined without being asked to be, and dashed where the program asks too.
    if Attributes.LINK in known:
        known &= ~Attributes.UNDERLINE
    return _color(fg), _color(bg), int(known)


def _color(written: object) -> Color:
    match written:
        case None:
            return None
        case int():
            return _number(written, 0, 255)
        case list():
            red, green, blue = _list(written, 3)
            return _number(red, 0, 255), _number(green, 0, 255), _number(blue, 0, 255)
        case _:
            raise ValueError("colour")


def _list(value: object, size: int) -> list[Any]:
    if type(value) is not list or len(value) != size:
        raise ValueError("list")
    return value


def _number(value: object, least: int, most: int) -> int:
    if type(value) is not int or not least <= value <= most:
        raise ValueError("number")
    return value
