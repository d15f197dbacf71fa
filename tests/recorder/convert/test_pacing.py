"""Recorded time to shown time."""

from __future__ import annotations

import itertools
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from recorder.convert.pacing import Pace, Step, grid, paced

SECOND = 1_000_000
PLAIN = Pace(last=0)


def test_pictures_follow_each_other_as_they_did() -> None:
    steps = list(paced([(0, "a"), (SECOND, "b"), (3 * SECOND, "c")], 0, 4 * SECOND, PLAIN))
    assert steps == [
        Step("a", 0, SECOND),
        Step("b", SECOND, 3 * SECOND),
        Step("c", 3 * SECOND, 4 * SECOND),
    ]


def test_pauses_are_cut_and_speed_divides() -> None:
    pace = Pace(Fraction(2), idle=4 * SECOND, last=0)
    steps = list(paced([(0, "a"), (60 * SECOND, "b")], 0, 61 * SECOND, pace))
    assert [(step.begin, step.until) for step in steps] == [
        (0, 2 * SECOND),
        (2 * SECOND, 2 * SECOND + SECOND // 2),
    ]


def test_what_stands_too_short_gives_way_to_what_comes_after_it() -> None:
    pace = Pace(fps=10, last=SECOND)
    pictures = [(0, "a"), (40_000, "b"), (90_000, "c"), (200_000, "d")]
    assert [(s.picture, s.begin) for s in paced(pictures, 0, 200_000, pace)] == [
        ("c", 0),
        ("d", 200_000),
    ]


def test_a_range_begins_at_its_start_and_the_last_picture_stays() -> None:
    steps = list(paced([(5 * SECOND, "a")], 5 * SECOND, 5 * SECOND, Pace()))
    assert steps == [Step("a", 0, 3 * SECOND)]
    assert list(paced([], 0, SECOND, Pace())) == []


@given(
    st.lists(st.integers(0, 100 * SECOND), max_size=30).map(sorted),
    st.integers(1, 60),
    st.fractions(Fraction(1, 100), 100),
    st.integers(0, 10 * SECOND),
)
def test_steps_meet_and_none_is_too_short(
    times: list[int], fps: int, speed: Fraction, idle: int
) -> None:
    pace = Pace(speed, idle, 0, fps)
    steps = list(paced(((time, time) for time in times), 0, 100 * SECOND, pace))
    assert bool(steps) is bool(times)
    for one, two in itertools.pairwise(steps):
        assert one.until == two.begin
        assert one.picture <= two.picture
    if steps:
        assert steps[0].begin == 0
        assert steps[-1].picture == times[-1]
    for step in steps:
        assert (step.until - step.begin) * fps >= SECOND
        assert grid(step.until, fps) > grid(step.begin, fps)


@given(st.integers(0, 10**12), st.integers(1, 100))
def test_a_grid_rounds_to_the_nearest(time: int, units: int) -> None:
    assert abs(grid(time, units) * SECOND - time * units) * 2 <= SECOND
