"""Regular expressions that cannot hang whoever asks: linear in the text, bounded in memory.

Knows: RE2, and nothing of any other engine. Must never know: queries, passages. Called by
`replay.query_terms` and `replay.query_filters`. Pure.

The syntax is RE2's: no backreferences, no look-around. Upper and lower case are alike unless the
flag ``c`` says otherwise. `unmarked` writes an expression as the texts are written that it is to be
matched against (`replay.folding.plain`): without it, one with ``é`` or ``й`` would match nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from replay.folding import fold, plain
from replay.regex_literals import required

FLAGS = "icw"
"""``i``: upper and lower case are alike (so they are anyway); ``c``: they are not; ``w``: whole
words."""
_SPECIAL = re.compile(r"[!-/:-@\[-`{-~]")
_PIECE = re.compile(r"\\Q.*?(?:\\E|$)|\\.|\[:\^?\w+:\]|\[\^?\]?|.", re.DOTALL)
_NO_WORD = r"[^\pL\pM\pN_]"
LONGEST = 1000
"""Characters of an expression."""
MEMORY = 8 << 20
"""Bytes that one may use."""


class PatternError(ValueError):
    """No regular expression; the message says why."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled expression."""

    source: str
    flags: str = ""
    _compiled: Any = field(default=None, compare=False, repr=False)

    @classmethod
    def compile(cls, source: str, flags: str = "") -> Pattern:
        """Raises `PatternError`."""
        import re2  # a query of words alone starts without it

        if len(source) > LONGEST:
            raise PatternError(f"it is longer than {LONGEST} characters")
        options = re2.Options()
        options.case_sensitive = "c" in flags
        options.log_errors = False
        options.max_mem = MEMORY
        text = source
        if "w" in flags:
            # To RE2 a word is ASCII.
            edge = rf"(?:^|{_NO_WORD})({source})(?:$|{_NO_WORD})"
            text = rf"\b({source})\b" if source.isascii() else edge
        try:
            compiled = re2.compile(text, options)
            re2.compile(source, options)  # it is one by itself, not only in our brackets
        except re2.error as error:
            raise PatternError(_reason(error)) from None
        except UnicodeEncodeError:
            raise PatternError("it holds characters that no text has") from None
        return cls(source, flags, compiled)

    @property
    def literals(self) -> tuple[str, ...]:
        """In the form of `replay.folding.fold`: every text that matches holds them."""
        return tuple(text for each in required(self.source) if (text := fold(each)))

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Where it matches, from left to right; what is empty is no match."""
        text, at = _encodable(text), 0
        if "w" not in self.flags:
            yield from (m.span() for m in self._compiled.finditer(text) if m.start() < m.end())
            return
        # What ends one word may begin the next.
        while at < len(text) and (match := self._compiled.search(text, at)) is not None:
            start, end = match.span(1)
            if start < end:
                yield start, end
            at = max(end, at + 1)

    def search(self, text: str) -> bool:
        """Whether it matches anywhere, be it empty."""
        return self._compiled.search(_encodable(text)) is not None

    def matches(self, text: str) -> bool:
        """Whether all of a text is as the expression says."""
        return self._compiled.fullmatch(_encodable(text)) is not None


def quote(text: str) -> str:
    """A text as an expression that matches it."""
    return _SPECIAL.sub(r"\\\g<0>", text)


def unmarked(source: str) -> str:
    """An expression for texts that `replay.folding.plain` made: what that does to a character is
    done to each of the expression's that stands for itself."""
    if source.isascii():
        return source
    parts = []
    inside = False
    for match in _PIECE.finditer(source):
        piece = match[0]
        if len(piece) > 1 or piece.isascii():
            if not piece.startswith("[:"):
                inside = piece.startswith("[") or (inside and piece != "]")
            parts.append(plain(piece) if piece.startswith("\\Q") else piece)
            continue
        said = quote(plain(piece))
        if not inside:
            parts.append(said if len(plain(piece)) < 2 else f"(?:{said})")
        else:
            # The ends of a range stay: between them lies what was meant.
            ranged = "-" in source[match.start() - 1 : match.end() + 1 : 2]
            parts.append(piece if ranged or len(plain(piece)) != 1 else said)
    return "".join(parts)


def _encodable(text: str) -> str:
    """A surrogate alone, which no text has, is nothing that RE2 could be given."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _reason(error: Exception) -> str:
    text = error.args[0] if error.args else ""
    text = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    if text.startswith(("invalid perl operator", "invalid escape sequence")):
        return f"{text} (look-around and backreferences are not there)"
    return text or "it cannot be read"
