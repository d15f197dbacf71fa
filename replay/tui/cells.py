"""The one exit for recorded characters: cells to strips, hostile text to plain text.

Knows: `recorder.screen.Frame` rows, Rich segments and styles. Must never know: widgets, players,
files. Called by the stage for cells, and by everything else in the app that shows a name, a
title or any other text that somebody else chose.

Two promises, both tested: no control, format or unassigned character leaves here, so nothing
recorded can act on the viewer's terminal; and a cell takes exactly the columns that it took when
it was recorded, so nothing can shift its neighbours. Nothing here is ever parsed as markup, and
no style carries a link or an action.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from rich.cells import cell_len
from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style
from rich.terminal_theme import TerminalTheme
from rich.text import Text
from textual.filter import dim_color

from recorder.screen.frame import Cell, Frame
from recorder.screen.pens import Attributes, Color

REPLACEMENT = "\ufffd"
DOTTED = "\u25cc"

_NARROW = re.compile(r"[\x20-\x7e\xa1-\xac\xae-\u02ff\u2010-\u2027\u2190-\u2319\u2500-\u25fc]*")
"""Characters that are one column everywhere: whole runs of them need no look at each cell."""
_MARKS = frozenset(("Mn", "Mc", "Me"))
MOST_LOOKS = 4096
_UNSEEN = frozenset(("Cc", "Cf", "Cs", "Cn", "Zl", "Zp"))


def plain(text: str) -> str:
    """Text from outside, fit to be shown in a line: what would not show is named instead."""
    if text.isascii() and text.isprintable():
        return text
    pairs = zip(" " + text, text, strict=False)
    return "".join(
        char if _combines(char) and before != " " and _named(before) == before else _named(char)
        for before, char in pairs
    )


def label(text: str, style: str = "") -> Text:
    """`plain` text as a renderable that no widget parses as markup."""
    return Text(plain(text), style=style, no_wrap=True, end="")


@lru_cache(4096)
def drawable(text: str, width: int) -> str:
    """The characters for a cell of this width: exactly so many columns, and nothing active."""
    base, marks = text[:1] or " ", text[1:]
    if _combines(base):
        base = f"{DOTTED}{base}"  # a mark that has a cell of its own
    elif unicodedata.category(base) in _UNSEEN or cell_len(base) == 0:
        base = REPLACEMENT
    kept = base + "".join(filter(_combines, marks))
    for candidate in (kept, base, REPLACEMENT):
        if cell_len(candidate) <= width:
            return candidate + " " * (width - cell_len(candidate))
    return " " * width


class Look(NamedTuple):
    """How a pen is drawn; ``hidden``: not at all."""

    style: Style
    hidden: bool


class Ink:
    """How recorded colours look here: what default foreground and background stand for, and, with
    a theme, what the palette's do. With a theme every style is final: true colours, none dim."""

    def __init__(
        self, foreground: RichColor, background: RichColor, theme: TerminalTheme | None = None
    ) -> None:
        self.foreground = foreground
        self.background = background
        self._theme = theme
        self._looks: dict[tuple[Color, Color, int], Look] = {}

    def look(self, fg: Color, bg: Color, attributes: int) -> Look:
        """The look of a pen. Memory is bounded: a truecolor flood starts the table anew."""
        # As a plain number: a flag's own hash is ten times the rest of the work.
        key = (fg, bg, int(attributes))
        look = self._looks.get(key)
        if look is None:
            if len(self._looks) > MOST_LOOKS:
                self._looks.clear()
            look = self._looks[key] = self._make(fg, bg, Attributes(attributes))
        return look

    def _make(self, fg: Color, bg: Color, attributes: Attributes) -> Look:
        front, back = self._color(fg, self.foreground), self._color(bg, self.background)
        dim = Attributes.DIM in attributes
        if dim and self._theme is not None:
            front, dim = dim_color(back, front), False
        style = Style(
            color=front,
            bgcolor=back,
            bold=Attributes.BOLD in attributes,
            dim=dim,
            italic=Attributes.ITALIC in attributes,
            underline=Attributes.UNDERLINE in attributes,
            underline2=Attributes.UNDERLINE_DOUBLE in attributes,
            blink=Attributes.BLINK in attributes,
            reverse=Attributes.INVERSE in attributes,
            strike=Attributes.STRIKE in attributes,
            overline=Attributes.OVERLINE in attributes,
        )
        return Look(style, Attributes.INVISIBLE in attributes)

    def _color(self, color: Color, default: RichColor) -> RichColor:
        match color:
            case None:
                return default
            case int():
                found = RichColor.from_ansi(color)
                if self._theme is None:
                    return found
                return RichColor.from_triplet(found.get_truecolor(self._theme))
            case (red, green, blue):
                return RichColor.from_rgb(red, green, blue)


def row_segments(frame: Frame, y: int, ink: Ink) -> list[Segment]:
    """Row ``y`` of a frame, with the cursor in it where there is one: ``frame.cols`` columns."""
    cursor = frame.cursor
    if cursor.visible and cursor.y == y:
        return _cell_segments(frame.row(y), ink, cursor.x)
    segments: list[Segment] = []
    column = 0
    for text, columns, fg, bg, attributes in frame.runs(y):
        style, hidden = ink.look(fg, bg, attributes)
        if hidden:
            segments.append(Segment(" " * columns, style))
        elif len(text) == columns and _NARROW.fullmatch(text):
            segments.append(Segment(text, style))
        else:
            cells = frame.row(y)[column : column + columns]
            drawn = [drawable(cell.text, cell.width) for cell in cells if cell.width]
            segments += _joined(drawn, style, columns)
        column += columns
    return segments


def _cell_segments(cells: tuple[Cell, ...], ink: Ink, cursor: int) -> list[Segment]:
    """A row cell by cell, the one under the cursor inverted."""
    segments: list[Segment] = []
    drawn: list[str] = []
    columns, before = 0, ink.look(None, None, 0).style
    for column, cell in enumerate(cells):
        if not cell.width:
            continue
        attributes = cell.attributes
        if column <= cursor < column + cell.width:
            attributes ^= Attributes.INVERSE
        style, hidden = ink.look(cell.fg, cell.bg, attributes)
        if style != before:
            segments += _joined(drawn, before, columns)
            drawn, columns, before = [], 0, style
        drawn.append(" " * cell.width if hidden else drawable(cell.text, cell.width))
        columns += cell.width
    return segments + _joined(drawn, before, columns)


def _joined(drawn: list[str], style: Style, columns: int) -> list[Segment]:
    """Cells as one segment, where their characters stay apart when they stand together: some
    (regional indicators, conjuncts, skin tones) would be taken for one and so for narrower."""
    text = "".join(drawn)
    if cell_len(text) == columns:
        return [Segment(text, style)] if text else []
    return [Segment(cell, style) for cell in drawn]


def _combines(mark: str) -> bool:
    """Whether a character of a cell after the first is drawn on it (not a variation selector:
    terminals disagree about the width that it makes)."""
    if "\ufe00" <= mark <= "\ufe0f" or "\U000e0100" <= mark <= "\U000e01ef":
        return False
    return unicodedata.category(mark) in _MARKS


def _named(char: str) -> str:
    code = ord(char)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    if unicodedata.category(char) in _UNSEEN or (char != " " and cell_len(char) == 0):
        return f"⟦U+{code:04X}⟧"
    return char
