"""A session's journal answers when the sealer can follow, and how long it takes is known."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import Future

import pytest

from gateway.meters import Latency
from gateway.session_recorder import BACKLOG, ONE_IN, SessionRecorder
from recorder.errors import JournalError
from recorder.events import Event, Marker
from recorder.journal import Journal


class Behind(Journal):
    """A journal whose sealer is behind by so many segments."""

    def __init__(self, waiting: int) -> None:
        self.waiting = waiting
        self.answer: Future[None] = Future()

    def now(self) -> int:
        return 7

    def append(self, events: Sequence[Event]) -> Future[None]:
        return self.answer

    def backlog(self) -> int:
        return self.waiting


def test_a_session_waits_for_a_sealer_that_is_behind() -> None:
    async def body() -> None:
        journal = Behind(BACKLOG + 1)
        recorder = SessionRecorder(journal)
        held = recorder.append([Marker(0, 0, "x")])
        journal.answer.set_result(None)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert not held.done()
        journal.waiting = BACKLOG
        await asyncio.wrap_future(held)
        assert recorder.now() == 7

    asyncio.run(body())


def test_a_failure_is_told_however_far_behind_the_sealer_is() -> None:
    async def body() -> None:
        journal = Behind(BACKLOG + 1)
        held = SessionRecorder(journal).append([])
        journal.answer.set_exception(JournalError("full"))
        with pytest.raises(JournalError, match="full"):
            await asyncio.wrap_future(held)

    asyncio.run(body())


def test_without_a_backlog_the_journals_answer_is_the_answer() -> None:
    async def body() -> None:
        journal = Behind(0)
        assert SessionRecorder(journal).append([]) is journal.answer

    asyncio.run(body())


def test_one_append_in_some_is_timed() -> None:
    async def body() -> None:
        journal, latency = Behind(0), Latency()
        recorder = SessionRecorder(journal, latency)
        for _ in range(3 * ONE_IN):
            recorder.append([])
        journal.answer.set_result(None)
        assert sum(latency.counts) == 3

    asyncio.run(body())
