"""Pictures as an animated GIF, one after the other.

Knows: GIF89a (https://www.w3.org/Graphics/GIF/spec-gif89a.txt). Must never know: frames, terminals.
Called by `recorder.convert.motion`.

Each picture is written when it comes, so that memory does not grow with their number: the part
that changed, with a palette of its own, what stayed in it transparent. Up to 255 colours in that
part are kept as they are; where there are more, the nearest.
"""

from __future__ import annotations

import io
import struct
from typing import BinaryIO, NamedTuple

from PIL import Image, ImageChops

UNITS = 100
"""Of time, to a second."""
_LONGEST = 0xFFFF
_COLOURS = 255
"""That a picture may have; one more stands for what stays."""
_STAYS = 1 << 2
"""What is shown stays when the next picture comes."""
_FOREVER = b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00"


class _Encoded(NamedTuple):
    palette: bytes
    """Three bytes a colour; their number is a power of two."""
    transparent: int
    data: bytes
    """The code size and the sub-blocks."""


class GifWriter:
    """Writes to ``out`` as it goes; ``comment`` may be any text."""

    def __init__(self, out: BinaryIO, size: tuple[int, int], comment: str = "") -> None:
        self._out = out
        self._before: Image.Image | None = None
        # No palette for all: flags say so, then the background's index and the pixels' shape.
        out.write(b"GIF89a" + struct.pack("<HHBBB", *size, 0, 0, 0) + _FOREVER)
        said = comment.encode("ascii", "backslashreplace")
        if said:
            out.write(b"\x21\xfe" + _blocks(said))

    def add(self, image: Image.Image, duration: int) -> None:
        """The next picture (RGB, of the whole size), for so many hundredths of a second."""
        box = (0, 0, *image.size)
        stays: Image.Image | None = None
        if self._before is not None:
            difference = _difference(image, self._before)
            changed = difference.getbbox() or (0, 0, 1, 1)
            stays = difference.crop(changed).point([255] + [0] * 255)
            box = changed
        self._before = image.copy()
        self._write(image.crop(box), stays, box[:2], min(duration, _LONGEST))
        while (duration := duration - _LONGEST) > 0:
            self._write(image.crop((0, 0, 1, 1)), None, (0, 0), min(duration, _LONGEST))

    def finish(self) -> None:
        """There are no more."""
        self._out.write(b";")

    def _write(
        self, part: Image.Image, stays: Image.Image | None, place: tuple[int, int], duration: int
    ) -> None:
        palette, transparent, data = _encode(part, stays)
        bits = (len(palette) // 3 - 1).bit_length() - 1  # 2 << bits colours
        flags = _STAYS | (1 if stays is not None else 0)
        self._out.write(
            b"\x21\xf9\x04"
            + struct.pack("<BHBB", flags, duration, transparent, 0)
            + b"\x2c"
            + struct.pack("<HHHHB", *place, *part.size, 0x80 | bits)
            + palette
            + data
        )


def _difference(one: Image.Image, two: Image.Image) -> Image.Image:
    """Where they differ, as anything but 0 (mode L)."""
    red, green, blue = ImageChops.difference(one, two).split()
    return ImageChops.lighter(ImageChops.lighter(red, green), blue)


def _encode(part: Image.Image, stays: Image.Image | None) -> _Encoded:
    """The picture as an image of 256 colours, compressed."""
    indexed = part.quantize(_COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    palette = bytes(indexed.getpalette("RGB") or b"")
    transparent = len(palette) // 3
    if stays is not None:
        indexed.paste(transparent, (0, 0, *part.size), stays)
    bits = max(transparent.bit_length(), 1)  # colours up to and with the transparent one
    out = io.BytesIO()
    indexed.save(out, "GIF", optimize=False, interlace=False)
    return _Encoded(palette.ljust(3 << bits, b"\0"), transparent, _data(out.getvalue()))


def _data(whole: bytes) -> bytes:
    """The code size and the sub-blocks of a GIF with one picture, as the library writes it."""
    at = 13 + _palette_size(whole[10])
    while whole[at] == 0x21:  # an extension: its label, then sub-blocks
        at += 2
        while whole[at]:
            at += whole[at] + 1
        at += 1
    return whole[at + 10 + _palette_size(whole[at + 9]) : -1]


def _palette_size(flags: int) -> int:
    return 3 * (2 << (flags & 7)) if flags & 0x80 else 0


def _blocks(data: bytes) -> bytes:
    pieces = (data[at : at + 255] for at in range(0, len(data), 255))
    return b"".join(bytes([len(piece)]) + piece for piece in pieces) + b"\0"
