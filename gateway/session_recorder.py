"""A session's journal as pumps use it: it answers later while the sealer is behind, and is timed.

Knows: one journal, its backlog. Must never know: what is recorded, who waits for it. Made by
`gateway.session`, called by `gateway.pump` in the event loop's thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import Future

from gateway.meters import Latency
from recorder.events import Event
from recorder.journal import Journal

BACKLOG = 64
"""Whole segments of one session that may wait for the sealer before that session waits too."""
BACKLOG_LOOK = 0.05
"""Seconds between two looks at a backlog that is too long."""
ONE_IN = 8
"""Appends, of which one is timed."""


class SessionRecorder:
    """The session's journal, which answers later while the sealer is behind with it."""

    def __init__(self, journal: Journal, latency: Latency | None = None) -> None:
        self._journal = journal
        self._next_look = 0.0
        self._latency = latency or Latency()
        self._appends = 0

    def now(self) -> int:
        return self._journal.now()

    def append(self, events: Sequence[Event]) -> Future[None]:
        written = self._journal.append(events)
        loop = asyncio.get_running_loop()
        self._appends += 1
        if not self._appends % ONE_IN:
            began = loop.time()
            written.add_done_callback(lambda _: self._latency.note(loop.time() - began))
        if loop.time() < self._next_look:
            return written
        # Looking costs a question to the file system for each segment that waits.
        self._next_look = loop.time() + BACKLOG_LOOK
        if self._journal.backlog() <= BACKLOG:
            return written
        self._next_look = 0.0
        held: Future[None] = Future()
        written.add_done_callback(lambda _: loop.call_soon_threadsafe(self._release, written, held))
        return held

    def _release(self, written: Future[None], held: Future[None]) -> None:
        problem = written.exception()
        if problem is not None:
            held.set_exception(problem)
        elif self._journal.backlog() <= BACKLOG:
            held.set_result(None)
        else:
            loop = asyncio.get_running_loop()
            loop.call_later(BACKLOG_LOOK, self._release, written, held)
