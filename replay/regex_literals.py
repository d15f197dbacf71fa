"""What a regular expression cannot match without: literals, so that an index can be asked first.

Knows: the syntax of RE2. Must never know: texts, indexes. Called by `replay.patterns`. Pure.

Careful rather than clever: where something is not understood, nothing is promised of it. What is
told must be in every text that the expression matches, upper and lower case aside.
"""

from __future__ import annotations

import re

_REPEAT = re.compile(r"\{(\d+)(,(\d*))?\}")
_LONGEST = 32
"""Repeats of one character that are spelt out."""
_MANY = float("inf")
_SIMPLE = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v", "a": "\a"}


class _Unknown(Exception):
    """A piece of syntax of which nothing is promised."""


def required(pattern: str) -> tuple[str, ...]:
    """Literals that are in every text which the expression matches; none where nothing can be
    said."""
    reader = _Reader(pattern)
    try:
        found = reader.alternatives()
    except (_Unknown, RecursionError, IndexError, ValueError):
        return ()
    return tuple(dict.fromkeys(found)) if reader.done else ()


class _Reader:
    """One pass over the expression: what each part of it requires."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0

    @property
    def done(self) -> bool:
        return self._at == len(self._pattern)

    def alternatives(self) -> list[str]:
        """Up to the end, or to the bracket that closes this group."""
        branches = [self._sequence()]
        while self._peek() == "|":
            self._at += 1
            branches.append(self._sequence())
        # Of several branches, only what is in all of them is in every match.
        first, *others = branches
        return [lit for lit in first if all(any(lit in o for o in other) for other in others)]

    def _sequence(self) -> list[str]:
        parts: list[str] = []
        run = ""
        while not self.done and self._peek() not in "|)":
            literal, inner = self._atom()
            least, most = self._repeat()
            if literal is None or least == 0:
                parts.append(run)
                run = ""
                if least:
                    parts += inner
                continue
            repeated = literal * min(least, _LONGEST)
            run += repeated
            if least != most or least > _LONGEST:
                parts.append(run)
                run = repeated  # the last ones stand before what follows
        parts.append(run)
        return [part for part in parts if part]

    def _atom(self) -> tuple[str | None, list[str]]:
        """A literal character, or None and what is required inside."""
        char = self._take()
        if char == "(":
            return None, self._group()
        if char == "[":
            self._skip_class()
            return None, []
        if char in ".^$":
            return None, []
        if char == "\\":
            return self._escape()
        return char, []

    def _group(self) -> list[str]:
        if self._peek() == "?":
            match = re.compile(r"\?(?:P?<\w+>|:)").match(self._pattern, self._at)
            if match is None:
                raise _Unknown
            self._at = match.end()
        inner = self.alternatives()
        if self._take() != ")":
            raise _Unknown
        return inner

    def _escape(self) -> tuple[str | None, list[str]]:
        char = self._take()
        if char in _SIMPLE:
            return _SIMPLE[char], []
        if char in "dDsSwWbBAz":
            return None, []
        if char.isalnum() or char == "_":
            raise _Unknown
        return char, []

    def _skip_class(self) -> None:
        if self._peek() == "^":
            self._at += 1
        if self._peek() == "]":
            self._at += 1
        while True:
            char = self._take()
            if char == "]":
                return
            if char == "[" and self._peek() == ":":
                self._at = self._pattern.index(":]", self._at) + 2
            elif char == "\\" and self._take() in "QE":
                raise _Unknown

    def _repeat(self) -> tuple[int, float]:
        char = self._peek()
        least, most = 1, 1.0
        if char and char in "*+?":
            self._at += 1
            least, most = {"*": (0, _MANY), "+": (1, _MANY), "?": (0, 1.0)}[char]
        elif match := _REPEAT.match(self._pattern, self._at):
            self._at = match.end()
            least = int(match[1])
            most = float(least) if match[2] is None else float(match[3]) if match[3] else _MANY
        else:
            return least, most
        if self._peek() == "?":
            self._at += 1  # lazy
        if self._peek() and self._peek() in "*+?":
            raise _Unknown
        return least, most

    def _peek(self) -> str:
        return self._pattern[self._at : self._at + 1]

    def _take(self) -> str:
        char = self._pattern[self._at]
        self._at += 1
        return char
