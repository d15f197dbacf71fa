from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from gateway.front_door import Door, Peer, Waited
from gateway.hold_errors import NotApproved
from gateway.logbook import Logbook
from gateway.policy import Allow, Hold
from recorder.events import SESSION, Event, Facts, HoldAnswered, HoldEnded, HoldOpened
from tests.gateway.waiters import QUESTION, Waiter, waiter

RULES = """
@id("guests") @hold("dba") permit (principal, action == Action::"connect", resource);
@id("answers") permit (principal in Group::"dba", action == Action::"approve", resource);
"""
CONNECT = replace(QUESTION, action="connect", facts={"address": "192.0.2.1:5"})


class Book:
    """A logbook that remembers."""

    def __init__(self) -> None:
        self.asked_: list[tuple[str, Facts]] = []
        self.events: list[Event] = []

    def asked(self, action: str, facts: Facts, _verdict: object) -> Future[None]:
        self.asked_.append((action, facts))
        return Future()

    def wrote(self, *events: Event) -> Future[None]:
        self.events += events
        return Future()

    def now(self) -> int:
        return 99


async def at_the_door(it: Waiter, book: Book, gone: asyncio.Event, told: list[str]) -> Waited:
    def tell(lines: Sequence[str]) -> None:
        told.extend(lines)

    verdict = it.rules.decide(CONNECT)
    assert isinstance(verdict, Hold)
    door = Door(tell, gone)
    return await door.wait(it.approvals, cast("Logbook", book), CONNECT, verdict, it.rules)


def test_who_is_let_in_has_all_of_it_in_both_recordings(tmp_path: Path) -> None:
    async def go() -> tuple[Waited, Book, list[str]]:
        book, told = Book(), list[str]()
        async with waiter(tmp_path, RULES) as it, asyncio.TaskGroup() as group:
            waits = group.create_task(at_the_door(it, book, asyncio.Event(), told))
            await it.answer()
            return await waits, book, told

    waited, book, told = asyncio.run(asyncio.wait_for(go(), 60))
    assert isinstance(waited.settled.verdict, Allow)
    assert waited.approvals == ("dba",)
    here = waited.at(1234)
    assert [type(each).__name__ for each in here] == [
        *("Asked", "Decided", "HoldOpened", "HoldAnswered", "HoldEnded"),
    ]
    assert {(each.at, each.channel) for each in here} == {(1234, SESSION)}
    assert [action for action, _ in book.asked_] == ["connect"]
    assert [type(each) for each in book.events] == [HoldOpened, HoldAnswered, HoldEnded]
    assert {(each.at, each.request) for each in book.events} == {(99, 0)}  # type: ignore[union-attr]
    assert any("this needs approval" in line for line in told)


def test_who_goes_takes_it_with_them(tmp_path: Path) -> None:
    async def go() -> Book:
        book, gone = Book(), asyncio.Event()
        async with waiter(tmp_path, RULES) as it, asyncio.TaskGroup() as group:
            waits = group.create_task(_refused(at_the_door(it, book, gone, [])))
            hold = await it.waiting()
            await it.seated()
            gone.set()
            await waits
            assert (await it.approvals.board.find(hold.id)).state.value == "withdrawn"
        return book

    book = asyncio.run(asyncio.wait_for(go(), 60))
    last = book.events[-1]
    assert isinstance(last, HoldEnded)
    assert last.state == "withdrawn"


async def _refused(waiting: object) -> None:
    with pytest.raises(NotApproved):
        await waiting  # type: ignore[misc]


@pytest.mark.parametrize(
    ("address", "host"), [("192.0.2.1:22", "192.0.2.1"), ("[2001:db8::1]:22", "2001:db8::1")]
)
def test_a_host_has_no_brackets(address: str, host: str) -> None:
    assert Peer(address, "").host == host
