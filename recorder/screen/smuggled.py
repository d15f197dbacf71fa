"""Text inside text: what output says to whoever looks for it, and not on the screen.

Knows: characters and bytes. Must never know: screens, frames, what is searched. Called by
`recorder.screen.annotations` and `recorder.screen.modes`. Pure.

Each function tells what it finds as text to read and to search, with a word on how it was hidden.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from typing import NamedTuple


class Smuggled(NamedTuple):
    """What was hidden, and how."""

    text: str
    detail: str


_TAGS = re.compile("[\U000e0020-\U000e007e]{2,}")
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]{2,}")
_TURNED = re.compile("\u202e([^\u202c\0-\x1f]{2,200})")
_OVERLONG = re.compile(
    rb"[\xc0\xc1][\x80-\xbf]|\xe0[\x80-\x9f][\x80-\xbf]|\xf0[\x80-\x8f][\x80-\xbf]{2}"
)
# Letters that no frame is drawn with: cases, corners, dots and arrows need none of these.
_LETTERS = re.compile(r"[bcdehioprsyz{|}]")
_SETTINGS = re.compile(
    r"(?:[45]|1[0-9]|104|105|11[0-9])(?:;(?:\d+|\?|#[0-9a-fA-F]+|rgba?:[0-9a-fA-F/]+))*"
    r"|133;[A-DLNP](?:;(?:\d+|k=[a-z]|aid=\d+|cl=\w))*"
)


def in_characters(text: str) -> Iterator[Smuggled]:
    """Messages in tag characters (a second alphabet without shapes), in variation selectors (a
    byte each), and letters written backwards for a terminal that turns them around."""
    for match in _TAGS.finditer(text):
        yield Smuggled("".join(chr(ord(char) - 0xE0000) for char in match[0]), "tag characters")
    for match in _SELECTORS.finditer(text):
        said = bytes(map(_selected, match[0])).decode("utf-8", "replace")
        if said.isprintable() and "\ufffd" not in said:
            yield Smuggled(said, "variation selectors")


def turned(text: str) -> Iterator[Smuggled]:
    """What a terminal that knows bidirectional text shows from right to left."""
    for match in _TURNED.finditer(text):
        yield Smuggled(match[1][::-1], "U+202E")


def overlong(data: bytes) -> bytes:
    """The same bytes with characters that were encoded longer than they may be as they are."""
    return _OVERLONG.sub(_shortest, data)


def drawn(word: str) -> bool:
    """Whether a word that was shown as line drawing may be one to read."""
    return len(word) > 1 and word.isascii() and _LETTERS.search(word) is not None


def in_command(body: str) -> Iterator[Smuggled]:
    """What an operating system command says that sets no colour and marks no prompt."""
    if _SETTINGS.fullmatch(body):
        return
    yield Smuggled(body, "")
    if body.startswith("52;"):
        data = body.rpartition(";")[2].rstrip("=")
        try:
            said = base64.b64decode(data + "=" * (-len(data) % 4), validate=True).decode()
        except (binascii.Error, ValueError):
            return
        yield Smuggled(said, "clipboard")


def _selected(char: str) -> int:
    number = ord(char)
    return number - 0xFE00 if number < 0xFE10 else number - 0xE0100 + 16


def _shortest(match: re.Match[bytes]) -> bytes:
    lead, *rest = match[0]
    number = lead & (0x1F if len(rest) == 1 else 0x0F if len(rest) == 2 else 0x07)
    for each in rest:
        number = number << 6 | each & 0x3F
    return chr(number).encode("utf-8", "replace")
