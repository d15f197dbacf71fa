"""Rows that are painted already: strips that say in few bytes what they look like.

Knows: Rich segments and styles, what a terminal understands. Must never know: recordings, widgets.
Made by the stage.

Textual renders a strip segment by segment, each with all of its colours and a reset after it: forty
bytes around a word of six. Here only what differs from the segment before is said, which is a third
of that on the line, and as much less work.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from rich.color import ColorSystem
from rich.console import COLOR_SYSTEMS, Console
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import ANSIToTruecolor, LineFilter
from textual.strip import Strip

_ATTRIBUTES = (
    ("bold", "1"),
    ("dim", "2"),
    ("italic", "3"),
    ("underline", "4"),
    ("blink", "5"),
    ("reverse", "7"),
    ("conceal", "8"),
    ("strike", "9"),
    ("underline2", "21"),
    ("overline", "53"),
)


class Look(NamedTuple):
    """A style as the parameters of one SGR sequence; "" where it says nothing."""

    attributes: str
    foreground: str
    background: str


BARE = Look("", "", "")
Patch = tuple[int, int, Style]
"""Columns from one up to another, and how they are to look."""


class Painted(Strip):
    """A strip whose colours are final: palette and dim colours were made true ones."""

    __slots__ = ()

    def apply_filter(self, filter: LineFilter, background: Color) -> Strip:  # noqa: A002 - Textual's
        if isinstance(filter, ANSIToTruecolor):
            return self
        return super().apply_filter(filter, background)

    def render(self, console: Console) -> str:
        if self._render_cache is None:
            system = COLOR_SYSTEMS[console.color_system or "truecolor"]
            self._render_cache = sequences(self, system)
        return self._render_cache


def sequences(segments: Iterable[Segment], system: ColorSystem) -> str:
    """What to send to a terminal without attributes set; it has none set afterwards."""
    pieces: list[str] = []
    before = BARE
    for text, style, _ in segments:
        look = BARE if style is None else look_of(style, system)
        if look is not before:
            pieces.append(change(before, look))
            before = look
        pieces.append(text)
    pieces.append(change(before, BARE))
    return "".join(pieces)


@lru_cache(1 << 14)
def change(before: Look, look: Look) -> str:
    """The sequence that turns one look into another; "" where they are the same."""
    if before == look:
        return ""
    attributes, foreground, background = look
    lost = (before.foreground and not foreground) or (before.background and not background)
    if attributes != before.attributes or lost:
        parts = ["0", attributes, foreground, background]
    else:
        parts = [
            foreground if foreground != before.foreground else "",
            background if background != before.background else "",
        ]
    return f"\x1b[{';'.join(filter(None, parts))}m"


@lru_cache(1 << 13)
def look_of(style: Style, system: ColorSystem) -> Look:
    """A style on a terminal with these colours."""
    attributes = [code for name, code in _ATTRIBUTES if getattr(style, name)]
    colours = [
        ";".join(color.downgrade(system).get_ansi_codes(front)) if color is not None else ""
        for color, front in ((style.color, True), (style.bgcolor, False))
    ]
    return Look(";".join(attributes), *colours)


def patched(strip: Strip, patches: Sequence[Patch]) -> Strip:
    """A strip on which some columns look different; what comes later lies on top."""
    length = strip.cell_length
    for start, end, style in patches:
        start, end = max(start, 0), min(end, length)
        if start < end:
            before, inside, after = _cut(strip, start, end, length)
            strip = Strip([*before, *Segment.apply_style(inside, post_style=style), *after], length)
    return strip


def _cut(
    strip: Strip, start: int, end: int, length: int
) -> tuple[list[Segment], list[Segment], list[Segment]]:
    cuts = sorted({start, end, length} - {0})
    parts = [list(part) for part in Segment.divide(strip, cuts)]
    before = parts.pop(0) if start else []
    inside = parts.pop(0)
    return before, inside, parts.pop(0) if parts else []
