"""The target's side of a channel: the library's client channel as what a pump writes to.

Knows: one target channel, and how it is opened. Must never know: policy's rules, the recording's
format, the client. Made by `gateway.ssh.bridge` when a relay wants the target's side; called by
the library and by the pump, in the event loop's thread, and never raises because a peer is gone.
"""

from __future__ import annotations

import asyncio
import contextlib

import asyncssh

from gateway import relay
from gateway.errors import TargetLost
from gateway.pump import Pump
from gateway.refusals import TargetRefused
from gateway.relay import TerminalSpec
from gateway.session import Session
from gateway.sides import End
from gateway.ssh.channel import DialledChannel
from gateway.ssh.dialer import Dialler

WRITE_AHEAD = 256 * 1024
"""Bytes on their way to a peer, beyond which the other side is not read."""

_STDERR = asyncssh.EXTENDED_DATA_STDERR


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


async def open_target(
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
        channel = DialledChannel(connection, asyncio.get_running_loop(), session.bounds.window)
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
