"""The pump: in order, nothing before its record, and both sides closed at every end."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.errors import InternalError, RecordingLost, TargetLost
from gateway.policy import Deny, Request, Verdict
from gateway.pump import Pump
from gateway.relay import (
    Arrival,
    ClientEof,
    ClientGone,
    Effect,
    Exited,
    FromClient,
    OpenTarget,
    Resized,
    Signalled,
    TargetEof,
    TargetGone,
    Tick,
    ToClient,
    WakeAt,
)
from gateway.sides import TargetSide
from recorder.errors import JournalError
from recorder.events import Input, Output
from tests.gateway.stand import EXEC, SHELL, Stand, Tape, Told, settle


def test_nothing_is_done_before_its_record_is_written() -> None:
    async def play() -> None:
        async with Stand() as stand:
            stand.tape.waits = True
            stand.pump.arrive(SHELL)
            await settle()
            assert stand.log == []
            stand.tape.release()
            await settle()
            # The question is recorded; its answer waits to be.
            assert stand.log == [
                ("written", "ChannelOpened", "Terminal", "Requested", "Asked"),
            ]
            stand.tape.release()
            await settle()
            assert stand.log[1] == ("written", "Decided", "Notice")
            assert [each[:2] for each in stand.log[2:]] == [("client", "write")]
            stand.log.clear()
            stand.pump.from_client(b"secret")
            stand.pump.from_target(b"out")
            await settle()
            assert stand.log == []
            stand.tape.release()
            await settle()
            assert stand.log == [
                ("written", "Typed", "Output"),
                ("target", "write", b"secret"),
                ("client", "write", b"out"),
            ]
            stand.log.clear()
            stand.pump.arrive(ClientGone(9, "lost"))
            await settle()
            assert stand.log == []
            stand.tape.release()
            assert await stand.ended() is None
            assert stand.log[1:] == [("target", "close"), ("client", "close")]
            assert stand.pump.reason == "client: lost"

    asyncio.run(play())


def test_effects_go_out_in_order() -> None:
    async def play() -> None:
        async with Stand() as stand:
            await stand.open(SHELL)
            for arrival in (
                FromClient(1, b"a"),
                Resized(2, 100, 30, 0, 0),
                Signalled(3, "INT"),
                ClientEof(4),
                Exited(5, 7),
                TargetEof(6),
                TargetGone(7, "closed"),
            ):
                stand.pump.arrive(arrival)
            assert await stand.ended() is None
            assert stand.delivered == [
                ("target", "write", b"a"),
                ("target", "resize", 100, 30),
                ("target", "signal", "INT"),
                ("target", "eof"),
                ("client", "eof"),
                ("client", "exit", 7),
                ("target", "close"),
                ("client", "close"),
            ]

    asyncio.run(play())


def test_what_queued_up_is_joined_and_written_in_one_append() -> None:
    async def play() -> None:
        async with Stand() as stand:
            await stand.open()
            stand.tape.waits = True
            stand.pump.from_target(b"0")
            await settle()
            for number in b"123456789":
                stand.pump.from_target(bytes((number,)))
            stand.pump.from_client(b"in")
            assert stand.tape.appends == 1
            stand.tape.release()
            await settle()
            stand.tape.release()
            await settle()
            assert stand.tape.appends == 2
            assert stand.log == [
                ("written", "Output"),
                ("client", "write", b"0"),
                ("written", "Output", "Input"),
                ("client", "write", b"123456789"),
                ("target", "write", b"in"),
            ]
            stand.tape.waits = False
            stand.pump.arrive(ClientGone(0, ""))

    asyncio.run(play())


def test_a_recorder_that_answers_from_its_own_thread() -> None:
    class Threaded(Tape):
        def append(self, events: object) -> Future[None]:
            waiting = super().append(events)  # type: ignore[arg-type]
            threading.Thread(target=self.release).start()
            return waiting

    async def play() -> None:
        stand = Stand()
        threaded = Threaded(stand.log, waits=True)
        stand.pump._recorder = threaded
        stand.pump._appending._recorder = threaded
        async with stand:
            stand.pump.arrive(EXEC)
            async with asyncio.timeout(5):
                while not any(each[:2] == ("target", "write") for each in stand.log):
                    if not any(isinstance(event, Input) for event in threaded.written):
                        stand.pump.from_client(b"x")
                    await asyncio.sleep(0.001)
            stand.pump.arrive(ClientGone(9, "lost"))
            assert await stand.ended() is None

    asyncio.run(play())


def test_a_wish_to_be_woken_is_granted_and_can_be_taken_back() -> None:
    class Sleeper:
        def __init__(self) -> None:
            self.ticks: list[int] = []
            self.awake = asyncio.Event()

        def receive(self, arrival: Arrival) -> list[Effect]:
            if isinstance(arrival, Tick):
                self.ticks.append(arrival.at)
                self.awake.set()
                return [ToClient(b"awake")]
            if isinstance(arrival, FromClient):
                return [WakeAt(1), WakeAt(None)] if arrival.data == b"no" else [WakeAt(2000)]
            return []

    async def play() -> None:
        sleeper = Sleeper()
        async with Stand(relay=sleeper) as stand:
            stand.pump.from_client(b"no")
            await settle()
            stand.pump.from_client(b"yes")
            async with asyncio.timeout(5):
                await sleeper.awake.wait()
            await settle()
            assert stand.log == [("client", "write", b"awake")]
            assert len(sleeper.ticks) == 1
            assert sleeper.ticks[0] >= 2000
            stand.cancel()

    asyncio.run(play())


# -- policy and the target -----------------------------------------------------------------------


def test_a_denied_request_opens_nothing() -> None:
    async def play() -> None:
        async with Stand(decide=lambda _: Deny((), "no")) as stand:
            stand.pump.arrive(EXEC)
            stand.pump.from_client(b"x")
            assert await stand.ended() is None
            line = b"gatereel: GR-201: policy does not allow exec as root on web1: no\n"
            assert stand.delivered == [
                ("client", "stderr", line),
                ("client", "exit", 126),
                ("client", "close"),
            ]

    asyncio.run(play())


def test_policy_that_fails_allows_nothing() -> None:
    def decide(request: Request) -> Verdict:
        raise KeyError(request.principal)

    async def play() -> None:
        async with Stand(decide=decide) as stand:
            stand.pump.arrive(EXEC)
            assert isinstance(await stand.ended(), InternalError)
            assert [each[:2] for each in stand.delivered] == [
                ("client", "stderr"),
                ("client", "exit"),
                ("client", "close"),
            ]
            assert stand.names()[-2:] == ["Notice", "ChannelClosed"]

    asyncio.run(play())


def test_a_target_that_cannot_be_opened_is_told_and_recorded() -> None:
    async def refuse(effect: OpenTarget, pump: Pump) -> TargetSide:
        raise TargetLost("web1 does not answer", operator="ECONNREFUSED")

    async def play() -> None:
        async with Stand(open_target=refuse) as stand:
            stand.pump.arrive(EXEC)
            assert await stand.ended() is None
            line = b"gatereel: GR-203: web1 does not answer\n"
            assert stand.delivered == [
                ("client", "stderr", line),
                ("client", "exit", 255),
                ("client", "close"),
            ]
            assert stand.pump.reason == "target: ECONNREFUSED"

    asyncio.run(play())


def test_a_dialer_with_a_fault_ends_its_session_only() -> None:
    async def broken(effect: OpenTarget, pump: Pump) -> TargetSide:
        raise ValueError("with a secret in it")

    async def play() -> None:
        async with Stand(open_target=broken) as stand:
            stand.pump.arrive(EXEC)
            error = await stand.ended()
            assert isinstance(error, InternalError)
            assert "secret" not in f"{error} {error.operator} {stand.log}"

    asyncio.run(play())


def test_a_client_that_goes_while_the_target_is_dialled_ends_the_dialling() -> None:
    async def play() -> None:
        dialling = asyncio.Event()
        cancelled = asyncio.Event()

        async def never(effect: OpenTarget, pump: Pump) -> TargetSide:
            dialling.set()
            try:
                await asyncio.Event().wait()
            finally:
                cancelled.set()
            raise AssertionError

        async with Stand(open_target=never) as stand:
            stand.pump.arrive(EXEC)
            await dialling.wait()
            stand.pump.arrive(ClientGone(9, "lost"))
            assert await stand.ended() is None
            assert cancelled.is_set()
            assert stand.delivered == [("client", "close")]

    asyncio.run(play())


def test_a_target_that_is_there_too_late_is_closed() -> None:
    async def play() -> None:
        dialling = asyncio.Event()

        async def stubborn(effect: OpenTarget, pump: Pump) -> TargetSide:
            dialling.set()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                return stand.target
            raise AssertionError

        async with Stand(open_target=stubborn) as stand:
            stand.pump.arrive(EXEC)
            await dialling.wait()
            stand.pump.arrive(ClientGone(9, "lost"))
            assert await stand.ended() is None
            assert stand.delivered == [("client", "close"), ("target", "close")]

    asyncio.run(play())


# -- P1, of the pump -------------------------------------------------------------------------------

steps = st.lists(
    st.tuples(st.sampled_from(["client", "target", "release", "settle"]), st.binary(max_size=5)),
    max_size=30,
)


@settings(max_examples=60)
@given(steps, st.booleans())
def test_whatever_is_delivered_is_written(script: list[tuple[str, bytes]], fails: bool) -> None:
    async def play() -> None:
        async with Stand() as stand:
            await stand.open()
            stand.tape.waits = True
            typed = shown = b""
            for what, data in script:
                if what == "client":
                    typed += data
                    stand.pump.from_client(data)
                elif what == "target":
                    shown += data
                    stand.pump.from_target(data)
                elif what == "release" and stand.tape.pending:
                    stand.tape.release()
                else:
                    await settle()
                check(stand)
            await settle()
            if fails and stand.tape.pending:
                stand.tape.fail(JournalError("full"))
                assert isinstance(await stand.ended(), RecordingLost)
                check(stand)
                return
            stand.tape.waits = False
            while stand.tape.pending:
                stand.tape.release()
            await settle()
            assert sent(stand.log, "target") == typed
            assert sent(stand.log, "client") == shown
            stand.pump.arrive(ClientGone(0, ""))

    def check(stand: Stand) -> None:
        inputs = [event.data for event in stand.tape.written if isinstance(event, Input)]
        outputs = [event.data for event in stand.tape.written if isinstance(event, Output)]
        assert b"".join(inputs).startswith(sent(stand.log, "target"))
        assert b"".join(outputs).startswith(sent(stand.log, "client"))

    asyncio.run(play())


def sent(log: list[Told], side: str) -> bytes:
    pieces = [each[2] for each in log if each[:2] == (side, "write")]
    return b"".join(piece for piece in pieces if isinstance(piece, bytes))
