"""Seals and the seek table as bytes: pure pack and unpack.

Knows: the skippable frames of docs/format.md. Must never know: files, keys, records. Called by
`recorder.reel`, the reader, the sealer and verification. Hostile bytes leave as `RecordingError`.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import msgpack

from recorder.errors import RecordingError

CHUNKS_LIMIT = 1 << 18
"""Chunks of a reel: half a terabyte of records, or five years of a quiet session."""

SEAL_MAGIC = struct.pack("<I", 0x184D2A57)
TABLE_MAGIC = struct.pack("<I", 0x184D2A5E)
TABLE_FOOTER = struct.pack("<I", 0x8F92EAB1)
SEAL_TRAILER = b"GRSL"
SEAL_TAG = "gatereel-seal-1"
NO_SEAL = bytes(32)
_SKIP_HEADER = 8
_TABLE_ENTRY = struct.Struct("<II")
_TABLE_TAIL = struct.Struct("<IB4s")


@dataclass(frozen=True, slots=True)
class Seal:
    """What a seal states; ``note`` and ``size`` are not among its hashed fields."""

    recording: str
    first: int
    count: int
    content_size: int
    first_time: int
    last_time: int
    data_hash: bytes
    previous: bytes
    frontier: tuple[bytes, ...]
    state: str
    reason: str

    @property
    def total(self) -> int:
        """How many records there are up to and with this chunk."""
        return self.first + self.count

    def fields(self) -> bytes:
        """The bytes that the checkpoint's fourth line is the hash of."""
        packed: bytes = msgpack.packb(
            [
                SEAL_TAG,
                self.recording,
                self.first,
                self.count,
                self.content_size,
                self.first_time,
                self.last_time,
                self.data_hash,
                self.previous,
                list(self.frontier),
                self.state,
                self.reason,
            ],
            use_bin_type=True,
        )
        return packed

    def digest(self) -> bytes:
        return hashlib.sha256(self.fields()).digest()


STATES = ("", "closed", "interrupted")


def pack_seal(seal: Seal, note: str, data_size: int) -> bytes:
    """The whole seal frame; ``data_size`` is the length of the data frame before it."""
    fields = seal.fields()
    body = struct.pack(">I", len(fields)) + fields + note.encode()
    payload_size = len(body) + 8 + len(SEAL_TRAILER)
    chunk = data_size + _SKIP_HEADER + payload_size
    trailer = struct.pack(">Q", chunk) + SEAL_TRAILER
    return SEAL_MAGIC + struct.pack("<I", payload_size) + body + trailer


class ReadSeal(NamedTuple):
    seal: Seal
    note: str
    chunk_size: int
    """Length of data frame and seal frame together, as the trailer says."""


def unpack_seal(frame: bytes) -> ReadSeal:
    """From the whole seal frame; raises `RecordingError`."""
    try:
        return _unpack_seal(frame)
    except (
        msgpack.UnpackException, ValueError, TypeError, RecursionError, struct.error
    ) as error:  # fmt: skip
        raise RecordingError("a seal is damaged", operator=repr(error)) from error


def _unpack_seal(frame: bytes) -> ReadSeal:
    if frame[:4] != SEAL_MAGIC or frame[-4:] != SEAL_TRAILER or len(frame) < 24:
        raise RecordingError("a seal is damaged")
    if struct.unpack_from("<I", frame, 4)[0] != len(frame) - _SKIP_HEADER:
        raise RecordingError("a seal's length is not its own")
    (size,) = struct.unpack_from(">I", frame, 8)
    end = len(frame) - 8 - len(SEAL_TRAILER)
    if 12 + size > end:
        raise RecordingError("a seal is damaged")
    fields = frame[12 : 12 + size]
    values = msgpack.unpackb(
        fields, raw=False, max_str_len=1 << 12, max_bin_len=1 << 12, max_array_len=128
    )
    if type(values) is not list or len(values) != 12 or values[0] != SEAL_TAG:
        raise RecordingError("a seal is of another shape")
    kinds = (str, str, int, int, int, int, int, bytes, bytes, list, str, str)
    if any(type(value) is not kind for value, kind in zip(values, kinds, strict=True)):
        raise RecordingError("a seal is of another shape")
    numbers, hashes = values[2:7], [values[7], values[8], *values[9]]
    if any(not 0 <= number < 1 << 63 for number in numbers) or any(
        type(digest) is not bytes or len(digest) != 32 for digest in hashes
    ):
        raise RecordingError("a seal is of another shape")
    seal = Seal(
        recording=values[1],
        first=values[2],
        count=values[3],
        content_size=values[4],
        first_time=values[5],
        last_time=values[6],
        data_hash=values[7],
        previous=values[8],
        frontier=tuple(values[9]),
        state=values[10],
        reason=values[11],
    )
    if seal.reason and not seal.state:
        raise RecordingError("a chunk's seal with a reason, as if it were the end")
    if seal.state not in STATES or len(seal.frontier) != seal.total.bit_count():
        raise RecordingError("a seal is of another shape")
    if seal.fields() != fields:
        raise RecordingError("a seal is not in its one encoding")
    note = frame[12 + size : end].decode("utf-8")
    return ReadSeal(seal, note, struct.unpack_from(">Q", frame, end)[0])


def seal_hash(frame: bytes) -> bytes:
    """What the next seal names as the one before it."""
    return hashlib.sha256(frame).digest()


# -- the seek table --------------------------------------------------------------------------------


def pack_table(entries: Sequence[tuple[int, int]]) -> bytes:
    """The seek table over (compressed size, decompressed size) of each frame before it."""
    body = b"".join(_TABLE_ENTRY.pack(*entry) for entry in entries)
    body += _TABLE_TAIL.pack(len(entries), 0, TABLE_FOOTER)
    return TABLE_MAGIC + struct.pack("<I", len(body)) + body


TABLE_TAIL_SIZE = _TABLE_TAIL.size


def table_size(tail: bytes) -> int | None:
    """The length of the whole seek table frame of which ``tail`` is the end (at least
    `TABLE_TAIL_SIZE` bytes); None where it is not one."""
    if len(tail) < _TABLE_TAIL.size:
        return None
    count, descriptor, magic = _TABLE_TAIL.unpack(tail[-_TABLE_TAIL.size :])
    if magic != TABLE_FOOTER or descriptor != 0 or count > 2 * CHUNKS_LIMIT:
        return None
    return _SKIP_HEADER + int(count) * _TABLE_ENTRY.size + _TABLE_TAIL.size


def unpack_table(frame: bytes) -> list[tuple[int, int]]:
    """Entries of a whole seek table frame; raises `RecordingError`."""
    if (
        table_size(frame) != len(frame)
        or frame[:4] != TABLE_MAGIC
        or struct.unpack_from("<I", frame, 4)[0] != len(frame) - _SKIP_HEADER
    ):
        raise RecordingError("the seek table is damaged")
    return list(_TABLE_ENTRY.iter_unpack(frame[_SKIP_HEADER : -_TABLE_TAIL.size]))
