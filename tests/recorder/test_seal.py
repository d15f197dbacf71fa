"""Seals and seek tables come back as they were packed, in their one encoding."""

from __future__ import annotations

import struct

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder import seal as sealing
from recorder.errors import RecordingError
from tests.recorder.builders import forge, frames_of, packed, story
from tests.vectors.make import SESSION

WHOLE = forge(SESSION, packed(story(SESSION)))
DATA, SEAL, *_ = frames_of(WHOLE)


def test_a_seal_comes_back() -> None:
    seal, note, size = sealing.unpack_seal(SEAL)
    assert size == len(DATA) + len(SEAL)
    assert sealing.pack_seal(seal, note, len(DATA)) == SEAL
    assert (seal.first, seal.count, seal.total, seal.state) == (0, 5, 5, "")


def test_a_seal_has_one_encoding() -> None:
    """The same values in longer msgpack are another seal, and none."""
    (length,) = struct.unpack_from(">I", SEAL, 8)
    values = msgpack.unpackb(SEAL[12 : 12 + length])
    longer = b"\xdc\x00\x0c" + b"".join(msgpack.packb(value) for value in values)
    body = struct.pack(">I", len(longer)) + longer + SEAL[12 + length :]
    with pytest.raises(RecordingError, match="one encoding"):
        sealing.unpack_seal(sealing.SEAL_MAGIC + struct.pack("<I", len(body)) + body)


@given(st.lists(st.tuples(st.integers(0, (1 << 32) - 1), st.integers(0, (1 << 32) - 1))))
def test_a_seek_table_comes_back(entries: list[tuple[int, int]]) -> None:
    frame = sealing.pack_table(entries)
    assert sealing.table_size(b"before" + frame) == len(frame)
    assert sealing.unpack_table(frame) == entries


def test_a_seek_table_of_more_frames_than_a_reel_has_is_none() -> None:
    tail = struct.pack("<IB", 2 * sealing.CHUNKS_LIMIT + 1, 0) + sealing.TABLE_FOOTER
    assert sealing.table_size(tail) is None
