from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue

import pytest

from recorder.store import Store
from recorder.summary import Summary
from replay.catalog import Catalog, Put
from replay.errors import CatalogError
from replay.scope import L, LocalScope
from replay.sqlite_catalog import SqliteCatalog
from replay.tending import keep_once
from replay.watching import Listed, Previewed, Report, Trouble, Watch, from_summary
from tests.recorder.recordings import Making
from tests.replay.entries import entry, filled
from tests.replay.tui.driving import a_session

PATIENCE = 20


class Watching:
    """A watch on a thread, and what it tells."""

    def __init__(self, watch: Watch, told: SimpleQueue[Report]) -> None:
        self.watch = watch
        self.told = told

    def next(self) -> Report:
        return self.told.get(timeout=PATIENCE)

    def listed(self) -> Listed:
        """The next list."""
        while not isinstance(report := self.next(), Listed):
            pass
        return report


@contextlib.contextmanager
def watching(store: Store, **more: object) -> Iterator[Watching]:
    told: SimpleQueue[Report] = SimpleQueue()
    scope = more.pop("scope", LocalScope())
    watch = Watch(store, scope, told.put, **more)  # type: ignore[arg-type]
    thread = threading.Thread(target=watch.run)
    thread.start()
    try:
        yield Watching(watch, told)
    finally:
        watch.stop()
        thread.join(PATIENCE)
        assert not thread.is_alive()


def test_what_the_catalog_has_is_told_at_once_and_again_when_it_changes(tmp_path: Path) -> None:
    store = filled(tmp_path / "store", [entry(n) for n in range(3)])
    with watching(store) as seen:
        assert [each.id for each in seen.listed().entries] == [entry(n).id for n in (2, 1, 0)]
        other = SqliteCatalog.open(store.path)
        other.put(Put(entry(9, state="live"), "stamp"))
        assert entry(9, state="live") in seen.listed().entries
        other.put(Put(entry(9, commands=70, state="live"), "stamp"))
        assert entry(9, commands=70, state="live") in seen.listed().entries
        other.close()


def test_a_preview_is_told_when_it_is_asked_for(tmp_path: Path) -> None:
    store = filled(tmp_path / "store", [entry(1), entry(2)])
    with watching(store) as seen:
        seen.listed()
        seen.watch.preview(entry(2).id)
        report = seen.next()
        assert isinstance(report, Previewed)
        assert report.preview is not None
        assert report.preview.rows[1] == "second row"
        seen.watch.preview("unknown")
        assert seen.next() == Previewed("unknown", None)


def test_sessions_that_are_in_no_catalog_are_listed_by_their_headers(making: Making) -> None:
    recording = making.sealed(a_session())
    recording.close()
    with watching(making.store) as seen:
        listed = seen.listed()
        while listed.unread or not listed.entries:
            listed = seen.listed()
        assert [each.principal for each in listed.entries] == ["alice"]
        assert listed.missing == 1
        keep_once(making.store, making.clock)
        seen.watch.look()
        listed = seen.listed()
        assert listed.missing == 0
        assert listed.entries[0].frames == 15


def test_a_store_that_went_away_is_trouble_until_it_is_back(making: Making) -> None:
    making.sealed(a_session()).close()
    elsewhere = making.path.with_name("elsewhere")
    with watching(making.store) as seen:
        seen.listed()
        making.path.rename(elsewhere)
        seen.watch.look()
        while not isinstance(report := seen.next(), Trouble):
            pass
        assert "cannot be read" in report.line
        elsewhere.rename(making.path)
        seen.watch.look()
        while not isinstance(report := seen.next(), Trouble):
            pass
        assert report.line == ""


def test_without_a_catalog_the_store_is_listed_and_that_is_said(making: Making) -> None:
    making.sealed(a_session()).close()

    def broken(store: Store) -> Catalog:
        raise CatalogError("the disk is full")

    with watching(making.store, opener=broken) as seen:
        reports = [seen.next() for _ in range(2)]
        lists = [report for report in reports if isinstance(report, Listed)]
        assert lists[-1].missing == 1
        assert Trouble("GR-310: the disk is full") in reports


class NobodysScope(LocalScope):
    def visible(self, sessions: object) -> list[L]:
        return []


def test_only_what_may_be_seen_is_told(tmp_path: Path) -> None:
    store = filled(tmp_path / "store", [entry(1)])
    with watching(store, scope=NobodysScope()) as seen:
        assert seen.listed().entries == ()


def test_the_preview_of_what_may_only_be_listed_is_none(tmp_path: Path) -> None:
    class Lists(LocalScope):
        def glimpsed(self, session: str, where: str) -> bool:
            assert where == "preview"
            return session != entry(1).id

    store = filled(tmp_path / "store", [entry(1), entry(2)])
    with watching(store, scope=Lists()) as seen:
        seen.listed()
        found = {}
        for number in (1, 2):
            seen.watch.preview(entry(number).id)
            while not isinstance(report := seen.next(), Previewed):
                pass
            found[report.session] = report.preview
    assert found[entry(1).id] is None
    assert found[entry(2).id] is not None


@pytest.fixture
def making(tmp_path: Path) -> Iterator[Making]:
    made = Making(tmp_path / "making")
    yield made
    made.close()


def test_a_session_without_a_catalog_says_what_its_header_says() -> None:
    summary = Summary("id", "path", {"principal": "eve", "wall": 5}, 7, 8, "sealed", "the end")
    made = from_summary(summary)
    assert (made.id, made.principal, made.wall_ns, made.duration) == ("id", "eve", 5, 7)
    assert (made.events, made.state, made.reason) == (8, "sealed", "the end")
    assert from_summary(Summary("id", "path", reason="torn")).state == "damaged"
