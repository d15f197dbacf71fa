"""Words that were put on a screen letter by letter, and taken away before anybody could read them.

Knows: decoded output with its control sequences. Must never know: screens, frames. Called by
`recorder.screen.annotations`, which knows what is still there. Pure, and bounded by its input.

What stands between two control sequences is read as words elsewhere. Here letters are put where
the cursor was sent, on a sheet without edges, and read whenever something may erase them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from recorder.screen.tokens import tokens

MOST = 1 << 16
"""Characters of output that are looked at, from the end."""
FEW = 3
"""Letters placed one by one that make it worth looking."""
_LETTER = re.compile(r"\x1b\[[0-9;]*[HfGd`ABCD][^\x00-\x20\x7f-\x9f]{1,2}(?=[\x1b\r\b])")
_MOVE = re.compile(r"\x1b\[(\??)([0-9]*)(?:;([0-9]*))?[0-9;]*([@-~])")
_STYLE = re.compile("\x1b\\[[0-9:;]*m")
_FARTHEST = 9999


def placed(text: str) -> Iterator[str]:
    """Words that stood there at some time, as one would have read them."""
    text = text[-MOST:]
    if len(_LETTER.findall(text)) < FEW:
        return
    sheet = _Sheet()
    for token in tokens(_STYLE.sub("", text)):
        yield from sheet.take(token)


class _Sheet:
    def __init__(self) -> None:
        self._rows: dict[int, dict[int, str]] = {}
        self._x = self._y = 0

    def take(self, token: str) -> Iterator[str]:
        first = token[0]
        if first >= " " and not "\x7f" <= first <= "\x9f":
            yield from self._put(token)
        elif match := _MOVE.fullmatch(token):
            yield from self._control(*match.groups(""))
        elif token in ("\r", "\r\n", "\n"):
            self._x = 0 if "\r" in token else self._x
            self._y += "\n" in token
        elif token == "\b":
            self._x = max(self._x - 1, 0)
        elif token == "\x1bc":
            yield from self._read()

    def _put(self, run: str) -> Iterator[str]:
        row = self._rows.setdefault(self._y, {})
        at = range(self._x, self._x + len(run))
        if any(row.get(x, char) != char for x, char in zip(at, run, strict=True)):
            yield from self._words(row)
        row.update(zip(at, run, strict=True))
        self._x += len(run)

    def _control(self, private: str, first: str, second: str, final: str) -> Iterator[str]:
        count = min(int(first or 1) or 1, _FARTHEST)
        match final:
            case "H" | "f":
                self._y, self._x = count - 1, min(int(second or 1) or 1, _FARTHEST) - 1
            case "G" | "`":
                self._x = count - 1
            case "d":
                self._y = count - 1
            case "A":
                self._y -= count
            case "B":
                self._y += count
            case "C":
                self._x += count
            case "D":
                self._x = max(self._x - count, 0)
            case "J" | "K" | "X" | "P" | "M" | "L" | "S" | "T" | "@":
                yield from self._read()
            case "h" | "l" if private:
                yield from self._read()
            case _:
                pass

    def _read(self) -> Iterator[str]:
        for row in self._rows.values():
            yield from self._words(row)
        self._rows.clear()

    @staticmethod
    def _words(row: dict[int, str]) -> Iterator[str]:
        word, last = "", -2
        for x in sorted(row):
            if x != last + 1 or row[x] == " ":
                if len(word) > 1:
                    yield word
                word = ""
            word += row[x].strip()
            last = x
        if len(word) > 1:
            yield word
