"""Cells of several code points, each written in its row as one stand-in character.

A base with combining marks is one cell. Its row holds one character from planes 4 to 13, in which
Unicode has assigned nothing, and this table says what it stands for. A character of those planes
that really is in the input stands for itself through the same table, so nothing can be forged.
The table belongs to one screen, only grows, and is replaced as a whole when it is renumbered.
"""

from __future__ import annotations

import re

FIRST = 0x40000
LAST = 0xDFFFF
STAND_INS = f"\\U{FIRST:08x}-\\U{LAST:08x}"

_STAND_IN = re.compile(f"[{STAND_INS}]")
_stand_in = _STAND_IN.search

# A cell keeps this many code points; the marks after them are reported, not drawn.
LONGEST = 32
# What is drawn when more different cells are alive than there are stand-ins.
LOST = "\ufffd"


class Clusters:
    """The many-code-point cells of one screen."""

    __slots__ = ("by_char", "by_text", "full_at", "joined")

    def __init__(self, full_at: int = 4096) -> None:
        self.by_text: dict[str, str] = {}
        self.by_char: dict[str, str] = {}
        # A cell as it is in a row, and marks: the cell that they make together.
        self.joined: dict[str, str] = {}
        self.full_at = full_at

    def intern(self, cluster: str) -> str:
        """The one character that stands for `cluster`."""
        char = self.by_text.get(cluster)
        if char is None:
            number = FIRST + len(self.by_text)
            if number > LAST:
                return LOST
            char = chr(number)
            self.by_text[cluster] = char
            self.by_char[char] = cluster
        return char

    def remember(self, cell_and_marks: str, stand_in: str) -> None:
        if len(self.joined) >= 2 * self.full_at:
            self.joined.clear()
        self.joined[cell_and_marks] = stand_in

    def text(self, char: str) -> str:
        """What `char` of a row stands for: mostly itself."""
        return self.by_char.get(char, char)

    def expand(self, text: str) -> str:
        """A row's text as it reads: stand-ins resolved, right halves gone."""
        if text.isascii() and "\0" not in text:
            return text
        text = text.replace("\0", "")
        if self.by_char and _stand_in(text):
            return _STAND_IN.sub(self._resolve, text)
        return text

    def _resolve(self, match: re.Match[str]) -> str:
        return self.by_char.get(match[0], match[0])

    @property
    def full(self) -> bool:
        return len(self.by_text) >= self.full_at
