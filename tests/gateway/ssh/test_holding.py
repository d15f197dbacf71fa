from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import cast

from gateway import relay
from gateway.approvals import Approvals, Settled
from gateway.policy import Allow, Hold
from gateway.pump import Pump
from gateway.session import Session
from gateway.ssh.holding import settle
from recorder.events import Event, HoldOpened
from tests.gateway.waiters import QUESTION, Waiter, waiter

SENT = ((b"LANG", b"C"), (b"LD_PRELOAD", b"/tmp/x.so"))


class Listening:
    """A pump that keeps what arrives."""

    def __init__(self) -> None:
        self.heard: list[relay.Waits] = []

    def now(self) -> int:
        return 8

    def arrive(self, arrival: relay.Waits) -> None:
        self.heard.append(arrival)


def session_of(it: Waiter, approvals: Approvals | None) -> Session:
    async def record(event: Event) -> None:
        it.late.append(event)

    made = SimpleNamespace(
        approvals=approvals,
        record=record,
        journal=SimpleNamespace(now=lambda: 9),
        decide=it.decide,
        id="s1",
    )
    return cast("Session", made)


def test_it_waits_with_its_session_and_the_pump_hears_of_it(tmp_path: Path) -> None:
    async def go() -> tuple[Settled, Listening]:
        pump = Listening()
        async with waiter(tmp_path) as it, asyncio.TaskGroup() as group:
            verdict = it.rules.decide(QUESTION)
            assert isinstance(verdict, Hold)
            asked = relay.Ask(4, QUESTION)
            session = session_of(it, it.approvals)
            waits = group.create_task(
                settle(session, 2, asked, verdict, cast("Pump", pump), SENT, ("LANG",))
            )
            hold = await it.waiting()
            # What goes to the target is approved with it, and nothing else is spoken of.
            assert hold.subject.facts["environment"] == [[b"LANG", b"C"]]
            await it.answer()
            return await waits, pump

    settled, pump = asyncio.run(asyncio.wait_for(go(), 60))
    assert isinstance(settled.verdict, Allow)
    events = [event for each in pump.heard for event in each.events]
    (opened,) = [each for each in events if isinstance(each, HoldOpened)]
    assert (opened.channel, opened.request, opened.at) == (2, 4, 9)
    assert {each.at for each in pump.heard} == {8}


def test_where_nothing_can_wait_the_hold_comes_back(tmp_path: Path) -> None:
    async def go() -> Settled:
        async with waiter(tmp_path) as it:
            verdict = it.rules.decide(QUESTION)
            assert isinstance(verdict, Hold)
            asked = relay.Ask(4, QUESTION)
            return await settle(session_of(it, None), 2, asked, verdict, cast("Pump", Listening()))

    assert isinstance(asyncio.run(go()).verdict, Hold)
