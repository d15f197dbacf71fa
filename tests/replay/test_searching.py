from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from recorder.events import Decided, Event
from recorder.reader import Recording
from recorder.store import Store
from replay.query import parse
from replay.searching import PARTLY, TOO_MANY, Found, Sifted, search, sift
from tests.recorder.recordings import Making, StandingClock, on_terminal

SECOND = 1_000_000
NOW = datetime(2026, 9, 21, tzinfo=UTC)


class Ticking(StandingClock):
    """Every look at it is a second later: whatever there is to tell is due."""

    def mono_ns(self) -> int:
        self.ns += 1_000_000_000
        return self.ns


@pytest.fixture
def making(tmp_path: Path) -> Iterator[Making]:
    made = Making(tmp_path / "store")
    yield made
    made.close()


def opener(making: Making) -> partial[Recording]:
    events: list[Event] = [
        *on_terminal([(n * SECOND, b"line %d\r\n" % n) for n in range(1, 6)]),
        Decided(9 * SECOND, 0, 1, "deny", [], "not today"),
    ]
    with making.sealed(events) as recording:
        return partial(Recording, recording.store, recording.id)


def test_a_search_tells_its_hits_as_they_come_and_when_it_is_done(making: Making) -> None:
    told: list[Found] = []
    search(7, opener(making), parse("line", NOW), told.append, Ticking(), threading.Event())
    assert {found.search for found in told} == {7}
    assert [found.done for found in told] == [False] * (len(told) - 1) + [True]
    assert len(told) > 2
    assert sorted(hit.passage.text for found in told for hit in found.hits) == [
        f"line {n}" for n in range(1, 6)
    ]


def test_a_search_ends_where_nobody_keeps_more_hits(
    making: Making, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("replay.searching.MOST_HITS", 3)
    told: list[Found] = []
    search(1, opener(making), parse("line", NOW), told.append, Ticking(), threading.Event())
    assert sum(len(found.hits) for found in told) == 3
    assert (told[-1].done, told[-1].problem) == (True, TOO_MANY)


def test_a_search_takes_what_is_indexed_so_far_and_says_so(making: Making) -> None:
    lines = on_terminal([(n * SECOND, b"line %d\r\n" % n) for n in range(1, 3000)])
    told: list[Found] = []
    with making.sealed(lines) as long:
        opened = partial(Recording, long.store, long.id)
        search(1, opened, parse("line", NOW), told.append, Ticking(), threading.Event())
    assert 0 < sum(len(found.hits) for found in told) < 2999
    assert (told[-1].done, told[-1].problem) == (True, PARTLY)


def test_a_search_that_nobody_wants_ends(making: Making) -> None:
    told: list[Found] = []
    cancelled = threading.Event()
    cancelled.set()
    search(1, opener(making), parse("line", NOW), told.append, Ticking(), cancelled)
    assert [hit for found in told for hit in found.hits] == []


def test_what_cannot_be_read_is_one_line(making: Making, tmp_path: Path) -> None:
    missing = partial(Recording, Store.open(tmp_path / "other", create=True), "none")
    told: list[Found] = []
    search(1, missing, parse("x", NOW), told.append, Ticking(), threading.Event())
    assert [(found.done, found.problem[:7]) for found in told] == [(True, "GR-105:")]
    sifted: list[Sifted] = []
    sift(1, missing, ["x"], sifted.append, Ticking(), threading.Event())
    assert [(found.done, found.problem[:7]) for found in sifted] == [(True, "GR-105:")]


@pytest.mark.parametrize(
    ("words", "count"),
    [(["line", "4"], 1), (["output"], 5), (["verdict", "deny", "today"], 1), (["nowhere"], 0)],
)
def test_a_filter_finds_events_by_code_name_and_what_they_say(
    making: Making, words: list[str], count: int
) -> None:
    told: list[Sifted] = []
    sift(3, opener(making), words, told.append, Ticking(), threading.Event())
    numbers = [number for found in told for number in found.numbers]
    assert len(numbers) == count
    assert numbers == sorted(numbers)
    assert told[-1].done
    assert told[-1].filter == 3


def test_a_filter_that_nobody_wants_ends_without_a_word(making: Making) -> None:
    told: list[Sifted] = []
    cancelled = threading.Event()
    cancelled.set()
    sift(3, opener(making), ["line"], told.append, Ticking(), cancelled)
    assert told == []
