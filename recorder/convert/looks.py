"""How cells look on paper: the palette, and rows as segments whose place is certain.

Knows: frames. Must never know: files, markup. Called by `recorder.convert.svg`,
`recorder.convert.html` and `recorder.convert.painter`.

A terminal's columns are of one width; another program's font may not be. So only characters that
are one column everywhere share a segment; every other cell is one of its own, with its columns.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from recorder.screen import Attributes, Cell, Color, Frame
from recorder.show import harmless

FOREGROUND = "#d4d7dd"
BACKGROUND = "#14171c"
_DIM = ("#000000", "#cd3131", "#0dbc79", "#cdbe3c", "#3b78d2", "#bc3fbc", "#11a8cd", "#d4d7dd")
_BRIGHT = ("#6e7681", "#f14c4c", "#23d18b", "#f5f06e", "#61a0f0", "#d670d6", "#29b8db", "#ffffff")
_STEPS = (0, 95, 135, 175, 215, 255)
_CERTAIN = re.compile("[ -~\xa1-\xac\xae-\xff]")
_UNWRITABLE = re.compile("[\ufffe\uffff]")
"""What is no character of XML, beyond what is harmful on a terminal."""


class Segment(NamedTuple):
    """Neighbouring cells that look alike."""

    x: int
    columns: int
    text: str
    """Without controls and what turns the writing direction; not escaped for any markup."""
    fg: str
    """As `#rrggbb`, inversion and concealment applied."""
    bg: str
    """"" for the paper's."""
    attributes: Attributes


def rgb(color: Color, otherwise: str) -> str:
    """A colour as `#rrggbb`."""
    match color:
        case None:
            return otherwise
        case (red, green, blue):
            return f"#{red & 255:02x}{green & 255:02x}{blue & 255:02x}"
        case int() if color < 16:
            return (_DIM + _BRIGHT)[color]
        case int() if color < 232:
            cube = color - 16
            parts = (_STEPS[cube // 36], _STEPS[cube // 6 % 6], _STEPS[cube % 6])
            return "#{:02x}{:02x}{:02x}".format(*parts)
        case int():
            grey = min(8 + 10 * (color - 232), 238)
            return f"#{grey:02x}{grey:02x}{grey:02x}"


def writable(text: str) -> str:
    """The text as any markup can hold it once it is escaped."""
    return _UNWRITABLE.sub("\ufffd", harmless(text))


def segments(frame: Frame, y: int) -> list[Segment]:
    """Row ``y``; blanks that show nothing are left out at its end."""
    made: list[Segment] = []
    mergeable = False
    for x, cell in enumerate(frame.row(y)):
        if not cell.width:
            continue
        fg, bg = colours_of(cell)
        certain = cell.width == 1 and _CERTAIN.fullmatch(cell.text) is not None
        if made and mergeable and certain and made[-1][3:] == (fg, bg, cell.attributes):
            last = made[-1]
            made[-1] = last._replace(columns=last.columns + 1, text=last.text + cell.text)
        else:
            made.append(Segment(x, cell.width, writable(cell.text), fg, bg, cell.attributes))
        mergeable = certain
    while made and _ends_blank(made[-1]):
        text = made[-1].text.rstrip(" ")
        if text:
            columns = made[-1].columns - len(made[-1].text) + len(text)
            made[-1] = made[-1]._replace(text=text, columns=columns)
        else:
            made.pop()
    return made


def colours_of(cell: Cell) -> tuple[str, str]:
    """A cell's own two colours as `#rrggbb`, inversion and concealment applied; "" for the paper's
    background."""
    fg = rgb(cell.fg, FOREGROUND)
    bg = "" if cell.bg is None else rgb(cell.bg, BACKGROUND)
    if cell.attributes & Attributes.INVERSE:
        fg, bg = bg or BACKGROUND, fg
    if cell.attributes & Attributes.INVISIBLE:
        fg = bg or BACKGROUND
    return fg, bg


_DRAWN = Attributes.UNDERLINE | Attributes.STRIKE | Attributes.OVERLINE


def _ends_blank(segment: Segment) -> bool:
    """Whether it ends in blanks that show nothing."""
    blank = not segment.text or (segment.text.endswith(" ") and not segment.bg)
    return blank and not segment.attributes & _DRAWN
