"""What is shown instead of a value: nothing of it, its end, a stable token, the year of a date.

Knows: values and a key. Must never know: where a value stood, who reads it. Pure. Called by
`gateway.masking.stream` and `gateway.masking.values`.

What is shown takes as many columns of a terminal as the value did, so that nothing moves.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import unicodedata
from enum import StrEnum
from typing import assert_never


class Method(StrEnum):
    FULL = "full"
    LAST4 = "last4"
    TOKEN = "token"
    YEAR = "year"


STAR = "*"
SHORTEST_TOKEN = 8
"""Columns below which a token would say too little to tell values apart: there is none then."""
LONGEST_TOKEN = 24
_KEPT = frozenset(" -./:()@+")
"""Left as they are beside what last four or year keep: they say how a value was written."""


def hidden(value: bytes, method: Method, name: str, key: bytes) -> bytes:
    """What stands for a value of this class; ``key`` makes tokens."""
    text = value.decode("utf-8", "replace")
    match method:
        case Method.FULL:
            shown = STAR * columns(text)
        case Method.LAST4:
            shown = _last(text, 4)
        case Method.TOKEN:
            shown = _token(text, name, key)
        case Method.YEAR:
            shown = _year(text)
        case _:
            assert_never(method)
    return shown.encode()


def columns(text: str) -> int:
    """How many a terminal gives it."""
    return sum(_width(each) for each in text)


def _width(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in ("Cf", "Me", "Mn"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _last(text: str, count: int) -> str:
    """Of a short value less than it says: never more than a third."""
    letters = [place for place, char in enumerate(text) if char.isalnum()]
    kept = set(letters[len(letters) - min(count, len(letters) // 3) :])
    return "".join(
        char if place in kept or char in _KEPT else STAR * _width(char)
        for place, char in enumerate(text)
    )


def _token(text: str, name: str, key: bytes) -> str:
    """The same for the same value of a class, however it is spaced; without the key nobody can
    try values out. Of a short value it has few bits, and may be that of another one too."""
    width = columns(text)
    if width < SHORTEST_TOKEN:
        return STAR * width
    plain = "".join(char for char in text.casefold() if char.isalnum() or char in "@._+")
    made = hmac.digest(key, f"{name}\0{plain}".encode(), hashlib.sha256)
    token = "~" + base64.b32encode(made).decode().lower()[: min(width, LONGEST_TOKEN) - 1]
    return token + STAR * (width - len(token))


_YEAR = re.compile(r"(?<![0-9])(?:1[89]|20)[0-9]{2}(?![0-9])")


def _year(text: str) -> str:
    found = _YEAR.search(text)
    kept = range(*found.span()) if found else range(0)
    return "".join(
        char if place in kept or char in _KEPT else STAR * _width(char)
        for place, char in enumerate(text)
    )
