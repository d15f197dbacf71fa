"""Waiting for the recorder: until it answers, fails, or has been waited for long enough."""

from __future__ import annotations

import asyncio

import pytest

from gateway.appending import Appending
from gateway.errors import RecordingLost
from recorder.errors import JournalError
from recorder.events import Marker
from tests.gateway.stand import Tape, settle

EVENTS = [Marker(1, 0, "x")]


def parts(stall: int = 10_000, patience: int = 50_000) -> tuple[Tape, Appending, list[str]]:
    tape, stalls = Tape([]), list[str]()
    return tape, Appending(tape, stall, patience, lambda: stalls.append("stalled")), stalls


def test_an_answer_that_is_there_is_not_waited_for() -> None:
    async def play() -> None:
        tape, appending, stalls = parts()
        await appending.append(EVENTS)
        assert tape.written == EVENTS
        await asyncio.sleep(0.03)
        assert stalls == []

    asyncio.run(play())


def test_it_returns_only_when_it_is_written() -> None:
    async def play() -> None:
        tape, appending, _ = parts(stall=5_000_000)
        tape.waits = True
        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(appending.append(EVENTS))
            await settle()
            assert not task.done()
            tape.release()
            await task
        appending.close()

    asyncio.run(play())


def test_each_failure_is_the_same_error() -> None:
    async def play() -> None:
        tape, appending, _ = parts(stall=5_000_000)
        for error in (JournalError("disk full"), OSError(28, "no space")):
            tape.waits, tape.refuses = False, error
            with pytest.raises(RecordingLost) as refused:
                await appending.append(EVENTS)
            assert type(error).__name__ in refused.value.operator
            tape.waits, tape.refuses = True, None
            async with asyncio.TaskGroup() as tasks:
                task = tasks.create_task(_lost(appending))
                await settle()
                tape.fail(error)
                assert str(error) in (await task).operator
        appending.close()

    asyncio.run(play())


async def _lost(appending: Appending) -> RecordingLost:
    with pytest.raises(RecordingLost) as lost:
        await appending.append(EVENTS)
    return lost.value


def test_a_stall_is_told_and_too_long_a_one_is_an_error() -> None:
    async def play() -> None:
        tape, appending, stalls = parts()
        tape.waits = True
        error = await _lost(appending)
        assert stalls
        assert error.operator.startswith("no answer from the journal for")
        tape.release()  # too late, and no harm
        await settle()

    asyncio.run(play())


def test_in_a_hurry_a_stall_is_already_too_long() -> None:
    async def play() -> None:
        tape, appending, stalls = parts(patience=60_000_000)
        tape.waits = True
        appending.hurry()
        await _lost(appending)
        assert stalls == []

    asyncio.run(play())


def test_an_interrupt_ends_the_waiting() -> None:
    async def play() -> None:
        tape, appending, _ = parts(stall=5_000_000)
        appending.interrupt()
        tape.waits = True
        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(appending.append(EVENTS))
            await settle()
            appending.interrupt()
            await task
        tape.fail(JournalError("nobody asks"))
        await settle()
        appending.close()

    asyncio.run(play())


def test_an_answer_after_the_loop_is_gone_harms_nobody() -> None:
    tape, appending, _ = parts(stall=5_000_000)
    tape.waits = True

    async def play() -> None:
        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(appending.append(EVENTS))
            await settle()
            appending.interrupt()
            await task
        appending.close()

    asyncio.run(play())
    tape.release()
    assert tape.written == EVENTS
