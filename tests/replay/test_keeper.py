"""A store that is recorded into, and its catalog beside it."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from recorder.events import Input, Output
from recorder.indexer import Failed, Indexed
from replay.catalog import Catalog, open_catalog
from replay.keeper import Keeper, Kept, Trouble, run
from replay.passage import Kind
from replay.sqlite_catalog import SqliteCatalog
from replay.sqlite_catalog_file import NAME
from tests.recorder.recordings import Making, on_terminal

ROOT = Path(__file__).parents[2]
MS = 1_000
LATER = 3600 * 10**9


@pytest.fixture
def making(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Making]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    made = Making(tmp_path / "store")
    yield made
    made.close()


@pytest.fixture
def catalog(making: Making) -> Iterator[SqliteCatalog]:
    with SqliteCatalog.open(making.path) as opened:
        yield opened


def kept(making: Making, catalog: Catalog, *, rebuild: bool = False) -> list[Kept]:
    """One pass of a keeper of its own."""
    with Keeper(making.store, catalog, making.clock, rebuild) as keeper:
        return list(keeper.step())


def texts(catalog: Catalog, *literals: str) -> list[str]:
    return [p.text for _, group in catalog.candidates(literals) for p in group]


def test_a_store_is_taken_in_once(making: Making, catalog: SqliteCatalog) -> None:
    ids = []
    for word in (b"first", b"second"):
        with making.sealed(on_terminal([(0, word + b" thing\r\n")])) as recording:
            ids.append(recording.id)
    told = kept(making, catalog)
    assert [one.session for one in told if isinstance(one, Indexed)] == ids[::-1]
    assert [entry.id for entry in catalog.entries()] == ids[::-1]
    assert catalog.entries()[0].state == "sealed"
    assert texts(catalog, "thing") == ["second thing", "first thing"]
    preview = catalog.preview(ids[0])
    assert preview is not None
    assert preview.rows == ("first thing",)
    changes = catalog.changes()
    assert kept(making, catalog) == []
    assert catalog.changes() == changes
    making.store.index(ids[0]).unlink()
    assert [type(one) for one in kept(making, catalog)] == [Indexed]
    assert making.store.index(ids[0]).exists()


def test_a_live_session_is_there_while_it_goes_on(making: Making, catalog: SqliteCatalog) -> None:
    journal = making.begin()
    events = on_terminal((n * 20 * MS, b"entry %05d of the log\r\n" % n) for n in range(4000))
    with Keeper(making.store, catalog, making.clock) as keeper:
        for start in range(0, len(events), 1000):
            journal.append(events[start : start + 1000]).result()
            making.clock.ns += LATER
            told = list(keeper.step())
            (one,) = told
            assert isinstance(one, Indexed)
            (entry,) = catalog.entries()
            assert (entry.state, entry.events) == ("live", one.events)
            found = texts(catalog, "of the log")
            written = min(start + 998, 4000)
            assert sorted(found) == [f"entry {n:05d} of the log" for n in range(written)]
        assert catalog.known()[journal.id].settled > 0
        making.finish(journal)
        making.clock.ns += LATER
        list(keeper.step())
        list(keeper.step())
    (entry,) = catalog.entries()
    assert (entry.state, entry.reason) == ("sealed", "the end")
    assert sorted(texts(catalog)) == [f"entry {n:05d} of the log" for n in range(4000)]
    catalog.check()
    # As it is when it is taken in as a whole.
    before = sorted(p for _, group in catalog.candidates([]) for p in group)
    kept(making, catalog, rebuild=True)
    assert sorted(p for _, group in catalog.candidates([]) for p in group) == before


def test_what_is_typed_is_told_too_but_not_all_the_time(
    making: Making, catalog: SqliteCatalog
) -> None:
    journal = making.begin()
    begin = on_terminal([(0, b"$ ")])
    with Keeper(making.store, catalog, making.clock) as keeper:
        journal.append([*begin, Input(5, 1, b"hidden-word\r"), Output(9, 1, b"ok\r\n$ ")]).result()
        list(keeper.step())
        typed = [p for _, g in catalog.candidates(["hidden-word"]) for p in g]
        assert [p.kind for p in typed] == [Kind.TYPED]
        journal.append([Output(500 * MS, 1, b"more\r\n")]).result()
        making.clock.ns += 1
        list(keeper.step())
        assert texts(catalog, "hidden-word") == ["hidden-word"]
    making.finish(journal)


def test_one_that_stops_without_a_word_is_interrupted(
    making: Making, catalog: SqliteCatalog
) -> None:
    journal = making.begin()
    journal.append(on_terminal([(0, b"hello\r\n")])).result()
    with Keeper(making.store, catalog, making.clock) as keeper:
        list(keeper.step())
        assert catalog.entries()[0].state == "live"
        making.writer.close()  # as a kill leaves it: its lock is gone, nothing else changes
        making.clock.ns += LATER
        list(keeper.step())
        assert catalog.entries()[0].state == "interrupted"
        assert texts(catalog) == ["hello"]
        changes = catalog.changes()
        list(keeper.step())
        assert catalog.changes() == changes
        for _ in range(200):
            making.clock.ns += LATER
            making.seal()
            if not making.store.journals(journal.id):
                break
        list(keeper.step())
        assert texts(catalog) == ["hello"]


def test_what_vanishes_from_the_store_vanishes_here(making: Making, catalog: SqliteCatalog) -> None:
    ids = []
    for _ in range(3):
        with making.sealed(on_terminal([(0, b"a thing\r\n")])) as recording:
            ids.append(recording.id)
    with Keeper(making.store, catalog, making.clock) as keeper:
        list(keeper.step())
        making.store.reel(ids[1]).unlink()
        assert list(keeper.step()) == []
        assert [entry.id for entry in catalog.entries()] == [ids[2], ids[0]]
    making.store.reel(ids[0]).unlink()
    kept(making, catalog)
    assert [s for s, _ in catalog.candidates(["thing"])] == [ids[2]]
    assert catalog.preview(ids[0]) is None


def test_what_cannot_be_read_is_an_entry_that_says_so(
    making: Making, catalog: SqliteCatalog
) -> None:
    with making.sealed(on_terminal([(0, b"a thing\r\n")])) as recording:
        session, whole = recording.id, recording.path.read_bytes()
    making.store.reel(session).write_bytes(b"nonsense")
    with Keeper(making.store, catalog, making.clock) as keeper:
        assert [type(one) for one in keeper.step()] == [Failed]
        (entry,) = catalog.entries()
        assert (entry.id, entry.state) == (session, "damaged")
        assert entry.reason
        assert list(keeper.step()) == []
    assert kept(making, catalog)[:1] != []  # its index was never made
    making.store.reel(session).write_bytes(whole)
    kept(making, catalog)
    assert (catalog.entries()[0].state, texts(catalog)) == ("sealed", ["a thing"])


def test_damage_in_the_middle_keeps_what_is_before_it(
    making: Making, catalog: SqliteCatalog
) -> None:
    chance = random.Random(1)
    pieces = (
        (n * 300 * MS, b"line %06d %s\r\n" % (n, chance.randbytes(400).hex().encode()))
        for n in range(4000)
    )
    with making.sealed(on_terminal(pieces)) as recording:
        data = bytearray(recording.path.read_bytes())
        data[len(data) * 3 // 4] ^= 0xFF
        recording.path.write_bytes(data)
    kept(making, catalog)
    (entry,) = catalog.entries()
    assert entry.state == "damaged"
    assert "damaged after event" in entry.reason
    assert texts(catalog, "line 000100")
    assert catalog.preview(entry.id) is not None


def test_a_full_disk_stops_no_frames_and_is_said_once(
    making: Making, catalog: SqliteCatalog
) -> None:
    for n in range(3):
        pieces = ((i * 50 * MS, b"%d line %d\r\n" % (n, i * 7919 % 1000)) for i in range(900))
        making.sealed(on_terminal(pieces)).close()
    db = catalog._opened.connection
    db.execute(f"PRAGMA max_page_count = {db.execute('PRAGMA page_count').get}")
    with Keeper(making.store, catalog, making.clock) as keeper:
        told = list(keeper.step())
        assert len([one for one in told if isinstance(one, Indexed)]) == 3
        troubles = [one.line for one in told if isinstance(one, Trouble)]
        assert len(troubles) == 1
        assert "the disk is full" in troubles[0]
        assert all(making.store.index(session).exists() for session in making.store.ids())
        making.clock.ns += LATER
        assert list(keeper.step()) == []
        assert len(catalog.entries()) < 3
        db.execute("PRAGMA max_page_count = 1000000")
        making.clock.ns += LATER
        list(keeper.step())
        assert len(catalog.entries()) == 3
    assert len(texts(catalog, "line")) == 2700


def test_a_catalog_that_is_damaged_while_it_is_used_is_made_again(
    making: Making, catalog: SqliteCatalog
) -> None:
    for _ in range(2):
        making.sealed(on_terminal([(0, b"a thing\r\n")])).close()
    with Keeper(making.store, catalog, making.clock) as keeper:
        list(keeper.step())
        catalog._opened.connection.execute("DROP TABLE loose")
        making.sealed(on_terminal([(0, b"another thing\r\n")])).close()
        told = list(keeper.step())
        lines = [one.line for one in told if isinstance(one, Trouble)]
        assert lines == ["the catalog has other tables: it is made again"]
        list(keeper.step())
    assert len(texts(catalog, "thing")) == 3
    catalog.check()


def test_a_check_finds_and_mends_what_nothing_else_would(
    making: Making, catalog: SqliteCatalog
) -> None:
    making.sealed(on_terminal([(0, b"a thing\r\n")])).close()
    kept(making, catalog)
    catalog._opened.connection.execute("UPDATE words_data SET block = x'0001' WHERE id > 10")
    with Keeper(making.store, catalog, making.clock) as keeper:
        assert [trouble.line for trouble in keeper.check()] == [
            "the catalog is damaged: it is made again"
        ]
        list(keeper.step())
    assert texts(catalog, "thing") == ["a thing"]


def test_one_that_was_deleted_meanwhile_is_filled_again(making: Making, tmp_path: Path) -> None:
    making.sealed(on_terminal([(0, b"a thing\r\n")])).close()
    catalog = open_catalog(making.path)
    with Keeper(making.store, catalog, making.clock) as keeper:
        list(keeper.step())
        (making.path / NAME).unlink()
        list(keeper.step())
        assert texts(catalog, "thing") == ["a thing"]
    catalog.close()


def test_an_older_catalog_is_said_and_filled_again(making: Making) -> None:
    making.sealed(on_terminal([(0, b"a thing\r\n")])).close()
    with SqliteCatalog.open(making.path) as catalog:
        kept(making, catalog)
    db = apsw.Connection(str(making.path / NAME))
    db.execute("PRAGMA user_version = 0")
    db.close()
    with SqliteCatalog.open(making.path) as catalog:
        told = kept(making, catalog)
        assert [one.line for one in told if isinstance(one, Trouble)] == [
            "the catalog is another version's: it is made again"
        ]
        assert texts(catalog, "thing") == ["a thing"]


def test_some_alone(making: Making, catalog: SqliteCatalog) -> None:
    ids = []
    for _ in range(2):
        with making.sealed(on_terminal([(0, b"a thing\r\n")])) as recording:
            ids.append(recording.id)
    with Keeper(making.store, catalog, making.clock) as keeper:
        list(keeper.step([ids[0]]))
    assert [entry.id for entry in catalog.entries()] == [ids[0]]
    kept(making, catalog)
    with Keeper(making.store, catalog, making.clock, rebuild=True) as keeper:
        (told,) = keeper.step([ids[0]])
        assert isinstance(told, Indexed)
        assert told.behind == told.events
    assert len(texts(catalog, "thing")) == 2


def test_two_keepers_of_one_store_agree(making: Making) -> None:
    journal = making.begin()
    events = on_terminal((n * 20 * MS, b"entry %05d\r\n" % n) for n in range(600))
    with (
        SqliteCatalog.open(making.path) as first,
        SqliteCatalog.open(making.path) as second,
        Keeper(making.store, first, making.clock) as one,
        Keeper(making.store, second, making.clock) as other,
    ):
        for start in range(0, len(events), 100):
            journal.append(events[start : start + 100]).result()
            making.clock.ns += LATER
            list(one.step())
            list(other.step())
        making.finish(journal)
        for _ in range(3):
            making.clock.ns += LATER
            list(other.step())
            list(one.step())
        assert sorted(texts(first)) == [f"entry {n:05d}" for n in range(600)]
        first.check()


def test_it_runs_until_it_is_told_to_stop(making: Making, catalog: SqliteCatalog) -> None:
    pauses = iter([True, False])
    told: list[Kept] = []

    def pause() -> bool:
        making.sealed(on_terminal([(0, b"x")])).close()
        return next(pauses)

    with Keeper(making.store, catalog, making.clock) as keeper:
        run(keeper, told.append, pause)
    assert len(told) == 1


FOLLOWER = """
import sys
from pathlib import Path
from recorder.clock import SystemClock
from recorder.store import Store
from replay.catalog import open_catalog
from replay.keeper import Keeper, run
path = Path(sys.argv[1])
with Keeper(Store.open(path), open_catalog(path), SystemClock()) as keeper:
    run(keeper, lambda told: print(told, flush=True), lambda: True)
"""


def test_killed_again_and_again_it_ends_with_the_same_catalog(making: Making) -> None:
    journal = making.begin()
    line = b"entry %05d %s\r\n"
    events = on_terminal((n * 20 * MS, line % (n, b"x" * 60)) for n in range(3000))
    for start in range(0, 3000, 500):
        journal.append(events[start : start + 500]).result()
        with subprocess.Popen(
            [sys.executable, "-c", FOLLOWER, str(making.path)], cwd=ROOT, stdout=subprocess.PIPE
        ) as follower:
            assert follower.stdout is not None
            follower.stdout.readline()
            os.kill(follower.pid, signal.SIGKILL)
    journal.append(events[3000:]).result()
    making.finish(journal)
    with SqliteCatalog.open(making.path) as catalog:
        assert catalog.notice == ""
        catalog.check()
        kept(making, catalog)
        assert sorted(text.split()[1] for text in texts(catalog, "entry")) == [
            f"{n:05d}" for n in range(3000)
        ]
        catalog.check()
