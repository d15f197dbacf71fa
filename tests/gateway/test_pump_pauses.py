"""When a pump stops reading, and when it goes on: memory, slow peers, outages."""

from __future__ import annotations

import asyncio

from gateway.errors import OutOfPlace, RecordingLost
from gateway.gate import Gate
from gateway.pump import Limits
from gateway.relay import (
    Arrival,
    ClientGone,
    Effect,
    FromClient,
    PauseClient,
    Resized,
    ResumeClient,
)
from gateway.sides import End
from recorder.events import Continued, Suspended
from tests.gateway.stand import EXEC, SHELL, Stand, settle

SMALL = Limits(queue=4096, flood=64 * 1024)
QUICK = Limits(stall=20_000, patience=60_000)


def test_too_much_in_the_queue_pauses_its_end_and_no_other() -> None:
    async def play() -> None:
        async with Stand(limits=SMALL) as stand:
            await stand.open()
            stand.tape.waits = True
            stand.pump.from_target(b"0")
            await settle()
            for _ in range(5):
                stand.pump.from_target(b"x" * 1000)
            assert stand.log == [("target", "pause")]
            stand.tape.release()
            await settle()
            # What was queued is with the recorder now: there is room again.
            assert stand.log[1:] == [
                ("written", "Output"),
                ("client", "write", b"0"),
                ("target", "resume"),
            ]
            assert stand.client.reading
            stand.tape.release()
            await settle()
            assert stand.log[-1] == ("client", "write", b"x" * 5000)
            stand.tape.waits = False
            stand.pump.arrive(ClientGone(0, ""))

    asyncio.run(play())


def test_a_flood_that_cannot_be_paused_ends_the_session() -> None:
    """SSH-03, for what does not count as bytes: requests, which no window holds back."""

    async def play() -> None:
        async with Stand(limits=SMALL) as stand:
            await stand.open(SHELL)
            stand.tape.waits = True
            stand.pump.from_client(b"x")
            await settle()
            for number in range(1000):
                stand.pump.arrive(Resized(number, 80, 24, 0, 0))
            assert isinstance(await stand.ended(), OutOfPlace)
            assert stand.delivered[0] == ("client", "pause")
            assert stand.delivered[-2:] == [("target", "close"), ("client", "close")]

    asyncio.run(play())


def test_an_end_that_cannot_take_more_pauses_the_other_but_not_itself() -> None:
    async def play() -> None:
        async with Stand() as stand:
            await stand.open()
            stand.pump.pause_writing(End.CLIENT)
            assert (stand.client.reading, stand.target.reading) == (True, False)
            # An interrupt gets through to a target whose output nobody takes.
            stand.pump.from_client(b"\x03")
            await settle()
            assert stand.delivered == [("target", "pause"), ("target", "write", b"\x03")]
            stand.pump.pause_writing(End.TARGET)
            assert (stand.client.reading, stand.target.reading) == (False, False)
            stand.pump.resume_writing(End.CLIENT)
            stand.pump.resume_writing(End.TARGET)
            assert (stand.client.reading, stand.target.reading) == (True, True)
            stand.pump.arrive(ClientGone(0, ""))

    asyncio.run(play())


def test_a_relay_may_pause_the_client() -> None:
    class Choosy:
        def receive(self, arrival: Arrival) -> list[Effect]:
            if not isinstance(arrival, FromClient):
                return []
            return [PauseClient()] if arrival.data == b"stop" else [ResumeClient()]

    async def play() -> None:
        async with Stand(relay=Choosy()) as stand:
            for data in (b"stop", b"go"):
                stand.pump.from_client(data)
                await settle()
            assert stand.log == [("client", "pause"), ("client", "resume")]
            stand.cancel()

    asyncio.run(play())


def test_a_target_that_opens_while_reading_is_paused_is_paused() -> None:
    async def play() -> None:
        async with Stand() as stand:
            stand.pump.pause_writing(End.CLIENT)
            await stand.open()
            assert not stand.target.reading
            stand.pump.arrive(ClientGone(0, ""))

    asyncio.run(play())


# -- the gate ------------------------------------------------------------------------------------


def test_a_shut_gate_pauses_at_once_holds_everything_and_is_recorded() -> None:
    async def play() -> None:
        async with Stand() as stand:
            await stand.open()
            stand.gate.shut("the sealer is down")
            assert (stand.client.reading, stand.target.reading) == (False, False)
            stand.pump.from_client(b"in flight")
            await settle()
            assert stand.log[2:] == [("written", "Suspended")]
            stand.gate.open()
            await settle()
            assert (stand.client.reading, stand.target.reading) == (True, True)
            assert stand.names() == ["Suspended", "Continued", "Input"]
            suspended, continued = stand.tape.written[:2]
            assert isinstance(suspended, Suspended)
            assert suspended.cause == "the sealer is down"
            assert isinstance(continued, Continued)
            assert stand.log[-1] == ("target", "write", b"in flight")
            stand.pump.arrive(ClientGone(0, ""))

    asyncio.run(play())


def test_a_gate_that_stays_shut_ends_the_session_told_why() -> None:
    async def play() -> None:
        async with Stand(limits=QUICK) as stand:
            await stand.open()
            stand.gate.shut("the sealer is down")
            stand.pump.from_client(b"never delivered")
            assert await stand.ended() is None
            line = (
                b"gatereel: GR-206: recording was interrupted for too long (the sealer is down),"
                b" so this session ends; try again later\n"
            )
            assert stand.delivered[2:] == [
                ("client", "stderr", line),
                ("client", "exit", 255),
                ("target", "close"),
                ("client", "close"),
            ]
            assert stand.names() == ["Suspended", "Notice", "ChannelClosed"]

    asyncio.run(play())


def test_a_gate_that_opens_in_time_ends_nothing() -> None:
    async def play() -> None:
        async with Stand(limits=QUICK) as stand:
            await stand.open()
            for _ in range(3):
                stand.gate.shut("the sealer is down")
                await asyncio.sleep(0.03)
                stand.gate.open()
            await asyncio.sleep(0.08)
            assert stand.names() == ["Suspended", "Continued"] * 3
            stand.pump.arrive(ClientGone(0, ""))
            assert await stand.ended() is None

    asyncio.run(play())


def test_a_client_may_leave_while_the_gate_is_shut() -> None:
    async def play() -> None:
        async with Stand() as stand:
            await stand.open()
            stand.gate.shut("the sealer is down")
            stand.pump.from_client(b"never delivered")
            stand.pump.arrive(ClientGone(9, "lost"))
            assert await stand.ended() is None
            assert stand.names() == ["Suspended", "ChannelClosed"]
            assert stand.delivered[2:] == [("target", "close"), ("client", "close")]

    asyncio.run(play())


def test_a_pump_that_begins_before_a_shut_gate_asks_nothing() -> None:
    async def play() -> None:
        gate = Gate()
        gate.shut("the sealer is down")
        async with Stand(gate=gate, limits=QUICK) as stand:
            stand.pump.arrive(EXEC)
            assert await stand.ended() is None
            assert stand.names() == ["Suspended", "Notice", "ChannelClosed"]
            assert [each[1] for each in stand.delivered] == ["pause", "stderr", "exit", "close"]
        gate.open()  # nobody listens any more

    asyncio.run(play())


# -- a recorder that does not answer ---------------------------------------------------------------


def test_a_stall_pauses_reading_and_is_recorded_when_it_is_over() -> None:
    async def play() -> None:
        async with Stand(limits=Limits(stall=20_000, patience=5_000_000)) as stand:
            await stand.open()
            stand.tape.waits = True
            stand.pump.from_client(b"x")
            async with asyncio.timeout(5):
                while stand.client.reading or stand.target.reading:  # noqa: ASYNC110 - a timer's
                    await asyncio.sleep(0.005)
            assert stand.delivered == [("client", "pause"), ("target", "pause")]
            stand.tape.waits = False
            stand.tape.release()
            await settle()
            assert (stand.client.reading, stand.target.reading) == (True, True)
            assert stand.names() == ["Input", "Suspended", "Continued"]
            assert ("target", "write", b"x") in stand.log
            stand.pump.arrive(ClientGone(0, ""))

    asyncio.run(play())


def test_a_stall_without_end_ends_the_session() -> None:
    async def play() -> None:
        async with Stand(limits=QUICK) as stand:
            await stand.open()
            stand.tape.waits = True
            stand.pump.from_client(b"x")
            error = await stand.ended()
            assert isinstance(error, RecordingLost)
            assert "no answer from the journal" in error.operator
            assert [each[:2] for each in stand.delivered] == [
                ("client", "pause"),
                ("target", "pause"),
                ("client", "stderr"),
                ("client", "exit"),
                ("target", "close"),
                ("client", "close"),
            ]
            assert stand.names() == []
            stand.tape.release()  # too late, and no harm
            await settle()

    asyncio.run(play())


def test_a_gate_and_a_recorder_that_are_both_out_end_the_session_too() -> None:
    async def play() -> None:
        async with Stand(limits=QUICK) as stand:
            await stand.open()
            stand.tape.waits = True
            stand.gate.shut("the disk hangs")
            assert isinstance(await stand.ended(), RecordingLost)
            assert stand.client.closed
            assert stand.target.closed

    asyncio.run(play())
