"""An end is read while there is no reason not to."""

from __future__ import annotations

from gateway.reading import Reading, Why
from tests.gateway.stand import MemorySide, Told


def test_the_first_reason_pauses_and_the_last_resumes() -> None:
    log: list[Told] = []
    reading = Reading(MemorySide("x", log))
    reading.resume(Why.QUEUE)
    assert log == []
    reading.pause(Why.QUEUE)
    reading.pause(Why.QUEUE)
    reading.pause(Why.GATE)
    assert reading.paused_for(Why.GATE)
    reading.resume(Why.QUEUE)
    assert not reading.paused_for(Why.QUEUE)
    assert log == [("x", "pause")]
    reading.resume(Why.GATE)
    assert log == [("x", "pause"), ("x", "resume")]


def test_a_side_that_comes_later_hears_what_is_so() -> None:
    log: list[Told] = []
    early, late = Reading(), Reading()
    early.attach(MemorySide("early", log))
    late.pause(Why.PEER)
    late.attach(MemorySide("late", log))
    late.resume(Why.PEER)
    assert log == [("late", "pause"), ("late", "resume")]


def test_a_closed_side_hears_nothing() -> None:
    log: list[Told] = []
    reading = Reading(MemorySide("x", log))
    reading.detach()
    reading.pause(Why.QUEUE)
    reading.resume(Why.QUEUE)
    assert log == []
