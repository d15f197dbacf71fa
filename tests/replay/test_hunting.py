from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from queue import SimpleQueue

from recorder.clock import SystemClock
from recorder.moments import AtEvent, AtFrame
from recorder.store import Store
from replay.catalog import Catalog, Put
from replay.errors import CatalogError
from replay.hunting import AHEAD, Found, Hits, Hunt, place
from replay.query import Span, parse
from replay.scope import L, LocalScope
from replay.search import Hit
from replay.sqlite_catalog import SqliteCatalog
from tests.replay.entries import entry, filled, passage

NOW = datetime(2026, 11, 23, tzinfo=UTC)
PATIENCE = 20


def hit(number: int, text: str = "hello", frame: int = 3) -> Hit:
    return Hit(entry(number).id, passage(text, frame=frame), (Span(0, 5),), ())


def found(*hits: Hit) -> Found:
    numbers = dict.fromkeys(int(h.session[-4:], 16) for h in hits)
    return Found(1, hits, [entry(n) for n in numbers], 1, 1)


@contextlib.contextmanager
def hunting(store: Store, words: str, **more: object) -> Iterator[tuple[Hunt, SimpleQueue[Found]]]:
    told: SimpleQueue[Found] = SimpleQueue()
    scope = more.pop("scope", LocalScope())
    query = parse(words, NOW)
    hunt = Hunt(7, store, scope, query, told.put, SystemClock(), **more)  # type: ignore[arg-type]
    thread = threading.Thread(target=hunt.run)
    thread.start()
    try:
        yield hunt, told
    finally:
        hunt.stop()
        thread.join(PATIENCE)
        assert not thread.is_alive()


def until(told: SimpleQueue[Found], what: str, hits: Hits | None = None) -> tuple[Hits, Found]:
    """All that is told until the search rests or is over."""
    hits = hits or Hits()
    while True:
        report = told.get(timeout=PATIENCE)
        hits.add(report)
        if getattr(report, what):
            return hits, report


def test_all_sessions_are_searched_newest_first(tmp_path: Path) -> None:
    store = filled(tmp_path / "store", [entry(n) for n in range(9)])
    with hunting(store, "hello") as (_, told):
        hits, last = until(told, "over")
    assert [each.id for each in hits.sessions] == [entry(n).id for n in reversed(range(9))]
    assert (last.hunt, last.done, last.total, last.problem) == (7, 9, 9, "")


def test_filters_and_the_scope_say_where_to_look(tmp_path: Path) -> None:
    class Some(LocalScope):
        def visible(self, sessions: object) -> list[L]:
            return [e for e in sessions if e.id != entry(4).id]  # type: ignore[attr-defined]

    store = filled(tmp_path / "store", [entry(n) for n in range(9)])
    with hunting(store, "who:alice hello", scope=Some()) as (_, told):
        hits, last = until(told, "over")
    assert [each.id for each in hits.sessions] == [entry(n).id for n in (8, 0)]
    assert last.total == 2


def test_what_may_be_listed_but_not_looked_into_gives_no_hits(tmp_path: Path) -> None:
    asked = []

    class Lists(LocalScope):
        def glimpsed(self, session: str, where: str) -> bool:
            asked.append((session, where))
            return session != entry(4).id

    store = filled(tmp_path / "store", [entry(n) for n in range(9)])
    with hunting(store, "hello", scope=Lists()) as (_, told):
        hits, last = until(told, "over")
    assert [each.id for each in hits.sessions] == [entry(n).id for n in (8, 7, 6, 5, 3, 2, 1, 0)]
    assert entry(4).id not in {hit.session for hit in hits.hits}
    assert asked == [(entry(n).id, "search") for n in reversed(range(9))]
    assert last.problem == ""


def test_a_search_rests_far_ahead_and_goes_on_when_more_is_wanted(
    tmp_path: Path,
) -> None:
    store = Store.open(tmp_path / "store", create=True)
    catalog = SqliteCatalog.open(store.path)
    lines = [passage(f"hello {n}", time=n, frame=n) for n in range(AHEAD * 2 + 50)]
    catalog.put(Put(entry(1), "stamp", settled=lines, over=True))
    catalog.close()
    with hunting(store, "hello") as (hunt, told):
        hits, _ = until(told, "resting")
        assert len(hits.hits) == AHEAD
        hunt.want(10)
        until(told, "resting", hits)
        assert len(hits.hits) == AHEAD + 10
        hunt.want(AHEAD * 3)
        _, last = until(told, "over", hits)
        assert len(hits.hits) == len(lines)
        assert last.problem == ""


def test_one_that_rests_can_be_stopped(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "store", create=True)
    catalog = SqliteCatalog.open(store.path)
    lines = [passage(f"hello {n}", time=n) for n in range(AHEAD + 50)]
    catalog.put(Put(entry(1), "stamp", settled=lines, over=True))
    catalog.close()
    with hunting(store, "hello") as (hunt, told):
        until(told, "resting")
        hunt.stop()
        _, last = until(told, "over")
        assert last.hits == []


def test_a_catalog_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    def broken(store: Store) -> Catalog:
        raise CatalogError("the disk is gone")

    with hunting(Store.open(tmp_path), "hello", opener=broken) as (_, told):
        _, last = until(told, "over")
        assert last.problem == "GR-310: the disk is gone"


def test_hits_are_rows_under_their_sessions() -> None:
    hits = Hits()
    hits.add(found(hit(9), hit(9), hit(5)))
    hits.add(Found(1, [hit(5), hit(2)], [entry(2)], 1, 1))
    assert hits.rows == [~0, 0, 1, ~1, 2, 3, ~2, 4]
    assert [hits.hit(row) is None for row in range(8)] == [
        True, False, False, True, False, False, True, False,
    ]  # fmt: skip
    assert list(hits.of_session(1)) == [4, 5]
    assert list(hits.of_session(2)) == [7]


def test_beyond_the_last_hit_is_the_first_of_the_next_session_and_back() -> None:
    hits = Hits()
    hits.add(found(hit(9), hit(9), hit(5), hit(5), hit(2)))
    assert hits.neighbour(entry(9).id, 1) == 4
    assert hits.neighbour(entry(5).id, -1) == 2
    assert hits.neighbour(entry(2).id, 1) is None
    assert hits.neighbour(entry(9).id, -1) is None
    assert hits.neighbour("another", 1) is None


def test_a_hit_is_opened_on_its_frame_or_else_on_its_record() -> None:
    assert place(hit(1, frame=8)) == AtFrame(8)
    assert place(hit(1, frame=-1)) == AtEvent(5)
