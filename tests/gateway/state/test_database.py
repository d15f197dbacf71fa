from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, select, text

from gateway.hold_errors import StateNotOurs, StateUnavailable
from gateway.state import database, tables
from gateway.state.database import Database

URL = "sqlite:///state.db"


@contextlib.contextmanager
def opened(folder: Path, url: str = URL) -> Iterator[Database]:
    made = Database.open(url, folder)
    try:
        yield made
    finally:
        made.close()


def count(made: Database) -> int:
    def work(connection: Connection) -> int:
        return len(connection.execute(select(tables.seen_tokens)).all())

    return asyncio.run(made.run(work))


def put(connection: Connection) -> None:
    values = {"issuer": "i", "token": b"t", "expires": 1}
    connection.execute(insert(tables.seen_tokens).values(values))


def test_it_is_made_for_nobody_else_and_opened_again(tmp_path: Path) -> None:
    with opened(tmp_path) as made:
        asyncio.run(made.run(put))
    assert stat.S_IMODE((tmp_path / "state.db").stat().st_mode) == 0o600
    with opened(tmp_path) as made:
        assert count(made) == 1


def test_a_name_that_means_something_in_a_url_is_a_name(tmp_path: Path) -> None:
    folder = tmp_path / "a?b=c#d %41"
    folder.mkdir()
    with opened(folder) as made:
        assert count(made) == 0
    assert [each.name for each in folder.iterdir()] == ["state.db"]


def test_all_of_a_transaction_or_nothing(tmp_path: Path) -> None:
    def half(connection: Connection) -> None:
        put(connection)
        raise LookupError

    with opened(tmp_path) as made:
        with pytest.raises(LookupError):
            asyncio.run(made.run(half))
        assert count(made) == 0


def test_a_lock_that_stays_is_an_error_and_not_a_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "LOCKED", 0.05)
    with opened(tmp_path) as made:
        other = sqlite3.connect(tmp_path / "state.db")
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StateUnavailable) as caught:
            asyncio.run(made.run(put))
        assert "locked" in caught.value.operator
        other.rollback()
        other.close()
        asyncio.run(made.run(put))


def test_a_state_that_is_gone_is_not_made_anew(tmp_path: Path) -> None:
    with opened(tmp_path) as made:
        (tmp_path / "state.db").unlink()
        with pytest.raises(StateUnavailable):
            asyncio.run(made.run(put))
    assert not (tmp_path / "state.db").exists()


def test_a_state_that_is_full(tmp_path: Path) -> None:
    def fill(connection: Connection) -> None:
        connection.execute(text("PRAGMA max_page_count = 1"))
        for number in range(10_000):
            values = {"issuer": "i", "token": b"%d" % number, "expires": 1}
            connection.execute(insert(tables.seen_tokens).values(values))

    with opened(tmp_path) as made:
        with pytest.raises(StateUnavailable) as caught:
            asyncio.run(made.run(fill))
        assert "full" in caught.value.operator
        assert count(made) == 0


def test_one_that_does_not_answer_holds_nobody_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "PATIENCE", 0.05)
    release = threading.Event()

    async def go(made: Database) -> None:
        with pytest.raises(StateUnavailable):
            await made.run(lambda _: release.wait(60))

    with opened(tmp_path) as made:
        asyncio.run(asyncio.wait_for(_with_release(go(made), release), 50))


async def _with_release(work: object, release: threading.Event) -> None:
    try:
        await work  # type: ignore[misc]
    finally:
        release.set()


@pytest.mark.parametrize("path", ["missing/state.db", "folder.db"])
def test_where_it_cannot_be(tmp_path: Path, path: str) -> None:
    (tmp_path / "folder.db").mkdir()
    with pytest.raises(StateUnavailable):
        Database.open(f"sqlite:///{path}", tmp_path)


def test_a_later_versions_state_is_left_alone(tmp_path: Path) -> None:
    with opened(tmp_path):
        pass
    with contextlib.closing(sqlite3.connect(tmp_path / "state.db")) as other:
        other.execute("UPDATE gatereel_version SET number = 99")
        other.commit()
    with pytest.raises(StateNotOurs, match="99"):
        Database.open(URL, tmp_path)


def test_what_is_no_state_is_left_alone(tmp_path: Path) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / "state.db")) as other:
        other.execute("CREATE TABLE photos (name)")
        other.commit()
    with pytest.raises(StateNotOurs):
        Database.open(URL, tmp_path)
    (tmp_path / "state.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(StateUnavailable):
        Database.open(URL, tmp_path)


def test_a_password_is_in_no_error(tmp_path: Path) -> None:
    with pytest.raises(StateUnavailable) as caught:
        Database.open("postgresql://u:canary@127.0.0.1:1/d", tmp_path)
    assert "canary" not in caught.value.operator + caught.value.person
