"""Entries are written as long as they are few; then they are numbers, and none is lost."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.flood import MOST, NAMED, SPAN, Flood
from recorder.events import Facts


def refusal(address: str = "192.0.2.1:1", error: str = "GR-225") -> Facts:
    return {"address": address, "error": error, "reason": "x"}


def test_what_is_rare_is_written_as_it_is() -> None:
    flood = Flood()
    for number in range(MOST * 3):
        assert flood.offer(number * SPAN // MOST, refusal()) == [refusal()]
    assert flood.rest() == []


def test_a_flood_becomes_one_entry_with_its_numbers() -> None:
    flood = Flood()
    written = [flood.offer(7, refusal(f"192.0.2.{n % 2}:{n}")) for n in range(MOST + 1000)]
    assert sum(map(len, written)) == MOST
    assert flood.due(8) == []
    (rest,) = flood.due(7 + SPAN)
    assert rest["count"] == 1000
    assert rest["errors"] == {"GR-225": 1000}
    assert rest["addresses"] == {"192.0.2.0": 500, "192.0.2.1": 500}
    assert flood.due(9 + SPAN) == flood.rest() == []
    assert flood.offer(9 + SPAN, refusal()) == [refusal()]


def test_it_is_bounded_however_many_there_are() -> None:
    flood = Flood()
    for number in range(MOST + 5000):
        flood.offer(0, refusal(f"10.0.{number >> 8}.{number & 255}:1"))
    (rest,) = flood.rest()
    assert len(rest["addresses"]) == NAMED
    assert sum(rest["addresses"].values()) + rest["elsewhere"] == rest["count"] == 5000


def test_a_clock_that_begins_anew_begins_a_span() -> None:
    flood = Flood()
    for _ in range(MOST + 3):
        flood.offer(SPAN, refusal())
    rest, first = flood.offer(0, refusal("192.0.2.9:1"))
    assert (rest["count"], first["address"]) == (3, "192.0.2.9:1")


@given(st.lists(st.tuples(st.integers(0, SPAN), st.sampled_from(["GR-223", "GR-225"]))))
def test_no_refusal_is_lost(steps: list[tuple[int, str]]) -> None:
    flood, now, seen = Flood(), 0, 0
    for step, error in steps * 40:
        now += step // 100
        seen += sum(each.get("count", 1) for each in flood.offer(now, refusal(error=error)))
    seen += sum(each.get("count", 1) for each in flood.rest())
    assert seen == len(steps) * 40
