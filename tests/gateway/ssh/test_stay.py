"""One session behind a connection: opened once, ended once, among the live ones in between."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from gateway.errors import Ended, RecordingLost
from gateway.front_door import Tell
from gateway.limits import Bounds
from gateway.live import LiveSessions
from gateway.policy import Request
from gateway.refusals import UnknownTarget
from gateway.session import FirstTerminal, Session
from gateway.ssh.authority import Errand
from gateway.ssh.dialer import Dialler
from gateway.ssh.stay import Stay
from recorder.errors import GatereelError
from recorder.events import End
from tests.gateway.test_session import ALICE, PEER, Desk, at


class Channel:
    """A channel that says when it was told to go."""

    def __init__(self, stay: Stay) -> None:
        self._stay = stay
        self.told: list[tuple[str, str]] = []
        self.allowed: Request | None = None
        self.active = asyncio.get_running_loop().time()
        stay.joined(self)

    def tell(self, line: bytes) -> None:
        self.told.append(("tell", line.decode()))

    def stop(self, error: GatereelError) -> None:
        self.told.append(("stop", error.person))

    def cut(self, error: GatereelError) -> None:
        self.told.append(("cut", error.person))
        self._stay.left(self)


def a_stay(desk: Desk, live: LiveSessions, over: list[str], user: str = "root@web1") -> Stay:
    async def opening(first: FirstTerminal, _tell: Tell) -> Session:
        return await desk.reception.open(ALICE, user, PEER, "ssh", first)

    def dial(session: Session) -> Dialler:
        return Dialler(session.route, Errand(session.id, "alice"), None)

    return Stay(opening, live, lambda error: over.append(error.person), dial)


def test_all_who_ask_get_the_one_session_and_it_is_live_until_it_is_closed(tmp_path: Path) -> None:
    async def body(desk: Desk) -> None:
        live = LiveSessions()
        stay = a_stay(desk, live, [])
        assert not stay.began
        (first, dialler), (second, same) = await asyncio.gather(
            stay.session(FirstTerminal()), stay.session(FirstTerminal())
        )
        assert first is second
        assert dialler is same
        assert [each.about.principal for each in live] == ["alice"]
        await stay.close("the client left")
        await stay.close("again")
        assert len(live) == 0
        assert desk.events(first.id)[-1].reason == "the client left"  # type: ignore[union-attr]

    at(tmp_path, body)


def test_a_refusal_is_the_same_for_all(tmp_path: Path) -> None:
    async def body(desk: Desk) -> None:
        live = LiveSessions()
        stay = a_stay(desk, live, [], "nowhere")
        for _ in range(2):
            with pytest.raises(UnknownTarget):
                await stay.session(FirstTerminal())
        await stay.close("gone")
        assert len(live) == 0

    at(tmp_path, body)


def test_ending_cuts_every_channel_closes_the_recording_and_opens_no_other(tmp_path: Path) -> None:
    async def body(desk: Desk) -> None:
        live, over = LiveSessions(), list[str]()
        stay = a_stay(desk, live, over)
        session, _ = await stay.session(FirstTerminal())
        channels = [Channel(stay), Channel(stay)]
        (entry,) = live
        await entry.end(Ended("bob ended it: late", operator="ended by bob: late"))
        assert [each.told for each in channels] == [[("cut", "bob ended it: late")]] * 2
        assert over == ["bob ended it: late"]
        assert len(live) == 0
        last = desk.events(session.id)[-1]
        assert isinstance(last, End)
        assert last.reason == "ended by bob: late"
        with pytest.raises(Ended):
            await stay.session(FirstTerminal())

    at(tmp_path, body)


def test_a_recording_that_fails_ends_the_session_and_another_failure_only_its_channel(
    tmp_path: Path,
) -> None:
    async def body(desk: Desk) -> None:
        over = list[str]()
        stay = a_stay(desk, LiveSessions(), over)
        await stay.session(FirstTerminal())
        channel = Channel(stay)
        stay.channel_failed(UnknownTarget("something else"))
        assert (channel.told, over) == ([], [])
        stay.channel_failed(RecordingLost("lost"))
        assert channel.told == [("stop", "lost")]
        assert over == ["lost"]

    at(tmp_path, body)


def test_a_session_without_a_sign_of_life_ends_and_terminals_hear_of_it_before(
    tmp_path: Path,
) -> None:
    async def body(desk: Desk) -> None:
        over = list[str]()
        desk.reception.bounds = Bounds(idle=1)
        stay = a_stay(desk, LiveSessions(), over)
        session, _ = await stay.session(FirstTerminal())
        channel = Channel(stay)
        for _ in range(8):
            await asyncio.sleep(0.2)
            channel.active = asyncio.get_running_loop().time()
        assert not over
        async with asyncio.timeout(10):
            while not over:  # noqa: ASYNC110 - what is waited for tells nobody
                await asyncio.sleep(0.02)
        assert session.journal.now() >= 2_600_000
        words = [kind for kind, _ in channel.told]
        assert words == ["tell", "cut"]
        assert channel.told[-1][1] == "nothing was done here for 1 second, so it ends"
        await stay.close("gone")
        last = desk.events(session.id)[-1]
        assert isinstance(last, End)
        assert last.reason.startswith("GR-250: ")

    at(tmp_path, body)


def test_ssh_22_an_unused_session_is_idle_and_none_outlives_its_time(tmp_path: Path) -> None:
    async def body(desk: Desk) -> None:
        for bounds in (Bounds(idle=1), Bounds(total=1)):
            over = list[str]()
            desk.reception.bounds = bounds
            stay = a_stay(desk, LiveSessions(), over)
            await stay.session(FirstTerminal())
            channel = Channel(stay)
            if bounds.idle:
                stay.left(channel)
            async with asyncio.timeout(10):
                while not over:
                    channel.active = asyncio.get_running_loop().time()
                    await asyncio.sleep(0.02)
            await stay.close("gone")

    at(tmp_path, body)


def test_a_session_that_was_closed_ends_no_second_time(tmp_path: Path) -> None:
    async def body(desk: Desk) -> None:
        over = list[str]()
        desk.reception.bounds = Bounds(total=1)
        stay = a_stay(desk, LiveSessions(), over)
        await stay.session(FirstTerminal())
        await stay.close("gone")
        await asyncio.sleep(1.1)
        assert not over

    at(tmp_path, body)
