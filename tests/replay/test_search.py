"""Searching a session and a store: the same hits either way, as they come, and until told off."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from recorder.events import Event, Input, Requested
from recorder.index import Index
from recorder.reader import Recording
from replay.catalog import Catalog, open_catalog
from replay.keeper import Keeper
from replay.search import Hit, search_session, search_store
from tests.recorder.recordings import Making, on_terminal
from tests.replay.queries import parse

S = 1_000_000
SESSIONS: list[Sequence[Event]] = [
    [*on_terminal([(S, b"$ cat /etc/passwd\r\nroot:x:0\r\n")]), Input(2 * S, 1, b"sudo -i\r")],
    [*on_terminal([(S, b"$ ls\r\n")]), Input(2 * S, 1, b"hunter2\r")],
    [*on_terminal([(S, b"passwd"), (S + S // 5, b"\r\x1b[Kgone"), (9 * S, b"!")])],
    [Requested(0, 1, "exec", b"cat /etc/passwd")],
]


@pytest.fixture
def making(tmp_path: Path) -> Iterator[Making]:
    made = Making(tmp_path)
    for events in SESSIONS:
        made.sealed(events).close()
    yield made
    made.close()


@pytest.fixture
def catalog(making: Making) -> Iterator[Catalog]:
    opened = open_catalog(making.path)
    with Keeper(making.store, opened, making.clock) as keeper:
        list(keeper.step())
    yield opened
    opened.close()


def numbered(making: Making, hits: Iterator[Hit]) -> list[tuple[int, str, tuple[str, ...]]]:
    """By the number of the session, the oldest being 0."""
    ids = making.store.ids()[::-1]
    return [(ids.index(hit.session), hit.passage.text, hit.marks) for hit in hits]


def both(making: Making, catalog: Catalog, text: str) -> list[tuple[int, str, tuple[str, ...]]]:
    query = parse(text)
    found = numbered(making, search_store(catalog, query))
    alone = []
    for session in making.store.ids():
        with (
            Recording.open(session, making.path) as recording,
            Index.load_or_build(recording) as index,
        ):
            alone += numbered(making, search_session(recording, index, query))
    assert sorted(found) == sorted(alone)
    return found


def test_hits_come_newest_session_first_with_their_marks(making: Making, catalog: Catalog) -> None:
    assert both(making, catalog, "passwd") == [
        (3, "$ cat /etc/passwd", ()),
        (2, "passwd", ("flash",)),
        (0, "$ cat /etc/passwd", ()),
    ]
    assert both(making, catalog, "hunter2") == [(1, "hunter2", ("typed",))]
    assert both(making, catalog, "nothing") == []


def test_expressions_without_a_literal_are_found_too(making: Making, catalog: Catalog) -> None:
    assert [text for _, text, _ in both(making, catalog, r"/\b[a-z]+\d\b/")] == ["hunter2"]


def test_fields_together_are_of_one_session(making: Making, catalog: Catalog) -> None:
    found = both(making, catalog, "screen:passwd in:sudo")
    assert found == [(0, "$ cat /etc/passwd", ()), (0, "sudo -i", ("typed",))]
    assert both(making, catalog, "screen:passwd in:hunter2") == []
    assert [n for n, *_ in both(making, catalog, "passwd -in:sudo")] == [3, 2]
    assert [t for _, t, _ in both(making, catalog, "screen:passwd /etc.pass/")] == [
        "$ cat /etc/passwd", "$ cat /etc/passwd",
    ]  # fmt: skip


def test_filters_choose_sessions(making: Making, catalog: Catalog) -> None:
    newest = making.store.ids()[0]
    found = search_store(catalog, parse(f"passwd id:{newest}"))
    assert [n for n, *_ in numbered(making, found)] == [3]
    assert list(search_store(catalog, parse("passwd who:bob"))) == []
    only = search_store(catalog, parse("passwd"), sessions={newest})
    assert [n for n, *_ in numbered(making, only)] == [3]
    assert list(search_store(catalog, parse("who:alice"))) == []


def test_times_choose_hits(making: Making, catalog: Catalog) -> None:
    (flash,) = (hit for hit in search_store(catalog, parse("passwd mark:flash")))
    wall = making.clock.wall_ns()
    assert flash.passage.time < 9 * S < wall
    assert list(search_store(catalog, parse("passwd before:2020"))) == []
    assert list(search_store(catalog, parse("passwd after:2090"))) == []


def test_progress_is_told_and_work_given_up(making: Making, catalog: Catalog) -> None:
    told: list[tuple[int, int]] = []
    list(search_store(catalog, parse("/[a-z]/"), progress=lambda *at: told.append(at)))
    assert told == sorted(told)
    assert told[-1] == (4, 4)
    newest = making.store.ids()[0]
    asked = iter([False])
    hits = search_store(catalog, parse("/[a-z]/"), cancelled=lambda: next(asked, True))
    assert {hit.session for hit in hits} == {newest}
    assert list(search_store(catalog, parse("x"), cancelled=lambda: True)) == []


# -- a session that is large -----------------------------------------------------------------------

NOWHERE = ("nowhere", "x", "flash:yes")
WORDS = ("passwd", "Gruß", "naïve", "日本", "root", "id", "error")


@pytest.fixture
def large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Recording]:
    """One of so many blocks of lines that it is looked through the other way."""
    monkeypatch.setattr("recorder.line_blocks.STRETCH", 2000)
    monkeypatch.setattr("recorder.tables.COST", 500)
    monkeypatch.setattr("replay.search.AT_ONCE", 3)
    made = Making(tmp_path / "large")
    chance = random.Random(5)
    pieces = [
        (n * S // 10, f"{n} {' '.join(chance.choices(WORDS, k=9))}\r\n" * 20) for n in range(400)
    ]
    events: list[Event] = [
        *on_terminal([(at, text.encode()) for at, text in pieces]),
        *(Input(n * S, 1, b"typed%d in passwd\r" % n) for n in range(1, 20)),
    ]
    with made.sealed(sorted(events, key=lambda event: event.at)) as recording:
        yield recording
    made.close()


@pytest.mark.parametrize(
    "text",
    [
        "passwd", '"7 gruss"', "NAIVE 日本", r"/^\d+ id/", "in:typed7", "typed7", "-typed7 root",
        "-nowhere 123", "flash:yes", "nowhere", "id -root", "in:passwd 日", "x",
    ],
)  # fmt: skip
def test_in_a_large_session_the_same_is_found(
    large: Recording, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = parse(text)
    with Index.load_or_build(large) as index:
        assert len(index.settled) > 10
        found = list(search_session(large, index, query))
        monkeypatch.setattr("replay.search.LARGE", 1 << 30)
        expected = list(search_session(large, index, query))
    assert sorted(found) == sorted(expected)
    assert bool(found) is (text not in NOWHERE)


def test_in_a_large_session_one_is_told_how_far_it_is_and_it_ends_soon(large: Recording) -> None:
    told: list[int] = []
    query = parse("nowhere")
    with Index.load_or_build(large) as index:
        assert not list(search_session(large, index, query, progress=lambda n, _: told.append(n)))
        assert told == sorted(told)
        assert len(told) > 10
        whole = len(told)
        told.clear()
        stopped = search_session(
            large, index, query, progress=lambda n, _: told.append(n), cancelled=lambda: True
        )
        assert not list(stopped)
        assert len(told) < 3 < whole
