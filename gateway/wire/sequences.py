"""Where an escape sequence of a terminal begins and ends, whatever way its bytes are split.

Knows: the shape of sequences (ECMA-48: escape, CSI, control strings), not their meaning. Must
never know: screens, lines, what anybody typed. Called by `gateway.wire.echo` only, for the
output of a target.

As in a terminal, an ESC begins a new sequence wherever it stands, CAN and SUB end one, and
bytes from 0x80 up are text (UTF-8), never 8-bit controls.
"""

from __future__ import annotations

import re
from enum import Enum

ESC = 0x1B
CAN, SUB = 0x18, 0x1A


class _State(Enum):
    GROUND = "text"
    ESCAPE = "after ESC"
    DESIGNATION = "after ESC and an intermediate byte, as in ESC ( B"
    CSI = "after ESC ["
    STRING = "in an OSC, DCS, SOS, PM or APC string"


_STRING_END = re.compile(rb"[\x07\x18\x1a\x1b]")
# Controls inside a sequence act at once and do not end it: they are passed over with the rest.
_INSIDE = {
    _State.ESCAPE: re.compile(rb"[\x00-\x17\x19\x1c-\x1f\x7f]*"),
    _State.DESIGNATION: re.compile(rb"[\x00-\x17\x19\x1c-\x2f\x7f]*"),
    _State.CSI: re.compile(rb"[\x00-\x17\x19\x1c-\x3f\x7f]*"),
}


class Sequences:
    """Whether a sequence is open. Between calls it remembers that, and nothing else."""

    def __init__(self) -> None:
        self._state = _State.GROUND

    @property
    def open(self) -> bool:
        """The next byte belongs to a sequence that has begun."""
        return self._state is not _State.GROUND

    def begin(self) -> None:
        """An ESC was met."""
        self._state = _State.ESCAPE

    def run(self, data: bytes, start: int) -> int:
        """Goes on from ``start`` while a sequence is open; the index of the first byte after it."""
        position, end = start, len(data)
        while position < end and self._state is not _State.GROUND:
            position = self._step(data, position)
        return position

    def skip(self, data: bytes, start: int) -> None:
        """Everything from ``start`` goes by and nobody looks: only what is left open counts."""
        last = data.rfind(b"\x1b", start)
        if last >= 0:
            self.begin()
            start = last + 1
        self.run(data, start)

    def _step(self, data: bytes, position: int) -> int:
        state = self._state
        if state is _State.STRING:
            found = _STRING_END.search(data, position)
            if found is None:
                return len(data)
            self._state = _State.ESCAPE if data[found.start()] == ESC else _State.GROUND
            return found.end()
        inside = _INSIDE[state].match(data, position)
        assert inside is not None
        position = inside.end()
        if position == len(data):
            return position
        byte = data[position]
        if byte == ESC:
            self._state = _State.ESCAPE
        elif byte >= 0x80:
            self._state = _State.GROUND
            return position  # text, which no sequence contains
        elif state is _State.ESCAPE and byte == ord("["):
            self._state = _State.CSI
        elif state is _State.ESCAPE and byte in b"]PX^_":
            self._state = _State.STRING
        elif state is _State.ESCAPE and byte <= 0x2F and byte not in (CAN, SUB):
            self._state = _State.DESIGNATION
        else:
            self._state = _State.GROUND
        return position + 1
