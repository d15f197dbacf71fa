"""What a cell's text looks like: masks of one size, from the shipped fonts or the system's.

Knows: fonts. Must never know: colours, frames. Called by `recorder.convert.painter`.

Four faces of one monospaced font come with this package (`fonts/`, with their licence). Lines,
blocks and braille are drawn to the pixel (`recorder.convert.shapes`). What the font lacks (CJK,
emoji) is looked for in fonts of this machine, by the names under which systems ship them; what is
in none of them is a hollow box as wide as its columns. So the picture of such a character may
differ between machines; its place and width never do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFont, features

from recorder.convert.looks import writable
from recorder.convert.shapes import shape

SMALLEST, LARGEST = 4, 96
"""Sizes of the font, in pixels."""
_FACES = {
    (False, False): "DejaVuSansMono.ttf",
    (True, False): "DejaVuSansMono-Bold.ttf",
    (False, True): "DejaVuSansMono-Oblique.ttf",
    (True, True): "DejaVuSansMono-BoldOblique.ttf",
}
_FOLDERS = (
    "/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts",
    "/System/Library/Fonts", "/Library/Fonts", "C:/Windows/Fonts",
)  # fmt: skip
_SYSTEM = (
    "NotoSansMonoCJK-Regular.ttc", "NotoSansMonoCJKsc-Regular.otf", "NotoSansCJK-Regular.ttc",
    "NotoSansCJKsc-Regular.otf", "SourceHanSans-Regular.ttc", "wqy-microhei.ttc", "wqy-zenhei.ttc",
    "PingFang.ttc", "Hiragino Sans GB.ttc", "AppleSDGothicNeo.ttc", "msyh.ttc", "msgothic.ttc",
    "malgun.ttf", "DejaVuSans.ttf", "NotoSansSymbols2-Regular.ttf", "Symbola.ttf",
    "NotoSans-Regular.ttf", "NotoSansArabic-Regular.ttf", "NotoSansDevanagari-Regular.ttf",
    "NotoSansThai-Regular.ttf", "Unifont.ttf", "unifont.otf", "Apple Symbols.ttf", "seguisym.ttf",
)  # fmt: skip
"""Fonts that systems ship for what a monospaced one lacks, best first."""
_COLOURED = ("NotoColorEmoji.ttf", "Apple Color Emoji.ttc", "seguiemj.ttf")
_BITMAP_SIZES = (109, 160, 136)
"""Sizes that fonts of bitmaps exist in."""
_ABSENT = ("\U000f1b5c", "\ue5c7")
"""Characters that no font has: what is drawn for them says that a font has none."""
_MOST = 8192
_LEVELS = 16
"""Steps of a mask between nothing and all: few, so that a picture has few colours."""
_STEPS = [round(value * (_LEVELS - 1) / 255) * 255 // (_LEVELS - 1) for value in range(256)]
_SELECTORS = dict.fromkeys((0xFE0E, 0xFE0F))


class Glyph(NamedTuple):
    """How a cell's text is drawn."""

    mask: Image.Image
    """How much of each pixel it covers (mode L)."""
    colours: Image.Image | None = None
    """Its own colours (mode RGB), for what has some."""


class Glyphs:
    """All that is drawn at one size."""

    def __init__(self, size: int) -> None:
        self.size = min(max(size, SMALLEST), LARGEST)
        plain = _face(_FACES[False, False], self.size)
        ascent, descent = plain.getmetrics()
        self.width = max(1, round(plain.getlength("M")))
        """Of a column."""
        self.height = ascent + descent
        self.baseline = ascent
        self._made: dict[tuple[str, int, bool, bool], Glyph] = {}

    def glyph(self, text: str, columns: int, *, bold: bool = False, italic: bool = False) -> Glyph:
        """A cell's text, on so many columns: a character with what combines with it, whatever it
        is. A control, or what turns the writing direction, is drawn as U+FFFD."""
        key = (text, columns, bold, italic)
        found = self._made.get(key)
        if found is None:
            if len(self._made) >= _MOST:
                self._made.clear()
            found = self._made[key] = self._make(text, columns, bold=bold, italic=italic)
        return found

    def _make(self, text: str, columns: int, *, bold: bool, italic: bool) -> Glyph:
        text = writable(text)  # what shapes text fails on controls
        width = self.width * columns
        drawn = shape(text, width, self.height)
        if drawn is not None:
            return Glyph(drawn.point(_STEPS))
        own = _face(_FACES[bold, italic], self.size)
        plain = text.translate(_SELECTORS) or text
        if all(_has(own, char) for char in plain):
            return Glyph(self._text(own, plain, width).point(_STEPS))
        if "\ufe0e" not in text:
            for font in _coloured():
                if _has(font, plain[0]):
                    return self._coloured(font, text, width)
        for font in _fallbacks(self.size):
            if _has(font, plain[0]):
                return Glyph(self._fitted(font, plain, width).point(_STEPS))
        if plain[:1] != text and _has(own, plain[0]):  # the marks are what no font has
            return Glyph(self._text(own, plain[0], width).point(_STEPS))
        return Glyph(self._box(width))

    def _text(self, font: ImageFont.FreeTypeFont, text: str, width: int) -> Image.Image:
        mask = Image.new("L", (width, self.height), 0)
        ImageDraw.Draw(mask).text((0, self.baseline), text, fill=255, font=font, anchor="ls")
        return mask

    def _fitted(self, font: ImageFont.FreeTypeFont, text: str, width: int) -> Image.Image:
        """In the middle of its columns, made narrower where it is wider than they are."""
        left, _, right, _ = font.getbbox(text, anchor="ls")
        needed = max(int(right - min(left, 0)) + 1, 1)
        mask = Image.new("L", (max(needed, width), self.height), 0)
        x = -min(left, 0) + max((width - needed) // 2, 0)
        ImageDraw.Draw(mask).text((x, self.baseline), text, fill=255, font=font, anchor="ls")
        return mask if needed <= width else mask.resize((width, self.height))

    def _coloured(self, font: ImageFont.FreeTypeFont, text: str, width: int) -> Glyph:
        left, top, right, bottom = map(int, font.getbbox(text))
        size = (max(right - left, 1), max(bottom - top, 1))
        large = Image.new("RGBA", size, (0, 0, 0, 0))
        ImageDraw.Draw(large).text((-left, -top), text, font=font, embedded_color=True)
        scale = min(width / size[0], self.height / size[1])
        small = large.resize((max(1, int(size[0] * scale)), max(1, int(size[1] * scale))))
        whole = Image.new("RGBA", (width, self.height), (0, 0, 0, 0))
        whole.paste(small, ((width - small.width) // 2, (self.height - small.height) // 2))
        return Glyph(whole.getchannel("A").point(_STEPS), whole.convert("RGB"))

    def _box(self, width: int) -> Image.Image:
        mask = Image.new("L", (width, self.height), 0)
        edge = max(1, self.size // 12)
        box = (edge, edge, max(width - 1 - edge, edge), max(self.height - 1 - edge, edge))
        ImageDraw.Draw(mask).rectangle(box, outline=255)
        return mask


def fonts_of_this_machine() -> Iterator[Path]:
    """The files from which characters are taken that the shipped font lacks."""
    found = _found()
    return (found[name] for name in (*_COLOURED, *_SYSTEM) if name in found)


def _has(font: ImageFont.FreeTypeFont, char: str) -> bool:
    """Whether the font has the character: what it draws for it is something, and is not what it
    draws for those that it lacks."""
    if char in (" ", "\xa0"):
        return True
    return font.getmask(char).getbbox() is not None and _looks(font, char) not in _absent(font)


def _looks(font: ImageFont.FreeTypeFont, char: str) -> tuple[tuple[int, int], bytes]:
    mask = font.getmask(char)
    return mask.size, bytes(mask)


@cache
def _absent(font: ImageFont.FreeTypeFont) -> Sequence[tuple[tuple[int, int], bytes]]:
    """What the font draws for what it has not."""
    return [_looks(font, char) for char in _ABSENT]


@cache
def _face(name: str, size: int) -> ImageFont.FreeTypeFont:
    with as_file(files("recorder.convert").joinpath("fonts", name)) as path:
        return ImageFont.truetype(str(path), size, layout_engine=_layout())


@cache
def _fallbacks(size: int) -> Sequence[ImageFont.FreeTypeFont]:
    found = _found()
    return [font for name in _SYSTEM if name in found for font in _opened(found[name], (size,))]


@cache
def _coloured() -> Sequence[ImageFont.FreeTypeFont]:
    found = _found()
    named = [found[name] for name in _COLOURED if name in found]
    return [font for path in named for font in _opened(path, _BITMAP_SIZES)]


def _opened(path: Path, sizes: Sequence[int]) -> Iterator[ImageFont.FreeTypeFont]:
    """At the first of these sizes that it exists in; a file that is no font is passed over."""
    for size in sizes:
        try:
            yield ImageFont.truetype(str(path), size, layout_engine=_layout())
        except OSError:
            continue
        return


@cache
def _found() -> dict[str, Path]:
    """The fonts that are known here by name, wherever they lie."""
    wanted = {*_SYSTEM, *_COLOURED}
    found: dict[str, Path] = {}
    for folder in _FOLDERS:
        for path in sorted(Path(folder).expanduser().rglob("*.[to]t[cf]")):
            if path.name in wanted:
                found.setdefault(path.name, path)
    return found


@cache
def _layout() -> ImageFont.Layout:
    """Marks stand where they belong only with the library that shapes text, where it is there."""
    return ImageFont.Layout.RAQM if features.check("raqm") else ImageFont.Layout.BASIC
