"""What is of this catalog alone; what every catalog promises is in test_catalog.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from replay.catalog import Put
from replay.documents import TARGET, pack
from replay.entry import Entry
from replay.errors import CatalogDamaged, CatalogError
from replay.passage import Passage
from replay.sqlite_catalog import SqliteCatalog
from replay.sqlite_catalog_file import one, rows
from tests.replay.passages_made import lines


def test_a_session_that_grows_by_little_makes_full_documents_alone(tmp_path: Path) -> None:
    told = lines(f"line {n:05d} of a session that goes on" for n in range(2000))
    with SqliteCatalog.open(tmp_path) as catalog:
        db = catalog._opened.connection
        for since in range(0, 2000, 20):
            part = told[since : since + 20]
            assert catalog.put(Put(Entry("a"), "", since, since + 20, part))
            assert one(db, "SELECT count(*) FROM loose") <= 1
        sizes = [len(data) for (data,) in rows(db, "SELECT data FROM documents")]
        most = TARGET + len(told[0].text)  # the last line of each may go beyond
        size = sum(len(p.text) + 1 for p in told)
        assert size // most <= len(sizes) <= size // TARGET
        assert rows(db, "SELECT count(*), min(first) FROM extents") == [(1, 1)]
        assert one(db, "SELECT count(*) FROM words WHERE words MATCH '\"goe\"'") == len(sizes)


def test_what_raises_while_it_is_written_leaves_nothing(tmp_path: Path) -> None:
    def broken() -> object:
        yield from lines(f"line {n}" for n in range(5000))
        raise RuntimeError("the recording went away")

    with SqliteCatalog.open(tmp_path) as catalog:
        catalog.put(Put(Entry("a"), "1", settled=lines(["before"]), over=True))
        with pytest.raises(RuntimeError):
            catalog.put(Put(Entry("a"), "2", settled=broken(), over=True))  # type: ignore[arg-type]
        assert [p.text for _, g in catalog.candidates([]) for p in g] == ["before"]
        assert catalog.known()["a"].stamp == "1"
        catalog.check()


def test_a_document_that_is_none_is_damage(tmp_path: Path) -> None:
    with SqliteCatalog.open(tmp_path) as catalog:
        catalog.put(Put(Entry("a"), "1", settled=lines(["some words"]), over=True))
        catalog._opened.connection.execute("UPDATE documents SET data = x'00ff'")
        with pytest.raises(CatalogDamaged):
            list(catalog.candidates(["words"]))
        catalog._opened.connection.execute("UPDATE documents SET data = ?", (pack([]),))
        assert list(catalog.candidates(["words"])) == []


def test_tables_that_are_not_there_are_damage(tmp_path: Path) -> None:
    with SqliteCatalog.open(tmp_path) as catalog:
        catalog._opened.connection.execute("DROP TABLE extents")
        with pytest.raises(CatalogDamaged):
            list(catalog.candidates(["words"]))


def test_two_writers_wait_for_each_other_and_say_so_in_the_end(tmp_path: Path) -> None:
    with SqliteCatalog.open(tmp_path) as catalog, SqliteCatalog.open(tmp_path) as other:
        catalog._opened.connection.set_busy_timeout(10)
        other._opened.connection.execute("BEGIN IMMEDIATE")
        with pytest.raises(CatalogError, match="busy"):
            catalog.put(Put(Entry("a")))
        assert catalog.entries() == []
        other._opened.connection.execute("ROLLBACK")
        assert catalog.put(Put(Entry("a")))


def test_entries_are_read_once_for_each_change(tmp_path: Path) -> None:
    with SqliteCatalog.open(tmp_path) as catalog:
        catalog.put(Put(Entry("a")))
        first = catalog.entries()
        assert catalog.entries() is first
        catalog.put(Put(Entry("b")))
        assert [entry.id for entry in catalog.entries()] == ["b", "a"]


def test_a_reader_in_the_middle_of_hits_sees_no_half(tmp_path: Path) -> None:
    told = lines(f"line {n} " + "x" * 100 for n in range(1000))
    with SqliteCatalog.open(tmp_path) as catalog, SqliteCatalog.open(tmp_path) as other:
        for session in "abc":
            catalog.put(Put(Entry(session), "1", settled=told, over=True))
        hits = catalog.candidates(["line"])
        session, group = next(hits)
        assert session == "c"
        other.remove(["c", "b"])
        rest: dict[str, list[Passage]] = {}
        for session, group in hits:
            rest.setdefault(session, []).extend(group)
        assert rest.keys() == {"a"}
        assert rest["a"] == told
