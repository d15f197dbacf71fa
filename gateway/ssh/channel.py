"""The library's channels, made exact: what a client asks for arrives, and goes on, byte for byte.

Knows: the requests of a session channel (RFC 4254, section 6). Must never know: policy, relays,
recordings. The library decodes commands, drops duplicate terminal modes, turns an empty command
into a shell and cuts exit statuses to a byte; a gateway that decides about a command and records
it must pass on exactly that command, so both ends are done here on the packets themselves.
`ServedChannel` faces the client, `DialledChannel` the target.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

import asyncssh
from asyncssh.constants import MSG_CHANNEL_CLOSE
from asyncssh.packet import Boolean, SSHPacket, String, UInt32

from gateway.refusals import TargetRefused
from gateway.relay import TerminalSpec
from gateway.ssh.pacing import PacedChannel
from gateway.ssh.settings import PACKET, WINDOW

ENVIRONMENT_COUNT = 128
ENVIRONMENT_SIZE = 32 * 1024
"""Of one variable, name and value together."""
MODES_SIZE = 4096
TERM_SIZE = 256
SIGNAL_SIZE = 64
DETAIL = 1024
"""Bytes of a refused request that are kept."""


class Quiet:
    """No log line for each packet: they cost more than the packets, and the journal has it all."""

    def log_sent_packet(self, *_: object) -> None: ...

    def log_received_packet(self, *_: object) -> None: ...


class Asked(Protocol):
    """Who hears what the client asks for on a `ServedChannel`, in the order of the packets.

    A False refuses the request on the wire; whoever returns it has recorded why.
    """

    def terminal_asked(self, spec: TerminalSpec) -> bool: ...
    def variable_asked(self, name: bytes, value: bytes) -> bool: ...
    def start_asked(self, kind: str, command: bytes) -> bool: ...
    def resized(self, cols: int, rows: int, width: int, height: int) -> None: ...
    def signalled(self, signal: str) -> None: ...
    def broke(self, milliseconds: int) -> None: ...
    def refused(self, what: str, detail: bytes) -> None: ...


class ServedChannel(Quiet, PacedChannel, asyncssh.SSHServerChannel[bytes]):
    """A session channel that a client opened."""

    def __init__(
        self,
        connection: asyncssh.SSHServerConnection,
        loop: asyncio.AbstractEventLoop,
        asked: Asked,
        window: int = WINDOW,
    ) -> None:
        connection._update_recv_pktlen(PACKET)
        super().__init__(
            connection,
            loop,
            allow_pty=True,
            line_editor=False,
            line_echo=False,
            line_history=0,
            max_line_length=0,
            encoding=None,
            errors="strict",
            window=window,
            max_pktsize=PACKET,
        )
        self._hold_at_little_cost()
        self._asked = asked
        self._terminal = False
        self._started = False
        self._variables = 0
        self._left = False
        """The client has closed its end, having had the end of the output."""

    def _close_asked(self, kind: int, number: int, packet: SSHPacket) -> None:
        """A client that has sent and has got everything closes its end at once, while the program
        may still run: how it ends is told all the same (RFC 4254, 5.3), as OpenSSH's server does.
        """
        if self._left:
            raise asyncssh.ProtocolError("Channel not open")
        if self._send_state == "eof" and self._recv_state == "eof":
            packet.check_end()
            self._left = True
        else:
            self._process_close(kind, number, packet)

    def _close_send(self) -> None:
        super()._close_send()
        if self._left and self._recv_state == "eof":
            self._recv_state = "close_pending"
            self._discard_recv()

    _packet_handlers = {  # noqa: RUF012 - the library's own shape
        **asyncssh.SSHServerChannel._packet_handlers,
        MSG_CHANNEL_CLOSE: _close_asked,
    }

    def _service_next_request(self) -> None:
        """Answers from the table below; the library's own handlers are never looked up."""
        request, packet, _ = self._request_queue[0]
        handler = _REQUESTS.get(request)
        if handler is None:
            self._refuse(f"request {_shown(request)}", packet.get_remaining_payload())
            self._report_response(False)
        else:
            begins = not self._started
            self._report_response(handler(self, packet))
            if begins and self._started:
                # The answer made the library read on, but nobody is there to take it yet.
                self.pause_reading()

    def _terminal_request(self, packet: SSHPacket) -> bool:
        whole = packet.get_remaining_payload()
        term = packet.get_string()
        cols, rows, width, height = (packet.get_uint32() for _ in range(4))
        modes = packet.get_string()
        packet.check_end()
        if (
            self._terminal
            or self._started
            or len(term) > TERM_SIZE
            or len(modes) > MODES_SIZE
            or not term.isascii()
        ):
            self._refuse("request pty-req", whole)
            return False
        spec = TerminalSpec(term.decode("ascii"), cols, rows, width, height, modes)
        self._terminal = self._asked.terminal_asked(spec)
        return self._terminal

    def _variable_request(self, packet: SSHPacket) -> bool:
        name, value = packet.get_string(), packet.get_string()
        packet.check_end()
        self._variables += 1
        if (
            self._started
            or self._variables > ENVIRONMENT_COUNT
            or len(name) + len(value) > ENVIRONMENT_SIZE
        ):
            self._refuse("request env", name)
            return False
        return self._asked.variable_asked(name, value)

    def _shell_request(self, packet: SSHPacket) -> bool:
        packet.check_end()
        return self._start("shell", b"")

    def _exec_request(self, packet: SSHPacket) -> bool:
        command = packet.get_string()
        packet.check_end()
        return self._start("exec", command)

    def _subsystem_request(self, packet: SSHPacket) -> bool:
        name = packet.get_string()
        packet.check_end()
        return self._start("subsystem", name)

    def _start(self, kind: str, command: bytes) -> bool:
        """One start for each channel: a second one is refused, whatever it asks."""
        if self._started:
            self._refuse(f"second {kind}", command)
            return False
        self._started = True
        return self._asked.start_asked(kind, command)

    def _resize_request(self, packet: SSHPacket) -> bool:
        cols, rows, width, height = (packet.get_uint32() for _ in range(4))
        packet.check_end()
        if not self._terminal:
            self._refuse("request window-change", b"")
            return False
        self._asked.resized(cols, rows, width, height)
        return True

    def _signal_request(self, packet: SSHPacket) -> bool:
        name = packet.get_string()
        packet.check_end()
        if not self._started or not name or len(name) > SIGNAL_SIZE or not _printable(name):
            self._refuse("request signal", name)
            return False
        self._asked.signalled(name.decode("ascii"))
        return True

    def _break_request(self, packet: SSHPacket) -> bool:
        milliseconds = packet.get_uint32()
        packet.check_end()
        if not self._started:
            self._refuse("request break", b"")
            return False
        self._asked.broke(milliseconds)
        return True

    def _refuse(self, what: str, detail: bytes) -> None:
        self._asked.refused(what, detail[:DETAIL])

    def send_status(self, status: int) -> None:
        """The exit status, all 32 bits of it; closes nothing."""
        self._send_request(b"exit-status", UInt32(status & 0xFFFFFFFF))

    def send_signal_status(self, signal: str, core: bool, message: str) -> None:
        """That the program was ended by a signal; closes nothing."""
        self._send_request(
            b"exit-signal", String(signal), Boolean(core), String(message), String("")
        )


_REQUESTS: dict[str, Callable[[ServedChannel, SSHPacket], bool]] = {
    "pty-req": ServedChannel._terminal_request,
    "env": ServedChannel._variable_request,
    "shell": ServedChannel._shell_request,
    "exec": ServedChannel._exec_request,
    "subsystem": ServedChannel._subsystem_request,
    "window-change": ServedChannel._resize_request,
    "signal": ServedChannel._signal_request,
    "break": ServedChannel._break_request,
    # Answered with a failure, which is the answer that the asker waits for.
    "keepalive@openssh.com": lambda _channel, _packet: False,
}
"""Every request that is understood; any other is refused with an event."""


class DialledChannel(Quiet, PacedChannel, asyncssh.SSHClientChannel[bytes]):
    """A session channel that the gateway opens on a target."""

    def __init__(
        self,
        connection: asyncssh.SSHClientConnection,
        loop: asyncio.AbstractEventLoop,
        window: int = WINDOW,
    ) -> None:
        connection._update_recv_pktlen(PACKET)
        super().__init__(connection, loop, "replace", None, "strict", window, PACKET)
        self._hold_at_little_cost()
        self._lost: Exception | None = None
        """How the connection went, while there are bytes of it that nobody took yet."""

    def process_connection_close(self, exc: Exception | None) -> None:
        """What the target sent before its connection went is taken first, however slowly: a server
        may hang up once it has said everything. The library would drop what is held."""
        if not self._recv_buf or self._recv_paused is not True or self._request_waiters:
            super().process_connection_close(exc)
            return
        self._lost = exc
        self._send_state = "closed"
        self._close_send()
        self._send_chan = None
        self._recv_window = self._init_recv_window  # there is nobody to give more room to
        self._recv_state = "close_pending"

    def _flush_recv_buf(self, exc: Exception | None = None) -> None:
        super()._flush_recv_buf(exc or self._lost)

    async def start(
        self,
        session: asyncssh.SSHClientSession[bytes],
        kind: str,
        command: bytes,
        terminal: TerminalSpec | None,
        environment: Sequence[tuple[bytes, bytes]],
    ) -> None:
        """Open, and ask for exactly this. Raises TargetRefused, or the library's errors."""
        packet = await self._open(b"session")
        packet.check_end()
        self._session = session
        session.connection_made(self)
        for name, value in environment:
            self._send_request(b"env", String(name), String(value))
        if terminal is not None and not await self._make_request(
            b"pty-req",
            String(terminal.term),
            UInt32(terminal.cols),
            UInt32(terminal.rows),
            UInt32(terminal.width),
            UInt32(terminal.height),
            String(terminal.modes),
        ):
            self.close()
            raise TargetRefused("the target gives no terminal; try without one (ssh -T)")
        arguments = () if kind == "shell" else (String(command),)
        if not await self._make_request(kind.encode("ascii"), *arguments):
            self.close()
            raise TargetRefused(f"the target refuses to start this {kind}")
        session.session_started()
        await self._start_reading()

    def _process_exit_status_request(self, packet: SSHPacket) -> bool:
        status = packet.get_uint32()
        packet.check_end()
        if self._exit_status is not None or self._exit_signal is not None:
            raise asyncssh.ProtocolError("Multiple exit results not allowed")
        self._exit_status = status
        self._session.exit_status_received(status)
        return True


def _printable(name: bytes) -> bool:
    return all(0x21 <= byte <= 0x7E for byte in name)


def _shown(name: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in name[:64])
