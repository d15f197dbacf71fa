"""A ttyrec as a source of events: records of a 12-byte header and what was shown.

Knows: the format of ttyrec(1): seconds, microseconds and length as 32-bit little-endian integers,
then so many bytes. Must never know: stores, command lines. Called by `recorder.convert.recognise`.

It says neither how large the terminal was nor what was typed; screens have 80×24 then. No length
is believed: the file has to hold as many bytes before any of them is read, and they are read in
pieces.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from recorder.convert.asciicast import LATEST, TIME_LIMIT
from recorder.convert.foreign import CHANNEL, PIECE, About
from recorder.errors import ConversionError
from recorder.events import Event, Output

_HEADER = struct.Struct("<III")
_MILLION = 1_000_000


def looks_like_ttyrec(head: bytes) -> bool:
    """Whether a file that begins so can be one. No text does: its microseconds were too many."""
    if len(head) < _HEADER.size:
        return False
    _, micros, length = _HEADER.unpack_from(head)
    following = head[_HEADER.size + length :][: _HEADER.size]
    if len(following) == _HEADER.size and _HEADER.unpack(following)[1] >= _MILLION:
        return False
    return bool(length and micros < _MILLION)


class Ttyrec:
    """An open ttyrec."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    @property
    def files(self) -> Sequence[tuple[str, BinaryIO]]:
        return [("sha256", self._file)]

    def about(self) -> About:
        self._file.seek(0)
        seconds, micros, _ = _HEADER.unpack(self._file.read(_HEADER.size))
        # Whoever had no clock wrote zero, or anything.
        began = (seconds * _MILLION + micros) * 1000 if 0 < seconds <= LATEST else None
        return About("ttyrec", began_ns=began)

    def events(self) -> Iterator[Event]:
        file = self._file
        file.seek(0)
        left = os.fstat(file.fileno()).st_size
        number, begin, now = 0, 0, 0
        while head := file.read(_HEADER.size):
            number += 1
            if len(head) < _HEADER.size:
                raise ConversionError(f"the ttyrec ends in the middle of record {number}")
            seconds, micros, length = _HEADER.unpack(head)
            left -= _HEADER.size + length
            if micros >= _MILLION:
                raise ConversionError(f"record {number} is no ttyrec's: its time is none")
            if left < 0:
                raise ConversionError(
                    f"record {number} is to have {length} bytes: the file ends before that"
                )
            at = seconds * _MILLION + micros
            begin = begin if number > 1 else at
            # A clock that was set back stands still.
            now = max(now, at - begin)
            if now > TIME_LIMIT * _MILLION:
                raise ConversionError(f"record {number} is later than any recording lasts")
            while length:
                data = file.read(min(length, PIECE))
                if not data:
                    raise ConversionError("the file became shorter while it was read")
                length -= len(data)
                yield Output(now, CHANNEL, data)
        if not number:
            raise ConversionError("the file is empty: a ttyrec has records")
