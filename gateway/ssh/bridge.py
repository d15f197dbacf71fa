"""Between a client's channel and what serves it: requests become arrivals, effects packets.

Knows: one client channel, and who has it just now: a pump that bridges it to a target, or the
console of the gateway itself. Must never know: policy's rules, the recording's format. Made for
each channel that a client opens, by `gateway.ssh.visit`; called by the library, by the pump and by
the console, in the event loop's thread, and never raises because a peer is gone.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

import asyncssh

from gateway import relay
from gateway.console import Console
from gateway.errors import line_for
from gateway.identity import Proof
from gateway.limits import Bounds
from gateway.meters import Meters
from gateway.picker import Picked
from gateway.policy import Hold, Request, Verdict
from gateway.pump import Limits, Pump
from gateway.refusals import NotOffered, TooMany, UnreadableCommand
from gateway.relay import STATUS_BROKEN, Arrival, TerminalSpec
from gateway.session import FirstTerminal
from gateway.sides import End
from gateway.ssh.channel import ServedChannel
from gateway.ssh.holding import settle
from gateway.ssh.relays import relay_for, terminal_for
from gateway.ssh.stay import Stay
from gateway.ssh.target_end import WRITE_AHEAD, TargetEnd, open_target
from recorder.errors import GatereelError

EARLY = 1024
"""Requests that a client may make before its session is open."""
_STDERR = asyncssh.EXTENDED_DATA_STDERR


class Taker(Protocol):
    """Who has a channel: takes what arrives on it."""

    def now(self) -> int: ...
    def from_client(self, data: bytes) -> None: ...
    def arrive(self, arrival: Arrival) -> None: ...
    def pause_writing(self, end: End) -> None: ...
    def resume_writing(self, end: End) -> None: ...
    def stop(self, error: GatereelError) -> None: ...
    def cut(self, error: GatereelError) -> None: ...


class Host(Protocol):
    """The connection that a client's channel belongs to."""

    @property
    def at_gateway(self) -> bool:
        """Whether its user name addresses the gateway itself."""
        ...

    @property
    def stay(self) -> Stay:
        """The session that it stands for, where it addresses a target."""
        ...

    def pick(self, name: str) -> Stay:
        """A session of its own for one channel, at ``account@target``."""
        ...

    def console(self, client: ClientEnd, environment: Sequence[tuple[bytes, bytes]]) -> Console: ...
    def spawn(self, work: Callable[[], Awaitable[None]]) -> None: ...
    def refused(self, what: str, detail: bytes) -> None: ...
    def channel_closed(self, channel: ClientEnd) -> None: ...
    def abort(self, error: GatereelError) -> None: ...
    @property
    def environment(self) -> tuple[str, ...]: ...


class ClientEnd(asyncssh.SSHServerSession[bytes]):
    """A channel that a client opened: hears its requests, and is the pump's client side."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._channel: ServedChannel | None = None
        self._terminal: TerminalSpec | None = None
        self._environment: list[tuple[bytes, bytes]] = []
        self._started = False
        self._taker: Taker | None = None
        """Who has the channel: a pump or a console; nobody while there is something to wait for."""
        self._early: list[Callable[[int], Arrival]] = []
        self._waiting = True
        """For the target: what the client sends meanwhile stays in its window."""
        self._paused = False
        """By the pump."""
        self.allowed: Request | None = None
        """What policy was asked before it began."""
        self._gone = ""
        self._stopped: GatereelError | None = None
        self._meters = Meters()
        """The gateway's, once there is a session."""
        self._time = asyncio.get_running_loop().time
        self.active = self._time()
        """The loop's time of the last sign of life: bytes either way; of a terminal, typed ones."""

    # -- from the library ------------------------------------------------------------------------

    def connection_made(self, chan: asyncssh.SSHServerChannel[bytes]) -> None:
        assert isinstance(chan, ServedChannel)
        self._channel = chan
        chan.set_write_buffer_limits(WRITE_AHEAD)

    def data_received(self, data: bytes, datatype: asyncssh.DataType) -> None:  # noqa: ARG002
        self.active = self._time()
        self._meters.from_clients += len(data)
        if self._taker is not None:
            self._taker.from_client(data)
        else:
            self._arrive(lambda at: relay.FromClient(at, data))

    def eof_received(self) -> bool:
        self._arrive(relay.ClientEof)
        return True

    def pause_writing(self) -> None:
        if self._taker is not None:
            self._taker.pause_writing(End.CLIENT)

    def resume_writing(self) -> None:
        if self._taker is not None:
            self._taker.resume_writing(End.CLIENT)

    def connection_lost(self, exc: Exception | None) -> None:
        self.client_gone(str(exc) if exc else "the channel was closed")
        self._channel = None
        if not self._started:
            self._tell_refused()
        self._host.channel_closed(self)

    # -- what the client asks for, from `ServedChannel` ------------------------------------------

    def terminal_asked(self, spec: TerminalSpec) -> bool:
        self._terminal = spec
        return True

    def variable_asked(self, name: bytes, value: bytes) -> bool:
        self._environment.append((name, value))
        return True

    def start_asked(self, kind: str, command: bytes) -> bool:
        self._started = True
        self._host.spawn(lambda: self._run(kind, command))
        return True

    def resized(self, cols: int, rows: int, width: int, height: int) -> None:
        self._arrive(lambda at: relay.Resized(at, cols, rows, width, height))

    def signalled(self, signal: str) -> None:
        self._arrive(lambda at: relay.Signalled(at, signal))

    def broke(self, milliseconds: int) -> None:
        self._arrive(lambda at: relay.Broke(at, milliseconds))

    def refused(self, what: str, detail: bytes) -> None:
        self._arrive(lambda at: relay.Unserved(at, what, detail, NotOffered.code))

    # -- from the connection ---------------------------------------------------------------------

    def client_gone(self, reason: str) -> None:
        """The client closed the channel, or its connection broke."""
        if not self._gone:
            self._gone = reason
            if self._taker is not None:
                self._taker.arrive(relay.ClientGone(self._taker.now(), reason))

    def stop(self, error: GatereelError) -> None:
        """The gateway ends this channel, with these words."""
        self._stopped = error
        if self._taker is not None:
            self._taker.stop(error)

    def cut(self, error: GatereelError) -> None:
        """As `stop`, but now: what is still on its way does not arrive."""
        self._stopped = error
        if self._taker is not None:
            self._taker.cut(error)

    def review(self, proof: Proof) -> None:
        """The configuration was read again: a channel to the gateway itself asks once more. One to
        a target is its session's, which does."""
        if isinstance(self._taker, Console):
            self._taker.review(proof)

    def tell(self, line: bytes) -> None:
        """Something for whoever sits at its terminal, if it has one."""
        if self._taker is not None:
            self._taker.arrive(relay.Told(self._taker.now(), line))

    # -- the pump's client side --------------------------------------------------------------------

    def write(self, data: bytes, error: bool = False) -> None:
        if self._terminal is None:
            self.active = self._time()
        self._meters.to_clients += len(data)
        if self._channel is not None:
            with contextlib.suppress(OSError):
                self._channel.write(data, _STDERR if error else None)

    def eof(self) -> None:
        if self._channel is not None:
            self._channel.write_eof()

    def exit(self, status: int | None, signal: str | None, core: bool, message: str) -> None:
        if self._channel is None:
            return
        if signal is not None:
            self._channel.send_signal_status(signal, core, message)
        elif status is not None:
            self._channel.send_status(status)

    def pause_reading(self) -> None:
        self._paused = True
        if self._channel is not None:
            self._channel.pause_reading()

    def resume_reading(self) -> None:
        self._paused = False
        if self._channel is not None and not self._waiting:
            self._channel.resume_reading()

    def close(self) -> None:
        if self._channel is not None:
            self._channel.close()

    # -- its life ----------------------------------------------------------------------------------

    def _arrive(self, make: Callable[[int], Arrival]) -> None:
        if self._taker is not None:
            self._taker.arrive(make(self._taker.now()))
        elif len(self._early) < EARLY:
            self._early.append(make)
        else:
            self._host.abort(TooMany(f"more than {EARLY} requests before the first is answered"))

    def _tell_refused(self) -> None:
        """Of a channel that came to nothing: what was refused on it is still told."""
        for arrival in (make(0) for make in self._early):
            if isinstance(arrival, relay.Unserved):
                self._host.refused(arrival.what, arrival.detail)
        self._early.clear()

    async def _run(self, kind: str, command: bytes) -> None:
        if not self._host.at_gateway:
            await self._relay(self._host.stay, kind, command)
            return
        picked = await self._converse(kind, command)
        if picked is not None:
            stay = self._host.pick(picked.name)
            try:
                await self._relay(stay, "shell", b"", typed=picked.rest)
            finally:
                await stay.close(self._gone or "the channel was closed")

    async def _converse(self, kind: str, command: bytes) -> Picked | None:
        """With the gateway itself; then perhaps with the target that was picked there."""
        console = self._host.console(self, self._environment)
        early, self._early = self._early, []
        self._taker = console
        for make in early:
            console.arrive(make(0))
        if self._gone:
            console.arrive(relay.ClientGone(0, self._gone))
        elif self._stopped is not None:
            console.stop(self._stopped)
        self._waiting = False
        asyncio.get_running_loop().call_soon(self.resume_reading)
        picked = await console.run(kind, command, self._terminal)
        self._taker = None
        if picked is not None:
            self._waiting = True
            if self._channel is not None:
                self._channel.pause_reading()
            self._terminal = console.terminal
        return picked

    async def _relay(self, stay: Stay, kind: str, command: bytes, *, typed: bytes = b"") -> None:
        """The whole of a bridged channel, once the client has said what to run."""
        spec = self._terminal
        first = FirstTerminal(spec.term, spec.cols, spec.rows) if spec else FirstTerminal()
        if typed:
            self._early.insert(0, lambda at: relay.FromClient(at, typed))
        stay.joined(self)
        try:
            failure = await self._bridge(stay, first, kind, command)
        finally:
            stay.left(self)
        if failure is not None:
            stay.channel_failed(failure)

    async def _bridge(
        self, stay: Stay, first: FirstTerminal, kind: str, command: bytes
    ) -> GatereelError | None:
        terminal = terminal_for(kind, command, self._terminal)
        try:
            session, dialler = await stay.session(first, self._say)
        except GatereelError as error:
            self._turn_away(error)
            return None
        self._meters = session.meters
        number = session.next_channel()
        core = relay_for(session, number, kind, command, self._host.environment)

        def decide(question: Request) -> Verdict:
            verdict = session.decide(question)
            if not isinstance(verdict, Hold):
                self.allowed = self.allowed or question
            return verdict

        async def wait(asked: relay.Ask, verdict: Hold, pump: Pump) -> Verdict:
            if terminal is not None:  # whoever sits there may want to take it back
                self._waiting = False
                self.resume_reading()
            sent, names = self._environment, self._host.environment
            settled = await settle(session, number, asked, verdict, pump, sent, names)
            self.allowed = self.allowed or settled.question
            return settled.verdict

        async def reach(effect: relay.OpenTarget, pump: Pump) -> TargetEnd:
            end = await open_target(session, dialler, pump, kind, command, terminal, effect)
            self._waiting = False
            if not self._paused:
                asyncio.get_running_loop().call_soon(self.resume_reading)
            return end

        pump = Pump(
            number,
            core,
            session.recorder,
            self,
            decide=decide,
            open_target=reach,
            gate=session.gate,
            limits=limits_for(session.bounds),
            settle=wait,
        )
        self._begin(pump, kind, command)
        return await pump.run()

    def _begin(self, pump: Pump, kind: str, command: bytes) -> None:
        """Hands over what was asked, then what came while the session was being opened."""
        at = pump.now()
        unreadable = _unreadable(kind, command)
        if unreadable is not None:
            pump.arrive(relay.Unserved(at, f"{kind} that is not text", command, unreadable.code))
            pump.arrive(relay.Stopped(at, unreadable))
        else:
            asked = tuple(self._environment)
            pump.arrive(relay.Opened(at, kind, command, self._terminal, asked))
        early, self._early = self._early, []
        for make in early:
            pump.arrive(make(at))
        self._taker = pump
        if self._gone:
            pump.arrive(relay.ClientGone(at, self._gone))
        elif self._stopped is not None:
            pump.stop(self._stopped)

    def _say(self, lines: Sequence[str]) -> None:
        """While there is no session yet: the words are in the gateway's own recording."""
        end = "\r\n" if self._terminal else "\n"
        said = "".join(f"gatereel: {line}{end}" for line in lines)
        self.write("".join(c if c.isprintable() or c in end else "?" for c in said).encode(), True)

    def _turn_away(self, error: GatereelError) -> None:
        """Nobody came in: the words are the logbook's, there is no recording to put them in."""
        self.write(line_for(error) + (b"\r\n" if self._terminal else b"\n"), error=True)
        self.exit(STATUS_BROKEN, None, False, "")
        self.close()


def limits_for(bounds: Bounds) -> Limits:
    """Whoever is paused may still send what its window holds."""
    most = 4 * (bounds.queue + bounds.window)
    return Limits(queue=bounds.queue, flood=most, patience=bounds.patience * 1_000_000)


def _unreadable(kind: str, command: bytes) -> GatereelError | None:
    """Policy and a reviewer must be able to read what is to run."""
    try:
        command.decode()
    except UnicodeDecodeError:
        return UnreadableCommand(f"this {kind} is not UTF-8 text, so it cannot be decided about")
    if b"\0" in command:
        return UnreadableCommand(f"this {kind} has a NUL byte in it, which no shell reads")
    return None
