"""Stamp and segments as bytes."""

from __future__ import annotations

import random

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
    WHOLE_EVERY,
    Bases,
    Points,
    keyframe_content,
    pack_segment,
    pack_stamp,
    unpack_content,
    unpack_head,
    unpack_header,
    unpack_keyframe,
)
from recorder.tables import Batch, Keyframe, Load, Point, Progress
from recorder.text import Seen
from recorder.text_format import Block, BlockRef, pack_texts, unpack_texts

KEYFRAME = Keyframe(1, {"closed": False, "tty": True}, b"\0state\xff" * 20)
BATCH = Batch(
    Progress(9, 500, 77, [1, [[1, 2, 3, 4, 5, -1]], []], 1, [], Size(80, 24), finished=False),
    [FrameRef(0, 1, 3, 4, 100, 200, stable=False), FrameRef(1, 2, 5, 6, 300, 400, stable=False)],
    [Cue("command", 3, 100, 1, "ls\n", 100)],
    [Load(0, 10, 2), Load(4, 1, 0)],
    [Point(4, 150, [KEYFRAME]), Point(9, 500, [])],
)
TEXTS = [Seen(1, 4, 4, 6, 0, False, "", "a line")]


def parts(segment: bytes) -> tuple[bytes, bytes, bytes]:
    """Tables, lines, keyframes."""
    header = unpack_header(segment[:SEGMENT_HEADER])
    assert header is not None
    body = segment[SEGMENT_HEADER:]
    assert len(body) == header.size
    lines = header.head + header.texts
    return body[: header.head], body[header.head : lines], body[lines:]


def test_a_segment_comes_back() -> None:
    block = Block(3, 9, pack_texts(TEXTS))
    segment, points, refs = pack_segment(BATCH, Bases(), [block])
    head, lines, keyframes = parts(segment)
    read = unpack_head(head)
    assert read.progress == BATCH.progress
    assert read.cues == BATCH.cues
    assert [list(column) for column in read.points] == [*points]
    assert points == Points([4, 9], [150, 500], [1, 0], [1], [0], [len(keyframes)], [0])
    assert [list(column) for column in read.frames] == [
        [1, 2],
        [3, 5],
        [4, 6],
        [100, 300],
        [200, 400],
    ]
    assert [list(column) for column in read.loads] == [[0, 4], [10, 1], [2, 0]]
    assert unpack_keyframe(1, unpack_content(keyframes)) == KEYFRAME
    assert read.lines == refs == [BlockRef(3, 9, 0, len(lines))]
    assert list(unpack_texts(lines)) == TEXTS


def test_keyframes_are_told_against_one_that_is_whole_now_and_then() -> None:
    state = bytes(range(256)) * 20
    keyframes = [
        Keyframe(1, KEYFRAME.facts, state[:n] + b"!" + state[n:]) for n in range(WHOLE_EVERY + 5)
    ]
    bases = Bases()
    packed = [bases.pack(keyframe) for keyframe in keyframes]
    assert [back for _, back in packed] == [*range(WHOLE_EVERY + 1), *range(4)]
    assert all(len(data) < 80 for data, back in packed if back)
    for n, (data, back) in enumerate(packed):
        base = unpack_content(packed[n - back][0]) if back else b""
        assert unpack_keyframe(1, unpack_content(data, base)) == keyframes[n]
    with pytest.raises(RecordingError):
        unpack_content(packed[1][0], b"another" * 100)


def test_a_keyframe_that_has_little_in_common_is_whole() -> None:
    bases = Bases()
    bases.pack(Keyframe(1, KEYFRAME.facts, bytes(random.Random(1).randbytes(5000))))
    other = Keyframe(1, KEYFRAME.facts, bytes(random.Random(2).randbytes(5000)))
    assert bases.pack(other)[1] == 0
    assert bases.pack(other._replace(channel=2))[1] == 0


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
    head, _, _ = parts(pack_segment(BATCH, Bases()).data)
    for data in (noise, head[:place] + noise, compress(noise)):
        for read in (unpack_head, lambda data: unpack_keyframe(1, unpack_content(data))):
            try:
                read(data)
            except RecordingError:
                continue
            # What could be read has the whole shape.
            assert read(data)


@pytest.mark.parametrize("noise", [b"", b"GRIS", b"x" * SEGMENT_HEADER, b"GRIS" + b"\xff" * 20])
def test_what_begins_no_segment(noise: bytes) -> None:
    assert unpack_header(noise) is None


def test_a_keyframe_that_unpacks_to_too_much_is_refused() -> None:
    bomb = compress(bytes((64 << 20) + 1))
    assert len(bomb) < 1 << 20
    with pytest.raises(RecordingError):
        unpack_content(bomb)
    assert unpack_keyframe(2, keyframe_content(KEYFRAME)).channel == 2
