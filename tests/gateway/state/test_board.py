from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gateway import holds
from gateway.hold_errors import AnswerRefused, HoldOver, NoSuchHold
from gateway.holds import Answer, Hold, State, Subject
from gateway.policy import Approvers, Terms
from gateway.state.board import KEPT, Board
from gateway.state.database import Database
from tests.gateway.state import postgresql

SUBJECT = Subject("alice", "person", "exec", "web1", "root", {"command": b"reboot\xff", "n": [1]})
SECOND = 1_000_000
MUST = os.environ.get("GATEREEL_REQUIRE_PEERS")
KINDS = ["sqlite", *(["postgresql"] if MUST or postgresql.programs() else [])]


@pytest.fixture(scope="module")
def urls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Of PostgreSQL where it is installed."""
    with contextlib.ExitStack() as held:
        found = {}
        if "postgresql" in KINDS:
            folder = tmp_path_factory.mktemp("pg")
            for each in (folder, *folder.parents[:3]):
                with contextlib.suppress(OSError):
                    each.chmod(each.stat().st_mode | 0o011)
            found["postgresql"] = held.enter_context(postgresql.server(folder))
        yield found


class Place:
    """Two gateways on one state, and a clock that both go by."""

    def __init__(self, url: str, folder: Path) -> None:
        self.databases = [Database.open(url, folder) for _ in range(2)]
        self.time = SECOND
        self.one, self.two = (
            Board(database, name, lambda: self.time)
            for database, name in zip(self.databases, ("run-1", "run-2"), strict=True)
        )

    def close(self) -> None:
        for each in self.databases:
            each.close()


Case = Callable[[Place], Awaitable[None]]


@pytest.fixture(params=KINDS)
def play(
    request: pytest.FixtureRequest, urls: dict[str, str], tmp_path: Path
) -> Callable[[Case], None]:
    def run(case: Case) -> None:
        place = Place(urls.get(request.param, "sqlite:///state.db"), tmp_path)

        async def whole() -> None:
            for board in (place.one, place.two):
                for each in await board.pending():
                    await board.withdraw(each.id, "an earlier test's")
            await case(place)

        try:
            asyncio.run(whole())
        finally:
            place.close()

    return run


_made = iter(range(10_000))


def held(count: int = 1, run: str = "run-1") -> Hold:
    terms = Terms((Approvers("dba", count),), expires=60)
    return holds.open_hold(
        f"h{next(_made):07}", SUBJECT, terms, SECOND, reason="two must",
        session="s1", uncovered=("what is typed",), gateway=run,
    )  # fmt: skip


def said(by: str) -> Answer:
    return Answer(by, "dba", True, "it is due", 2, {"key": "SHA256:x"}, b"signed")


def test_it_comes_back_as_it_went(play: Callable[[Case], None]) -> None:
    async def case(place: Place) -> None:
        hold = held(2)
        await place.one.open(hold)
        assert await place.two.pending() == [hold]
        await place.two.answer(hold.id, said("bob"))
        assert await place.one.find(hold.id) == holds.answer(hold, said("bob"), 2)
        assert await place.one.look([hold.id, "nothing"]) == {
            hold.id: holds.answer(hold, said("bob"), 2)
        }

    play(case)


def test_of_many_answers_and_uses_at_one_time_each_counts_once(
    play: Callable[[Case], None],
) -> None:
    async def case(place: Place) -> None:
        hold = held(2)
        await place.one.open(hold)
        boards = [place.one, place.two] * 3
        results = await asyncio.gather(
            *(board.answer(hold.id, said("bob")) for board in boards), return_exceptions=True
        )
        assert sorted(type(each) is Hold for each in results) == [False] * 5 + [True]
        approved = await place.two.answer(hold.id, said("carol"))
        assert approved.state is State.APPROVED
        uses = await asyncio.gather(
            *(place.one.use(hold.id, hold.digest) for _ in range(5)), return_exceptions=True
        )
        assert sorted(type(each) is Hold for each in uses) == [False] * 4 + [True]
        assert [type(each) for each in uses if not isinstance(each, Hold)] == [HoldOver] * 4

    play(case)


def test_it_is_used_only_where_it_waits_and_for_what_was_asked(
    play: Callable[[Case], None],
) -> None:
    async def case(place: Place) -> None:
        hold = held()
        await place.one.open(hold)
        await place.two.answer(hold.id, said("bob"))
        with pytest.raises(NoSuchHold):
            await place.two.use(hold.id, hold.digest)
        other = replace(SUBJECT, facts={"command": b"reboot"})
        with pytest.raises(AnswerRefused):
            await place.one.use(hold.id, other.digest())
        assert (await place.one.use(hold.id, hold.digest)).state is State.USED

    play(case)


def test_time_is_everybodys(play: Callable[[Case], None]) -> None:
    async def case(place: Place) -> None:
        hold = held()
        await place.one.open(hold)
        place.time = hold.expires
        assert await place.two.pending() == []
        assert (await place.two.find(hold.id)).state is State.EXPIRED
        with pytest.raises(HoldOver):
            await place.two.answer(hold.id, said("bob"))
        assert (await place.one.expire(hold.id)).state is State.EXPIRED

    play(case)


def test_a_start_withdraws_what_waited_at_this_place_and_no_other(
    play: Callable[[Case], None],
) -> None:
    async def case(place: Place) -> None:
        assert await place.one.begin("here") == []
        assert await place.two.begin("there") == []
        mine, others = held(), held(run="run-2")
        approved = held()
        for each in (mine, others, approved):
            await place.one.open(each)
        await place.two.answer(approved.id, said("bob"))
        again = Board(place.databases[0], "run-3", lambda: place.time)
        ended = await again.begin("here")
        assert {each.id: each.state for each in ended} == dict.fromkeys(
            (mine.id, approved.id), State.WITHDRAWN
        )
        assert [each.id for each in await place.two.pending()] == [others.id]
        with pytest.raises(HoldOver):
            await place.one.use(approved.id, approved.digest)

    play(case)


def test_what_is_long_over_is_forgotten(play: Callable[[Case], None]) -> None:
    async def case(place: Place) -> None:
        hold = held()
        await place.one.open(hold)
        await place.one.answer(hold.id, said("bob"))
        place.time = hold.expires + KEPT + 1
        await place.one.begin("elsewhere")
        with pytest.raises(NoSuchHold):
            await place.one.find(hold.id)

    play(case)


def test_a_row_that_was_changed_is_nobodys(tmp_path: Path) -> None:
    place = Place("sqlite:///state.db", tmp_path)

    async def case() -> None:
        hold = held()
        await place.one.open(hold)
        with contextlib.closing(sqlite3.connect(tmp_path / "state.db")) as other:
            other.execute("UPDATE holds SET account = 'app'")
            other.commit()
        with pytest.raises(NoSuchHold, match="changed"):
            await place.one.answer(hold.id, said("bob"))

    try:
        asyncio.run(case())
    finally:
        place.close()
