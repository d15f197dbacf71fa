from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from gateway import approvals as module
from gateway.approvals import Settled
from gateway.policies.decision import Policies
from gateway.policy import Allow, Deny
from recorder.events import Asked, Decided, Event, HoldAnswered, HoldEnded, HoldOpened
from tests.gateway.waiters import QUESTION, RULES, Waiter, waiter

Act = Callable[[Waiter], Awaitable[None]]


def settled(folder: Path, act: Act) -> tuple[Settled, Waiter]:
    """What a wait comes to while this is done."""

    async def go() -> tuple[Settled, Waiter]:
        async with waiter(folder) as it, asyncio.TaskGroup() as group:
            waits = group.create_task(it.approvals.settle(it.matter()))
            await act(it)
            return await waits, it

    return asyncio.run(asyncio.wait_for(go(), 60))


def names(events: list[Event]) -> list[str]:
    return [type(each).__name__ for each in events]


def test_approved_it_goes_on_and_everything_is_heard_in_order(tmp_path: Path) -> None:
    async def act(it: Waiter) -> None:
        hold = await it.waiting()
        assert hold.subject.facts == {**QUESTION.facts, "environment": [[b"LANG", b"C"]]}
        assert hold.uncovered
        await it.answer()

    end, it = settled(tmp_path, act)
    assert isinstance(end.verdict, Allow)
    assert end.verdict.basis["approvals"] == ["dba"]
    assert end.question.when.approvals == ("dba",)
    assert names(it.events) == [
        *("Decided", "HoldOpened", "HoldAnswered", "HoldEnded", "Asked"),
    ]
    held, opened, answered, ended, asked = it.events
    assert isinstance(held, Decided)
    assert isinstance(opened, HoldOpened)
    assert isinstance(answered, HoldAnswered)
    assert isinstance(ended, HoldEnded)
    assert isinstance(asked, Asked)
    assert held.verdict == "hold"
    assert opened.facts["beside"] == {"environment": [[b"LANG", b"C"]]}
    assert opened.digest == answered.digest
    assert (answered.by, answered.facts["group"], ended.state) == ("bob", "dba", "used")
    assert (asked.request, asked.action, asked.facts) == (7, "exec", QUESTION.facts)
    assert {each.channel for each in it.events} == {3}
    assert "bob, carol" in " ".join(it.lines)
    assert "alice" not in " ".join(it.lines)


@pytest.mark.parametrize(
    ("how", "state", "why"),
    [
        ("deny", "denied", "denied by bob: it is due"),
        ("withdraw", "withdrawn", "it was withdrawn: alice withdrew it"),
        ("expire", "expired", "nobody approved it in time"),
        ("terms", "withdrawn", "what policy asks for has changed meanwhile"),
        ("rules", "withdrawn", "no policy allows alice exec on root@web1"),
    ],
)
def test_every_other_end_is_a_refusal_that_says_so(
    tmp_path: Path, how: str, state: str, why: str
) -> None:
    async def act(it: Waiter) -> None:
        hold = await it.waiting()
        if how == "withdraw":
            await it.approvals.board.withdraw(hold.id, "alice withdrew it")
        elif how == "expire":
            it.clock.now = hold.expires
        elif how == "terms":
            it.rules = Policies.of(access=RULES.replace("@hold", "@signed @hold"))
        elif how == "rules":
            it.rules = Policies.of(access="")
        if how in ("deny", "terms", "rules"):
            await it.answer(approves=how != "deny")
        it.approvals.room.stir()

    end, it = settled(tmp_path, act)
    assert isinstance(end.verdict, Deny)
    assert why in end.verdict.reason
    assert names(it.events)[-2:] == ["HoldEnded", "Asked"]
    ended = it.events[-2]
    assert isinstance(ended, HoldEnded)
    assert ended.state == state
    if how != "rules":
        assert end.verdict.basis["said"] == "hold"


def test_whoever_waits_and_goes_takes_it_with_them(tmp_path: Path) -> None:
    async def go() -> None:
        async with waiter(tmp_path) as it:
            async with asyncio.TaskGroup() as group:
                waits = group.create_task(it.approvals.settle(it.matter()))
                hold = await it.waiting()
                await it.seated()
                waits.cancel()
            assert waits.cancelled()
            assert (await it.approvals.board.find(hold.id)).state.value == "withdrawn"
            (ended,) = it.late
            assert isinstance(ended, HoldEnded)
            assert (ended.state, ended.reason) == ("withdrawn", "its connection is gone")
            assert len(it.approvals.room) == 0

    asyncio.run(asyncio.wait_for(go(), 60))


def test_a_state_that_is_gone_refuses_at_once(tmp_path: Path) -> None:
    async def go() -> None:
        async with waiter(tmp_path) as it:
            (tmp_path / "state.db").unlink()
            end = await it.approvals.settle(it.matter())
            assert isinstance(end.verdict, Deny)
            assert "GR-270" in end.verdict.reason
            assert names(it.events) == ["Decided", "Asked"]

    asyncio.run(asyncio.wait_for(go(), 60))


def test_a_state_that_goes_while_somebody_waits_lets_nothing_on(tmp_path: Path) -> None:
    async def act(it: Waiter) -> None:
        await it.waiting()
        (tmp_path / "state.db").unlink()
        it.approvals.room.stir()

    end, it = settled(tmp_path, act)
    assert isinstance(end.verdict, Deny)
    assert "GR-270" in end.verdict.reason
    assert names(it.events)[-2:] == ["HoldEnded", "Asked"]


@pytest.mark.parametrize("bound", ["MOST", "MOST_EACH"])
def test_so_many_may_wait_and_no_more(
    bound: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, bound, 0)

    async def act(_: Waiter) -> None:
        pass

    end, it = settled(tmp_path, act)
    assert isinstance(end.verdict, Deny)
    assert "wait at this gateway already" in end.verdict.reason
    assert names(it.events) == ["Decided", "Asked"]


def test_who_has_waited_leaves_room_for_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST", 1)

    async def go() -> None:
        async with waiter(tmp_path) as it:
            for _ in range(3):
                async with asyncio.TaskGroup() as group:
                    waits = group.create_task(it.approvals.settle(it.matter()))
                    await it.waiting()
                    more = await it.approvals.settle(it.matter())
                    assert isinstance(more.verdict, Deny)
                    await it.answer()
                assert isinstance(waits.result().verdict, Allow)

    asyncio.run(asyncio.wait_for(go(), 60))


def test_a_wall_clock_that_stands_still_keeps_nobody_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SLACK", -899.9)

    async def act(it: Waiter) -> None:
        with contextlib.suppress(Exception):
            await it.waiting()

    end, it = settled(tmp_path, act)
    assert isinstance(end.verdict, Deny)
    assert "nobody approved it in time" in end.verdict.reason
    assert isinstance(it.events[-2], HoldEnded)
