"""Who may answer whose request: policy, the board's own rules, and the record of each answer.

Knows: one principal's proof, the policies, the logbook, the board. Must never know: SSH, what
waits beside the board. Called by `gateway.console` for the verbs of approval.

Policy must let somebody approve (the action ``approve``, on the target that is asked for), and they
must be of a group that the hold wants, and it must not be their own: the last two are the
board's and hold whatever policy says. An answer is in the logbook before it counts. To somebody who
could not answer a request, it does not exist; one's own one sees.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace

from gateway import holds
from gateway.approvals import Approvals, answer_event, approving
from gateway.hold_errors import AnswerRefused, HoldOver, NoSuchHold
from gateway.holds import Answer, Hold, State
from gateway.identity import Proof
from gateway.logbook import Logbook
from gateway.policies.point import DecisionPoint
from gateway.policy import Allow, Circumstances, Deny, Verdict
from gateway.refusals import NotRecordable
from recorder.errors import GatereelError, JournalError
from recorder.events import SESSION, Facts

GONE = "there is no such request; `requests` lists those that wait"


@dataclass(frozen=True, slots=True)
class HoldDesk:
    """What one principal, at one connection, may do with requests that wait."""

    proof: Proof
    address: str
    rules: DecisionPoint
    logbook: Logbook
    approvals: Approvals

    async def pending(self) -> list[Hold]:
        """One's own, and those that one may answer. Raises StateUnavailable."""
        found = await self.approvals.board.pending()
        return [hold for hold in found if self._sees(hold)]

    def group(self, hold: Hold) -> str:
        """On whose behalf this principal would answer it; empty where they cannot."""
        name = self.proof.principal.name
        if hold.subject.principal == name or any(each.by == name for each in hold.answers):
            return ""
        try:
            return holds.for_group(hold, self.proof.principal.groups)
        except AnswerRefused:
            return ""

    async def answer(
        self,
        identity: str,
        reason: str,
        *,
        approves: bool,
        group: str = "",
        signed: Callable[[Hold, Answer], Answer] | None = None,
    ) -> Hold:
        """Approves or denies it. ``signed`` puts a signature that it has verified into the answer,
        or raises. Raises NoSuchHold, AnswerRefused, HoldOver, StateUnavailable, NotRecordable."""
        word = "approve" if approves else "deny"
        try:
            hold = await self.approvals.board.find(identity)
        except NoSuchHold:
            await self._refused(word, identity, reason, GONE)
            raise NoSuchHold(GONE) from None
        principal = self.proof.principal
        when = Circumstances(source=self.proof.source, method=self.proof.method)
        question = approving(principal, hold, when)
        facts: Facts = {
            **question.facts,
            "target": question.target,
            "account": question.account,
            "hold": hold.id,
            "digest": hold.digest,
            "approves": approves,
            "reason": reason,
            "address": self.address,
        }
        # Decided on the very facts that are recorded, so that it can be decided again.
        verdict = self.rules.decide(replace(question, facts=facts))
        own = hold.subject.principal == principal.name
        try:
            if not own and not isinstance(verdict, Allow):
                raise NoSuchHold(GONE)
            if hold.state is not State.PENDING:
                raise HoldOver(f"this request is {hold.state.value}")
            given = Answer(
                principal.name,
                "" if own else holds.for_group(hold, principal.groups, group),
                approves,
                reason,
                self.approvals.board.now(),
                {
                    "key": self.proof.key.fingerprint,
                    "method": self.proof.method,
                    "address": self.address,
                    "recording": self.logbook.id,
                },
            )
            if signed is not None:
                given = signed(hold, given)
            holds.answer(hold, given, self.approvals.board.now())
        except GatereelError as error:
            no = _instead(verdict, f"{error.code}: {error.person}")
            await self._written(lambda: self.logbook.asked("approve", facts, no))
            raise
        await self._written(lambda: self.logbook.asked("approve", facts, verdict))
        event = answer_event(hold, given, self.logbook.now(), SESSION, 0)
        await self._written(lambda: self.logbook.wrote(event))
        after = await self.approvals.board.answer(identity, given)
        self.approvals.room.stir()
        return after

    async def withdraw(self, identity: str) -> Hold:
        """One's own, from any connection. Raises as `answer`."""
        name = self.proof.principal.name
        hold = await self.approvals.board.find(identity)
        if hold.subject.principal != name:
            if self._sees(hold):
                raise AnswerRefused(f"it is not yours to withdraw; deny {identity} ends it")
            raise NoSuchHold(GONE)
        after = await self.approvals.board.withdraw(identity, f"{name} withdrew it")
        self.approvals.room.stir()
        return after

    def _sees(self, hold: Hold) -> bool:
        if hold.subject.principal == self.proof.principal.name:
            return True
        when = Circumstances(source=self.proof.source, method=self.proof.method)
        return isinstance(self.rules.decide(approving(self.proof.principal, hold, when)), Allow)

    async def _refused(self, word: str, identity: str, reason: str, why: str) -> None:
        facts: Facts = {
            "principal": self.proof.principal.name,
            "hold": identity,
            "reason": reason,
            "address": self.address,
        }
        await self._written(lambda: self.logbook.asked(word, facts, Deny((), why)))

    async def _written(self, write: Callable[[], Future[None]]) -> None:
        try:
            await self.logbook.restore()
            await asyncio.wrap_future(write())
        except JournalError as problem:
            raise NotRecordable(
                "what you ask for cannot be written down, so it is not done; tell whoever runs"
                " this gateway",
                operator=problem.operator,
            ) from problem


def _instead(verdict: Verdict, why: str) -> Deny:
    """A refusal in spite of what policy said."""
    if isinstance(verdict, Deny):
        return verdict
    said = "allow" if isinstance(verdict, Allow) else "hold"
    obliged = {"obliged": list(verdict.obligations)} if verdict.obligations else {}
    return Deny(verdict.rules, why, {**verdict.basis, "said": said, **obliged})
