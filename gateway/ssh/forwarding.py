"""A forward that a client asked for (``ssh -L``, ``-D``), bridged to an address by the gateway.

Knows: one channel of the kind direct-tcpip, its pump, its far side. Must never know: policy's
rules, what the bytes mean. Made by `gateway.ssh.visit`, one for each such channel; called by the
library and by the pump, in the event loop's thread, and never raises because a peer is gone.

The client's channel opens only when the far side stands: until then `open` waits, and its refusal
says what went wrong. What a name leads to is found once, written down and asked about again before
anything is dialled.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Protocol, TypeVar

import asyncssh
from asyncssh.constants import OPEN_ADMINISTRATIVELY_PROHIBITED, OPEN_CONNECT_FAILED

from gateway import relay
from gateway.errors import Denied, NeedsApproval, TargetLost, line_for
from gateway.meters import Meters
from gateway.outward import Outward, Place, check_elsewhere, dial, find
from gateway.policy import ELSEWHERE, FORWARD, Allow, Hold, Request, Verdict, address_of
from gateway.pump import Pump
from gateway.refusals import AddressRefused, AddressUnreachable, ConnectDenied
from gateway.session import FirstTerminal, Session
from gateway.sides import End
from gateway.ssh.bridge import limits_for
from gateway.ssh.direct import Destination
from gateway.ssh.holding import settle
from gateway.ssh.stay import Stay
from gateway.ssh.target_end import WRITE_AHEAD
from gateway.verdicts import decided
from gateway.wire.forward import KIND, ForwardRelay
from recorder.errors import GatereelError, JournalError
from recorder.events import Asked, Event, Refused, TargetReached

T = TypeVar("T")

SECOND = 2
"""The number of the question about what a name led to."""
_FORBIDDEN = (Denied, NeedsApproval, AddressRefused, ConnectDenied)


class Host(Protocol):
    """The connection that the channel belongs to."""

    @property
    def stay(self) -> Stay: ...
    def spawn(self, work: Callable[[], Awaitable[None]]) -> None: ...
    def channel_closed(self, channel: ForwardEnd) -> None: ...


class ForwardEnd(asyncssh.SSHTCPSession[bytes]):
    """The client's side: from the request to its end."""

    def __init__(self, host: Host, asked: Destination) -> None:
        loop = asyncio.get_running_loop()
        self._host = host
        self._asked = asked
        self._channel: asyncssh.SSHTCPChannel[bytes] | None = None
        self._open: asyncio.Future[None] = loop.create_future()
        self._pump: Pump | None = None
        self._obliged: tuple[str, ...] = ()
        """What the first verdict asks for."""
        self.allowed: Request | None = None
        """What policy was asked for it."""
        self._early: list[tuple[Callable[..., None], bytes]] = []
        """What the far side sent while the answer that it stands is on its way."""
        self._code = OPEN_ADMINISTRATIVELY_PROHIBITED
        """With which it is refused, if it is."""
        self._paused = False
        """By the pump."""
        self._gone = ""
        self._stopped: GatereelError | None = None
        self._closed = False
        self._meters = Meters()
        """The gateway's, once there is a session."""
        self._time = loop.time
        self.active = self._time()
        """The loop's time of the last byte, either way."""

    async def open(self) -> asyncssh.SSHTCPSession[bytes]:
        """Awaited by the library, which answers the client then. Raises ChannelOpenError."""
        self._host.spawn(self._run)
        await asyncio.shield(self._open)
        return self

    # -- from the library ------------------------------------------------------------------------

    def connection_made(self, chan: asyncssh.SSHTCPChannel[bytes]) -> None:
        self._channel = chan
        chan.set_write_buffer_limits(WRITE_AHEAD)
        early, self._early = self._early, []
        for send, data in early:
            send(data)
        if self._closed:
            chan.close()

    def session_started(self) -> None:
        # The library begins to read right after this, whatever the pump has said.
        asyncio.get_running_loop().call_soon(self._read_on)

    def data_received(self, data: bytes, datatype: asyncssh.DataType) -> None:  # noqa: ARG002
        self.active = self._time()
        self._meters.from_clients += len(data)
        if self._pump is not None:
            self._pump.from_client(data)

    def eof_received(self) -> bool:
        if self._pump is not None:
            self._pump.arrive(relay.ClientEof(self._pump.now()))
        return True

    def pause_writing(self) -> None:
        if self._pump is not None:
            self._pump.pause_writing(End.CLIENT)

    def resume_writing(self) -> None:
        if self._pump is not None:
            self._pump.resume_writing(End.CLIENT)

    def connection_lost(self, exc: Exception | None) -> None:
        self._channel = None
        self.client_gone(str(exc) if exc else "the channel was closed")
        self._host.channel_closed(self)

    # -- from the connection and its session -----------------------------------------------------

    def client_gone(self, reason: str) -> None:
        if not self._gone:
            self._gone = reason
            if self._pump is not None:
                self._pump.arrive(relay.ClientGone(self._pump.now(), reason))

    def stop(self, error: GatereelError) -> None:
        self._stopped = error
        if self._pump is not None:
            self._pump.stop(error)

    def cut(self, error: GatereelError) -> None:
        self._stopped = error
        if self._pump is not None:
            self._pump.cut(error)

    def tell(self, line: bytes) -> None:
        """Nobody reads here."""

    # -- the pump's client side --------------------------------------------------------------------

    def write(self, data: bytes, error: bool = False) -> None:
        if error:
            return  # words have no place among somebody's bytes
        self.active = self._time()
        if self._channel is None:
            if not self._gone:
                self._early.append((self.write, data))
            return
        self._meters.to_clients += len(data)
        with contextlib.suppress(OSError):
            self._channel.write(data)

    def eof(self) -> None:
        if self._channel is None:
            self._early.append((lambda _: self.eof(), b""))
        else:
            self._channel.write_eof()

    def exit(self, status: int | None, signal: str | None, core: bool, message: str) -> None:  # noqa: ARG002
        """Only a channel that is not open yet can be told why: by its refusal."""
        if message:
            self._refuse(self._code, message)

    def pause_reading(self) -> None:
        self._paused = True
        if self._channel is not None:
            self._channel.pause_reading()

    def resume_reading(self) -> None:
        self._paused = False
        if self._channel is not None:
            self._channel.resume_reading()

    def _read_on(self) -> None:
        if self._paused and self._channel is not None:
            self._channel.pause_reading()

    def close(self) -> None:
        self._closed = True
        if self._channel is not None:
            self._channel.close()

    # -- its life ----------------------------------------------------------------------------------

    async def _run(self) -> None:
        stay = self._host.stay
        stay.joined(self)
        try:
            failure = await self._bridge(stay)
        finally:
            stay.left(self)
            if not self._open.done():
                self._refuse(OPEN_CONNECT_FAILED, self._gone or "the forward came to nothing")
            if self._open.exception() is not None:
                self._host.channel_closed(self)
        if failure is not None:
            stay.channel_failed(failure)

    async def _bridge(self, stay: Stay) -> GatereelError | None:
        try:
            session, _ = await stay.session(FirstTerminal())
        except GatereelError as error:
            # Nobody came in: the words are the logbook's, there is no recording to put them in.
            code = (
                OPEN_ADMINISTRATIVELY_PROHIBITED
                if isinstance(error, _FORBIDDEN)
                else OPEN_CONNECT_FAILED
            )
            self._refuse(code, line_for(error).decode().removeprefix("gatereel: "))
            return None
        self._meters = session.meters
        number = session.next_channel()
        address = address_of(self._asked.host, self._asked.port)

        def decide(question: Request) -> Verdict:
            verdict = session.decide(question)
            if not isinstance(verdict, Hold):
                self._decided(question, verdict)
            return verdict

        async def wait(asked: relay.Ask, verdict: Hold, pump: Pump) -> Verdict:
            settled = await settle(session, number, asked, verdict, pump)
            self._decided(settled.question, settled.verdict)
            return settled.verdict

        async def reach(_effect: relay.OpenTarget, pump: Pump) -> Outward:
            return await self._reach(session, number, address, pump)

        pump = Pump(
            number,
            ForwardRelay(number, session.subject, address),
            session.recorder,
            self,
            decide=decide,
            open_target=reach,
            gate=session.gate,
            limits=limits_for(session.bounds),
            settle=wait,
        )
        pump.arrive(relay.Opened(pump.now(), KIND, str(self._asked).encode(), None, ()))
        self._pump = pump
        if self._gone:
            pump.arrive(relay.ClientGone(pump.now(), self._gone))
        elif self._stopped is not None:
            pump.stop(self._stopped)
        return await pump.run()

    def _decided(self, question: Request, verdict: Verdict) -> None:
        self.allowed = question
        self._obliged = verdict.obligations if isinstance(verdict, Allow) else ()

    async def _reach(self, session: Session, number: int, address: str, pump: Pump) -> Outward:
        """Finds, asks again, dials; each is written down before the next."""
        places = await self._unless_unreachable(find(self._asked.host, self._asked.port))
        try:
            await self._ask_again(session, number, address, places)
            if ELSEWHERE in self._obliged:
                for place in places:
                    check_elsewhere(place)
        except AddressRefused as error:
            what = f"channel {KIND}"
            refused = Refused(session.journal.now(), number, what, address.encode(), error.code)
            await _write(session, refused)
            raise
        end, place = await self._unless_unreachable(dial(places, pump))
        try:
            facts = {"opaque": True, "asked": address, "address": str(place)}
            await _write(session, TargetReached(session.journal.now(), number, facts))
        except BaseException:
            end.close()
            raise
        if not self._open.done():
            self._open.set_result(None)
        end.resume_reading()
        return end

    async def _unless_unreachable(self, reaching: Awaitable[T]) -> T:
        try:
            return await reaching
        except AddressUnreachable:
            self._code = OPEN_CONNECT_FAILED
            raise

    async def _ask_again(
        self, session: Session, number: int, address: str, places: list[Place]
    ) -> None:
        """What a name leads to is a question of its own. Raises Denied."""
        found = [str(place) for place in places]
        if found == [address]:
            return
        facts = {"address": address, "resolved": found}
        before = self.allowed or session.subject
        # Whoever approved the address as it was asked for has approved where it leads.
        verdict = session.decide(replace(before, action=FORWARD, facts=facts))
        now = session.journal.now()
        await _write(
            session,
            Asked(now, number, SECOND, FORWARD, facts),
            decided(now, number, SECOND, verdict),
        )
        if not isinstance(verdict, Allow):
            raise Denied(f"policy does not allow a forward to {address}: {verdict.reason}")

    def _refuse(self, code: int, words: str) -> None:
        if not self._open.done():
            self._open.set_exception(asyncssh.ChannelOpenError(code, words))
            self._open.exception()  # whoever asked may be gone


async def _write(session: Session, *events: Event) -> None:
    try:
        await session.record(*events)
    except JournalError as problem:
        raise TargetLost("this forward cannot be recorded", operator=problem.operator) from problem
