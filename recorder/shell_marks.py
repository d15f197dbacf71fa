"""Commands that a shell marks itself: OSC 133 in its output (FinalTerm's semantic prompts).

Knows: the marks' syntax, a screen's cells. Must never know: files, times, records. Called by
`recorder.tables`, which feeds a screen up to each mark and asks here what it says.

A shell with this integration says where its prompt begins (A) and ends (B), when the command that
was typed begins to run (C), and when it is over (D, with its exit status). What was typed is read
off the screen between B and C: what the person saw there, after history, completion and editing,
not the keys. The target says all this: it is worth as much as any of its output.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from recorder.screen import Screen

_MARK = re.compile(rb"\x1b\]133;([ABCD])((?:;[^\x07\x1b]{0,200})?)(?:\x07|\x1b\\)")
_PREFIX = b"\x1b]133;"
_LONGEST = 256
"""Bytes of an unfinished mark that are kept; a longer one is none."""


class Mark(NamedTuple):
    """One mark."""

    kind: str
    """`A`, `B`, `C` or `D`."""
    rest: str
    """What follows it, without the first semicolon."""


class Said(NamedTuple):
    """What a mark tells beyond itself."""

    kind: str
    """`command` or `status`."""
    text: str


class _Place(NamedTuple):
    """A cell that may have scrolled since."""

    x: int
    row: int
    """Counted from the first row that ever was."""
    cols: int
    rows: int


class ShellMarks:
    """The marks of one channel."""

    def __init__(self) -> None:
        self._tail = b""
        """The beginning of a mark whose end has not come yet."""
        self._prompt_end: _Place | None = None
        self._running = False

    def cut(self, data: bytes) -> Iterator[tuple[bytes, Mark | None]]:
        """The data in pieces: up to and with each mark, and what follows the last."""
        if not self._tail and b"\x1b" not in data[-_LONGEST:] and _PREFIX not in data:
            yield data, None
            return
        known = len(self._tail)
        text = self._tail + data
        begin = 0
        for match in _MARK.finditer(text):
            end = match.end() - known
            yield data[begin:end], Mark(match[1].decode(), match[2][1:].decode("utf-8", "replace"))
            begin = end
        self._tail = _unfinished(text[begin + known :] if begin else text)
        if begin < len(data):
            yield data[begin:], None

    def take(self, mark: Mark, screen: Screen) -> Said | None:
        """What a mark says on a screen that was fed up to it."""
        match mark.kind:
            case "B":
                x, y, _ = screen.cursor
                row = y + screen.rows_left
                self._prompt_end = _Place(x, row, screen.cols, screen.rows)
            case "C":
                text = self._typed(screen)
                self._prompt_end, self._running = None, True
                return Said("command", text)
            case "D" if self._running:
                self._running = False
                return Said("status", mark.rest.partition(";")[0])
            case _:
                self._prompt_end = None
        return None

    def state(self, screen: Screen) -> list[Any]:
        """Everything, JSON-able, for `restore` with the same screen."""
        end = self._prompt_end
        place = None if end is None else list(end._replace(row=end.row - screen.rows_left))
        return [self._tail.hex(), place, self._running]

    @classmethod
    def restore(cls, state: list[Any], screen: Screen) -> ShellMarks:
        """From `state`. Raises `TypeError` or `ValueError` where it is none."""
        made = cls()
        tail, place, made._running = state
        made._tail = bytes.fromhex(tail)
        if place is not None:
            end = _Place(*place)
            made._prompt_end = end._replace(row=end.row + screen.rows_left)
        return made

    @property
    def idle(self) -> bool:
        """Whether there is nothing to remember."""
        return not self._tail and self._prompt_end is None and not self._running

    def _typed(self, screen: Screen) -> str:
        """What is on the screen from the prompt's end to the cursor."""
        begin = self._prompt_end
        if begin is None or (begin.cols, begin.rows) != (screen.cols, screen.rows):
            return ""
        frame, (end_x, end_y, _) = screen.frame(), screen.cursor
        y, x = begin.row - screen.rows_left, begin.x
        if y < 0:
            y, x = 0, 0  # a command longer than the screen: its end is still there
        lines: list[str] = []
        for row in range(y, min(end_y, frame.rows - 1) + 1):
            last = end_x if row == end_y else frame.cols
            text = "".join(cell.text for cell in frame.row(row)[x if row == y else 0 : last])
            if lines and frame.wrapped(row):
                lines[-1] += text
            else:
                lines.append(text)
        return "\n".join(line.rstrip() for line in lines).strip()


def _unfinished(text: bytes) -> bytes:
    """The beginning of a mark that ends the text, if one does."""
    begin = text.rfind(b"\x1b", max(len(text) - _LONGEST, 0))
    if begin > 0 and text[begin:] == b"\x1b":
        # It may be the first half of the string terminator of a mark.
        before = text.rfind(b"\x1b", max(begin - _LONGEST, 0), begin)
        if before >= 0 and text[before:].startswith(_PREFIX) and b"\x07" not in text[before:]:
            begin = before
    tail = text[begin:] if begin >= 0 else b""
    if tail.startswith(_PREFIX):
        return tail if b"\x07" not in tail else b""
    return tail if tail and _PREFIX.startswith(tail) else b""
