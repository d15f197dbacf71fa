"""``gatereel search``: everything recorded is found, whoever indexed it or did not."""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import gatereel
from recorder.events import Event, Output, Terminal
from recorder.reader import Recording
from replay.commands import search
from replay.errors import CatalogDamaged
from replay.search import Hit, search_session, search_store
from replay.sqlite_catalog import SqliteCatalog
from tests.recorder.builders import Studio

S = 1_000_000
Ran = tuple[int, str, str]


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with Studio(tmp_path / "store") as made:
        yield made


@pytest.fixture
def run(studio: Studio, capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    def run(verb: str, *words: str) -> Ran:
        status = gatereel.main([verb, "--store", str(studio.path), *words])
        return (status, *capsys.readouterr())

    return run


def said(text: str) -> list[Event]:
    return [
        Terminal(0, 1, "xterm", 80, 24, 0, 0, b""),
        Output(S, 1, b"\r\n\r\n  "),
        Output(2 * S, 1, text.encode()),
        Output(9 * S, 1, b"\r\nend"),
    ]


def test_a_hit_is_a_line_of_json(studio: Studio, run: Callable[..., Ran]) -> None:
    session = studio.whole(said("漢 my password"))
    status, out, err = run("search", "PASSWORD", "--json")
    assert (status, err) == (0, "")
    (hit,) = map(json.loads, out.splitlines())
    # The header, the salt and the anchor are records 0 to 2.
    assert hit == {
        "session": session, "frame": 1, "event": 6, "time": 2 * S, "until": hit["until"],
        "wall": hit["wall"], "row": 2, "col": 8, "text": "  漢 my password", "marks": [],
        "kind": "screen", "detail": "", "spans": [[7, 15]],
    }  # fmt: skip


def test_live_and_new_sessions_are_found_at_once(studio: Studio, run: Callable[..., Ran]) -> None:
    one = studio.whole(said("a word"))
    assert run("search", "word")[1].startswith(one)
    two = studio.whole(said("a word"))
    live = studio.begin()
    live.append([*said("a word")]).result(10)
    found = [
        json.loads(line)["session"] for line in run("search", "word", "--json")[1].splitlines()
    ]
    assert set(found) == {one, two, live.id}


def test_for_people(studio: Studio, run: Callable[..., Ran]) -> None:
    studio.whole(said("see \x1b[8mhidden\x1b[m"), principal="eve\x1b[2J")
    status, out, _ = run("search", "hidden")
    assert status == 0
    assert "[hidden concealed]" in out
    assert "\x1b" not in out
    assert "eve\\x1b[2J" in out


def test_in_named_sessions_and_so_many(
    studio: Studio, run: Callable[..., Ran], capsys: pytest.CaptureFixture[str]
) -> None:
    one, two = studio.whole(said("a word")), studio.whole(said("a word"))
    assert run("search", "word", one)[1].startswith(one)
    assert len(run("search", "word", "--limit", "1", "--json")[1].splitlines()) == 1
    assert gatereel.main(["search", "word", str(studio.store.reel(two))]) == 0
    assert capsys.readouterr().out.startswith(two)


def test_a_query_without_quotes_is_one_too(studio: Studio, run: Callable[..., Ran]) -> None:
    one = studio.whole(said("a word here"))
    assert run("search", "word", "here", "who:alice")[1].startswith(one)
    assert run("search", "word", "missing")[0] == 1
    assert run("search", "word", one[:13], "here")[1].startswith(one)


def test_nothing_found_is_status_1(studio: Studio, run: Callable[..., Ran]) -> None:
    studio.whole(said("a word"))
    for words in (["nothing"], ["nothing", "--json"], ["word who:nobody"]):
        status, out, err = run("search", *words)
        assert (status, out) == (1, "")
        assert err.startswith("gatereel: GR-316: ")


@pytest.mark.parametrize("query", ["", "who:alice", "a -rm /(/", '"open'])
def test_what_cannot_be_asked_is_said(query: str, studio: Studio, run: Callable[..., Ran]) -> None:
    studio.whole(said("a word"))
    status, out, err = run("search", query)
    assert (status, out) == (2, "")  # 1 would say that nothing was found
    assert "GR-315" in err


def test_short_options_get_a_note(studio: Studio, run: Callable[..., Ran]) -> None:
    studio.whole(said("rm -rf /"))
    _, _, err = run("search", "rm -rf")
    assert 'write "-rf" in quotes' in err
    assert run("search", '"rm -rf"')[0] == 0


def test_what_the_catalog_of_somebody_else_lacks_is_read(
    studio: Studio, run: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = studio.whole(said("a word"))
    assert run("search", "word")[0] == 0
    studio.clock.advance(1_000_000)
    two = studio.whole(said("another word"))
    live = studio.begin()
    live.append(said("the last word")).result(10)
    os.utime(studio.path / f"{one}.reel")  # as in a copy
    monkeypatch.setattr(SqliteCatalog, "writable", False)
    read: list[str] = []

    def see(recording: Recording, *rest: Any, **more: Any) -> Any:
        read.append(recording.id)
        return search_session(recording, *rest, **more)

    monkeypatch.setattr(search, "search_session", see)
    status, out, _ = run("search", "word", "--json")
    assert status == 0
    found = [json.loads(line)["session"] for line in out.splitlines()]
    assert sorted(found) == sorted([one, two, live.id])
    assert sorted(read) == sorted([two, live.id])


def test_a_catalog_that_fails_on_the_way_makes_no_hit_come_twice(
    studio: Studio, run: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    sessions = []
    for _ in range(3):
        sessions.append(studio.whole([*said("a word"), Output(12 * S, 1, b"\r\nmore words")]))
        studio.clock.advance(1_000_000)
    assert run("search", "word")[0] == 0

    def failing(*rest: Any, **more: Any) -> Iterator[Hit]:
        hits = search_store(*rest, **more)
        yield from itertools.islice(hits, 3)
        raise CatalogDamaged("the catalog is damaged")

    monkeypatch.setattr(search, "search_store", failing)
    status, out, err = run("search", "word", "--json")
    assert (status, "GR-311" in err) == (0, True)
    found = [(hit["session"], hit["event"]) for hit in map(json.loads, out.splitlines())]
    assert len(found) == len(set(found)) == 6
    assert {session for session, _ in found} == set(sessions)


def test_without_a_catalog_recordings_are_read(
    studio: Studio, run: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    from replay.commands import asking
    from replay.errors import CatalogError

    session = studio.whole(said("a word"))

    def none(_: Path) -> None:
        raise CatalogError("no place for it")

    monkeypatch.setattr(asking, "open_catalog", none)
    status, out, err = run("search", "word who:alice")
    assert status == 0
    assert out.startswith(session)
    assert "GR-310" in err
