"""A disk that fills is told of twice, and does not flutter at the brink."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.disk import DiskSettings, DiskWatch, Level

MIB = 1 << 20


def test_the_way_down_and_up_again() -> None:
    watch = DiskWatch(DiskSettings(100, 10))
    steps = [
        (200, Level.ROOMY), (100, Level.ROOMY), (99, Level.LOW), (105, Level.LOW),
        (10, Level.LOW), (9, Level.FULL), (10, Level.FULL), (11, Level.LOW), (110, Level.ROOMY),
    ]  # fmt: skip
    for free, level in steps:
        before = watch.level
        assert watch.look(free * MIB) is (level is not before)
        assert watch.level is level, free


def test_thresholds_of_nothing_never_speak() -> None:
    watch = DiskWatch(DiskSettings(0, 0))
    assert not watch.look(0)


@given(st.integers(0, 3000), st.integers(0, 3000), st.lists(st.integers(0, 4000)))
def test_below_the_floor_nobody_new_ever_comes_in(warn: int, floor: int, seen: list[int]) -> None:
    watch = DiskWatch(DiskSettings(warn, floor))
    for free in seen:
        watch.look(free * MIB)
        if free < floor:
            assert watch.level is Level.FULL
        if free >= 2 * max(warn, floor):
            assert watch.level is Level.ROOMY
