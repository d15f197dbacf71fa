from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay.timeline import FREE, OCTAVE, SECOND, Idle, IdleMode, Timeline, find_idles, fold

HOUR = 3600 * SECOND

gaps = st.lists(st.integers(0, 3 * HOUR) | st.integers(0, 5 * SECOND), max_size=12)
modes = st.sampled_from(IdleMode)


def timeline_of(lengths: list[int], mode: IdleMode) -> tuple[list[int], Timeline]:
    instants: list[int] = []
    for length in lengths:
        instants.append((instants[-1] if instants else 0) + length)
    duration = instants[-1] if instants else 0
    return instants, Timeline(find_idles(instants, duration), duration, mode)


@pytest.mark.parametrize(
    ("instants", "duration", "idles"),
    [
        ([], 0, []),
        ([], FREE, []),
        ([], FREE + 1, [Idle(0, FREE + 1)]),
        ([SECOND, 2 * SECOND], 3 * SECOND, []),
        ([SECOND, 9 * SECOND], 9 * SECOND, [Idle(SECOND, 9 * SECOND)]),
        ([5 * SECOND], 20 * SECOND, [Idle(0, 5 * SECOND), Idle(5 * SECOND, 20 * SECOND)]),
    ],
)
def test_idles_are_stretches_longer_than_two_seconds(
    instants: list[int], duration: int, idles: list[Idle]
) -> None:
    assert find_idles(instants, duration) == idles


@pytest.mark.parametrize(
    ("mode", "passed", "shown"),
    [
        (IdleMode.OFF, HOUR, HOUR),
        (IdleMode.CAP, SECOND, SECOND),
        (IdleMode.CAP, HOUR, FREE),
        (IdleMode.LOG, SECOND, SECOND),
        (IdleMode.LOG, FREE, FREE),
        (IdleMode.LOG, 2 * FREE, FREE + OCTAVE),
        (IdleMode.LOG, 3 * FREE, FREE + OCTAVE + OCTAVE // 2),
        (IdleMode.LOG, 1024 * FREE, FREE + 10 * OCTAVE),
    ],
)
def test_how_long_an_idle_is_shown(mode: IdleMode, passed: int, shown: int) -> None:
    assert fold(mode, passed) == shown


def test_an_hour_takes_two_seconds_or_about_nine() -> None:
    _, capped = timeline_of([SECOND, HOUR, SECOND], IdleMode.CAP)
    assert capped.shown_duration == 4 * SECOND
    logged = capped.with_mode(IdleMode.LOG)
    assert 10 * SECOND < logged.shown_duration < 11 * SECOND
    assert capped.with_mode(IdleMode.OFF).shown_duration == HOUR + 2 * SECOND


def test_modes_go_round() -> None:
    assert [mode.next() for mode in IdleMode] == [IdleMode.CAP, IdleMode.LOG, IdleMode.OFF]


@given(gaps, modes, st.integers(0, 40 * HOUR), st.integers(0, 40 * HOUR))
def test_shown_time_never_goes_back(lengths: list[int], mode: IdleMode, a: int, b: int) -> None:
    _, timeline = timeline_of(lengths, mode)
    early, late = sorted((a, b))
    assert timeline.shown(early) <= timeline.shown(late)
    assert timeline.recorded(early) <= timeline.recorded(late)


@given(gaps, modes)
def test_different_instants_of_activity_are_shown_at_different_times(
    lengths: list[int], mode: IdleMode
) -> None:
    instants, timeline = timeline_of(lengths, mode)
    for early, late in pairwise(instants):
        assert (timeline.shown(early) < timeline.shown(late)) == (early < late)


@given(gaps, modes)
def test_every_instant_of_activity_is_reached_exactly(lengths: list[int], mode: IdleMode) -> None:
    instants, timeline = timeline_of(lengths, mode)
    for instant in instants:
        assert timeline.recorded(timeline.shown(instant)) == instant


@given(gaps, modes, st.integers(0, 40 * HOUR))
def test_recorded_is_the_latest_time_that_is_shown_then(
    lengths: list[int], mode: IdleMode, time: int
) -> None:
    _, timeline = timeline_of(lengths, mode)
    shown = min(time, timeline.shown_duration)
    recorded = timeline.recorded(shown)
    assert timeline.shown(recorded) == shown
    assert recorded == timeline.duration or timeline.shown(recorded + 1) > shown


@given(gaps, st.integers(0, 40 * HOUR))
def test_without_folding_both_times_are_one(lengths: list[int], time: int) -> None:
    _, timeline = timeline_of(lengths, IdleMode.OFF)
    clamped = min(time, timeline.duration)
    assert timeline.shown(time) == timeline.recorded(time) == clamped


def test_the_idle_at_an_instant() -> None:
    timeline = Timeline([Idle(10, 20)], 30)
    assert [timeline.idle_at(time) for time in (9, 10, 19, 20)] == [
        None,
        Idle(10, 20),
        Idle(10, 20),
        None,
    ]
