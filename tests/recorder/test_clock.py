"""The machine's clocks, as far as anything can be said of them without waiting."""

from __future__ import annotations

import time

from recorder.clock import Clock, SystemClock


def test_both_readings_are_integer_nanoseconds_of_the_machine() -> None:
    clock: Clock = SystemClock()
    before = time.time_ns(), time.monotonic_ns()
    wall, mono = clock.wall_ns(), clock.mono_ns()
    after = time.time_ns(), time.monotonic_ns()
    assert type(wall) is int
    assert type(mono) is int
    assert before[1] <= mono <= after[1]
    assert abs(wall - before[0]) <= max(after[0] - before[0], 0) + 10**9


def test_the_monotonic_clock_never_goes_back() -> None:
    clock = SystemClock()
    readings = [clock.mono_ns() for _ in range(1000)]
    assert readings == sorted(readings)
