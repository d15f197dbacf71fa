"""Pens: colours and attributes of a cell, interned per screen and written as one character each.

A row keeps its pens as a string with one character per column, so that drawing, erasing and
shifting are string slices and an old frame can share a row for nothing. `Pens` is the table from
such a character to its `Pen`; it belongs to one screen, only ever grows, and is replaced as a
whole when the screen renumbers it (frames keep the table that they were made with).
"""

from __future__ import annotations

from enum import IntFlag
from functools import cache

Color = int | tuple[int, int, int] | None
PenKey = tuple[Color, Color, int]


class Attributes(IntFlag):
    """How a cell is drawn. UNDERLINE is set with every style of underline, and with LINK.

    LINK is a cell of a hyperlink (OSC 8); as in xterm.js it is underlined, dashed if it is also
    underlined by the program.
    """

    NONE = 0
    BOLD = 1
    DIM = 2
    ITALIC = 4
    UNDERLINE = 8
    BLINK = 16
    INVERSE = 32
    INVISIBLE = 64
    STRIKE = 128
    OVERLINE = 256
    UNDERLINE_DOUBLE = 512
    UNDERLINE_CURLY = 1024
    UNDERLINE_DOTTED = 2048
    UNDERLINE_DASHED = 4096
    LINK = 8192


UNDERLINES = int(
    Attributes.UNDERLINE
    | Attributes.UNDERLINE_DOUBLE
    | Attributes.UNDERLINE_CURLY
    | Attributes.UNDERLINE_DOTTED
    | Attributes.UNDERLINE_DASHED
)
_INVISIBLE = int(Attributes.INVISIBLE)
# Guarded against selective erase (DECSCA): kept with the cell, shown nowhere.
PROTECTED = 1 << 15
# After DECRC in xterm.js underline is as it was saved, but its style and the link are those of
# now: if RESTORED is set, LINED says whether there is underline, STYLED whether style and link
# count, whatever those say themselves.
RESTORED = 1 << 14
LINED = 1 << 16
STYLED = 1 << 17
KNOWN_FLAGS = (1 << 18) - 1

DEFAULT_KEY: PenKey = (None, None, 0)
DEFAULT = "\0"

# A truecolor stream may lead from one pen to any other: the memory of where is bounded.
_MOST_REMEMBERED = 1 << 16
# Characters in use are numbered past the surrogates; more pens than this share the default one.
_LAST = 0x10FFFF


@cache
def _shown(flags: int) -> Attributes:
    """Flags as a reader sees them; remembered, for a flag set is slow to make and there are few."""
    shown = Attributes(flags & ~(PROTECTED | RESTORED | LINED | STYLED))
    if flags & RESTORED:
        lined = Attributes.UNDERLINE if flags & LINED else Attributes.NONE
        if not flags & STYLED:
            return shown & ~(Attributes(UNDERLINES) | Attributes.LINK) | lined
        if not lined:
            # A style that nothing asks for still draws a line, a plain one.
            drawn = shown & (Attributes.UNDERLINE | Attributes.LINK)
            shown &= ~Attributes(UNDERLINES)
            return shown | Attributes.UNDERLINE if drawn else shown
        shown |= lined
    if shown & Attributes.LINK:
        if shown & Attributes.UNDERLINE:
            shown = shown & ~Attributes(UNDERLINES) | Attributes.UNDERLINE_DASHED
        shown |= Attributes.UNDERLINE
    return shown


class Pen:
    """One way to draw a cell, and what each SGR sequence met so far makes of it."""

    __slots__ = (
        "_erase",
        "after",
        "attributes",
        "bg",
        "char",
        "fg",
        "flags",
        "key",
        "table",
    )

    def __init__(self, key: PenKey, char: str, table: Pens) -> None:
        self.key = key
        self.fg, self.bg, self.flags = key
        self.attributes = _shown(self.flags)
        self.enter(char, table)

    def enter(self, char: str, table: Pens) -> None:
        """Stand in `table` as `char` from now on, with nothing remembered."""
        self.char = char
        self.table = table
        self.after = _NOTHING
        self._erase = ""

    @property
    def erase(self) -> str:
        """The character of the pen that erased cells take: the background alone."""
        if not self._erase:
            self._erase = self.table.get((None, self.bg, 0)).char
        return self._erase

    @property
    def protected(self) -> bool:
        return bool(self.flags & PROTECTED)

    @property
    def conceals(self) -> bool:
        """Whether text in it is not to be seen."""
        return bool(self.flags & _INVISIBLE) or (self.fg is not None and self.fg == self.bg)


# What most pens of a gradient remember. It is never written to.
_NOTHING: dict[str, Pen] = {}


class Pens:
    """The pens of one screen: by key, and by the character that stands for them in rows."""

    __slots__ = ("_remembered", "by_char", "by_key", "full_at")

    def __init__(self, full_at: int = 16384) -> None:
        self.by_key: dict[PenKey, Pen] = {}
        self.by_char: dict[str, Pen] = {}
        self.full_at = full_at
        self._remembered = 0
        self.get(DEFAULT_KEY)

    def get(self, key: PenKey) -> Pen:
        return self.by_key.get(key) or self._enter(key, None)

    def _enter(self, key: PenKey, pen: Pen | None) -> Pen:
        number = len(self.by_key)
        if number >= 0xD800:
            number += 0x800
        if number > _LAST:
            return self.by_key[DEFAULT_KEY]
        char = chr(number)
        if pen is None:
            pen = Pen(key, char, self)
        else:
            pen.enter(char, self)
        self.by_key[key] = self.by_char[char] = pen
        return pen

    def adopt(self, pen: Pen) -> Pen:
        """Take over a pen of another table, numbered anew and with nothing remembered."""
        return self.by_key.get(pen.key) or self._enter(pen.key, pen)

    def remember(self, pen: Pen, token: str, after: Pen) -> None:
        """`token` leads from `pen` to `after`."""
        self._remembered += 1
        if self._remembered > _MOST_REMEMBERED:
            self._remembered = 0
            for known in self.by_key.values():
                known.after = _NOTHING
        if pen.after is _NOTHING:
            pen.after = {}
        pen.after[token] = after

    @property
    def full(self) -> bool:
        return len(self.by_key) >= self.full_at
