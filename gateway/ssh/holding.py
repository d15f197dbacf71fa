"""What a channel does about a request that policy holds: it waits with its session's approvals.

Knows: sessions, pumps, approvals. Must never know: channels, packets. Called by
`gateway.ssh.bridge` and `gateway.ssh.forwarding`.
"""

from __future__ import annotations

from collections.abc import Sequence

from gateway import relay
from gateway.approvals import Matter, Settled
from gateway.policy import Hold
from gateway.pump import Pump
from gateway.session import Session
from gateway.wire.environment import sort_out
from recorder.events import Event

STARTS = ("shell", "exec", "subsystem")


async def settle(
    session: Session,
    channel: int,
    asked: relay.Ask,
    verdict: Hold,
    pump: Pump,
    environment: Sequence[tuple[bytes, bytes]] = (),
    allowed: Sequence[str] = (),
) -> Settled:
    """``environment`` is what the client sent, ``allowed`` the names of what goes on of it. Where
    nothing can wait the hold comes back, and is a refusal."""
    if session.approvals is None:
        return Settled(verdict, asked.question)

    def hear(events: Sequence[Event], lines: Sequence[str]) -> None:
        pump.arrive(relay.Waits(pump.now(), events, lines))

    async def late(event: Event) -> None:
        await session.record(event)

    passed = sort_out(0, channel, environment, allowed)[1]
    starts = asked.question.action in STARTS
    variables = [[name, value] for name, value in passed] if starts else []
    return await session.approvals.settle(
        Matter(
            asked.question,
            verdict,
            channel,
            asked.request,
            session.journal.now,
            session.decide,
            hear,
            late,
            session.id,
            {"environment": variables} if variables else {},
        )
    )
