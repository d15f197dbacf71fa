"""One frame as SVG: a picture of text, with nothing in it that acts.

Knows: frames. Must never know: recordings, files. Called by ``gatereel show`` and ``gatereel
export``.

There is no script, no style sheet, no link and nothing from elsewhere; attributes hold numbers and
colours alone, and recorded text stands as escaped character data in `text` and `title` only.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape

from recorder.convert.looks import BACKGROUND, FOREGROUND, Segment, segments, writable
from recorder.screen import Attributes, Frame

WIDTH, HEIGHT = 9, 18
"""Of a cell."""
_BASELINE = 14
_FONTS = "DejaVu Sans Mono, Menlo, Consolas, Liberation Mono, monospace"


def as_svg(frame: Frame, title: str = "") -> Iterator[str]:
    """The document, piece by piece: it may have a million cells. ``title`` may be any text."""
    width, height = frame.cols * WIDTH, frame.rows * HEIGHT
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="{_FONTS}" font-size="15">\n'
        f"<title>{escape(writable(title or frame.title))}</title>\n"
        f'<rect width="{width}" height="{height}" fill="{BACKGROUND}"/>\n'
    )
    for y in range(frame.rows):
        row = segments(frame, y)
        yield from (_ground(segment, y) for segment in row if segment.bg)
        shown = (segment for segment in row if segment.text.strip(" ") or _lines(segment))
        yield from (_text(segment, y) for segment in shown)
    x, y, visible = frame.cursor
    if visible:
        yield (
            f'<rect x="{x * WIDTH}.5" y="{y * HEIGHT}.5" width="{WIDTH - 1}" '
            f'height="{HEIGHT - 1}" fill="none" stroke="{FOREGROUND}"/>\n'
        )
    yield "</svg>\n"


def _ground(segment: Segment, y: int) -> str:
    return (
        f'<rect x="{segment.x * WIDTH}" y="{y * HEIGHT}" width="{segment.columns * WIDTH}" '
        f'height="{HEIGHT}" fill="{segment.bg}"/>\n'
    )


def _text(segment: Segment, y: int) -> str:
    attributes = segment.attributes
    more = ' font-weight="bold"' if attributes & Attributes.BOLD else ""
    if attributes & Attributes.ITALIC:
        more += ' font-style="italic"'
    if attributes & Attributes.DIM:
        more += ' fill-opacity="0.6"'
    lines = _lines(segment)
    if lines:
        more += f' text-decoration="{lines}"'
    return (
        f'<text x="{segment.x * WIDTH}" y="{y * HEIGHT + _BASELINE}" '
        f'textLength="{segment.columns * WIDTH}" lengthAdjust="spacingAndGlyphs" '
        f'fill="{segment.fg}"{more} unicode-bidi="bidi-override" direction="ltr" '
        f'xml:space="preserve">{escape(segment.text)}</text>\n'
    )


def _lines(segment: Segment) -> str:
    names = (
        ("underline", Attributes.UNDERLINE),
        ("line-through", Attributes.STRIKE),
        ("overline", Attributes.OVERLINE),
    )
    return " ".join(name for name, flag in names if segment.attributes & flag)
