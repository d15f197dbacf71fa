from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from gateway.hold_desk import HoldDesk
from gateway.hold_errors import AnswerRefused, HoldOver, NoSuchHold
from gateway.holds import Answer, Hold, State
from gateway.identity import Proof, PublicKey
from gateway.logbook import Logbook
from gateway.policies.point import DecisionPoint
from gateway.policy import Deny, Verdict
from gateway.refusals import NotRecordable
from recorder.errors import JournalError
from recorder.events import Event, Facts, HoldAnswered
from tests.gateway.waiters import PEOPLE, RULES, Waiter, waiter

KEY = PublicKey("ssh-ed25519", b"x" * 32)
PROOFS = {each.name: Proof(each, "publickey", KEY, "192.0.2.9") for each in PEOPLE}
ALONE = RULES[: RULES.index('@id("answers")')]
"""Policies that let nobody approve anything."""


class Book:
    """A logbook that remembers, or fails."""

    id = "0190-gateway"

    def __init__(self) -> None:
        self.asked_: list[tuple[str, Facts, Verdict]] = []
        self.events: list[Event] = []
        self.fails = False

    async def restore(self) -> None:
        if self.fails:
            raise JournalError("no", operator="full")

    def asked(self, action: str, facts: Facts, verdict: Verdict) -> Future[None]:
        self.asked_.append((action, facts, verdict))
        return _done()

    def wrote(self, *events: Event) -> Future[None]:
        self.events += events
        return _done()

    def now(self) -> int:
        return 99


def _done() -> Future[None]:
    done: Future[None] = Future()
    done.set_result(None)
    return done


class Scene:
    def __init__(self, it: Waiter, book: Book) -> None:
        self.it = it
        self.book = book

    def desk(self, who: str) -> HoldDesk:
        rules = DecisionPoint(self.it.rules)
        book = cast("Logbook", self.book)
        return HoldDesk(PROOFS[who], "192.0.2.9:5", rules, book, self.it.approvals)

    async def hold(self) -> Hold:
        made = self.it.approvals._hold(self.it.matter())
        await self.it.approvals.board.open(made)
        return made


def play(folder: Path, case: Callable[[Scene], Awaitable[None]], rules: str = RULES) -> None:
    async def go() -> None:
        async with waiter(folder, rules) as it:
            await case(Scene(it, Book()))

    asyncio.run(asyncio.wait_for(go(), 60))


def test_an_answer_is_written_down_before_it_counts(tmp_path: Path) -> None:
    async def case(scene: Scene) -> None:
        hold = await scene.hold()
        after = await scene.desk("bob").answer(hold.id, "it is due", approves=True)
        assert after.state is State.APPROVED
        ((action, facts, verdict),) = scene.book.asked_
        assert (action, facts["requester"], facts["asked"]) == ("approve", "alice", "exec")
        assert (facts["hold"], facts["digest"]) == (hold.id, hold.digest)
        assert verdict.rules == ("answers",)
        (event,) = scene.book.events
        assert isinstance(event, HoldAnswered)
        assert (event.by, event.approves, event.digest) == ("bob", True, hold.digest)
        assert event.facts == {
            "key": KEY.fingerprint, "method": "publickey", "address": "192.0.2.9:5",
            "recording": "0190-gateway", "group": "dba", "reason": "it is due",
            "at": scene.it.clock.now,
        }  # fmt: skip
        assert after.answers[0].how["recording"] == "0190-gateway"

    play(tmp_path, case)


def test_what_cannot_be_written_down_does_not_count(tmp_path: Path) -> None:
    async def case(scene: Scene) -> None:
        hold = await scene.hold()
        scene.book.fails = True
        with pytest.raises(NotRecordable):
            await scene.desk("bob").answer(hold.id, "it is due", approves=True)
        assert (await scene.it.approvals.board.find(hold.id)).state is State.PENDING

    play(tmp_path, case)


@pytest.mark.parametrize("approves", [True, False])
@pytest.mark.parametrize(
    "rules", [RULES, RULES + 'permit (principal, action == Action::"approve", resource);', ALONE]
)
def test_ones_own_is_refused_whatever_policy_says(
    tmp_path: Path, approves: bool, rules: str
) -> None:
    async def case(scene: Scene) -> None:
        hold = await scene.hold()
        with pytest.raises(AnswerRefused, match="own"):
            await scene.desk("alice").answer(hold.id, "x", approves=approves)
        ((_, _, verdict),) = scene.book.asked_
        assert isinstance(verdict, Deny)
        assert scene.book.events == []
        assert scene.desk("alice").group(hold) == ""

    play(tmp_path, case, rules)


def test_to_who_may_not_answer_it_does_not_exist(tmp_path: Path) -> None:
    async def case(scene: Scene) -> None:
        hold = await scene.hold()
        desk = scene.desk("eve")
        assert await desk.pending() == []
        words = []
        for identity in (hold.id, "00000000"):
            with pytest.raises(NoSuchHold) as caught:
                await desk.answer(identity, "x", approves=True)
            words.append(caught.value.person)
            with pytest.raises(NoSuchHold):
                await desk.withdraw(identity)
        assert words[0] == words[1]
        assert [type(verdict) for _, _, verdict in scene.book.asked_] == [Deny, Deny]

    play(tmp_path, case)


def test_who_sees_what(tmp_path: Path) -> None:
    async def case(scene: Scene) -> None:
        hold = await scene.hold()
        for who, group in (("alice", ""), ("bob", "dba"), ("carol", "dba")):
            desk = scene.desk(who)
            assert [each.id for each in await desk.pending()] == [hold.id]
            assert desk.group(hold) == group
        approved = await scene.desk("bob").answer(hold.id, "x", approves=True)
        assert scene.desk("bob").group(approved) == ""
        assert await scene.desk("bob").pending() == []

    play(tmp_path, case)


def test_what_is_over_is_over(tmp_path: Path) -> None:
    async def case(scene: Scene) -> None:
        hold = await scene.hold()
        await scene.desk("bob").answer(hold.id, "no", approves=False)
        with pytest.raises(HoldOver, match="denied"):
            await scene.desk("carol").answer(hold.id, "x", approves=True)
        verdict = scene.book.asked_[-1][2]
        assert isinstance(verdict, Deny)
        assert verdict.basis["said"] == "allow"

    play(tmp_path, case)


def test_a_signature_is_put_in_by_whoever_verifies_it(tmp_path: Path) -> None:
    def signed(_hold: Hold, given: Answer) -> Answer:
        return replace(given, signature=b"verified")

    async def case(scene: Scene) -> None:
        hold = await scene.hold()
        assert hold.terms.signed
        with pytest.raises(AnswerRefused, match="signed"):
            await scene.desk("bob").answer(hold.id, "x", approves=True)
        after = await scene.desk("bob").answer(hold.id, "x", approves=True, signed=signed)
        assert after.answers[0].signature == b"verified"
        (event,) = scene.book.events
        assert isinstance(event, HoldAnswered)
        assert event.facts["signature"] == b"verified"

    play(tmp_path, case, RULES.replace("@hold", "@signed @hold"))


def test_only_whoever_asked_withdraws(tmp_path: Path) -> None:
    async def case(scene: Scene) -> None:
        hold = await scene.hold()
        with pytest.raises(AnswerRefused, match="not yours"):
            await scene.desk("bob").withdraw(hold.id)
        after = await scene.desk("alice").withdraw(hold.id)
        assert (after.state, after.why) == (State.WITHDRAWN, "alice withdrew it")

    play(tmp_path, case)
