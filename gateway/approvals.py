"""A request that policy holds, from its opening on the board to what comes of it.

Knows: the board, the waiting room, policy's question asked again, the events of a hold. Must never
know: SSH, who answers (`gateway.hold_desk`). One for a gateway, made by `gateway.serve`; called by
bridges for what a session asks, and by `gateway.front_door` for who wants to connect.

What comes out is an `Allow`, decided by policy on the same request with the approvals in it, or a
`Deny` that says what the hold came to. Fail closed: where the state does not answer, where policies
want something else by now, where the time is over by whichever clock, it is a `Deny`. Whoever waits
and goes takes the request with them.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from gateway import hold_lines, holds
from gateway.hold_errors import HoldOver, NoSuchHold, StateUnavailable
from gateway.holds import Answer, State, Subject
from gateway.identity import Principal
from gateway.policy import APPROVE, Allow, Circumstances, Hold, Request, Verdict
from gateway.state.board import Board
from gateway.verdicts import decided, not_approved
from gateway.waiting_room import WaitingRoom
from recorder.errors import GatereelError
from recorder.events import SESSION, Asked, Event, Facts, HoldAnswered, HoldEnded, HoldOpened
from recorder.store import Entropy

log = logging.getLogger(__name__)

MOST, MOST_EACH = 200, 20
"""Requests that wait at one gateway at one time; of one principal."""
SLACK = 2
"""Seconds that the board has to say that the time is over."""
ASKED = 100
"""People of whom it is asked whether they may approve, to name some of them."""

Hear = Callable[[Sequence[Event], Sequence[str]], None]
"""Takes what happened, to be recorded, and lines for whoever waits."""


@dataclass(frozen=True, slots=True)
class Matter:
    """What waits, and where its news go."""

    question: Request
    verdict: Hold
    channel: int
    request: int
    """The number of its `Asked`."""
    now: Callable[[], int]
    """Session time."""
    decide: Callable[[Request], Verdict]
    hear: Hear
    late: Callable[[Event], Awaitable[None]]
    """Records what happens when nobody hears any more. May raise."""
    session: str = ""
    beside: Facts = field(default_factory=dict)
    """What goes to the target with the request."""


@dataclass(frozen=True, slots=True)
class Settled:
    verdict: Verdict
    """Holds nothing any more."""
    question: Request
    """As it was asked in the end."""


class Rules(Protocol):
    """`gateway.policies.point.DecisionPoint`."""

    def decide(self, request: Request) -> Verdict: ...


class Approvals:
    def __init__(
        self,
        board: Board,
        rules: Rules,
        people: Callable[[], Iterable[Principal]],
        entropy: Entropy,
    ) -> None:
        """``people``: everybody who is registered now."""
        self.board = board
        self.room = WaitingRoom(board)
        self._rules = rules
        self._people = people
        self._asking: Counter[str] = Counter()
        """Requests that wait, by who asked."""
        self._entropy = entropy

    async def settle(self, matter: Matter) -> Settled:
        """Waits. Cancelling withdraws the request. Raises nothing of its own."""
        matter.hear([decided(matter.now(), matter.channel, matter.request, matter.verdict)], [])
        name = matter.question.principal
        if self._asking.total() >= MOST or self._asking[name] >= MOST_EACH:
            return _refused(matter, "too many requests wait at this gateway already; try later")
        self._asking[name] += 1
        try:
            return await self._settle(matter)
        finally:
            self._asking -= Counter([name])

    async def _settle(self, matter: Matter) -> Settled:
        hold = self._hold(matter)
        try:
            await self.board.open(hold)
        except StateUnavailable as problem:
            log.warning("%s: %s", problem.code, problem.operator)
            return _refused(matter, f"{problem.code}: {problem.person}")
        except asyncio.CancelledError:
            await self._take_back(hold, "its connection is gone")
            raise
        return await self._wait(matter, hold)

    async def _wait(self, matter: Matter, hold: holds.Hold) -> Settled:
        """From where others can see it."""
        subject = hold.subject
        facts: Facts = {
            "approvers": [f"{each.group}:{each.count}" for each in hold.terms.approvers],
            "signed": hold.terms.signed,
            "opened": hold.opened,
            "expires": hold.expires,
            "uncovered": list(hold.uncovered),
            **({"beside": dict(matter.beside)} if matter.beside else {}),
        }
        opened = HoldOpened(
            matter.now(), matter.channel, matter.request, hold.id, hold.digest, facts
        )
        _log(matter, hold, "waits for approval")
        matter.hear([opened], hold_lines.waiting(hold, self._who(subject, hold)))
        # The board goes by the wall's clock; one that jumps back keeps nobody waiting.
        seconds = hold.terms.expires + SLACK
        try:
            async with asyncio.timeout(seconds):
                last = await self._until_answered(matter, hold)
        except TimeoutError:
            last = await self._end(hold, "nobody approved it in time")
        except GatereelError as problem:
            log.warning("%s: %s", problem.code, problem.operator)
            last = await self._end(hold, f"{problem.code}: {problem.person}")
        except asyncio.CancelledError:
            ended = await self._end(hold, "its connection is gone")
            with contextlib.suppress(GatereelError):
                await matter.late(self._ended(matter, ended))
            raise
        return await self._released(matter, last)

    async def _until_answered(self, matter: Matter, hold: holds.Hold) -> holds.Hold:
        last = hold
        async with contextlib.aclosing(self.room.changes(hold)) as changes:
            async for each in changes:
                for given in each.answers[len(last.answers) :]:
                    event = answer_event(each, given, matter.now(), matter.channel, matter.request)
                    matter.hear([event], [hold_lines.answered(each, given)])
                last = each
        return last

    async def _released(self, matter: Matter, hold: holds.Hold) -> Settled:
        """What policy says of it now: an approval is for what policy asked for."""
        settled: Settled | None = None
        if hold.state is State.APPROVED:
            settled = self._ask_again(matter, hold)
            try:
                if settled is None:
                    hold = await self._end(hold, "what policy asks for has changed meanwhile")
                elif isinstance(settled.verdict, Allow):
                    hold = await self.board.use(hold.id, hold.digest)
                else:
                    hold = await self._end(hold, "policy does not allow it any more")
            except GatereelError as problem:
                log.warning("%s: %s", problem.code, problem.operator)
                hold = await self._end(hold, f"{problem.code}: {problem.person}")
                settled = None
            except asyncio.CancelledError:
                ended = await self._end(hold, "its connection is gone")
                with contextlib.suppress(GatereelError):
                    await matter.late(self._ended(matter, ended))
                raise
        elif hold.state is State.EXPIRED:
            with contextlib.suppress(GatereelError):
                await self.board.expire(hold.id)
        _log(matter, hold, f"is {hold.state.value}: {hold.why}")
        told = ["approved; it goes on"] if hold.state is State.USED else []
        matter.hear([self._ended(matter, hold)], told)
        if settled is None:
            return _refused(matter, _words(hold))
        matter.hear([_asked_again(matter)], [])
        return settled

    def _ask_again(self, matter: Matter, hold: holds.Hold) -> Settled | None:
        """None where other people, or more of them, must approve by now."""
        before = matter.decide(matter.question)
        if isinstance(before, Hold) and before.terms != hold.terms:
            return None
        when = replace(matter.question.when, approvals=holds.approvals(hold))
        question = replace(matter.question, when=when)
        verdict = matter.decide(question)
        return None if isinstance(verdict, Hold) else Settled(verdict, question)

    def _hold(self, matter: Matter) -> holds.Hold:
        question = matter.question
        subject = Subject(
            question.principal,
            question.kind,
            question.action,
            question.target,
            question.account,
            {**question.facts, **matter.beside},
        )
        return holds.open_hold(
            holds.new_id(self._entropy(holds.ID_LENGTH)),
            subject,
            matter.verdict.terms,
            self.board.now(),
            reason=matter.verdict.reason,
            session=matter.session,
            uncovered=hold_lines.uncovered(
                question.action, terminal=bool(question.facts.get("terminal"))
            ),
            gateway=self.board.run,
        )

    def _who(self, subject: Subject, hold: holds.Hold) -> dict[str, list[str]]:
        """Of each group that is wanted, those who may approve this."""
        wanted = [each.group for each in hold.terms.approvers]
        found: dict[str, list[str]] = {each: [] for each in wanted}
        others = [
            person
            for person in self._people()
            if person.name != subject.principal and {*person.groups} & {*wanted}
        ]
        for person in others[:ASKED]:
            if isinstance(self._rules.decide(approving(person, hold, Circumstances())), Allow):
                for group in {*person.groups} & {*wanted}:
                    found[group].append(person.name)
        return found

    async def _end(self, hold: holds.Hold, why: str) -> holds.Hold:
        """Takes it back, whatever the board says of it; what it says where it is over already."""
        try:
            return await self.board.withdraw(hold.id, why)
        except HoldOver:
            with contextlib.suppress(GatereelError):
                found = await self.board.find(hold.id)
                if found.state not in (State.APPROVED, State.USED):
                    return found
        except GatereelError as problem:
            log.warning("%s: %s", problem.code, problem.operator)
        return replace(hold, state=State.WITHDRAWN, why=why)

    async def _take_back(self, hold: holds.Hold, why: str) -> None:
        with contextlib.suppress(NoSuchHold, HoldOver, StateUnavailable):
            await self.board.withdraw(hold.id, why)

    @staticmethod
    def _ended(matter: Matter, hold: holds.Hold) -> HoldEnded:
        return ended_event(hold, matter.now(), matter.channel, matter.request)


def _log(matter: Matter, hold: holds.Hold, what: str) -> None:
    subject = hold.subject
    log.info(
        "request %s %s",
        hold.id,
        what,
        extra={
            "session": matter.session,
            "principal": subject.principal,
            "target": subject.target,
            "account": subject.account,
        },
    )


def approving(person: Principal, hold: holds.Hold, when: Circumstances) -> Request:
    """What policy is asked about an answer: may this principal approve such a thing there?"""
    subject = hold.subject
    return Request(
        principal=person.name,
        kind=person.kind,
        groups=person.groups,
        action=APPROVE,
        target=subject.target,
        account=subject.account,
        facts={"requester": subject.principal, "asked": subject.action},
        when=when,
    )


def answer_event(
    hold: holds.Hold, given: Answer, at: int, channel: int, request: int
) -> HoldAnswered:
    """One answer, as every recording has it."""
    signed = {"signature": given.signature} if given.signature else {}
    said = {"group": given.group, "reason": given.reason, "at": given.at}
    facts: Facts = {**given.how, **said, **signed}
    return HoldAnswered(at, channel, request, hold.id, hold.digest, given.approves, given.by, facts)


def ended_event(hold: holds.Hold, at: int, channel: int = SESSION, request: int = 0) -> HoldEnded:
    return HoldEnded(at, channel, request, hold.id, hold.state.value, hold.why)


def _refused(matter: Matter, why: str) -> Settled:
    matter.hear([_asked_again(matter)], [])
    return Settled(not_approved(matter.verdict, why), matter.question)


def _asked_again(matter: Matter) -> Asked:
    question = matter.question
    return Asked(matter.now(), matter.channel, matter.request, question.action, question.facts)


def _words(hold: holds.Hold) -> str:
    """What it came to, to whoever asked."""
    match hold.state:
        case State.DENIED:
            return hold.why
        case State.EXPIRED:
            return "nobody approved it in time"
        case State.WITHDRAWN:
            return f"it was withdrawn: {hold.why}"
        case _:
            return f"it is {hold.state.value} already"
