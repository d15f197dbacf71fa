from __future__ import annotations

from pathlib import Path

import pytest

from replay import sqlite_candidates
from replay.catalog import Put
from replay.entry import Entry
from replay.sqlite_candidates import MOST_TRIGRAMS, trigrams
from replay.sqlite_catalog import SqliteCatalog
from tests.replay.passages_made import lines


@pytest.mark.parametrize(
    ("literals", "found"),
    [
        ([], []),
        (["ab"], []),
        (["abc"], ["abc"]),
        (["abcd", "ab", "bcd"], ["abc", "bcd"]),
        (["日本語x"], ["日本語", "本語x"]),
    ],
)
def test_the_trigrams_of_literals(literals: list[str], found: list[str]) -> None:
    assert trigrams(literals) == found


def test_a_long_literal_has_no_more_than_some() -> None:
    literal = "".join(chr(0x4E00 + n) for n in range(500))
    found = trigrams([literal])
    assert len(found) == MOST_TRIGRAMS
    assert all(each in literal for each in found)


def test_windows_of_any_size_find_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with SqliteCatalog.open(tmp_path) as catalog:
        order = [3, 1, 4, 0, 2]
        for session in order:
            texts = [f"session {session} line {n} " + "x" * 200 for n in range(400)]
            half = lines(texts)
            assert catalog.put(Put(Entry(f"s{session}"), "a", 0, 200, half[:200]))
        for session in reversed(order):
            texts = [f"session {session} line {n} " + "x" * 200 for n in range(400)]
            assert catalog.put(
                Put(Entry(f"s{session}"), "b", 200, 0, lines(texts)[200:], over=True)
            )
        results = []
        for first in (1, 2, 5, 1000):
            monkeypatch.setattr(sqlite_candidates, "FIRST_WINDOW", first)
            monkeypatch.setattr(sqlite_candidates, "LAST_WINDOW", first * 2)
            results.append(
                [(s, p.text) for s, group in catalog.candidates(["line 7"]) for p in group]
            )
        assert all(result == results[0] for result in results)
        found = results[0]
        assert [s for s, _ in found] == sorted((s for s, _ in found), reverse=True)
        assert len(found) == 5 * len([n for n in range(400) if str(n).startswith("7")])
        only = [s for s, _ in catalog.candidates(["line 7"], {"s2", "s4", "gone"})]
        assert set(only) == {"s4", "s2"}
        assert list(catalog.candidates(["line 7"], set())) == []


def test_what_becomes_final_while_a_search_goes_on_is_found(tmp_path: Path) -> None:
    early = lines(f"early {n} wanted " + "x" * 200 for n in range(40))
    late = lines(f"late {n} wanted " + "x" * 200 for n in range(40, 80))
    with SqliteCatalog.open(tmp_path) as writer, SqliteCatalog.open(tmp_path) as reader:
        assert writer.put(Put(Entry("s1"), "a", 0, 40, early, late[:20]))
        assert writer.put(Put(Entry("s2"), "a", settled=lines(["wanted"] * 99), over=True))
        found = reader.candidates(["wanted"])
        assert next(found)[0] == "s2"  # the newest first; the other's turn is to come
        assert writer.put(Put(Entry("s1"), "b", 40, 80, late, over=True))
        told = [p.text for session, group in found if session == "s1" for p in group]
        assert sorted(told) == sorted(p.text for p in early + late)


def test_what_no_document_has_is_asked_of_those_sessions_alone(tmp_path: Path) -> None:
    with SqliteCatalog.open(tmp_path) as catalog:
        for number in range(50):
            put = Put(Entry(f"s{number:02}"), "a", settled=lines(["whole"]), over=True)
            assert catalog.put(put)
        assert catalog.put(Put(Entry("s50"), "a", 0, 1, lines(["only begun"])))
        asked: list[str] = []

        def see(_: object, statement: str, __: object) -> bool:
            asked.append(statement)
            return True

        catalog._opened.connection.exec_trace = see
        assert [s for s, _ in catalog.candidates(["begun"])] == ["s50"]
        assert sum("FROM loose WHERE" in sql for sql in asked) == 1
