"""The gateway's own recording: what it did, refused and missed, in a reel like any other.

Knows: the gateway's events. Must never know: protocols, files, why something happened. Written by
`gateway.session` and `gateway.serve`. It is always open while the gateway runs, and nobody is
let in who is not written down here first. Each session's checkpoints go in too: by them a
recording that was shortened or taken away is noticed. When it cannot be written (a full disk),
nobody is let in; as soon as it can be again it goes on in a new recording, which names the one
before and says how much is missing.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future

from gateway.flood import Flood
from gateway.lineage import Lineage
from gateway.meters import Meters
from gateway.policy import Verdict
from gateway.verdicts import decided
from recorder.clock import Clock
from recorder.errors import JournalError
from recorder.events import (
    SESSION,
    Asked,
    Authenticated,
    Checkpointed,
    Event,
    Facts,
    GatewayReloaded,
    GatewayStarted,
    GatewayStopped,
    LoginRefused,
    Outage,
    SessionClosed,
    SessionOpened,
)
from recorder.header import make_header
from recorder.journal import Journal, Writer
from recorder.store import Entropy, new_id

log = logging.getLogger(__name__)

_OWN = "the gateway's own recording"
PARTS = {_OWN: "logbook", "disk space": "disk"}
"""Of components, where it is not their first word: "sealer", "indexer", "recording"."""
NAMED = ("principal", "target", "account", "address", "user", "reason", "count")
"""What a line of the log repeats of an entry's facts, under its own keys."""


class Logbook:
    """The open journal of the gateway itself. ``begin`` makes it; it blocks and raises
    JournalError. ``signed`` is told of its own checkpoints, and blocks."""

    def __init__(
        self, begin: Callable[[], Journal], signed: Callable[[str, str], None] = lambda *_: None
    ) -> None:
        self._begin = begin
        self._signed = signed
        self._restoring = asyncio.Lock()
        self._missing = 0
        """Entries that were not written."""
        self._requests = 1
        """Of the gateway itself; the first number is that of every refused connection."""
        self._flood = Flood()
        self.meters = Meters()
        """What it writes is counted here; others count theirs beside it."""
        self._go_on_in(begin())

    @classmethod
    def open(
        cls, writer: Writer, clock: Clock, entropy: Entropy, *, build: str, policy: bytes
    ) -> Logbook:
        """A new one for this start of the gateway. Blocks; raises JournalError."""

        lineage = Lineage(writer.store)

        def begin() -> Journal:
            facts = make_header(
                session=new_id(clock, entropy),
                wall_ns=clock.wall_ns(),
                principal="gatereel",
                kind="gateway",
                claims=lineage.before(),
                target="",
                account="",
                protocol="gateway",
                build=build,
                policy=policy,
            )
            journal = writer.open(facts)
            try:
                lineage.begun(journal.id)
            except JournalError as error:
                journal.close(error.operator)
                raise
            return journal

        return cls(begin, lineage.checkpointed)

    @property
    def id(self) -> str:
        return self._journal.id

    def started(self, facts: Facts) -> Future[None]:
        return self._write(GatewayStarted(self._now(), SESSION, facts))

    def reloaded(self, facts: Facts) -> Future[None]:
        return self._write(GatewayReloaded(self._now(), SESSION, facts))

    def login_refused(self, facts: Facts) -> Future[None]:
        """Of many in a minute the first are written, of the others how many they were."""
        now = self._now()
        self.meters.refused[str(facts.get("error", ""))] += 1
        return self._write(*self._refusals(now, self._flood.offer(now, facts)))

    def tick(self) -> None:
        """Called every second or so: what was only counted is written when its minute is over."""
        if due := self._flood.due(now := self._now()):
            self._write(*self._refusals(now, due))

    def came_and_went(self, principal: str, facts: Facts) -> Future[None]:
        """Somebody proved who they are, and then asked for nothing."""
        return self._write(Authenticated(self._now(), SESSION, principal, facts))

    def denied(self, action: str, facts: Facts, verdict: Verdict, refused: Facts) -> Future[None]:
        """A connection that policy did not allow: there is no session to write it in."""
        now = self._now()
        self.meters.refused[str(refused.get("error", ""))] += 1
        return self._write(
            Asked(now, SESSION, 1, action, facts),
            decided(now, SESSION, 1, verdict),
            *self._refusals(now, [refused]),
        )

    def asked(self, action: str, facts: Facts, verdict: Verdict) -> Future[None]:
        """Somebody asked something of the gateway itself, and policy's answer."""
        now = self._now()
        self._requests += 1
        return self._write(
            Asked(now, SESSION, self._requests, action, facts),
            decided(now, SESSION, self._requests, verdict),
        )

    def wrote(self, *events: Event) -> Future[None]:
        """What belongs to no entry of its own kind here: of requests that wait."""
        return self._write(*events)

    def session_opened(self, session: str, facts: Facts) -> Future[None]:
        self.meters.opened += 1
        log.info("session opened", extra={"session": session, **_named(facts)})
        return self._write(SessionOpened(self._now(), SESSION, session, facts))

    def session_closed(self, session: str, reason: str) -> Future[None]:
        self.meters.closed += 1
        log.info("session closed", extra={"session": session, "reason": reason})
        return self._write(SessionClosed(self._now(), SESSION, session, reason))

    def signed(self, note: str) -> None:
        """The sealer has signed what there is of this recording: kept for the next one to name.
        Blocks. In it, it would only make the next one necessary."""
        self._signed(self.id, note)

    def checkpointed(self, session: str, note: str) -> Future[None]:
        return self._write(Checkpointed(self._now(), SESSION, session, note))

    def outage(self, component: str, phase: str, cause: str) -> Future[None]:
        if phase == "began":
            # One word for all recordings: what is counted by label is few things.
            self.meters.outages[PARTS.get(component) or component.split(maxsplit=1)[0]] += 1
        return self._write(Outage(self._now(), SESSION, component, phase, cause))

    async def restore(self) -> None:
        """Goes on in a new recording, if this one failed. Raises JournalError while it cannot."""
        async with self._restoring:
            failure = self._journal.failure
            if failure is None:
                return
            self._go_on_in(await asyncio.to_thread(self._begin))
            missing, self._missing = self._missing, 0
            log.info("the gateway's own recording goes on as %s", self.id)
            self.outage(_OWN, "began", f"{failure.operator}; {missing} entries are missing")
            await asyncio.wrap_future(self.outage(_OWN, "ended", "it can be written again"))

    async def close(self, reason: str) -> None:
        """The last entry and the end of the recording."""
        with contextlib.suppress(JournalError):
            await self.restore()
        now = self._now()
        rest = self._refusals(now, self._flood.rest())
        await asyncio.wrap_future(self._write(*rest, GatewayStopped(now, SESSION, reason)))
        await asyncio.wrap_future(self._journal.close(reason))

    def now(self) -> int:
        """Microseconds since the gateway started."""
        return self._now()

    def _now(self) -> int:
        return self._journal.now()

    def _write(self, *events: Event) -> Future[None]:
        written = self._journal.append(events)
        written.add_done_callback(self._count)
        return written

    def _refusals(self, now: int, each: Sequence[Facts]) -> list[LoginRefused]:
        for facts in each:
            log.warning("refused", extra={"code": facts.get("error", ""), **_named(facts)})
        return [LoginRefused(now, SESSION, facts) for facts in each]

    def _count(self, written: Future[None]) -> None:
        """In the recorder's thread, or where an entry came too late for it."""
        if written.exception() is not None:
            self._missing += 1

    def _go_on_in(self, journal: Journal) -> None:
        self._journal = journal
        journal.when_failed(lambda error: log.error("nobody is let in: %s", error.operator))


def _named(facts: Facts) -> Facts:
    return {key: facts[key] for key in NAMED if key in facts}
