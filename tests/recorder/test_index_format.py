"""Stamp and segments as bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.channel_screen import Size
from recorder.cues import Cue
from recorder.errors import RecordingError
from recorder.format import compress
from recorder.frames import FrameRef
from recorder.index_format import (
    SEGMENT_HEADER,
    KeyframeRef,
    PointRef,
    pack_keyframe,
    pack_segment,
    pack_stamp,
    unpack_head,
    unpack_header,
    unpack_keyframe,
)
from recorder.tables import Batch, Keyframe, Load, Point, Progress

KEYFRAME = Keyframe(1, {"closed": False, "tty": True}, b"\0state\xff" * 20)
BATCH = Batch(
    Progress(9, 500, 77, [1, [[1, 2, 3, 4, 5, -1]], []], 1, [], Size(80, 24), finished=False),
    [FrameRef(0, 1, 3, 4, 100, 200, stable=False), FrameRef(1, 2, 5, 6, 300, 400, stable=False)],
    [Cue("command", 3, 100, 1, "ls\n", 100)],
    [Load(0, 10, 2), Load(4, 1, 0)],
    [Point(4, 150, [KEYFRAME]), Point(9, 500, [])],
)


def parts(segment: bytes) -> tuple[bytes, bytes]:
    header = unpack_header(segment[:SEGMENT_HEADER])
    assert header is not None
    body = segment[SEGMENT_HEADER:]
    assert len(body) == header.head + header.keyframes
    return body[: header.head], body[header.head :]


def test_a_segment_comes_back() -> None:
    segment, points = pack_segment(BATCH)
    head, keyframes = parts(segment)
    read = unpack_head(head)
    assert read.progress == BATCH.progress
    assert read.cues == BATCH.cues
    assert read.points == points
    assert points == [
        PointRef(4, 150, [KeyframeRef(1, False, 0, len(keyframes))]),
        PointRef(9, 500, []),
    ]
    assert [list(column) for column in read.frames] == [
        [1, 2],
        [3, 5],
        [4, 6],
        [100, 300],
        [200, 400],
    ]
    assert [list(column) for column in read.loads] == [[0, 4], [10, 1], [2, 0]]
    assert unpack_keyframe(1, keyframes) == KEYFRAME


def test_the_stamp_tells_recordings_and_copies_apart() -> None:
    stamp = pack_stamp("id", [b"header", b"salt"])
    assert stamp.startswith(b"gatereel index\n")
    assert stamp == pack_stamp("id", [b"header", b"salt"])
    for other in (
        pack_stamp("other", [b"header", b"salt"]),
        pack_stamp("id", [b"header", b"redacted"]),
        pack_stamp("id", [b"headers", b"alt"]),
    ):
        assert other != stamp


@given(st.binary(max_size=200), st.integers(0, 400), st.booleans())
def test_damage_has_one_exit(noise: bytes, place: int, compressed: bool) -> None:
    head, _ = parts(pack_segment(BATCH)[0])
    for data in (noise, head[:place] + noise, compress(noise)):
        for read in (unpack_head, lambda data: unpack_keyframe(1, data)):
            try:
                read(data)
            except RecordingError:
                continue
            # What could be read has the whole shape.
            assert read(data)


@pytest.mark.parametrize("noise", [b"", b"GRIS", b"x" * SEGMENT_HEADER, b"GRIS" + b"\xff" * 16])
def test_what_begins_no_segment(noise: bytes) -> None:
    assert unpack_header(noise) is None


def test_a_keyframe_that_unpacks_to_too_much_is_refused() -> None:
    bomb = compress(bytes((64 << 20) + 1))
    assert len(bomb) < 1 << 20
    with pytest.raises(RecordingError):
        unpack_keyframe(1, bomb)
    assert unpack_keyframe(2, pack_keyframe(KEYFRAME)).channel == 2
