"""Nobody waits for ever for a disk that does not answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from gateway.doorstep import Doorstep
from gateway.limits import Limits, Turnstile
from gateway.refusals import NotRecordable, TooMany
from recorder.events import Facts


class Opened:
    def __init__(self) -> None:
        self.closed: list[str] = []
        self.tell: Callable[[], None] = lambda: None

    async def close(self, reason: str) -> None:
        self.closed.append(reason)
        self.tell()

    def when_closed(self, tell: Callable[[], None]) -> None:
        self.tell = tell


Body = Callable[[Doorstep, list[Facts], Opened, asyncio.Event], Awaitable[None]]


def at_the_door(body: Body, seconds: float, limits: Limits | None = None) -> None:
    async def run() -> None:
        refused: list[Facts] = []
        turnstile = Turnstile(limits or Limits())
        door = Doorstep(refused.append, turnstile, seconds)
        async with asyncio.timeout(30):
            await body(door, refused, Opened(), asyncio.Event())

    asyncio.run(run())


async def opens(session: Opened, disk: asyncio.Event) -> Opened:
    await disk.wait()
    return session


def test_who_is_answered_comes_in() -> None:
    async def body(
        door: Doorstep, refused: list[Facts], session: Opened, disk: asyncio.Event
    ) -> None:
        disk.set()
        assert await door.bring(opens(session, disk), "alice", {}) is session
        assert (refused, session.closed) == ([], [])

    at_the_door(body, 30)


def test_what_opening_raises_is_the_answer() -> None:
    async def fails() -> Opened:
        raise NotRecordable("no")

    async def body(door: Doorstep, refused: list[Facts], _s: Opened, _d: asyncio.Event) -> None:
        with pytest.raises(NotRecordable, match="no"):
            await door.bring(fails(), "alice", {})
        assert refused == []

    at_the_door(body, 30)


def test_f4_nobody_waits_for_a_disk_that_does_not_answer() -> None:
    """The first a little, all others not at all, until it answers; what it opened is closed."""

    async def body(
        door: Doorstep, refused: list[Facts], session: Opened, disk: asyncio.Event
    ) -> None:
        for _ in range(3):
            with pytest.raises(NotRecordable, match="does not answer"):
                await door.bring(opens(session, disk), "alice", {})
        assert [(each["principal"], each["error"]) for each in refused] == [("alice", "GR-235")] * 3
        disk.set()
        while door._late:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0)
        assert session.closed == ["nobody waited for it any more"]
        assert await door.bring(opens(session, disk), "alice", {}) is session

    at_the_door(body, 0)


def test_who_leaves_meanwhile_leaves_nothing_open() -> None:
    async def body(
        door: Doorstep, refused: list[Facts], session: Opened, disk: asyncio.Event
    ) -> None:
        visitor = asyncio.get_running_loop().create_task(
            door.bring(opens(session, disk), "alice", {})
        )
        await asyncio.sleep(0)
        visitor.cancel()
        with pytest.raises(asyncio.CancelledError):
            await visitor
        disk.set()
        while door._late:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0)
        assert session.closed
        assert refused == []

    at_the_door(body, 30)


@pytest.mark.parametrize("limits", [Limits(sessions_per_principal=1), Limits(sessions=1)])
def test_who_has_as_many_sessions_as_there_may_be_is_told_and_it_is_written(limits: Limits) -> None:
    async def body(
        door: Doorstep, refused: list[Facts], session: Opened, disk: asyncio.Event
    ) -> None:
        disk.set()
        await door.bring(opens(session, disk), "alice", {})
        with pytest.raises(TooMany):
            await door.bring(opens(Opened(), disk), "alice", {"address": "192.0.2.1:1"})
        assert [(each["principal"], each["error"]) for each in refused] == [("alice", "GR-225")]
        await session.close("it is over")
        await door.bring(opens(Opened(), disk), "alice", {})

    at_the_door(body, 30, limits)


def test_a_session_that_does_not_open_takes_no_room() -> None:
    async def fails() -> Opened:
        raise NotRecordable("no")

    async def body(door: Doorstep, _r: list[Facts], session: Opened, disk: asyncio.Event) -> None:
        for _ in range(3):
            with pytest.raises(NotRecordable, match="no"):
                await door.bring(fails(), "alice", {})
        disk.set()
        await door.bring(opens(session, disk), "alice", {})

    at_the_door(body, 30, Limits(sessions=1))
