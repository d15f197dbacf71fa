"""Records, journal frames, chunks, seals and the seek table as bytes: pure pack and unpack.

Knows: docs/format.md, msgpack and zstd (the only file that imports zstandard). Must never know:
files, clocks, keys. Called by the journal, the sealer, the reader and verification. Hostile
bytes leave by one exit, `RecordingError`; every length is checked before anything is allocated.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgpack
import zstandard

from recorder.errors import RecordingError, UnsupportedRecording
from recorder.events import ITEMS_LIMIT, Anchor, Event, Header, Salt, from_wire, wire_fields

FORMAT = 1
KNOWN_FEATURES: frozenset[str] = frozenset()
"""Values of the header's ``must`` that this reader understands."""

CHUNK_LIMIT = 8 << 20
"""Bytes of a chunk's content; more is refused unread."""
RECORD_LIMIT = 2 << 20
"""Bytes of one record; the journal refuses to write a longer one."""
SEGMENT_TARGET = 1 << 20
"""Bytes after which the journal begins a new segment, and so a chunk."""
FRAME_LIMIT = CHUNK_LIMIT + (1 << 16)
"""Bytes of a compressed frame, or of a seal."""
BLOCKS_LIMIT = 1 << 14
"""Blocks of a compressed frame: as many as a compressor makes of a chunk, and no more."""
CHUNKS_LIMIT = 1 << 18
"""Chunks of a reel: half a terabyte of records, or five years of a quiet session."""

TIME_LIMIT = NUMBER_LIMIT = 1 << 62
"""Times (µs) and numbers of records stay below, so that they fit wherever they are hashed."""

FRAME_MAGIC = b"\x28\xb5\x2f\xfd"
SEAL_MAGIC = struct.pack("<I", 0x184D2A57)
TABLE_MAGIC = struct.pack("<I", 0x184D2A5E)
TABLE_FOOTER = struct.pack("<I", 0x8F92EAB1)
SEAL_TRAILER = b"GRSL"
SEAL_TAG = "gatereel-seal-1"
NO_SEAL = bytes(32)

_SKIP_HEADER = 8
_TABLE_ENTRY = struct.Struct("<II")
_TABLE_TAIL = struct.Struct("<IB4s")
_JOURNAL_FRAME = struct.Struct(">II")
_CODES_LIMIT = 32


# -- records ---------------------------------------------------------------------------------------


class Packed(NamedTuple):
    """A record as it is stored, and what its place says about it."""

    number: int
    time: int
    """Microseconds since the session's start."""
    delta: int
    """Microseconds since the record before it."""
    raw: bytes
    event: Event


class Place(NamedTuple):
    """Where a record stands, by number and time (µs)."""

    number: int
    time: int


def pack_record(delta: int, event: Event) -> bytes:
    """One record's bytes. Raises `RecordingError` where they could not be read back: better to
    end one session here than to leave a recording that nobody can open behind this event."""
    if delta < 0:
        raise RecordingError("times never go back")
    try:
        raw: bytes = msgpack.packb(
            [delta, event.channel, event.code, *wire_fields(event)], use_bin_type=True
        )
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise RecordingError(
            f"an event {event.code!r} cannot be recorded", operator=repr(error)
        ) from error
    if len(raw) > RECORD_LIMIT:
        raise RecordingError(f"an event of {len(raw)} bytes is longer than a record may be")
    unpacker = _unpacker(len(raw))
    unpacker.feed(raw)
    _decode(_unpack_one(unpacker, None), _in_time(event.at, event.code), event.code)
    return raw


def unpack_records(content: bytes) -> Iterator[Packed]:
    """The records of a chunk's content, placed by the first of them.

    Raises `RecordingError` at the first thing amiss.
    """
    unpacker = _unpacker(len(content))
    unpacker.feed(content)
    before: Place | None = None
    begin = 0
    while begin < len(content):
        parts = _unpack_one(unpacker, before)
        end = unpacker.tell()
        record = _packed(parts, content[begin:end], before)
        yield record
        begin, before = end, Place(record.number, record.time)


def unpack_record(raw: bytes, before: Place | None) -> Packed:
    """One record in its own frame; ``before`` is the place of the one before it, None for the
    first of a segment, which states its own."""
    unpacker = _unpacker(len(raw))
    unpacker.feed(raw)
    parts = _unpack_one(unpacker, before)
    if unpacker.tell() != len(raw):
        raise RecordingError("bytes follow a record in its frame", where=_where(before))
    return _packed(parts, raw, before)


def _unpacker(size: int) -> msgpack.Unpacker:
    return msgpack.Unpacker(
        raw=False,
        strict_map_key=True,
        use_list=True,
        max_buffer_size=max(size, 1),
        max_str_len=RECORD_LIMIT,
        max_bin_len=RECORD_LIMIT,
        # Lists are allocated before they are filled, and may lie in each other.
        max_array_len=ITEMS_LIMIT,
        max_map_len=ITEMS_LIMIT,
        max_ext_len=0,
    )


def _where(before: Place | None) -> str:
    return "the first record" if before is None else f"event {before.number + 1}"


def _unpack_one(unpacker: msgpack.Unpacker, before: Place | None) -> list[Any]:
    try:
        parts = unpacker.unpack()
    # msgpack raises its own classes, ValueError, UnicodeDecodeError, TypeError and RecursionError
    except (msgpack.UnpackException, ValueError, TypeError, RecursionError) as error:
        raise RecordingError(
            "a record is not msgpack, or is cut off", where=_where(before), operator=repr(error)
        ) from error
    if type(parts) is not list or len(parts) < 3:
        raise RecordingError("a record is not an array", where=_where(before))
    return parts


def _packed(parts: list[Any], raw: bytes, before: Place | None) -> Packed:
    delta = parts[0]
    if type(delta) is not int or delta < 0:
        raise RecordingError("a record's time goes back", where=_where(before))
    if before is None:
        number, time = _stated_place(parts)
    else:
        number, time = before.number + 1, before.time + delta
    where = f"event {number}"
    event = _decode(parts, _in_time(time, where), where)
    if isinstance(event, Header) is not (number == 0):
        raise RecordingError("the header is not the first record", where=where)
    if isinstance(event, Salt) is not (number == 1):
        raise RecordingError("the salt is not the second record", where=where)
    if isinstance(event, Anchor) and (event.number, event.time) != (number, time):
        raise RecordingError("an anchor contradicts its place", where=where)
    return Packed(number, time, delta, raw, event)


def _stated_place(parts: list[Any]) -> Place:
    event = _decode(parts, 0, "the first record")
    if isinstance(event, Header) and parts[0] == 0:
        return Place(0, 0)
    if isinstance(event, Anchor) and 1 < event.number < NUMBER_LIMIT:
        return Place(event.number, event.time)
    raise RecordingError(
        "a chunk begins with neither the header nor an anchor", where="the first record"
    )


def _decode(parts: list[Any], at: int, where: str) -> Event:
    channel, code = parts[1], parts[2]
    if type(channel) is not int or not 0 <= channel < 1 << 31:
        raise RecordingError("a record's channel is no channel", where=where)
    if type(code) is not str or not 0 < len(code) <= _CODES_LIMIT:
        raise RecordingError("a record's code is no code", where=where)
    try:
        return from_wire(at, channel, code, parts[3:])
    except RecordingError as error:
        raise RecordingError(error.person, where=where) from error


def _in_time(time: int, where: str) -> int:
    if not 0 <= time < TIME_LIMIT:
        raise RecordingError("a record's time is none", where=where)
    return time


def check_readable(header: Header) -> None:
    """Raises `UnsupportedRecording` where the header asks for more than this reader knows."""
    facts = header.facts
    if facts["reader"] > FORMAT:
        raise UnsupportedRecording(
            f"this recording needs a reader of format {facts['reader']}, this one knows {FORMAT}: "
            "use a newer gatereel"
        )
    unknown = [str(name) for name in facts["must"] if name not in KNOWN_FEATURES]
    if unknown:
        raise UnsupportedRecording(
            f"this recording uses features that this reader does not know: {', '.join(unknown)}"
        )


# -- journal frames --------------------------------------------------------------------------------


def journal_frame(raw: bytes) -> bytes:
    """A record as it is appended to a segment."""
    return _JOURNAL_FRAME.pack(len(raw), zlib.crc32(raw)) + raw


def journal_records(data: bytes, begin: int = 0) -> Iterator[tuple[bytes, int]]:
    """The whole frames of a segment from offset ``begin``: each record, and the offset behind
    it. Ends without a word at a frame that is incomplete or does not fit its CRC."""
    while len(data) - begin >= _JOURNAL_FRAME.size:
        size, crc = _JOURNAL_FRAME.unpack_from(data, begin)
        start = begin + _JOURNAL_FRAME.size
        # Zeros, which a power cut leaves behind, would be empty records with a sum that fits.
        if not 0 < size <= RECORD_LIMIT or len(data) - start < size:
            return
        raw = data[start : start + size]
        if zlib.crc32(raw) != crc:
            return
        begin = start + size
        yield raw, begin


# -- zstd frames -----------------------------------------------------------------------------------


def compress(content: bytes, level: int = 3) -> bytes:
    """One ordinary zstd frame with content size and checksum."""
    return zstandard.ZstdCompressor(level=level, write_checksum=True).compress(content)


def decompress(frame: bytes, limit: int = CHUNK_LIMIT) -> bytes:
    """The content of one whole frame of at most ``limit`` bytes; `RecordingError` otherwise."""
    try:
        size = zstandard.frame_content_size(frame)
        if not 0 <= size <= limit:
            raise RecordingError("a compressed frame does not say its size, or is too large")
        if data_frame_size(frame) != len(frame):
            raise RecordingError("a compressed frame is cut off, or bytes follow it")
        content = zstandard.ZstdDecompressor(max_window_size=CHUNK_LIMIT * 2).decompress(
            frame, max_output_size=max(size, 1), allow_extra_data=False
        )
    except zstandard.ZstdError as error:
        raise RecordingError("a compressed frame is damaged", operator=str(error)) from error
    if len(content) != size:
        raise RecordingError("a compressed frame is not of the size that it says")
    return content


def data_frame_size(data: bytes) -> int | None:
    """The length of the zstd data frame that ``data`` begins with; None where it is not whole."""
    return frame_extent(lambda at, size: data[at : at + size], len(data))


def frame_extent(read: Callable[[int, int], bytes], limit: int) -> int | None:
    """The length of the zstd data frame at offset 0 of what ``read(offset, size)`` reads, found
    by walking its block headers (RFC 8878, section 3.1.1); None where it is not whole within
    ``limit`` bytes. No content is read."""
    head = read(0, 6)
    if len(head) < 6 or head[:4] != FRAME_MAGIC:
        return None
    descriptor = head[4]
    single = descriptor >> 5 & 1
    place = 5 + (not single) + (0, 1, 2, 4)[descriptor & 3]
    place += (single, 2, 4, 8)[descriptor >> 6]
    for _ in range(BLOCKS_LIMIT):
        if place + 3 > limit:
            return None
        block = int.from_bytes(read(place, 3), "little")
        kind = block >> 1 & 3
        if kind == 3:
            return None
        place += 3 + (1 if kind == 1 else block >> 3)
        if block & 1:
            place += 4 * (descriptor >> 2 & 1)
            return place if place <= limit else None
    return None


# -- seals -----------------------------------------------------------------------------------------


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
