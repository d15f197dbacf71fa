"""The form in which texts are compared, so that no way of writing a word hides it.

Knows: Unicode. Must never know: queries, passages. Called by `replay.query`, `replay.passages` and
the catalog, which indexes what `fold` says. Pure.

Two texts that look or read alike fold alike: upper and lower case, full and half width, ligatures
and other compatibility forms, letters with and without accents; characters without a shape, marks
stacked on a letter and bidirectional controls are left out; Cyrillic, Greek and Armenian letters
that look like Latin ones are those. Every character is folded by itself: what is folded of two
texts one after the other is what is folded of each. `plain` does the same but for case and
look-alikes: regular expressions are matched against it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from functools import lru_cache

_LOOKS = dict(
    zip(
        "аАвВеЕкКмМнНоОрРсСтТуУхХіІјЈѕЅһҺԁԀԛԚԝԜӏӀѵѴαΑβΒεΕζΖηΗιΙκΚμΜνΝοΟρΡτΤυΥχΧϲϹօոհսցզıɑɡɩʏᴏ",
        "aabbeekkmmhhooppccttyyxxiijjsshhddqqwwllvvaabbeezzhhiikkmmnnooppttyyxxcconhugqiagiyo",
        strict=True,
    )
)
_GONE = frozenset(map(chr, (0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0, 0xFFFD)))
"""Letters without a shape, and what stands where bytes were no text."""
_BRAILLE_BLANK = "\u2800"


class Folded:
    """A text in the form in which it is compared, and the way back."""

    __slots__ = ("_back", "source", "text")

    def __init__(self, source: str, text: str, back: Sequence[int] | None) -> None:
        self.source = source
        self.text = text
        self._back = back
        """Of each character of `text`, its place in `source`; None where it is the same."""

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where in `source` a part of `text` stands: with all that was left out inside it and the
        marks on its last character."""
        back = self._back
        if back is None or start >= end:
            return (start, end) if back is None else (self._at(start), self._at(start))
        first, last = back[start], back[end - 1]
        stop = last + 1
        while stop < len(self.source) and unicodedata.category(self.source[stop]) in ("Mn", "Me"):
            stop += 1
        return first, stop

    def _at(self, place: int) -> int:
        back = self._back
        if back is None:
            return place
        return back[place] if place < len(back) else len(self.source)


def fold(text: str) -> str:
    """The form in which words are compared."""
    return text.lower() if text.isascii() else "".join(map(_fold_char, text))


def plain(text: str) -> str:
    """The form against which regular expressions are matched: `fold` with the case as it is."""
    return text if text.isascii() else "".join(map(_plain_char, text))


def folded(text: str) -> Folded:
    """`fold`, with the way back."""
    if text.isascii():
        return Folded(text, text.lower(), None)
    return _mapped(text, _fold_char)


def plained(text: str) -> Folded:
    """`plain`, with the way back."""
    if text.isascii():
        return Folded(text, text, None)
    return _mapped(text, _plain_char)


def _mapped(text: str, change: Callable[[str], str]) -> Folded:
    parts, back = [], list[int]()
    for at, char in enumerate(text):
        part = change(char)
        parts.append(part)
        back += [at] * len(part)
    return Folded(text, "".join(parts), back)


@lru_cache(maxsize=1 << 14)
def _plain_char(char: str) -> str:
    if unicodedata.category(char) == "Zs" or char == _BRAILLE_BLANK:
        return " "
    # A Korean syllable is put together again: `[가-힣]` means those, and not their letters.
    return unicodedata.normalize("NFC", "".join(filter(_kept, unicodedata.normalize("NFKD", char))))


@lru_cache(maxsize=1 << 14)
def _fold_char(char: str) -> str:
    text = "".join(_LOOKS.get(each, each) for each in _plain_char(char))
    text = "".join(filter(_kept, unicodedata.normalize("NFKD", text.casefold())))
    return "".join(_LOOKS.get(each, each) for each in text)


def _kept(char: str) -> bool:
    """Whether a character has a shape of its own."""
    return char not in _GONE and unicodedata.category(char) not in ("Mn", "Me", "Cf")
