"""Records, journal frames and zstd frames as bytes: pure pack and unpack.

Knows: docs/format.md, msgpack and zstd (the only file that imports zstandard). Must never know:
files, clocks, keys. Called by the journal, the sealer, the reader and verification. Hostile
bytes leave by one exit, `RecordingError`; every length is checked before anything is allocated.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import msgpack
import zstandard

from recorder.errors import RecordingError, UnsupportedRecording
from recorder.events import Anchor, Event, Header, Salt
from recorder.wire import ITEMS_LIMIT, from_wire, wire_fields

FORMAT = 1
REDACTED = "redacted"
"""The feature of a copy from which records were struck (`recorder.redacted`)."""
KNOWN_FEATURES: frozenset[str] = frozenset({REDACTED})
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

TIME_LIMIT = NUMBER_LIMIT = 1 << 62
"""Times (µs) and numbers of records stay below, so that they fit wherever they are hashed."""

FRAME_MAGIC = b"\x28\xb5\x2f\xfd"

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


def unpack_records(content: bytes, start: int = 0) -> Iterator[Packed]:
    """The records of a chunk's content, placed by the first of them, which is always given; of the
    others those from number ``start`` on.

    Raises `RecordingError` at the first thing amiss. Those before ``start`` are only walked over.
    """
    unpacker = _unpacker(len(content))
    unpacker.feed(content)
    before: Place | None = None
    begin = 0
    while begin < len(content):
        if before is not None and before.number + 1 < start:
            before = _walk_over(unpacker, before, start - before.number - 1)
            begin = unpacker.tell()
            continue
        parts = _unpack_one(unpacker, before)
        end = unpacker.tell()
        record = _packed(parts, content[begin:end], before)
        yield record
        begin, before = end, Place(record.number, record.time)


def _walk_over(unpacker: msgpack.Unpacker, before: Place, count: int) -> Place:
    """The place after ``count`` more records, of which only the delta is read."""
    number, time = before
    try:
        for _ in range(count):
            parts = unpacker.read_array_header() - 1
            time += unpacker.unpack()
            number += 1
            for _ in range(parts):
                unpacker.skip()
    except (msgpack.UnpackException, ValueError, TypeError, RecursionError) as error:
        raise RecordingError(
            "a record is not msgpack, or is cut off",
            where=f"event {number + 1}",
            operator=repr(error),
        ) from error
    if type(time) is not int:
        raise RecordingError("a record's time goes back", where=f"event {number}")
    return Place(number, time)


def unpack_record(raw: bytes, before: Place | None) -> Packed:
    """One record in its own frame; ``before`` is the place of the one before it, None for the
    first of a segment, which states its own."""
    unpacker = _unpacker(len(raw))
    unpacker.feed(raw)
    parts = _unpack_one(unpacker, before)
    if unpacker.tell() != len(raw):
        raise RecordingError("bytes follow a record in its frame", where=_where(before))
    return _packed(parts, raw, before)


def fields_behind(raw: bytes, known: int) -> list[Any]:
    """What a record, read before, has behind its code and so many known fields."""
    unpacker = _unpacker(len(raw))
    unpacker.feed(raw)
    return _unpack_one(unpacker, None)[3 + known :]


def delta_of(raw: bytes) -> int:
    """Microseconds between a record and the one before it. Raises `RecordingError`."""
    unpacker = _unpacker(len(raw))
    unpacker.feed(raw)
    delta = _unpack_one(unpacker, None)[0]
    if type(delta) is not int or delta < 0:
        raise RecordingError("a record's time goes back")
    return delta


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


def compress(content: bytes, level: int = 3, base: bytes = b"") -> bytes:
    """One ordinary zstd frame with content size and checksum. With a ``base``, what is the same in
    both costs next to nothing, and the frame is not to be read without it."""
    known = zstandard.ZstdCompressionDict(base, dict_type=_RAW) if base else None
    packer = zstandard.ZstdCompressor(level=level, write_checksum=True, dict_data=known)
    return packer.compress(content)


def decompress(frame: bytes, limit: int = CHUNK_LIMIT, base: bytes = b"") -> bytes:
    """The content of one whole frame of at most ``limit`` bytes, compressed with this ``base``;
    `RecordingError` otherwise."""
    try:
        size = zstandard.frame_content_size(frame)
        if not 0 <= size <= limit:
            raise RecordingError("a compressed frame does not say its size, or is too large")
        if data_frame_size(frame) != len(frame):
            raise RecordingError("a compressed frame is cut off, or bytes follow it")
        known = zstandard.ZstdCompressionDict(base, dict_type=_RAW) if base else None
        reader = zstandard.ZstdDecompressor(max_window_size=CHUNK_LIMIT * 2, dict_data=known)
        content = reader.decompress(frame, max_output_size=max(size, 1), allow_extra_data=False)
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


_RAW = zstandard.DICT_TYPE_RAWCONTENT
