"""Who may look at, take away or end whose session, and the record of every time somebody did.

Knows: one principal's proof, the policies, the logbook, the live sessions. Must never know: SSH,
recordings, how a list or a screen comes about. Called by `gateway.console` for verbs, and by
`gateway.served` for what a served process asks.

Nothing is shown, written or ended before the logbook has who did it, to which session, by which
rule. To somebody who may not even list a session, it does not exist.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import assert_never

from gateway.errors import Ended, NeedsApproval, Revoked
from gateway.identity import KINDS, Proof
from gateway.live import LiveSession, LiveSessions
from gateway.logbook import Logbook
from gateway.policies.point import DecisionPoint
from gateway.policy import Allow, Circumstances, Deny, Hold, Request, Verdict
from gateway.refusals import NoSuchSession, NotPermitted, NotRecordable
from recorder import control
from recorder.control import About
from recorder.errors import GatereelError, JournalError
from recorder.events import Facts

EVERYBODY = "everybody"
"""What a verdict names where a verb is anybody's who came in."""


@dataclass(frozen=True, slots=True)
class Oversight:
    """What one principal, at one connection, may do with sessions."""

    proof: Proof
    address: str
    rules: DecisionPoint
    logbook: Logbook
    live: LiveSessions
    shown: set[tuple[str, About]] = field(default_factory=set)
    """What was allowed so far, and may be on a screen still."""

    # -- verbs -------------------------------------------------------------------------------------

    async def came(self) -> None:
        """Somebody comes to the gateway itself."""
        proof = self.proof
        name, facts = proof.principal.name, proof.facts(self.address)
        await self._written(lambda: self.logbook.came_and_went(name, facts))

    async def used(self, verb: str, command: bytes) -> None:
        """A verb that is anybody's: what it shows is decided session by session."""
        facts = {**self._facts(), "command": command}
        await self._written(lambda: self.logbook.asked(verb, facts, Allow((EVERYBODY,))))

    async def refused(self, what: str, detail: bytes, error: GatereelError) -> None:
        """Something was asked of the gateway that it does not do."""
        facts = {**self._facts(), "command": detail}
        verdict = Deny((), f"{error.code}: {error.operator}")
        await self._written(lambda: self.logbook.asked(what, facts, verdict))

    # -- sessions ----------------------------------------------------------------------------------

    def sees(self, about: About) -> bool:
        """Whether such a session may be listed."""
        return isinstance(self._decide("sessions", about), Allow)

    async def act(self, action: str, session: str, about: About, detail: str = "") -> None:
        """Asks for leave to play back, watch or export. Raises NotPermitted, NeedsApproval,
        NoSuchSession or NotRecordable."""
        more = {"session": session, **({"detail": detail} if detail else {})}
        await self._permitted(action, about, more)

    def may_end(self, session: str) -> bool:
        """Whether it is live, and this principal's to end."""
        return bool(self.live.find(session, self._endable))

    async def end(self, name: str, reason: str) -> LiveSession:
        """Ends the live session that ``name`` means; returns when it has ended. Raises as `act`
        does, and NoSuchSession where there is none."""
        known = self.live.find(name, lambda each: self._endable(each) or self.sees(each.about))
        if len(known) != 1:
            missing = NoSuchSession(
                f"{_shown(name)} fits {len(known)} live sessions; give more of the id"
                if known
                else f"there is no live session {_shown(name)}; `sessions` lists them, live ones"
                " first"
            )
            facts = {**self._facts(), "session": name, "reason": reason}
            verdict = Deny((), missing.operator)
            await self._written(lambda: self.logbook.asked("kill", facts, verdict))
            raise missing
        session = known[0]
        about = session.about
        await self._permitted("kill", about, {"session": session.id, "reason": reason})
        words = f"{self.proof.principal.name} ended this session: {reason}"
        await session.end(Ended(words, operator=f"ended by {self.proof.principal.name}: {reason}"))
        return session

    # -- when the configuration was read again ----------------------------------------------------

    def now_as(self, proof: Proof) -> Oversight:
        """The same one's, as they are registered now; what was shown stays known."""
        return replace(self, proof=proof)

    def review(self) -> Revoked | None:
        """Why nothing more may be shown of what was allowed once, by the rules of now."""
        for action, about in sorted(self.shown, key=repr):
            if not isinstance(self._decide(action, about), Allow):
                whose = f"{about.principal}'s sessions on {about.target or 'the gateway'}"
                return Revoked(
                    "this ends here, since the gateway's configuration has changed: you may not"
                    f" {action} {whose} any more",
                    operator=f"{self.proof.principal.name} may not {action} {whose} any more",
                )
        return None

    # -- what a served process asks ----------------------------------------------------------------

    async def answer(self, question: control.Question) -> control.Answer:
        """Policy's answer, written down before it is given."""
        try:
            match question:
                case control.See(about):
                    return control.Visible(tuple(self.sees(each) for each in about))
                case control.Act(action, session, about, detail):
                    await self.act(action, session, about, detail)
                    return control.Yes()
                case control.MayEnd(session):
                    if self.may_end(session):
                        return control.Yes()
                    return control.No(NotPermitted.code, "it is not yours to end")
                case control.End(session, reason):
                    await self.end(session, reason)
                    return control.Yes()
                case _:
                    assert_never(question)
        except GatereelError as error:
            return control.No(error.code, error.person)

    # -- the decision ------------------------------------------------------------------------------

    def _endable(self, session: LiveSession) -> bool:
        return isinstance(self._decide("kill", session.about), Allow)

    async def _permitted(self, action: str, about: About, more: Facts) -> None:
        facts = {
            **self._facts(),
            **more,
            "owner": about.principal,
            "target": about.target,
            "account": about.account,
        }
        verdict = self._decide(action, about, facts)
        await self._written(lambda: self.logbook.asked(action, facts, verdict))
        match verdict:
            case Allow():
                self.shown.add((action, about))
                return
            case Hold(reason=reason):
                raise NeedsApproval(
                    f"this needs a second person's approval ({reason}), which cannot be asked for"
                    " in this version"
                )
            case Deny(reason=reason):
                if not self.sees(about):
                    raise NoSuchSession("there is no such session; `sessions` lists them")
                raise NotPermitted(f"you may not {action} this session: {reason}")

    def _decide(self, action: str, about: About, facts: Facts | None = None) -> Verdict:
        principal = self.proof.principal
        return self.rules.decide(
            Request(
                principal=principal.name,
                kind=principal.kind,
                groups=principal.groups,
                action=action,
                target=about.target,
                account=about.account,
                facts=facts or {},
                owner=_owner(about),
                when=Circumstances(source=self.proof.source, method=self.proof.method),
            )
        )

    def _facts(self) -> Facts:
        principal = self.proof.principal
        return {
            "principal": principal.name,
            "kind": principal.kind,
            "groups": list(principal.groups),
            "address": self.address,
        }

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


def _owner(about: About) -> str:
    """As rules name owners. Recordings that no gateway made are nobody's own, by whatever name."""
    if about.kind in (*KINDS, "gateway"):
        return about.principal or "?"
    return f"{about.kind}/{about.principal}"


def _shown(name: str) -> str:
    return '"' + "".join(c if c.isprintable() else "?" for c in name[:40]) + '"'
