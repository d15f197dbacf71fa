"""The gateway's own recording: what it did, refused and missed, in a reel like any other.

Knows: the gateway's events. Must never know: protocols, files, why something happened. Written by
`gateway.session` and `gateway.serve`. It is always open while the gateway runs, and nobody is
let in who is not written down here first. Each session's checkpoints go in too: by them a
recording that was shortened or taken away is noticed.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import Future

from recorder.clock import Clock
from recorder.events import (
    SESSION,
    Asked,
    Checkpointed,
    Decided,
    Event,
    Facts,
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


class Logbook:
    """The open journal of the gateway itself."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    @classmethod
    def open(
        cls, writer: Writer, clock: Clock, entropy: Entropy, *, build: str, policy: bytes
    ) -> Logbook:
        """A new one for this start of the gateway. Blocks; raises JournalError."""
        facts = make_header(
            session=new_id(clock, entropy),
            wall_ns=clock.wall_ns(),
            principal="gatereel",
            kind="gateway",
            target="",
            account="",
            protocol="gateway",
            build=build,
            policy=policy,
        )
        return cls(writer.open(facts))

    @property
    def id(self) -> str:
        return self._journal.id

    def started(self, facts: Facts) -> Future[None]:
        return self._write(GatewayStarted(self._now(), SESSION, facts))

    def login_refused(self, facts: Facts) -> Future[None]:
        return self._write(LoginRefused(self._now(), SESSION, facts))

    def decided(self, asked: Asked, decided: Decided, refused: Facts) -> Future[None]:
        """A connection that policy did not allow: there is no session to write it in."""
        return self._write(asked, decided, LoginRefused(self._now(), SESSION, refused))

    def session_opened(self, session: str, facts: Facts) -> Future[None]:
        return self._write(SessionOpened(self._now(), SESSION, session, facts))

    def session_closed(self, session: str, reason: str) -> Future[None]:
        return self._write(SessionClosed(self._now(), SESSION, session, reason))

    def checkpointed(self, session: str, note: str) -> Future[None]:
        return self._write(Checkpointed(self._now(), SESSION, session, note))

    def outage(self, component: str, phase: str, cause: str) -> Future[None]:
        return self._write(Outage(self._now(), SESSION, component, phase, cause))

    async def close(self, reason: str) -> None:
        """The last entry and the end of the recording."""
        stopped = GatewayStopped(self._now(), SESSION, reason)
        await asyncio.wrap_future(self._write(stopped))
        await asyncio.wrap_future(self._journal.close(reason))

    def now(self) -> int:
        """Microseconds since the gateway started."""
        return self._now()

    def _now(self) -> int:
        return self._journal.now()

    def _write(self, *events: Event) -> Future[None]:
        return self._journal.append(events)
