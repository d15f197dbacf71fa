"""The one driver of relays: arrivals in, effects out, in order, and nothing unrecorded.

Knows: one relay, one recorder, two sides, and how long to wait for what. Must never know: which
protocol it carries, what policy says. Made by the bridges, one for each channel; its sides call
`from_client`, `from_target`, `arrive`, `pause_writing` and `resume_writing`, all in the event
loop's thread.

What has arrived is handed to the relay in one go; all `Record`s of the answers are appended
together, and only when the recorder has them is anything else carried out, in order. So an
event may be written a little before its turn, never after. Pieces of one direction that queued
up meanwhile are joined (`gateway.inbox`).

Memory is bounded: reading from an end is paused while too much of it is queued, or while the
other end cannot take more; the other direction goes on, so that neither can block the other.

Fail closed. While the gate is shut, or when the recorder does not answer, reading is paused
(and that is an event); after `Limits.patience` the session ends. When the recorder fails, the
principal is told so, and nothing else goes anywhere. That line is the one thing a principal
ever gets that is in no recording, since there is none any more.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import assert_never

from gateway import relay as of
from gateway.appending import Appending
from gateway.errors import OutOfPlace, RecordingLost, SuspendedTooLong, line_for
from gateway.faults import internal
from gateway.gate import Gate
from gateway.inbox import Inbox
from gateway.policy import Hold, Request, Verdict
from gateway.reading import Reading, Why
from gateway.relay import STATUS_BROKEN, Arrival, Effect, Relay
from gateway.sides import ClientSide, End, Limits, Recorder, TargetSide
from recorder.errors import GatereelError
from recorder.events import ChannelClosed, Continued, Event, Notice, Suspended

__all__ = ["Gate", "Limits", "OpenTarget", "Pump"]

log = logging.getLogger(__name__)

BATCH_SIZE = 1024 * 1024
"""Bytes handed to the relay before the recorder is asked to write."""


OpenTarget = Callable[[of.OpenTarget, "Pump"], Awaitable[TargetSide]]
"""Opens the target's side; what it sends goes to the pump. Raises a `GatereelError`."""
Settle = Callable[[of.Ask, Hold, "Pump"], Awaitable[Verdict]]
"""Waits for a second person; what happens meanwhile goes to the pump. The answer holds nothing."""


class Pump:
    """One relay at work, from `run` until the relay closes."""

    def __init__(
        self,
        channel: int,
        relay: Relay,
        recorder: Recorder,
        client: ClientSide,
        *,
        decide: Callable[[Request], Verdict],
        open_target: OpenTarget,
        gate: Gate,
        limits: Limits | None = None,
        settle: Settle | None = None,
    ) -> None:
        """Without ``settle`` a request that is held is refused."""
        self._channel = channel
        self._relay = relay
        self._recorder = recorder
        self._client = client
        self._target: TargetSide | None = None
        self._decide = decide
        self._open_target = open_target
        self._settle = settle
        self._gate = gate
        self._limits = limits or Limits()
        self._inbox = Inbox()
        self._appending = Appending(
            recorder, self._limits.stall, self._limits.patience, self._stalled
        )
        self._reading = {End.CLIENT: Reading(client), End.TARGET: Reading()}
        self._notes: list[Event] = []
        """Events of the pump's own, to be written next."""
        self._wakeup: asyncio.Future[None] | None = None
        self._alarm: asyncio.TimerHandle | None = None
        self._outage: asyncio.TimerHandle | None = None
        self._tasks: list[asyncio.Task[None]] = []
        """Opening the target's side, waiting for a second person."""
        self._ending = False
        """What is left is to say goodbye: a shut gate holds nothing back any more."""
        self._client_eof = False
        self._failure: GatereelError | None = None
        self._closed = False
        self.reason = ""
        """Why the relay closed, once it has."""

    # -- what the sides and the session call -------------------------------------------------------

    def now(self) -> int:
        """Session time (µs)."""
        return self._recorder.now()

    def from_client(self, data: bytes) -> None:
        self.arrive(of.FromClient(self._recorder.now(), data))

    def from_target(self, data: bytes, error: bool = False) -> None:
        self.arrive(of.FromTarget(self._recorder.now(), data, error))

    def arrive(self, arrival: Arrival) -> None:
        """This happened."""
        if self._closed:
            return
        if isinstance(arrival, of.ClientGone) and self._held:
            self._say_goodbye(arrival)
            return
        end = self._inbox.put(arrival)
        if self._inbox.held(end) > self._limits.queue:
            self._reading[end].pause(Why.QUEUE)
            if self._inbox.held(end) > self._limits.flood:
                self.abort(OutOfPlace(f"more came from the {end.value} than can be held"))
        self._wake()

    def pause_writing(self, end: End) -> None:
        """That side has too much in hand: what feeds it is read no more."""
        self._reading[_other(end)].pause(Why.PEER)

    def resume_writing(self, end: End) -> None:
        """It can take more again."""
        self._reading[_other(end)].resume(Why.PEER)

    def stop(self, error: GatereelError) -> None:
        """End the session in order; the principal is told why, and that is recorded."""
        self.arrive(of.Stopped(self.now(), error))

    def cut(self, error: GatereelError) -> None:
        """End the session now: what waits is dropped, even while recording is interrupted; the
        principal is told why, and that is recorded where it still can be."""
        if not self._closed:
            self._say_goodbye(of.Stopped(self.now(), error))

    def abort(self, error: GatereelError) -> None:
        """End the session at once, without the recorder; the principal is told why."""
        if self._failure is None:
            self._failure = error
            self._appending.interrupt()
            self._wake()

    async def run(self) -> GatereelError | None:
        """Until the relay closes, or cannot go on: then the error. Both sides are closed then."""
        self._gate.watch(self._gate_moved)
        if self._gate.cause is not None:
            self._gate_moved(self._gate.cause)
        try:
            async with asyncio.TaskGroup() as tasks:
                try:
                    await self._work(tasks)
                finally:
                    self._let_go()
        finally:
            self._gate.forget(self._gate_moved)
        return self._failure

    # -- the loop ----------------------------------------------------------------------------------

    async def _work(self, tasks: asyncio.TaskGroup) -> None:
        try:
            while not self._closed:
                if self._failure is not None:
                    self._drop(self._failure)
                elif self._notes:
                    notes, self._notes = self._notes, []
                    await self._append(notes)
                elif self._inbox and not self._held:
                    await self._carry_out(self._receive(), tasks)
                else:
                    self._wakeup = asyncio.get_running_loop().create_future()
                    await self._wakeup
        except RecordingLost as error:
            self._drop(error)
        except Exception as error:  # noqa: BLE001 - any fault ends this one session, told and logged
            await self._fault(error)

    @property
    def _held(self) -> bool:
        return not self._gate.is_open and not self._ending

    def _wake(self) -> None:
        if self._wakeup is not None and not self._wakeup.done():
            self._wakeup.set_result(None)

    def _receive(self) -> list[Effect]:
        """The relay's answer to what has arrived, as far as one batch goes."""
        effects: list[Effect] = []
        size = 0
        while self._inbox and size < BATCH_SIZE:
            arrival = self._inbox.take()
            if isinstance(arrival, of.FromClient | of.FromTarget):
                size += len(arrival.data)
            effects += self._relay.receive(arrival)
        for end in End:
            if self._inbox.held(end) <= self._limits.queue // 4:
                self._reading[end].resume(Why.QUEUE)
        return effects

    async def _carry_out(self, effects: Sequence[Effect], tasks: asyncio.TaskGroup) -> None:
        events = [each.event for each in effects if isinstance(each, of.Record)]
        if events:
            await self._append(events)
        if self._failure is not None:
            return
        for effect in effects:
            self._do(effect, tasks)

    def _do(self, effect: Effect, tasks: asyncio.TaskGroup) -> None:
        match effect:
            case of.Record():
                pass
            case of.ToClient(data, error):
                self._client.write(data, error)
            case of.ToTarget(data):
                self._reached.write(data)
            case of.Ask(request, question):
                verdict = self._decide(question)
                if isinstance(verdict, Hold) and self._settle is not None:
                    self._tasks.append(tasks.create_task(self._wait(effect, verdict, self._settle)))
                else:
                    self.arrive(of.Answered(self.now(), request, verdict))
            case of.OpenTarget():
                self._tasks.append(tasks.create_task(self._open(effect)))
            case of.ResizeTarget(cols, rows, width, height):
                self._reached.resize(cols, rows, width, height)
            case of.SignalTarget(signal):
                self._reached.signal(signal)
            case of.BreakTarget(milliseconds):
                self._reached.send_break(milliseconds)
            case of.EofToTarget():
                self._reached.eof()
            case of.EofToClient():
                self._client_eof = True
                self._client.eof()
            case of.ExitToClient(status, signal, core, message):
                self._client.exit(status, signal, core, message)
            case of.PauseClient():
                self._reading[End.CLIENT].pause(Why.RELAY)
            case of.ResumeClient():
                self._reading[End.CLIENT].resume(Why.RELAY)
            case of.WakeAt(at):
                self._set_alarm(at)
            case of.Close(reason):
                self.reason = reason
                self._let_go()
            case _:
                assert_never(effect)

    @property
    def _reached(self) -> TargetSide:
        """The target's side, which every relay has waited for before it sends anything there."""
        if self._target is None:
            raise RuntimeError("the relay sent something to a target that is not open")
        return self._target

    async def _wait(self, asked: of.Ask, verdict: Hold, settle: Settle) -> None:
        try:
            settled = await settle(asked, verdict, self)
        except Exception as error:  # noqa: BLE001 - as in _work
            self.abort(internal(error, self._channel))
            return
        self.arrive(of.Answered(self.now(), asked.request, settled))

    async def _open(self, effect: of.OpenTarget) -> None:
        try:
            target = await self._open_target(effect, self)
        except GatereelError as error:
            self.arrive(of.TargetGone(self.now(), error.operator, error))
            return
        except Exception as error:  # noqa: BLE001 - as in _work
            self.abort(internal(error, self._channel))
            return
        if self._closed:
            target.close()
            return
        self._target = target
        self._reading[End.TARGET].attach(target)
        self.arrive(of.TargetOpened(self.now()))

    def _set_alarm(self, at: int | None) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        if at is not None:
            seconds = max(0, at - self.now()) / 1_000_000
            self._alarm = asyncio.get_running_loop().call_later(seconds, self._ring, at)

    def _ring(self, at: int) -> None:
        self._alarm = None
        self.arrive(of.Tick(max(at, self.now())))

    async def _append(self, events: Sequence[Event]) -> None:
        await self._appending.append(events)
        if self._reading[End.CLIENT].paused_for(Why.STALL):
            cause = "the recorder did not answer"
            self._notes.append(Suspended(self.now(), self._channel, cause))
            self._notes.append(Continued(self.now(), self._channel, cause))
            for reading in self._reading.values():
                reading.resume(Why.STALL)

    def _stalled(self) -> None:
        for reading in self._reading.values():
            reading.pause(Why.STALL)

    # -- what interrupts it ------------------------------------------------------------------------

    def _gate_moved(self, cause: str | None) -> None:
        at = self.now()
        if cause is not None:
            self._notes.append(Suspended(at, self._channel, cause))
            for reading in self._reading.values():
                reading.pause(Why.GATE)
            loop = asyncio.get_running_loop()
            self._outage = loop.call_later(self._limits.patience / 1e6, self._waited_enough, cause)
        else:
            if self._outage is not None:
                self._outage.cancel()
                self._outage = None
            self._notes.append(Continued(at, self._channel, "recording is possible again"))
            for reading in self._reading.values():
                reading.resume(Why.GATE)
        self._wake()

    def _waited_enough(self, cause: str) -> None:
        text = f"recording was interrupted for too long ({cause}), so this session ends"
        error = SuspendedTooLong(f"{text}; try again later")
        self._say_goodbye(of.Stopped(self.now(), error))

    def _say_goodbye(self, arrival: Arrival) -> None:
        """Nothing that waited goes on; this is the last that happens."""
        self._inbox.put_alone(arrival)
        self._ending = True
        self._appending.hurry()
        self._wake()

    # -- the end -----------------------------------------------------------------------------------

    def _drop(self, error: GatereelError) -> None:
        """End without the recorder: tell the principal, close both sides."""
        log.error("channel %d ends: %s: %s", self._channel, error.code, error.operator)
        self._failure = error
        self.reason = f"gateway: {error.code}"
        with contextlib.suppress(Exception):  # a side at fault must not keep the others open
            if not self._client_eof:
                self._client.write(line_for(error) + b"\r\n", error=True)
            self._client.exit(STATUS_BROKEN, None, False, "")
        self._let_go()

    async def _fault(self, fault: Exception) -> None:
        """The relay, a side or policy raised what it must not: end this session, on record."""
        error = internal(fault, self._channel)
        at = self.now()
        line = line_for(error) + b"\r\n"
        closed = ChannelClosed(at, self._channel, f"gateway: {error.code}")
        self._appending.hurry()
        with contextlib.suppress(RecordingLost):
            await self._append([Notice(at, self._channel, line, True), closed])
        self._drop(error)

    def _let_go(self) -> None:
        """Close everything, once."""
        if self._closed:
            return
        self._closed = True
        self._appending.close()
        for reading in self._reading.values():
            reading.detach()
        for timer in (self._alarm, self._outage):
            if timer is not None:
                timer.cancel()
        for task in self._tasks:
            task.cancel()
        try:
            if self._target is not None:
                self._target.close()
        finally:
            self._client.close()


def _other(end: End) -> End:
    return End.TARGET if end is End.CLIENT else End.CLIENT
