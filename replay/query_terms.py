"""The terms of a query: what a text has to hold, and where in it that is.

Knows: folded texts, patterns. Must never know: how a query is written, passages, files. Made by
`replay.query_parser`, asked by `replay.query`. Pure.

A word or a phrase is looked for anywhere in a text, in the form of `replay.folding.fold`; a blank
in a phrase stands for any number of blanks. A regular expression is matched against the form of
`replay.folding.plain`. So a term says where it was found in the text as it was.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from replay.folding import Folded, fold, folded, plained
from replay.passage import Kind
from replay.patterns import Pattern, unmarked


class Form(StrEnum):
    """How a term was written."""

    WORD = "word"
    PHRASE = "phrase"
    REGEX = "regex"


class Span(NamedTuple):
    """A part of a text, from ``start`` up to, without, ``end``."""

    start: int
    end: int


class Looked:
    """A text that is looked at by several terms: what it folds to is found out once."""

    __slots__ = ("_folded", "_plained", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._folded: Folded | None = None
        self._plained: Folded | None = None

    @property
    def folded(self) -> Folded:
        if self._folded is None:
            self._folded = folded(self.text)
        return self._folded

    @property
    def plained(self) -> Folded:
        if self._plained is None:
            self._plained = plained(self.text)
        return self._plained


@dataclass(frozen=True, slots=True)
class Term:
    """One thing to look for."""

    scope: Kind | None
    """The kind of passages that it is looked for in; None: wherever it can be read."""
    form: Form
    text: str
    """As it was written, without quotes or slashes."""
    negated: bool = False
    flags: str = ""
    start: int = 0
    end: int = 0
    """Where it stands in the query."""
    pattern: Pattern | None = None
    _parts: tuple[str, ...] = field(default=(), repr=False)
    _phrase: re.Pattern[str] | None = field(default=None, repr=False)

    @classmethod
    def words(cls, scope: Kind | None, form: Form, text: str, *, negated: bool) -> Term:
        """A word or a phrase. Raises `ValueError` where nothing of it can be looked for."""
        parts = tuple(fold(text).split())
        if not parts:
            raise ValueError("it holds nothing that can be looked for")
        phrase = re.compile(r"\s+".join(map(re.escape, parts))) if len(parts) > 1 else None
        return cls(scope, form, text, negated, _parts=parts, _phrase=phrase)

    @classmethod
    def regex(cls, scope: Kind | None, text: str, flags: str, *, negated: bool) -> Term:
        """A regular expression. Raises `replay.patterns.PatternError`."""
        pattern = Pattern.compile(unmarked(text), flags)
        return cls(scope, Form.REGEX, text, negated, flags, pattern=pattern)

    @property
    def literals(self) -> tuple[str, ...]:
        """Folded texts that must be there for this term to be there."""
        return self._parts if self.pattern is None else self.pattern.literals

    def found(self, looked: Looked) -> bool:
        """Whether it is there at all."""
        if self.pattern is None and self._phrase is None:
            text = looked.text
            return self._parts[0] in (text.lower() if text.isascii() else looked.folded.text)
        return next(self.spans(looked), None) is not None

    def spans(self, looked: Looked) -> Iterator[Span]:
        """Every place where it is, from left to right."""
        if self.pattern is not None:
            form = looked.plained
            for start, end in self.pattern.spans(form.text):
                yield Span(*form.span(start, end))
            return
        form = looked.folded
        if self._phrase is not None:
            for match in self._phrase.finditer(form.text):
                yield Span(*form.span(*match.span()))
            return
        word = self._parts[0]
        at = form.text.find(word)
        while at >= 0:
            yield Span(*form.span(at, at + len(word)))
            at = form.text.find(word, at + len(word))
