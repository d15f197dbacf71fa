"""Where in a file each policy stands, and its own text. Pure.

Knows: that a semicolon ends a policy in Cedar, and that none does in a string or a comment. Must
never know: what a policy says. Called by `gateway.policies.rule`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_TOKEN = re.compile(r'//[^\n\r]*|"(?:[^"\\]|\\.)*"|;|\s+|[^\s;"/]+|.', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Span:
    """One policy as it is written."""

    line: int
    """From 1: where its first annotation or word is."""
    text: str


def spans(text: str) -> list[Span]:
    """In their order."""
    found: list[Span] = []
    begin: int | None = None
    for token in _TOKEN.finditer(text):
        said = token[0]
        if said == ";" and begin is not None:
            found.append(Span(text.count("\n", 0, begin) + 1, text[begin : token.end()]))
            begin = None
        elif begin is None and not said.isspace() and not said.startswith("//"):
            begin = token.start()
    return found
