"""Patterns of one's own: regular expressions that cannot hang anybody, and cannot match for ever.

Knows: RE2's syntax as far as lengths go. Must never know: what values are. Pure. Called by
`gateway.masking.stream`, and by the configuration to refuse what is no such pattern.

What matches must be bounded: else what is found would depend on how its bytes arrived. So ``*``,
``+`` and open counts are refused, and so is what speaks of a beginning or an end; ``\\b`` is there.
"""

from __future__ import annotations

import re
from typing import Any

import re2

from gateway.masking.classes import LONGEST

_MEMORY = 8 << 20
LONGEST_OWN = LONGEST // 4
"""Characters, of at most four bytes each."""
_CONTROL = re.compile(rb"[\x00-\x1f\x7f]")
_CLASS = re.compile(r"\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\]")
_COUNT = re.compile(r"\{(\d+)(?:,(\d*))?\}")
_GROUP = re.compile(r"\((?:\?(?:P?<\w+>|[ims-]*:))?")
_ESCAPE = re.compile(r"\\(?:x\{[0-9A-Fa-f]+\}|x[0-9A-Fa-f]{2}|[pP](?:\{\^?\w+\}|\w)|.)", re.DOTALL)


class OwnPattern:
    """One, compiled. Raises ValueError with a line for a person where it is none."""

    def __init__(self, source: str) -> None:
        options = re2.Options()
        options.log_errors = False
        options.max_mem = _MEMORY
        try:
            self._compiled: Any = re2.compile(source, options)
        except re2.error as error:
            said = error.args[0] if error.args else "it cannot be read"
            said = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
            raise ValueError(f"is no regular expression: {said}") from None
        longest = _Reader(source).longest()
        if longest > LONGEST_OWN:
            raise ValueError(f"may match {longest} characters; {LONGEST_OWN} are the most")
        if self._compiled.search("") is not None:
            raise ValueError("matches nothing at all, which is everywhere")
        self.source = source
        self._bytes = re2.compile(source.encode(), options)

    def spans(self, text: bytes) -> list[tuple[int, int]]:
        """Where it matches, from every place, so that what lies over each other is here twice.
        No value has a control character in it."""
        found = []
        match = self._bytes.search(text, 1)
        while match is not None:
            if not _CONTROL.search(text, *match.span()):
                found.append(match.span())
            match = self._bytes.search(text, match.start() + 1)
        return found


class _Reader:
    """The most characters that a pattern matches, of one that RE2 takes."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._at = 0

    def longest(self) -> int:
        return self._alternatives()

    def _alternatives(self) -> int:
        most = here = 0
        while self._at < len(self._source) and self._source[self._at] != ")":
            if self._source[self._at] == "|":
                self._at += 1
                most, here = max(most, here), 0
            else:
                here += self._repeated(self._one())
        return max(most, here)

    def _one(self) -> int:
        source, char = self._source, self._source[self._at]
        if char == "(":
            group = _GROUP.match(source, self._at)
            assert group is not None
            if source.startswith("(?", self._at) and len(group[0]) == 1:
                raise ValueError("has flags for all that follows; write (?i:...)")
            self._at = group.end()
            inside = self._alternatives()
            self._at += 1
            return inside
        if char == "[":
            found = _CLASS.match(source, self._at)
            if found is None:
                raise ValueError("has a set of characters that cannot be read")
            self._at = found.end()
            return 1
        if char in "^$":
            raise ValueError(f"holds {char}, but a stream has no lines to speak of; leave it out")
        if char == "\\":
            return self._escaped()
        self._at += 1
        return 1

    def _escaped(self) -> int:
        found = _ESCAPE.match(self._source, self._at)
        assert found is not None
        self._at = found.end()
        letter = found[0][1]
        if letter in "AzQEC":
            raise ValueError(f"holds \\{letter}, which cannot be used here")
        return 0 if letter in "bB" else 1

    def _repeated(self, length: int) -> int:
        source = self._source
        while self._at < len(source) and source[self._at] in "*+?{":
            count = _COUNT.match(source, self._at)
            char = source[self._at]
            if char in "*+" or (count is not None and count[2] == ""):
                raise ValueError(
                    'may match for ever; say how much at most: "{1,40}" for "+", "{0,40}" for "*"'
                )
            if count is not None:
                length *= int(count[2] or count[1])
            elif char == "{":
                break
            self._at = count.end() if count is not None else self._at + 1
        return length
