"""Tables as columns."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.columns import Density, FrameTable, pack_column, unpack_column
from recorder.frames import STABLE, FrameRef
from recorder.tables import BUCKET, Load


@given(st.lists(st.integers(-(1 << 61), 1 << 61)))
def test_a_column_comes_back(values: list[int]) -> None:
    assert list(unpack_column(pack_column(values))) == values


def test_a_column_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="multiple"):
        unpack_column(b"1234567")
    with pytest.raises(OverflowError):
        unpack_column(b"\xff" * 7 + b"\x7f" + b"\xff" * 7 + b"\x7f")


FRAMES = [
    FrameRef(0, 1, 3, 4, 100, 200, stable=True),
    FrameRef(1, 2, 5, 9, 300, 400, stable=True),
    FrameRef(2, 1, 6, 10, STABLE + 200, STABLE + 300, stable=False),
    FrameRef(3, 1, 11, 12, STABLE + 300, STABLE + 400, stable=False),
]


def table() -> FrameTable:
    made = FrameTable()
    made.append(FRAMES[:1])
    made.append([])
    made.append(FRAMES[1:])
    made.now = STABLE + 400
    return made


def test_frames_come_back_with_their_stability() -> None:
    frames = table()
    assert list(frames) == FRAMES
    assert frames[-1] == frames[3] == FRAMES[3]
    assert frames[1:3] == FRAMES[1:3]
    assert frames.channels() == [1, 2]
    for index in (4, -5):
        with pytest.raises(IndexError):
            frames[index]


def test_the_last_frame_is_stable_once_that_is_known() -> None:
    frames = table()
    frames.now = 2 * STABLE + 399
    assert [frame.stable for frame in frames] == [True, True, False, False]
    frames.now += 1
    assert [frame.stable for frame in frames] == [True, True, False, True]
    frames.now, frames.finished = STABLE + 400, True
    assert [frame.stable for frame in frames] == [True, True, False, True]


@pytest.mark.parametrize(
    ("event", "channel", "number"),
    [(3, None, -1), (4, None, 0), (9, None, 1), (99, None, 3), (9, 1, 0), (8, 2, -1), (99, 3, -1)],
)
def test_the_frame_at_an_event(event: int, channel: int | None, number: int) -> None:
    assert table().number_at_event(event, channel) == number


def test_columns_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="lengths"):
        FrameTable().extend([1], [1], [1], [1], [])
    with pytest.raises(ValueError, match="lengths"):
        Density().settle([1], [], [])


def test_density_in_columns_keeps_every_byte() -> None:
    density = Density()
    density.settle_loads([Load(0, 10, 1), Load(3, 20, 0)])
    density.show([Load(3, 5, 0)])
    density.show([Load(3, 6, 0), Load(7, 1, 1)])
    end = 8 * BUCKET
    assert density.columns(2, 0, end) == [Load(0, 36, 1), Load(1, 1, 1)]
    assert density.columns(1, 2 * BUCKET, 4 * BUCKET) == [Load(0, 26, 0)]
    density.settle_loads([Load(3, 7, 0)])
    assert density.columns(1, 0, end) == [Load(0, 37, 1)]
