"""A frame as PNG: the picture, and what is told in it."""

from __future__ import annotations

import io

from PIL import Image

from recorder.convert.painter import Painter
from recorder.convert.png import as_png
from recorder.screen import Screen


def test_the_file_is_the_picture_and_says_what_it_is() -> None:
    screen = Screen(30, 4)
    screen.feed("\x1b[32mgreen\x1b[m 漢\r\n\x1b]2;a\u202etitle\x07".encode())
    made = as_png(screen.frame(), comment="session x\x1b[2J")
    assert made == as_png(screen.frame(), comment="session x\x1b[2J")
    painter = Painter(30, 4)
    painter.paint(screen.frame())
    with Image.open(io.BytesIO(made)) as image:
        assert image.convert("RGB").tobytes() == painter.image.tobytes()
        assert image.info["Title"] == "a\ufffdtitle"
        assert image.info["Comment"] == "session x\ufffd[2J"
    with Image.open(io.BytesIO(as_png(screen.frame(), "named"))) as image:
        assert image.info["Title"] == "named"
        assert "Comment" not in image.info
