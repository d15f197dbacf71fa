from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay.heat import LEVELS, Scale, fit, levels

amounts = st.lists(st.integers(0, 10**9), max_size=60)


@pytest.mark.parametrize(
    ("given_amounts", "width", "fitted"),
    [
        ([], 3, [0, 0, 0]),
        ([5], 3, [5, 5, 5]),
        ([1, 2, 3, 4], 2, [2, 4]),
        ([1, 2], 4, [1, 1, 2, 2]),
        ([0, 9, 0], 2, [9, 9]),
    ],
)
def test_fitting(given_amounts: list[int], width: int, fitted: list[int]) -> None:
    assert fit(given_amounts, 0, 999, Scale(0, 999, width)) == fitted


@pytest.mark.parametrize(
    ("given_amounts", "expected"),
    [([], []), ([0, 0], [0, 0]), ([1], [8]), ([0, 1, 3, 1000], [0, 1, 2, 8])],
)
def test_levels(given_amounts: list[int], expected: list[int]) -> None:
    assert levels(given_amounts) == expected


@given(amounts, st.integers(1, 80))
def test_the_most_is_never_lost_nor_anything_invented(given_amounts: list[int], width: int) -> None:
    fitted = fit(given_amounts, 0, 10**6, Scale(0, 10**6, width))
    assert len(fitted) == width
    assert max(fitted) == max(given_amounts, default=0)
    assert set(fitted) <= {0, *given_amounts}


@given(amounts)
def test_levels_keep_the_order(given_amounts: list[int]) -> None:
    made = levels(given_amounts)
    assert all(0 <= value <= LEVELS for value in made)
    assert all(
        (value > 0) == (amount > 0) for value, amount in zip(made, given_amounts, strict=True)
    )
    assert [x for _, x in sorted(zip(given_amounts, made, strict=True))] == sorted(made)


@pytest.mark.parametrize(
    ("start", "end", "fitted"),
    [
        (0, 3, [1, 1, 2, 2]),
        (2, 5, [2, 2, 3, 3]),
        (6, 9, [4, 4, 5, 5]),
        (8, 11, [5, 5, 0, 0]),
        (90, 93, [0, 0, 0, 0]),
    ],
)
def test_fitting_a_part(start: int, end: int, fitted: list[int]) -> None:
    assert fit([1, 2, 3, 4, 5], 0, 9, Scale(start, end, 4)) == fitted


durations = st.integers(0, 10**12)
scales = durations.flatmap(
    lambda duration: st.tuples(
        st.just(duration),
        st.integers(0, duration).flatmap(
            lambda start: st.builds(
                Scale, st.just(start), st.integers(start, duration), st.integers(1, 300)
            )
        ),
    )
)


@given(scales, st.data())
def test_columns_share_out_all_time(given: tuple[int, Scale], data: st.DataObject) -> None:
    _, scale = given
    time = data.draw(st.integers(scale.start, scale.end))
    column = scale.column(time)
    assert 0 <= column < scale.width
    assert scale.begin(column) <= time < scale.begin(column + 1)
    assert scale.begin(0) == scale.start
    assert scale.begin(scale.width) == scale.end + 1


@given(scales, st.integers(-40, 40), st.data())
def test_zooming_keeps_the_instant_and_the_recording(
    given: tuple[int, Scale], steps: int, data: st.DataObject
) -> None:
    duration, scale = given
    around = data.draw(st.integers(scale.start, scale.end))
    made = scale.zoomed(steps, around, duration)
    assert 0 <= made.start <= made.end <= duration
    assert made.start <= around <= made.end
    assert made.width == scale.width
    if steps == 0 and scale.span >= 1000:
        assert made == scale
    inside = made.start > 0 and made.end < duration
    if inside and made.span >= scale.width * 4 and scale.span >= scale.width * 4:
        assert abs(made.column(around) - scale.column(around)) <= 1


@given(scales, st.integers(0, 10**12), st.integers(-400, 400))
def test_a_scale_moves_within_the_recording(
    given: tuple[int, Scale], time: int, columns: int
) -> None:
    duration, scale = given
    moved = scale.moved(columns, duration)
    assert 0 <= moved.start <= moved.end <= duration
    assert moved.span == scale.span
    held = scale.holding(min(time, duration), duration)
    assert held.start <= min(time, duration) <= held.end
    assert held.span == scale.span
