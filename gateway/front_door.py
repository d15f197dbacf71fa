"""Waiting to be let in: a connection that policy holds, before there is a session to record it in.

Knows: the approvals, the gateway's own recording, whether the client is still there. Must never
know: SSH, policies' rules. Called by `gateway.session`. What happens meanwhile is in the gateway's
own recording at once, and in the session's when it begins.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from gateway.admission import asked_facts
from gateway.approvals import Approvals, Matter, Rules, Settled
from gateway.hold_errors import NotApproved
from gateway.logbook import Logbook
from gateway.policy import Hold, Request
from recorder.events import SESSION, Asked, Event, HoldAnswered, HoldEnded, HoldOpened


@dataclass(frozen=True, slots=True)
class Peer:
    """Where a client comes from, and what it says it is."""

    address: str
    software: str
    jump: str = ""
    """What its ``ssh -J`` asked for, as it asked: HOST:PORT."""

    @property
    def host(self) -> str:
        """Without brackets around an IPv6 address."""
        return self.address.rpartition(":")[0].strip("[]")


@dataclass(frozen=True, slots=True)
class FirstTerminal:
    """What the first channel's terminal is, for the recording's header."""

    term: str = ""
    cols: int = 0
    rows: int = 0


Tell = Callable[[Sequence[str]], None]
"""Lines for whoever waits, as far as there is a place for them."""


@dataclass(frozen=True, slots=True)
class Waited:
    """What came of it."""

    settled: Settled
    events: tuple[Event, ...]
    """All of it, at time 0, up to the question that was asked in the end."""

    @property
    def approvals(self) -> tuple[str, ...]:
        return self.settled.question.when.approvals

    def at(self, now: int) -> list[Event]:
        """As a session that begins now has it."""
        return [replace(each, at=now) for each in self.events]


class Door:
    """One connection's wait."""

    def __init__(self, tell: Tell, gone: asyncio.Event) -> None:
        """``gone`` is set when the client is."""
        self._tell = tell
        self._gone = gone
        self._events: list[Event] = []

    async def wait(
        self, approvals: Approvals, book: Logbook, question: Request, verdict: Hold, rules: Rules
    ) -> Waited:
        """Raises NotApproved where the client has gone meanwhile."""
        facts = asked_facts(question)
        self._events.append(Asked(0, SESSION, 1, question.action, facts))
        book.asked(question.action, facts, verdict)

        def hear(happened: Sequence[Event], lines: Sequence[str]) -> None:
            for event in happened:
                self._events.append(event)
                self._write(event, book)
            self._tell(lines)

        async def late(event: Event) -> None:
            self._write(event, book)

        matter = Matter(question, verdict, SESSION, 1, lambda: 0, rules.decide, hear, late)
        async with asyncio.TaskGroup() as group:
            waiting = group.create_task(approvals.settle(matter))
            leaving = group.create_task(self._gone.wait())
            await asyncio.wait((waiting, leaving), return_when=asyncio.FIRST_COMPLETED)
            waiting.cancel()
            leaving.cancel()
        if waiting.cancelled():
            raise NotApproved("the connection is gone, and its request with it")
        settled = waiting.result()
        last = self._events[-1]
        events = self._events[:-1] if isinstance(last, Asked) else self._events
        return Waited(settled, tuple(events))

    @staticmethod
    def _write(event: Event, book: Logbook) -> None:
        """The question and its answer the gateway's own recording has from elsewhere."""
        if isinstance(event, HoldOpened | HoldAnswered | HoldEnded):
            book.wrote(replace(event, at=book.now(), request=0))
