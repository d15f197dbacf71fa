"""Keys as the lines that they made: what somebody typed, as one would read it.

Knows: bytes of one channel's input in order, and when. Must never know: records, screens, queries.
Called by `replay.passages`. Pure, and bounded: a line without end is told in parts.

A line is told when Enter sends it, with what backspace and the kill keys left of it. What they took
away was typed all the same: then the line is told once more with everything in it. Sequences of
cursor and function keys are no text; neither are control characters, but for the tab that stands
where something was completed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

LONGEST = 4096
"""Characters of a line; what is longer is told in parts."""
OVERLAP = 128
TOGETHER = 50_000
"""Microseconds between two bytes of one key at most: after longer, Escape was pressed by itself (as
in vi), and what follows is text."""
_KEY = re.compile(
    "\x1b\\[[0-?]*[ -/]*[@-~]"  # arrows, function keys, the brackets of a paste, mouse reports
    "|\x1bO.|\x1b[\\]P^_][^\x07\x1b]*(?:\x07|\x1b\\\\)?"  # SS3, strings
    "|\x1b[^\r\n\x03\x04\x1a]?"  # Alt
    "|[^\x00-\x1f\x7f\x80-\x9f]+|.",
    re.DOTALL,
)
_ENDS = "\r\n\x03\x04\x1a"
"""Enter, ^C, ^D, ^Z: what was there goes, one way or the other."""


class TypedLine(NamedTuple):
    """One line; ``record`` and ``time`` are those with which it ended."""

    text: str
    record: int
    time: int
    edited: bool
    """Whether it holds what was taken back before it was sent."""


class TypedLines:
    """The input of one channel."""

    def __init__(self) -> None:
        self._rest = b""
        self._line = ""
        self._all = ""
        self._where = (0, 0)

    def feed(self, data: bytes, record: int, time: int) -> Iterator[TypedLine]:
        """More bytes; the lines that ended with them."""
        if self._rest.startswith(b"\x1b") and time - self._where[1] > TOGETHER:
            self._rest = self._rest[1:]
        self._where = (record, time)
        text, self._rest = _decoded(self._rest + data)
        for match in _KEY.finditer(text):
            key = match[0]
            if key in _ENDS:
                yield from self._end()
            elif key in "\x7f\x08":
                self._line = self._line[:-1]
            elif key == "\x15":
                self._line = ""
            elif key == "\x17":
                self._line = re.sub(r"\S*\s*$", "", self._line)
            elif key == "\t":
                self._line += key
                self._all += key
            elif key[0] != "\x1b" and (len(key) > 1 or key.isprintable() or ord(key) > 0x9F):
                self._line += key
                self._all += key
                while len(self._all) > LONGEST:
                    yield from self._part()

    def finish(self) -> Iterator[TypedLine]:
        """There is no more: what was never sent."""
        if not self._rest.startswith(b"\x1b"):
            rest = self._rest.decode("utf-8", "backslashreplace")
            self._line += rest
            self._all += rest
        yield from self._end()

    def _part(self) -> Iterator[TypedLine]:
        """The beginning of a line that is too long; its end stays, for a word may be cut here."""
        line, every = self._line[:LONGEST], self._all[:LONGEST]
        self._line, self._all = self._line[LONGEST - OVERLAP :], self._all[LONGEST - OVERLAP :]
        yield from self._tell(line, every)

    def _end(self) -> Iterator[TypedLine]:
        line, every, self._line, self._all = self._line, self._all, "", ""
        yield from self._tell(line, every)

    def _tell(self, line: str, every: str) -> Iterator[TypedLine]:
        if line.strip():
            yield TypedLine(line, *self._where, edited=False)
        if every != line and every.strip():
            yield TypedLine(every, *self._where, edited=True)


def _decoded(data: bytes) -> tuple[str, bytes]:
    """As text, bytes that are no UTF-8 escaped; and the beginning of a key's sequence or else of a
    character at the end, which the next bytes may complete."""
    escape = data.rfind(b"\x1b", -16)
    if escape >= 0 and re.fullmatch(rb"\x1b(?:\[[0-?]*[ -/]*|O)?", data[escape:]):
        return data[:escape].decode("utf-8", "backslashreplace"), data[escape:]
    rest = b""
    for back in range(1, min(3, len(data)) + 1):
        lead = data[-back]
        if lead >= 0xC0:
            need = 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4
            if need > back:
                data, rest = data[:-back], data[-back:]
            break
        if lead < 0x80:
            break
    return data.decode("utf-8", "backslashreplace"), rest
