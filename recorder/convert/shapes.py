"""Characters that are geometry: box drawing, block elements, braille and powerline separators.

Knows: what Unicode says these look like, and the size of a cell. Must never know: fonts, colours,
frames. Called by `recorder.convert.glyphs`. Drawn to the pixel, so that they join from cell to cell
whatever the size, which a font's own do at few sizes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from PIL import Image, ImageDraw

_WEIGHTS = {"LIGHT": 1, "SINGLE": 1, "HEAVY": 2, "DOUBLE": 3}
_SIDES = {
    "LEFT": ("left",),
    "RIGHT": ("right",),
    "UP": ("up",),
    "DOWN": ("down",),
    "HORIZONTAL": ("left", "right"),
    "VERTICAL": ("up", "down"),
}
_DASHES = {"DOUBLE DASH": 2, "TRIPLE DASH": 3, "QUADRUPLE DASH": 4}
_SHADES = {"\u2591": 64, "\u2592": 128, "\u2593": 191}
_QUADRANTS = ("\u2598", "\u259d", "\u2596", "\u2597")  # upper left, upper right, lower left, right
_QUADRANT_SETS = {
    "\u2599": (0, 2, 3), "\u259a": (0, 3), "\u259b": (0, 1, 2), "\u259c": (0, 1, 3),
    "\u259e": (1, 2), "\u259f": (1, 2, 3), **{char: (n,) for n, char in enumerate(_QUADRANTS)},
}  # fmt: skip
_BRAILLE_DOTS = ((0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3))
"""Column and row of each bit."""
_FINE = 4
"""Slanted edges are drawn so much larger first."""
_FULL = 255

Arms = Mapping[str, int]
"""The weight of the line to each side of a cell: 0 none, 1 light, 2 heavy, 3 double."""


def shape(char: str, width: int, height: int) -> Image.Image | None:
    """How much of each pixel of a cell the character covers (mode L), None where it is not one of
    these."""
    code = ord(char) if len(char) == 1 else 0
    if 0x2500 <= code <= 0x257F:
        return _box(char, width, height)
    if 0x2580 <= code <= 0x259F:
        return _block(char, width, height)
    if 0x2800 <= code <= 0x28FF:
        return _braille(code - 0x2800, width, height)
    if 0xE0B0 <= code <= 0xE0B3:
        return _separator(code - 0xE0B0, width, height)
    return None


def _blank(width: int, height: int) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.new("L", (width, height), 0)
    return image, ImageDraw.Draw(image)


def _light(width: int, height: int) -> int:
    """How thick a light line is: three of them and their gaps fit into the cell."""
    return max(1, round(min(2 * width, height) / 16))


def _fill(draw: ImageDraw.ImageDraw, x0: int, y0: int, x1: int, y1: int, ink: int = _FULL) -> None:
    """A rectangle, the far edges not included; nothing where it is empty."""
    if x0 < x1 and y0 < y1:
        draw.rectangle((x0, y0, x1 - 1, y1 - 1), fill=ink)


# -- box drawing -----------------------------------------------------------------------------------


@cache
def arms(char: str) -> Arms | None:
    """The lines of a box drawing character, by its name; None for dashes, arcs and diagonals."""
    words = unicodedata.name(char).removeprefix("BOX DRAWINGS ")
    if re.search("DASH|ARC|DIAGONAL", words):
        return None
    lines = {"left": 0, "right": 0, "up": 0, "down": 0}
    default = 0
    for part in words.split(" AND "):
        # "LIGHT DOWN AND RIGHT" says it once for both.
        weight = next((_WEIGHTS[word] for word in part.split() if word in _WEIGHTS), 0)
        default = weight or default
        for word in part.split():
            for side in _SIDES.get(word, ()):
                lines[side] = weight or default
    return MappingProxyType(lines)


def _box(char: str, width: int, height: int) -> Image.Image:
    lines = arms(char)
    image, draw = _blank(width, height)
    light = _light(width, height)
    words = unicodedata.name(char)
    if lines is not None:
        _Joint(draw, width, height, light).draw(lines)
    elif "DASH" in words:
        thick = light * 2 if "HEAVY" in words else light
        count = next(n for kind, n in _DASHES.items() if kind in words)
        _dashes(draw, (width, height), thick, count, down="VERTICAL" in words)
    elif "ARC" in words:
        return _arc(width, height, light, right="RIGHT" in words, down="DOWN" in words)
    else:
        return _diagonal(char, width, height, light)
    return image


class _Joint:
    """Where up to four lines meet in the middle of a cell."""

    def __init__(self, draw: ImageDraw.ImageDraw, width: int, height: int, light: int) -> None:
        self._draw = draw
        self._size = (width, height)
        self._light = light
        self._middle = ((width - light) // 2, (height - light) // 2)
        """Where a light line begins across."""
        self._apart = min(2 * light, *self._middle)
        """How far from there the two of a double line begin."""

    def draw(self, lines: Arms) -> None:
        for side, weight in lines.items():
            if not weight:
                continue
            across = ("up", "down") if side in ("left", "right") else ("left", "right")
            opposite = {"left": "right", "right": "left", "up": "down", "down": "up"}[side]
            for place in (-1, 1) if weight == 3 else (0,):
                reach = self._reach(lines, across, lines[opposite], place, weight)
                self._line(side, place, 2 if weight == 2 else 1, reach)

    def _reach(
        self, lines: Arms, across: tuple[str, str], opposite: int, place: int, weight: int
    ) -> int:
        """How far beyond the middle line a line goes (negative: it ends before), in the places
        that the two strokes of a double line have: -1, 0, 1."""
        crossing = [lines[side] for side in across]
        if weight == 3:
            near, far = crossing if place < 0 else crossing[::-1]
            if near:
                return -1 if near == 3 else 0
            return 1 if far == 3 else 0
        if 3 not in crossing or opposite:
            return 0
        return -1 if all(crossing) else 1

    def _line(self, side: str, place: int, thickness: int, reach: int) -> None:
        vertical = side in ("up", "down")
        light = self._light
        along, over = (1, 0) if vertical else (0, 1)
        begin = self._middle[over] + place * self._apart
        begin -= (thickness - 1) * light // 2
        end = begin + thickness * light
        middle, last = self._middle[along], self._size[along]
        if side in ("left", "up"):
            start, stop = 0, middle + light + reach * self._apart
        else:
            start, stop = middle - reach * self._apart, last
        spans = ((start, stop), (begin, end))
        (x0, x1), (y0, y1) = spans[::-1] if vertical else spans
        _fill(self._draw, x0, y0, x1, y1)


def _dashes(
    draw: ImageDraw.ImageDraw, size: tuple[int, int], thick: int, count: int, *, down: bool
) -> None:
    long, wide = (size[1], size[0]) if down else size
    side = (wide - thick) // 2
    for n in range(count):
        begin, end = long * n // count, long * (n + 1) // count
        gap = max(1, (end - begin) // 3)
        span = (begin + gap // 2, end - gap + gap // 2)
        if down:
            _fill(draw, side, span[0], side + thick, span[1])
        else:
            _fill(draw, span[0], side, span[1], side + thick)


def _arc(width: int, height: int, light: int, *, right: bool, down: bool) -> Image.Image:
    """A quarter of a circle from the middle of one edge to the middle of another."""
    w, h, thick = width * _FINE, height * _FINE, light * _FINE
    image, draw = _blank(w, h)
    x, y = (width - light) // 2 * _FINE, (height - light) // 2 * _FINE
    radius = min(w - x if right else x + thick, h - y if down else y + thick)
    left = x if right else x + thick - 2 * radius
    top = y if down else y + thick - 2 * radius
    start = {(True, True): 180, (False, True): 270, (True, False): 90, (False, False): 0}
    begin = start[(right, down)]
    box = (left, top, left + 2 * radius - 1, top + 2 * radius - 1)
    draw.arc(box, begin, begin + 90, fill=_FULL, width=thick)
    # What is left of the way to the edges is straight.
    vertical = (y + radius, h) if down else (0, y + thick - radius)
    horizontal = (x + radius, w) if right else (0, x + thick - radius)
    _fill(draw, x, vertical[0], x + thick, vertical[1])
    _fill(draw, horizontal[0], y, horizontal[1], y + thick)
    return image.resize((width, height), Image.Resampling.BOX)


def _diagonal(char: str, width: int, height: int, light: int) -> Image.Image:
    w, h = width * _FINE, height * _FINE
    image, draw = _blank(w, h)
    if char in "\u2571\u2573":
        draw.line((0, h, w, 0), fill=_FULL, width=light * _FINE)
    if char in "\u2572\u2573":
        draw.line((0, 0, w, h), fill=_FULL, width=light * _FINE)
    return image.resize((width, height), Image.Resampling.BOX)


# -- blocks, braille, separators -------------------------------------------------------------------


def _block(char: str, width: int, height: int) -> Image.Image:
    image, draw = _blank(width, height)
    number = ord(char) - 0x2580
    if char in _SHADES:
        _fill(draw, 0, 0, width, height, _SHADES[char])
    elif char in _QUADRANT_SETS:
        halves = ((0, width // 2, width), (0, height // 2, height))
        for quadrant in _QUADRANT_SETS[char]:
            x, y = quadrant % 2, quadrant // 2
            _fill(draw, halves[0][x], halves[1][y], halves[0][x + 1], halves[1][y + 1])
    elif number == 0:
        _fill(draw, 0, 0, width, height // 2)
    elif number <= 8:
        _fill(draw, 0, height - _eighths(height, number), width, height)
    elif number <= 15:
        _fill(draw, 0, 0, _eighths(width, 16 - number), height)
    elif number == 16:
        _fill(draw, width // 2, 0, width, height)
    elif number == 20:
        _fill(draw, 0, 0, width, _eighths(height, 1))
    else:
        _fill(draw, width - _eighths(width, 1), 0, width, height)
    return image


def _eighths(side: int, count: int) -> int:
    return max(1, side - side // 2 if count == 4 else round(side * count / 8))


def _braille(bits: int, width: int, height: int) -> Image.Image:
    image, draw = _blank(width, height)
    dot = max(1, min(width // 4, height // 8))
    for bit, (column, row) in enumerate(_BRAILLE_DOTS):
        if bits >> bit & 1:
            x = (2 * column + 1) * width // 4 - dot // 2
            y = (2 * row + 1) * height // 8 - dot // 2
            _fill(draw, x, y, x + dot, y + dot)
    return image


def _separator(number: int, width: int, height: int) -> Image.Image:
    """Triangles that point right and left, filled and as lines."""
    w, h = width * _FINE, height * _FINE
    image, draw = _blank(w, h)
    base, tip = (0, w - 1) if number < 2 else (w - 1, 0)
    points = [(base, 0), (tip, h // 2), (base, h - 1)]
    if number % 2:
        draw.line(points, fill=_FULL, width=_light(width, height) * _FINE)
    else:
        draw.polygon(points, fill=_FULL)
    return image.resize((width, height), Image.Resampling.BOX)
