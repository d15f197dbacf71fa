"""How a pump ends: told, recorded where that is possible, and with both sides closed."""

from __future__ import annotations

import asyncio

import pytest

from gateway.errors import Denied, Ended, InternalError, RecordingLost
from gateway.relay import (
    Arrival,
    Effect,
    FromClient,
    ToTarget,
)
from recorder.errors import JournalError
from tests.gateway.stand import Stand, settle


def test_a_stop_is_told_recorded_and_in_order() -> None:
    async def play() -> None:
        async with Stand() as stand:
            await stand.open()
            stand.pump.from_client(b"x")
            stand.pump.stop(Ended("maintenance"))
            assert await stand.ended() is None
            assert stand.delivered == [
                ("target", "write", b"x"),
                ("client", "stderr", b"gatereel: GR-208: maintenance\n"),
                ("client", "exit", 255),
                ("target", "close"),
                ("client", "close"),
            ]
            assert stand.names() == ["Input", "Notice", "ChannelClosed"]

    asyncio.run(play())


def lost(stand: Stand) -> None:
    """The principal is told without a record, and nothing else went anywhere."""
    told, *rest = stand.delivered
    assert told[:2] == ("client", "stderr")
    assert isinstance(told[2], bytes)
    assert told[2].startswith(b"gatereel: GR-")
    assert told[2].endswith(b"\r\n")
    assert rest == [("client", "exit", 255), ("target", "close"), ("client", "close")]


def test_a_recorder_that_fails_ends_the_session_and_nothing_is_delivered() -> None:
    async def play(at_once: bool) -> None:
        async with Stand() as stand:
            await stand.open()
            stand.tape.waits = True
            if at_once:
                stand.tape.refuses = JournalError("the disk is full")
            stand.pump.from_client(b"x")
            stand.pump.from_target(b"y")
            await settle()
            if not at_once:
                assert stand.log == []
                stand.tape.fail(JournalError("the disk is full"))
            error = await stand.ended()
            assert isinstance(error, RecordingLost)
            assert "the disk is full" in error.operator
            lost(stand)
            stand.pump.from_client(b"late")
            stand.pump.stop(Ended("late"))

    asyncio.run(play(at_once=False))
    asyncio.run(play(at_once=True))


def test_an_abort_does_not_wait_for_the_recorder() -> None:
    async def play() -> None:
        async with Stand() as stand:
            await stand.open()
            stand.tape.waits = True
            stand.pump.from_client(b"x")
            await settle()
            stand.pump.abort(Denied("another channel lost its recorder"))
            stand.pump.abort(Ended("too late"))
            assert isinstance(await stand.ended(), Denied)
            lost(stand)
            stand.tape.release()
            await settle()
        async with Stand() as idle:
            await idle.open()
            idle.pump.abort(Ended("now"))
            await idle.ended()
            lost(idle)

    asyncio.run(play())


def test_a_relay_with_a_fault_ends_its_session_only() -> None:
    class Faulty:
        def receive(self, arrival: Arrival) -> list[Effect]:
            if not isinstance(arrival, FromClient):
                return []
            raise ValueError(arrival.data)

    async def play(waits: bool) -> None:
        async with Stand(relay=Faulty()) as stand:
            stand.tape.waits = waits
            stand.pump.from_client(b"hunter2")
            error = await stand.ended()
            assert isinstance(error, InternalError)
            assert "hunter2" not in f"{error} {error.operator} {stand.log}"
            assert stand.names() == ([] if waits else ["Notice", "ChannelClosed"])
            assert [each[1] for each in stand.delivered] == ["stderr", "exit", "close"]

    asyncio.run(play(waits=False))
    asyncio.run(play(waits=True))  # nor does a recorder that hangs keep it


def test_the_log_of_a_fault_names_the_place_and_quotes_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Faulty:
        def receive(self, arrival: Arrival) -> list[Effect]:
            raise ValueError(arrival)

    async def play() -> None:
        async with Stand(relay=Faulty()) as stand:
            stand.pump.from_client(b"hunter2")
            await stand.ended()

    asyncio.run(play())
    assert "in receive" in caplog.text
    assert "ValueError" in caplog.text
    assert "hunter2" not in caplog.text


def test_a_target_that_is_sent_to_before_it_is_open_is_a_fault() -> None:
    class Hasty:
        def receive(self, arrival: Arrival) -> list[Effect]:
            return [ToTarget(b"x")] if isinstance(arrival, FromClient) else []

    async def play() -> None:
        async with Stand(relay=Hasty()) as stand:
            stand.pump.from_client(b"x")
            assert isinstance(await stand.ended(), InternalError)

    asyncio.run(play())


def test_a_side_with_a_fault_does_not_keep_the_other_open() -> None:
    async def play() -> None:
        async with Stand() as stand:
            await stand.open()

            def broken(data: bytes, error: bool = False) -> None:
                raise OSError("gone")

            stand.client.write = broken  # type: ignore[method-assign]
            stand.pump.from_target(b"x")
            assert isinstance(await stand.ended(), InternalError)
            assert stand.client.closed
            assert stand.target.closed

    asyncio.run(play())


def test_a_cancelled_pump_leaves_nothing_open() -> None:
    async def play() -> None:
        async with Stand() as stand:
            await stand.open()
            stand.tape.waits = True
            stand.pump.from_client(b"x")
            await settle()
            stand.cancel()
            await settle()
            assert stand.delivered == [("target", "close"), ("client", "close")]

    asyncio.run(play())
