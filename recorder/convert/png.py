"""One frame as a PNG.

Knows: frames. Must never know: recordings. Called by ``gatereel show`` and ``gatereel export``.

What the picture shows is told in it as text (`tEXt` and `iTXt`), which no viewer acts on.
"""

from __future__ import annotations

import io

from PIL import PngImagePlugin

from recorder.convert.looks import writable
from recorder.convert.painter import FONT_SIZE, Painter
from recorder.screen import Frame


def as_png(frame: Frame, title: str = "", comment: str = "", font_size: int = FONT_SIZE) -> bytes:
    """The whole file. ``title`` and ``comment`` may be any text."""
    painter = Painter(frame.cols, frame.rows, font_size)
    painter.paint(frame)
    facts = PngImagePlugin.PngInfo()
    for key, value in (("Title", title or frame.title), ("Comment", comment)):
        if value:
            facts.add_itxt(key, writable(value))
    out = io.BytesIO()
    painter.image.save(out, "PNG", pnginfo=facts)
    return out.getvalue()
