"""One session's life: is it allowed, open its recording, number its channels, end it.

Knows: policy's question about connecting, the journal, the logbook. Must never know: SSH, or
any other protocol's wire; bridges (`gateway.ssh`) come here with a proof and leave with a
`Session`. Nothing is opened that is not recorded first: no journal, no logbook, a shut gate, and
nobody comes in.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace

from gateway.admission import (
    asked_facts,
    connecting,
    in_full,
    not_recordable,
    refusal,
    request_for,
    revoked,
)
from gateway.approvals import Approvals
from gateway.config import GATEWAY_NAME, Account, Target
from gateway.errors import Revoked
from gateway.front_door import Door, FirstTerminal, Peer, Waited
from gateway.gate import Gate
from gateway.identity import Proof, Register
from gateway.limits import Bounds
from gateway.logbook import Logbook
from gateway.masking.plan import MaskPlan
from gateway.policies.point import DecisionPoint
from gateway.policy import Allow, Deny, Hold, Request, Verdict
from gateway.refusals import DiskTooFull, NotRecordable, UnknownAccount, UnknownTarget
from gateway.session_recorder import SessionRecorder
from gateway.targets import Route, Targets
from gateway.terms import bounded, kept_as, said
from gateway.verdicts import decided
from recorder.clock import Clock
from recorder.errors import GatereelError, JournalError
from recorder.events import SESSION, Asked, Authenticated, Event, Facts, TargetReached
from recorder.events import Refused as RefusedEvent
from recorder.header import make_header
from recorder.journal import Journal, Writer
from recorder.store import Entropy, new_id

__all__ = ["FirstTerminal", "Peer", "Reception", "Session"]


class Session:
    """A session that was let in. Its recording is open until `close`."""

    def __init__(
        self,
        journal: Journal,
        proof: Proof,
        route: Route,
        rules: DecisionPoint,
        logbook: Logbook,
        gate: Gate,
        bounds: Bounds,
        masking: MaskPlan,
        notices: Sequence[str] = (),
    ) -> None:
        self.journal = journal
        self.meters = logbook.meters
        self.recorder = SessionRecorder(journal, self.meters.append)
        self.proof = proof
        self.route = route
        self.gate = gate
        self.bounds = bounds
        self.masking = masking
        self.notices = tuple(notices)
        """Lines that policy wants the principal to be told as a shell begins."""
        self.approvals: Approvals | None = None
        """Where what is held waits; None: it is refused."""
        self.approved: tuple[str, ...] = ()
        """On behalf of whom it was let in."""
        self._rules = rules
        self._logbook = logbook
        self._channels = 0
        self._closing: asyncio.Future[None] | None = None
        self._when_closed: Callable[[], None] = lambda: None

    @property
    def id(self) -> str:
        return self.journal.id

    def next_channel(self) -> int:
        """The number of a channel that opens now: from 1, in order of opening."""
        self._channels += 1
        return self._channels

    @property
    def subject(self) -> Request:
        """Who is where: what every question of this session begins with."""
        return request_for(self.proof, self.route, "connect", {})

    def decide(self, request: Request) -> Verdict:
        """Policy's answer, about the principal as it is registered now."""
        principal = self.proof.principal
        asked = replace(
            request,
            kind=principal.kind,
            groups=principal.groups,
            when=replace(request.when, source=self.proof.source, method=self.proof.method),
        )
        return in_full(self._rules.decide(asked), self._rules.decide, asked)

    def forbids(self, request: Request) -> Revoked | None:
        """Why what was allowed once may not go on, if it may not."""
        verdict = self.decide(request)
        if isinstance(verdict, Allow):
            return None
        where = f"{self.route.account.name}@{self.route.target.name}"
        return revoked(
            f"{self.proof.principal.name} may not {request.action} on {where} any more",
            verdict.reason,
        )

    async def record(self, *events: Event) -> None:
        """Writes events about the session itself. Raises JournalError."""
        await asyncio.wrap_future(self.journal.append(events))

    async def record_refused(self, what: str, detail: bytes, error: str) -> None:
        """Something that concerns no channel was asked for and refused."""
        await self.record(RefusedEvent(self.journal.now(), SESSION, what, detail, error))

    async def record_reached(self, facts: Facts) -> None:
        """The target's connection stands."""
        await self.record(TargetReached(self.journal.now(), SESSION, facts))

    def when_closed(self, tell: Callable[[], None]) -> None:
        """``tell`` is called once, when its recording is closed."""
        self._when_closed = tell

    async def close(self, reason: str) -> None:
        """Ends the recording; a second call waits for the first. Never raises JournalError: a
        journal that failed has ended the session already, and the logbook says so."""
        if self._closing is not None:
            await asyncio.shield(self._closing)
            return
        self._closing = asyncio.get_running_loop().create_future()
        try:
            await asyncio.wrap_future(self.journal.close(reason))
        except JournalError as error:
            reason = f"{reason}; {error.code}: {error.operator}"
        finally:
            self._closing.set_result(None)
        self._when_closed()
        self._logbook.session_closed(self.id, reason)


class Reception:
    """Where every bridge asks whether somebody may come in."""

    def __init__(
        self,
        *,
        targets: Targets,
        rules: DecisionPoint,
        writer: Writer,
        logbook: Logbook,
        gate: Gate,
        clock: Clock,
        entropy: Entropy,
        build: str,
        bounds: Bounds | None = None,
        masking: MaskPlan | None = None,
        approvals: Approvals | None = None,
    ) -> None:
        self._targets = targets
        self._rules = rules
        self._writer = writer
        self._logbook = logbook
        self._gate = gate
        self._clock = clock
        self._entropy = entropy
        self._build = build
        self.bounds = bounds or Bounds()
        """Of each session that begins now."""
        self._masking = masking or MaskPlan()
        self._approvals = approvals
        self.full: DiskTooFull | None = None
        """Set while there is too little room for anybody new."""

    async def wait(self, proof: Proof, user: str, peer: Peer, door: Door) -> Waited | None:
        """Waits at this door where policy holds the connection; None where it does not, or where
        `open` says what is wrong. Raises NotApproved, ConnectDenied; the logbook has it."""
        try:
            route = self._targets.resolve(user, self._reachable(proof))
        except (UnknownTarget, UnknownAccount):
            return None
        request = connecting(proof, route, peer.address, peer.jump)
        verdict = self._rules.decide(request)
        if not isinstance(verdict, Hold) or self._approvals is None or not self._gate.is_open:
            return None
        waited = await door.wait(self._approvals, self._logbook, request, verdict, self._rules)
        settled = waited.settled
        if not isinstance(settled.verdict, Allow):
            no = refusal(settled.verdict, proof, route)
            facts = self._facts(proof, user, peer, no)
            self._log_verdict(settled.question, settled.verdict, facts)
            raise no
        return waited

    async def open(
        self,
        proof: Proof,
        user: str,
        peer: Peer,
        protocol: str,
        first: FirstTerminal,
        waited: Waited | None = None,
    ) -> Session:
        """Decide about connecting, open the recording, write down who came in, by what rule.

        Raises UnknownTarget, UnknownAccount, ConnectDenied, NeedsApproval or NotRecordable; the
        logbook has each.
        """
        if not self._gate.is_open:
            shut = NotRecordable("recording is interrupted, so nobody is let in; try again shortly")
            self._log_refusal(proof, user, peer, shut)
            raise shut
        if self.full is not None:
            self._log_refusal(proof, user, peer, self.full)
            raise DiskTooFull(self.full.person, operator=self.full.operator)
        try:
            await self._logbook.restore()
        except JournalError as problem:
            raise not_recordable(problem) from problem
        try:
            route = self._targets.resolve(user, self._reachable(proof))
        except (UnknownTarget, UnknownAccount) as error:
            self._log_refusal(proof, user, peer, error)
            raise
        approved = () if waited is None else waited.approvals
        request = connecting(proof, route, peer.address, peer.jump, approved)
        verdict = self._rules.decide(request)
        if not isinstance(verdict, Allow):
            no = refusal(verdict, proof, route)
            self._log_verdict(request, verdict, self._facts(proof, user, peer, no))
            raise no
        try:
            return await self._record(proof, route, peer, protocol, first, request, verdict, waited)
        except JournalError as problem:
            lost = not_recordable(problem)
            self._log_refusal(proof, user, peer, lost)
            raise lost from problem

    async def _record(
        self,
        proof: Proof,
        route: Route,
        peer: Peer,
        protocol: str,
        first: FirstTerminal,
        request: Request,
        verdict: Allow,
        waited: Waited | None,
    ) -> Session:
        principal, obligations = proof.principal, verdict.obligations
        target = kept_as(route.target, obligations)
        route = replace(route, target=target)
        claims = {
            "method": proof.method,
            "key": proof.key.fingerprint,
            "groups": list(principal.groups),
        }
        weaker = ["legacy-target"] if target.legacy else []
        if target.keep_input == "all":
            weaker.append("input-kept")
        if target.keep_files is not None:
            weaker.append("files-not-kept")
        facts = make_header(
            session=new_id(self._clock, self._entropy),
            wall_ns=self._clock.wall_ns(),
            principal=principal.name,
            kind=principal.kind,
            claims=claims,
            target=target.name,
            account=route.account.name,
            protocol=protocol,
            client=peer.software,
            term=first.term,
            cols=first.cols,
            rows=first.rows,
            policy=self._rules.digest(),
            build=self._build,
            weaker=weaker,
        )
        journal = await asyncio.to_thread(self._writer.open, facts)
        session = Session(
            *(journal, proof, route, self._rules, self._logbook, self._gate),
            bounded(self.bounds, obligations),
            self._masking,
            said(obligations),
        )
        session.approvals, session.approved = self._approvals, request.when.approvals
        now = journal.now()
        await session.record(
            Authenticated(now, SESSION, principal.name, proof.facts(peer.address)),
            *(waited.at(now) if waited is not None else ()),
            Asked(now, SESSION, 1, request.action, asked_facts(request)),
            decided(now, SESSION, 1, verdict),
        )
        opened = self._logbook.session_opened(
            session.id,
            {
                "principal": principal.name,
                "target": target.name,
                "account": route.account.name,
                "address": peer.address,
                "protocol": protocol,
            },
        )
        try:
            await asyncio.wrap_future(opened)
        except JournalError:
            await session.close("the gateway's own recording failed")
            raise
        return session

    def target_at(self, proof: Proof, host: str, port: int) -> Target | None:
        """The target that a client means who asks for a connection there."""
        return self._targets.at(host, port, self._reachable(proof))

    def hosts(self, proof: Proof) -> list[str]:
        """Names and addresses of all that this principal may reach."""
        return self._targets.hosts(self._reachable(proof))

    def reconfigure(self, targets: Targets, bounds: Bounds, masking: MaskPlan) -> None:
        """For whoever comes from now on; who is inside is looked at by `standing`."""
        self._targets = targets
        self.bounds = bounds
        self._masking = masking

    def standing(self, session: Session, register: Register) -> Revoked | None:
        """Why a session may not go on by the configuration of now, if it may not. Its principal
        is from now on what the register says of it."""
        proof, route = session.proof, session.route
        name, where = proof.principal.name, f"{route.account.name}@{route.target.name}"
        principal = register.owner(proof.key)
        if principal is None or principal.name != name:
            return revoked(f"the key {proof.key.fingerprint} is not {name}'s any more")
        if not self._targets.has(route):
            return revoked(f"{where} is not to be reached here any more")
        session.proof = replace(proof, principal=principal)
        subject = session.subject
        when = replace(subject.when, approvals=session.approved)
        return session.forbids(replace(subject, when=when))

    def means_gateway(self, proof: Proof, user: str) -> bool:
        """Whether who comes under this user name wants the gateway itself."""
        return self._targets.means_gateway(user, proof.principal.name, self._reachable(proof))

    def reachable(self, proof: Proof) -> list[str]:
        """``account@target`` of all that this principal may reach."""
        return self._targets.reachable(self._reachable(proof))

    def unknown(self, proof: Proof, user: str, peer: Peer) -> GatereelError | None:
        """What is wrong with a name that was meant for a target and is none; also written down.
        None for the gateway's name, and the principal's own."""
        if user in (GATEWAY_NAME, proof.principal.name):
            return None
        try:
            self._targets.resolve(user, self._reachable(proof))
        except (UnknownTarget, UnknownAccount) as error:
            self._log_refusal(proof, user, peer, error)
            return error
        return None

    def _reachable(self, proof: Proof) -> Callable[[Target, Account], bool]:
        def may(target: Target, account: Account) -> bool:
            request = request_for(proof, Route(target, account), "connect", {})
            return not isinstance(self._rules.decide(request), Deny)

        return may

    def _log_refusal(self, proof: Proof, user: str, peer: Peer, error: GatereelError) -> None:
        self._logbook.login_refused(self._facts(proof, user, peer, error))

    def _log_verdict(self, request: Request, verdict: Verdict, refused: Facts) -> None:
        self._logbook.denied(request.action, asked_facts(request), verdict, refused)

    def _facts(self, proof: Proof, user: str, peer: Peer, error: GatereelError) -> Facts:
        return {
            "address": peer.address,
            "software": peer.software,
            "user": user,
            "principal": proof.principal.name,
            "method": proof.method,
            "key": proof.key.fingerprint,
            "error": error.code,
            "reason": error.operator,
        }
