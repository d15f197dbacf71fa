"""Between the library's channels and a pump: what arrives becomes arrivals, effects become packets.

Knows: one client channel, one target channel, the pump between them. Must never know: policy's
rules, the recording's format. `ClientEnd` is made for each channel that a client opens, by
`gateway.ssh.server`; `TargetEnd` when the relay wants the target's side. Both are called by the
library and by the pump, in the event loop's thread, and never raise because a peer is gone.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Protocol

import asyncssh

from gateway import relay
from gateway.errors import Ended, TargetLost, line_for
from gateway.pump import Pump
from gateway.refusals import NotOffered, TargetRefused, UnreadableCommand
from gateway.relay import STATUS_BROKEN, Arrival, TerminalSpec
from gateway.session import FirstTerminal, Session
from gateway.sides import End
from gateway.ssh.channel import DialledChannel, ServedChannel
from gateway.ssh.dialer import Dialler
from gateway.wire.terminal import KeepTyped, TerminalRelay
from recorder.errors import GatereelError

EARLY = 1024
"""Requests that a client may make before its session is open."""
WRITE_AHEAD = 256 * 1024
"""Bytes on their way to a peer, beyond which the other side is not read."""

_STDERR = asyncssh.EXTENDED_DATA_STDERR


class Host(Protocol):
    """The connection that a client's channel belongs to."""

    async def session(self, first: FirstTerminal) -> tuple[Session, Dialler]: ...
    def spawn(self, work: Callable[[], Awaitable[None]]) -> None: ...
    def refused(self, what: str, detail: bytes) -> None: ...
    def channel_closed(self, channel: ClientEnd) -> None: ...
    def channel_failed(self, failure: GatereelError) -> None: ...
    def abort(self) -> None: ...
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
        self._pump: Pump | None = None
        self._early: list[Callable[[int], Arrival]] = []
        self._waiting = True
        """For the target: what the client sends meanwhile stays in its window."""
        self._paused = False
        """By the pump."""
        self._gone = ""
        self._stopped: GatereelError | None = None

    # -- from the library ------------------------------------------------------------------------

    def connection_made(self, chan: asyncssh.SSHServerChannel[bytes]) -> None:
        assert isinstance(chan, ServedChannel)
        self._channel = chan
        chan.set_write_buffer_limits(WRITE_AHEAD)

    def data_received(self, data: bytes, datatype: asyncssh.DataType) -> None:  # noqa: ARG002
        if self._pump is not None:
            self._pump.from_client(data)
        else:
            self._arrive(lambda at: relay.FromClient(at, data))

    def eof_received(self) -> bool:
        self._arrive(relay.ClientEof)
        return True

    def pause_writing(self) -> None:
        if self._pump is not None:
            self._pump.pause_writing(End.CLIENT)

    def resume_writing(self) -> None:
        if self._pump is not None:
            self._pump.resume_writing(End.CLIENT)

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
            if self._pump is not None:
                self._pump.arrive(relay.ClientGone(self._pump.now(), reason))

    def stop(self, error: GatereelError) -> None:
        """The gateway ends this channel, with these words."""
        self._stopped = error
        if self._pump is not None:
            self._pump.stop(error)

    # -- the pump's client side --------------------------------------------------------------------

    def write(self, data: bytes, error: bool = False) -> None:
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
        if self._pump is not None:
            self._pump.arrive(make(self._pump.now()))
        elif len(self._early) < EARLY:
            self._early.append(make)
        else:
            self._host.abort()

    def _tell_refused(self) -> None:
        """Of a channel that came to nothing: what was refused on it is still told."""
        for arrival in (make(0) for make in self._early):
            if isinstance(arrival, relay.Unserved):
                self._host.refused(arrival.what, arrival.detail)
        self._early.clear()

    async def _run(self, kind: str, command: bytes) -> None:
        failure = await self._relay(kind, command)
        if failure is not None:
            self._host.channel_failed(failure)

    async def _relay(self, kind: str, command: bytes) -> GatereelError | None:
        """The whole of the channel, once the client has said what to run."""
        spec = self._terminal
        first = FirstTerminal(spec.term, spec.cols, spec.rows) if spec else FirstTerminal()
        try:
            session, dialler = await self._host.session(first)
        except GatereelError as error:
            self._turn_away(error)
            return None
        number = session.next_channel()
        core = TerminalRelay(
            number,
            session.subject,
            session.id,
            environment=self._host.environment,
            keep=KeepTyped(session.route.target.keep_input),
        )

        async def open_target(effect: relay.OpenTarget, pump: Pump) -> TargetEnd:
            end = await _open_target(session, dialler, pump, kind, command, spec, effect)
            self._waiting = False
            if not self._paused:
                asyncio.get_running_loop().call_soon(self.resume_reading)
            return end

        pump = Pump(
            number,
            core,
            session.recorder,
            self,
            decide=session.decide,
            open_target=open_target,
            gate=session.gate,
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
        self._pump = pump
        if self._gone:
            pump.arrive(relay.ClientGone(at, self._gone))
        elif self._stopped is not None:
            pump.stop(self._stopped)

    def _turn_away(self, error: GatereelError) -> None:
        """Nobody came in: the words are the logbook's, there is no recording to put them in."""
        self.write(line_for(error) + (b"\r\n" if self._terminal else b"\n"), error=True)
        self.exit(STATUS_BROKEN, None, False, "")
        self.close()


class TargetEnd(asyncssh.SSHClientSession[bytes]):
    """The target's channel, with the program running: the pump's target side."""

    def __init__(self, pump: Pump, target: str) -> None:
        self._pump = pump
        self._target = target
        self._channel: asyncssh.SSHClientChannel[bytes] | None = None
        self._exited = False

    # -- from the library ------------------------------------------------------------------------

    def connection_made(self, chan: asyncssh.SSHClientChannel[bytes]) -> None:
        self._channel = chan
        chan.set_write_buffer_limits(WRITE_AHEAD)

    def data_received(self, data: bytes, datatype: asyncssh.DataType) -> None:
        self._pump.from_target(data, datatype == _STDERR)

    def eof_received(self) -> bool:
        self._pump.arrive(relay.TargetEof(self._pump.now()))
        return True

    def exit_status_received(self, status: int) -> None:
        self._exited = True
        self._pump.arrive(relay.Exited(self._pump.now(), status))

    def exit_signal_received(self, signal: str, core_dumped: bool, msg: str, lang: str) -> None:  # noqa: ARG002
        self._exited = True
        self._pump.arrive(relay.Exited(self._pump.now(), None, signal, core_dumped, msg))

    def pause_writing(self) -> None:
        self._pump.pause_writing(End.TARGET)

    def resume_writing(self) -> None:
        self._pump.resume_writing(End.TARGET)

    def connection_lost(self, exc: Exception | None) -> None:
        self._channel = None
        error = None
        if exc is not None and not self._exited:
            error = TargetLost(
                f"the connection to {self._target} broke; what ran there may have ended",
                operator=f"{self._target}: {exc}",
            )
        reason = str(exc) if exc is not None else "the program ended"
        self._pump.arrive(relay.TargetGone(self._pump.now(), reason, error))

    # -- the pump's target side --------------------------------------------------------------------

    def write(self, data: bytes, error: bool = False) -> None:  # noqa: ARG002 - a target has one input
        if self._channel is not None:
            with contextlib.suppress(OSError):
                self._channel.write(data)

    def eof(self) -> None:
        if self._channel is not None:
            self._channel.write_eof()

    def resize(self, cols: int, rows: int, width: int, height: int) -> None:
        if self._channel is not None:
            self._channel.change_terminal_size(cols, rows, width, height)

    def signal(self, signal: str) -> None:
        if self._channel is not None:
            self._channel.send_signal(signal)

    def send_break(self, milliseconds: int) -> None:
        if self._channel is not None:
            self._channel.send_break(milliseconds)

    def pause_reading(self) -> None:
        if self._channel is not None:
            self._channel.pause_reading()

    def resume_reading(self) -> None:
        if self._channel is not None:
            self._channel.resume_reading()

    def close(self) -> None:
        if self._channel is not None:
            self._channel.close()


async def _open_target(
    session: Session,
    dialler: Dialler,
    pump: Pump,
    kind: str,
    command: bytes,
    spec: TerminalSpec | None,
    effect: relay.OpenTarget,
) -> TargetEnd:
    """Reach the target if this is the first channel, and start there what was asked."""
    target = session.route.target
    try:
        connection, facts = await dialler.connect()
        if facts is not None:
            await session.record_reached(facts)
        end = TargetEnd(pump, target.name)
        channel = DialledChannel(connection, asyncio.get_running_loop())
        try:
            async with asyncio.timeout(target.connect_timeout):
                await channel.start(end, kind, command, spec, effect.environment)
        except BaseException:
            channel.abort()
            raise
    except TimeoutError:
        raise TargetRefused(f"{target.name} does not start this {kind}; try again") from None
    except asyncssh.ChannelOpenError as problem:
        raise TargetRefused(f"{target.name} opens no channel: {problem.reason}") from None
    except (asyncssh.Error, OSError) as problem:
        raise TargetLost(f"the connection to {target.name} broke: {problem}") from None
    return end


def _unreadable(kind: str, command: bytes) -> GatereelError | None:
    """Policy and a reviewer must be able to read what is to run."""
    try:
        command.decode()
    except UnicodeDecodeError:
        return UnreadableCommand(f"this {kind} is not UTF-8 text, so it cannot be decided about")
    if b"\0" in command:
        return UnreadableCommand(f"this {kind} has a NUL byte in it, which no shell reads")
    return None


def shutting_down() -> Ended:
    """What everybody is told when the gateway stops."""
    return Ended("the gateway is shutting down; connect again in a moment")
