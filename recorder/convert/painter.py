"""Frames as pictures: cells to pixels.

Knows: frames, glyphs, how cells look. Must never know: files, recordings, times. Called by
`recorder.convert.png` and, frame by frame, by `recorder.convert.motion`.

A painter has one canvas for all frames that it is given, and paints only the rows that changed
since the one before: memory does not grow with their number.
"""

from __future__ import annotations

from typing import NamedTuple

from PIL import Image, ImageColor, ImageDraw

from recorder.convert.glyphs import SMALLEST, Glyphs
from recorder.convert.looks import BACKGROUND, FOREGROUND, colours_of
from recorder.screen import Attributes, Cell, Frame

FONT_SIZE = 15
PIXELS = 1 << 25
"""A picture has at most so many: a window of a thousand columns is drawn with a smaller font."""
SIDE = 8192
"""The longest side of a picture, in pixels: more is too much for films."""
_FAINT = 0.6

Rgb = tuple[int, int, int]
Box = tuple[int, int, int, int]
"""Left, top, right, bottom, in pixels; the last two are not included."""


class _Line(NamedTuple):
    """What a row was painted from."""

    cells: tuple[Cell, ...]
    cursor: int
    """Its column, -1 where it is elsewhere or hidden."""


class Painter:
    """Paints frames of at most ``cols`` columns and ``rows`` rows, on at most so many pixels; the
    canvas has even sides."""

    def __init__(
        self, cols: int, rows: int, font_size: int = FONT_SIZE, pixels: int = PIXELS
    ) -> None:
        size = max(font_size, SMALLEST)
        while True:
            self._glyphs = Glyphs(size)
            width, height = cols * self._glyphs.width, rows * self._glyphs.height
            fits = width * height <= pixels and max(width, height) <= SIDE
            if fits or size <= SMALLEST:
                break
            size -= 1
        self.image = Image.new("RGB", (width + width % 2, height + height % 2), BACKGROUND)
        """The canvas: the same object after each `paint`, with another picture on it."""
        self._draw = ImageDraw.Draw(self.image)
        self._lines: list[_Line | None] = [None] * rows
        self._cols = cols
        self._thick = max(1, round(self._glyphs.height / 16))
        self._colours: dict[str, Rgb] = {}

    def paint(self, frame: Frame) -> Box | None:
        """The frame on the canvas, at its top left; the part of the canvas that changed."""
        height = self._glyphs.height
        changed: list[int] = []
        for y, before in enumerate(self._lines):
            x, at, visible = frame.cursor
            here = x if visible and at == y else -1
            now = _Line(frame.row(y), here) if y < frame.rows else None
            if now != before:
                self._row(y, now)
                self._lines[y] = now
                changed.append(y)
        if not changed:
            return None
        return (0, changed[0] * height, self.image.width, (changed[-1] + 1) * height)

    def _row(self, y: int, line: _Line | None) -> None:
        width, height = self._glyphs.width, self._glyphs.height
        top = y * height
        self._draw.rectangle((0, top, self.image.width, top + height - 1), fill=BACKGROUND)
        if line is None:
            return
        for x, cell in enumerate(line.cells[: self._cols]):
            if cell.width:
                under = x <= line.cursor < x + cell.width
                if under or cell.text != " " or cell.bg is not None or cell.attributes:
                    self._cell(x * width, top, cell, cursor=under)

    def _cell(self, left: int, top: int, cell: Cell, *, cursor: bool) -> None:
        look = cell.attributes
        front, back = colours_of(cell)
        fg, bg = self._rgb(front), self._rgb(back or BACKGROUND)
        if cursor:
            fg, bg = bg, self._rgb(FOREGROUND) if front == (back or BACKGROUND) else fg
        elif look & Attributes.DIM:
            fg = _between(bg, fg)
        right = left + cell.width * self._glyphs.width
        bottom = top + self._glyphs.height
        if cursor or back:
            self._draw.rectangle((left, top, right - 1, bottom - 1), fill=bg)
        if cell.text != " " and not look & Attributes.INVISIBLE:
            mask, colours = self._glyphs.glyph(
                cell.text,
                cell.width,
                bold=bool(look & Attributes.BOLD),
                italic=bool(look & Attributes.ITALIC),
            )
            self.image.paste(colours or fg, (left, top, right, bottom), mask)
        self._decorate((left, top, right, bottom), fg, look)

    def _decorate(self, box: Box, fg: Rgb, look: Attributes) -> None:
        """Lines under, through and over a cell."""
        left, top, right, bottom = box
        thick = self._thick
        base = min(top + self._glyphs.baseline + 2 * thick, bottom - thick)
        if look & Attributes.UNDERLINE_DOUBLE:
            self._line(left, right, base - thick, fg)
            self._line(left, right, min(base + thick, bottom - thick), fg)
        elif look & Attributes.UNDERLINE_CURLY:
            for x in range(left, right):
                up = (0, 1, 2, 1)[x // thick % 4] * thick
                self._line(x, x + 1, min(base + thick, bottom - thick) - up, fg)
        elif look & (Attributes.UNDERLINE_DOTTED | Attributes.UNDERLINE_DASHED):
            dash = 1 if look & Attributes.UNDERLINE_DOTTED else 3
            for x in range(left, right):
                if x // thick % (2 * dash) < dash:
                    self._line(x, x + 1, base, fg)
        elif look & Attributes.UNDERLINE:
            self._line(left, right, base, fg)
        if look & Attributes.STRIKE:
            self._line(left, right, top + self._glyphs.baseline * 2 // 3, fg)
        if look & Attributes.OVERLINE:
            self._line(left, right, top, fg)

    def _line(self, left: int, right: int, top: int, fg: Rgb) -> None:
        self._draw.rectangle((left, top, right - 1, top + self._thick - 1), fill=fg)

    def _rgb(self, colour: str) -> Rgb:
        found = self._colours.get(colour)
        if found is None:
            if len(self._colours) > 4096:
                self._colours.clear()
            red, green, blue = ImageColor.getrgb(colour)[:3]
            found = self._colours[colour] = (red, green, blue)
        return found


def _between(bg: Rgb, fg: Rgb) -> Rgb:
    red, green, blue = (
        round(back + (front - back) * _FAINT) for back, front in zip(bg, fg, strict=True)
    )
    return red, green, blue
