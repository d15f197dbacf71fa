"""Bytes in, values or the one error out; and what is packed comes back."""

from __future__ import annotations

import contextlib
import itertools
import struct
import zlib
from collections.abc import Callable
from typing import Any

import msgpack
import pytest
import zstandard
from hypothesis import example, given, settings
from hypothesis import strategies as st

from recorder import format as fmt
from recorder import seal as sealing
from recorder.errors import RecordingError, UnsupportedRecording
from recorder.events import Anchor, ChannelOpened, Output, Resize, Unknown
from tests.recorder.builders import forge, frames_of, header, packed, story
from tests.vectors.make import SESSION

WHOLE = forge(SESSION, packed(story(SESSION)))
DATA, SEAL, _, _, END, TABLE = frames_of(WHOLE)
RECORDS = b"".join(packed(story(SESSION))[0])
SECOND = b"".join(packed(story(SESSION))[1])
JOURNAL = b"".join(map(fmt.journal_frame, packed(story(SESSION))[0]))


PARSERS: dict[str, tuple[Callable[[bytes], Any], bytes]] = {
    "records": (lambda data: list(fmt.unpack_records(data)), RECORDS),
    "records walked over": (lambda data: list(fmt.unpack_records(data, 3)), RECORDS),
    "anchored records": (lambda data: list(fmt.unpack_records(data)), SECOND),
    "first record": (lambda data: fmt.unpack_record(data, None), packed(story(SESSION))[0][0]),
    "record": (
        lambda data: fmt.unpack_record(data, fmt.Place(5, 900)), packed(story(SESSION))[1][1],
    ),
    "journal": (lambda data: list(fmt.journal_records(data)), JOURNAL),
    "seal": (sealing.unpack_seal, SEAL),
    "end": (sealing.unpack_seal, END),
    "table": (sealing.unpack_table, TABLE),
    "frame": (fmt.decompress, DATA),
    "frame size": (fmt.data_frame_size, DATA),
    "table size": (sealing.table_size, TABLE),
}  # fmt: skip


@pytest.mark.parametrize("name", PARSERS)
def test_a_parser_takes_what_is_whole(name: str) -> None:
    parse, sample = PARSERS[name]
    assert parse(sample)


@pytest.mark.parametrize("name", PARSERS)
def test_cut_anywhere_it_ends_in_a_value_or_the_one_error(name: str) -> None:
    parse, sample = PARSERS[name]
    for length in range(len(sample)):
        attempt(parse, sample[:length])
        attempt(parse, sample[length:])


@pytest.mark.parametrize("name", PARSERS)
def test_with_any_byte_changed_it_ends_in_a_value_or_the_one_error(name: str) -> None:
    parse, sample = PARSERS[name]
    for place, mask in itertools.product(range(len(sample)), (1, 0x10, 0x80, 0xFF)):
        attempt(parse, sample[:place] + bytes([sample[place] ^ mask]) + sample[place + 1 :])


@pytest.mark.parametrize("name", PARSERS)
@settings(max_examples=150)
@given(data=st.binary(max_size=300))
@example(b"\xdd\xff\xff\xff\xff" * 20)
@example(b"\xdc\x10\x00" * 300)
@example(b"\x91" * 1100)
@example(b"\x81" * 1100)
@example(b"\xc7\x00\x05")
@example(b"\xd6\xff\x00\x00\x00\x00")
@example(b"\x93\xcf\xff\xff\xff\xff\xff\xff\xff\xff\x00\xa1z")
def test_any_bytes_end_in_a_value_or_the_one_error(name: str, data: bytes) -> None:
    parse, sample = PARSERS[name]
    attempt(parse, data)
    attempt(parse, sample + data)
    attempt(parse, sample[:20] + data)
    attempt(parse, sealing.SEAL_MAGIC + struct.pack("<I", len(data)) + data)


def attempt(parse: Callable[[bytes], Any], data: bytes) -> None:
    with contextlib.suppress(RecordingError):
        parse(data)


# -- records ---------------------------------------------------------------------------------------


def test_records_of_a_chunk_are_placed_by_its_first() -> None:
    records = list(fmt.unpack_records(SECOND))
    assert [(r.number, r.time, r.delta) for r in records] == [
        (5, 900, 400), (6, 900, 0), (7, 1000, 100),
    ]  # fmt: skip
    assert b"".join(record.raw for record in records) == SECOND


def test_walking_over_records_places_the_rest_as_reading_them_does() -> None:
    content = b"".join(packed(story(SESSION))[0])
    read = list(fmt.unpack_records(content))
    for start in range(len(read)):
        given = list(fmt.unpack_records(content, start))
        assert given == ([read[0], *read[max(start, 1) :]])


def test_the_worked_example_is_what_is_in_the_vector() -> None:
    assert bytes.fromhex("94cd01f401a16fc40368690a") in RECORDS


@pytest.mark.parametrize("delta", [-1, 1 << 63, True, None, "1"])
def test_a_delta_is_a_number_that_does_not_go_back(delta: Any) -> None:
    raw = msgpack.packb([delta, 1, "o", b"x"])
    with pytest.raises(RecordingError):
        fmt.unpack_record(raw, fmt.Place(4, 500))


def test_times_and_numbers_stay_where_they_can_be_hashed() -> None:
    last = fmt.TIME_LIMIT - 1
    raw = msgpack.packb([1, 1, "o", b"x"])
    fmt.unpack_record(raw, fmt.Place(4, last - 1))
    with pytest.raises(RecordingError, match="time"):
        fmt.unpack_record(raw, fmt.Place(4, last))
    for number, time in ((1 << 62, 5), ((1 << 64) - 1, 5), (9, 1 << 62)):
        with pytest.raises(RecordingError):
            fmt.unpack_record(msgpack.packb([0, 0, "anchor", number, time, 0, 0]), None)


def test_a_chunk_begins_with_a_header_or_an_anchor() -> None:
    for raw in (
        fmt.pack_record(0, Output(0, 1, b"x")),
        fmt.pack_record(1, header(SESSION)),
        fmt.pack_record(0, Anchor(0, 0, 1, 0, 0, 0)),
    ):
        with pytest.raises(RecordingError):
            list(fmt.unpack_records(raw))


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({"reader": 2}, "format 2"),
        ({"must": ["encrypted", "x"]}, "encrypted, x"),
    ],
)
def test_what_a_newer_reader_is_needed_for(facts: dict[str, Any], message: str) -> None:
    with pytest.raises(UnsupportedRecording, match=message):
        fmt.check_readable(header(SESSION, **facts))
    fmt.check_readable(header(SESSION, may=["anything"], reader=0, format=9, extra=[1]))


@pytest.mark.parametrize(
    "event",
    [
        Output(0, 1, bytes(fmt.RECORD_LIMIT)),
        Unknown(0, 1, "", ()),
        Unknown(0, 1, "x" * 33, ()),
        Unknown(0, 1, "z", (1.5,)),
        Unknown(0, 1, "o", ("text",)),
        ChannelOpened(0, 1, "\ud800", "client"),
        Resize(0, 1, 1 << 70, 0, 0, 0),
        Output(-1, 1, b"x"),
    ],
)
def test_what_could_not_be_read_back_is_not_packed(event: Any) -> None:
    with pytest.raises(RecordingError):
        fmt.pack_record(0, event)


# -- journal frames --------------------------------------------------------------------------------


def test_a_journal_ends_at_the_first_frame_that_is_not_whole() -> None:
    raws = packed(story(SESSION))[0]
    ends = list(itertools.accumulate(len(fmt.journal_frame(raw)) for raw in raws))
    assert list(fmt.journal_records(JOURNAL)) == list(zip(raws, ends, strict=True))
    for length in range(len(JOURNAL)):
        whole = sum(end <= length for end in ends)
        assert [raw for raw, _ in fmt.journal_records(JOURNAL[:length])] == raws[:whole]
    for extra in (b"\0" * 8, b"\0" * 4096, struct.pack(">II", 1 << 31, 0), b"\xff" * 50):
        assert [raw for raw, _ in fmt.journal_records(JOURNAL + extra)] == raws
    begin = ends[1]
    assert [raw for raw, _ in fmt.journal_records(JOURNAL, begin)] == raws[2:]
    flipped = bytearray(JOURNAL)
    flipped[ends[2] + 9] ^= 1
    assert [raw for raw, _ in fmt.journal_records(bytes(flipped))] == raws[:3]
    assert zlib.crc32(b"") == 0


# -- zstd frames -----------------------------------------------------------------------------------


@settings(max_examples=60)
@given(content=st.binary(max_size=2000), repeat=st.integers(1, 400), level=st.integers(1, 19))
def test_a_frame_comes_back_and_its_size_is_found(content: bytes, repeat: int, level: int) -> None:
    frame = fmt.compress(content * repeat, level)
    assert fmt.decompress(frame) == content * repeat
    assert fmt.data_frame_size(frame) == fmt.data_frame_size(frame + b"more") == len(frame)
    assert fmt.data_frame_size(frame[:-1]) is None
    with pytest.raises(RecordingError):
        fmt.decompress(frame + b"\0")


def test_a_bomb_is_refused_before_it_is_opened() -> None:
    for size in (fmt.CHUNK_LIMIT + 1, 1 << 26):
        with pytest.raises(RecordingError, match="too large"):
            fmt.decompress(fmt.compress(bytes(size)))
    with pytest.raises(RecordingError, match="too large"):
        fmt.decompress(fmt.compress(bytes(100)), limit=99)
    streamed = zstandard.ZstdCompressor(write_content_size=False).compressobj()
    with pytest.raises(RecordingError):
        fmt.decompress(streamed.compress(b"x" * 100) + streamed.flush())
    # A frame that lies about its size: the header says 3, the block holds more.
    honest = bytearray(zstandard.ZstdCompressor(level=1).compress(b"abcdefgh"))
    honest[5] = 3
    with pytest.raises(RecordingError):
        fmt.decompress(bytes(honest))


def test_a_frame_of_endless_empty_blocks_is_given_up() -> None:
    head = fmt.compress(b"")[:6]
    assert (
        fmt.data_frame_size(head + b"\0\0\0" * (fmt.BLOCKS_LIMIT + 2) + b"\1\0\0\0\0\0\0") is None
    )
