from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay.heat import LEVELS, column_of, column_start, fit, levels

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
    assert fit(given_amounts, width) == fitted


@pytest.mark.parametrize(
    ("given_amounts", "expected"),
    [([], []), ([0, 0], [0, 0]), ([1], [8]), ([0, 1, 3, 1000], [0, 1, 2, 8])],
)
def test_levels(given_amounts: list[int], expected: list[int]) -> None:
    assert levels(given_amounts) == expected


@given(amounts, st.integers(1, 80))
def test_the_most_is_never_lost_nor_anything_invented(given_amounts: list[int], width: int) -> None:
    fitted = fit(given_amounts, width)
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


@given(st.integers(1, 300), st.integers(0, 10**12), st.data())
def test_columns_share_out_all_time(width: int, duration: int, data: st.DataObject) -> None:
    time = data.draw(st.integers(0, duration))
    column = column_of(time, width, duration)
    assert 0 <= column < width
    assert column_start(column, width, duration) <= time
    assert column + 1 == width or time < column_start(column + 1, width, duration)
