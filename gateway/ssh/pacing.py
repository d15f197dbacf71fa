"""No more for a peer than its connection takes: the window that a peer grants bounds nothing.

Knows: the library's connections and channels, and how full a transport is. Must never know: what is
sent, to whom, why. Mixed into both connections and both channels of `gateway.ssh`.

The library hands to the transport whatever the peer's window allows, up to 4 GiB, and keeps what
has to wait for a key exchange without any bound. So a peer that grants a large window and then
does not read, or begins a key exchange and never ends it, would fill the memory. Here a channel
keeps its bytes meanwhile, where its own limit makes the pump stop reading the other side.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import cast

from asyncssh import ProtocolError
from asyncssh.channel import SSHChannel
from asyncssh.connection import SSHConnection
from asyncssh.session import DataType

TRANSPORT_FULL = 512 * 1024
"""Bytes in a transport beyond which channels wait."""
TRANSPORT_FLOOD = 8 * 1024 * 1024
"""Bytes in it beyond which the peer is given up: only answers to its requests can fill it so."""
DEFERRED_FLOOD = 65536
"""Packets that wait for a key exchange, beyond which the peer is given up too."""
JOIN = 4096
"""Bytes up to which small pieces that nobody reads yet become one."""


class PacedConnection(SSHConnection):
    """A connection that knows when it takes no more."""

    _full = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # By its face: uvloop's transports are of no class of asyncio's.
        cast("asyncio.WriteTransport", transport).set_write_buffer_limits(high=TRANSPORT_FULL)
        super().connection_made(transport)

    @property
    def takes_more(self) -> bool:
        """Whether a channel may send now; if not, its `_flush_send_buf` is called when it may."""
        return not self._full and self._kex_complete

    def pause_writing(self) -> None:
        self._full = True

    def resume_writing(self) -> None:
        self._full = False
        self._go_on()

    def data_received(self, data: bytes, datatype: DataType = None) -> None:
        super().data_received(data, datatype)
        transport = self._transport
        if transport is not None and (
            transport.get_write_buffer_size() > TRANSPORT_FLOOD
            or len(self._deferred_packets) > DEFERRED_FLOOD
        ):
            self._force_close(
                ProtocolError("the peer takes nothing and asks for more: its answers pile up")
            )

    def _send_deferred_packets(self) -> None:
        super()._send_deferred_packets()
        self._go_on()

    def _go_on(self) -> None:
        for channel in list(self._channels.values()):
            if not self.takes_more:
                return
            channel._flush_send_buf()


class PacedChannel(SSHChannel[bytes]):
    """A channel that sends when its connection takes it, and holds what it has to at little cost.

    Its peer decides how small the pieces are that wait here: the library's list would take a
    time that grows with the square of their number, with everybody else waiting.
    """

    def _hold_at_little_cost(self) -> None:
        """Called once, when the library has made its list."""
        self._recv_buf = _Held()  # type: ignore[assignment]

    def _flush_send_buf(self) -> None:
        connection = self._conn
        if isinstance(connection, PacedConnection) and not connection.takes_more:
            self._pause_resume_writing()
        else:
            super()._flush_send_buf()


class _Held(deque[tuple[bytes, DataType]]):
    """What came while nobody reads, as the library uses its list: `append` and ``pop(0)``."""

    def append(self, piece: tuple[bytes, DataType], /) -> None:
        data, kind = piece
        if self:
            last, kind_of_last = self[-1]
            if kind == kind_of_last and len(last) + len(data) <= JOIN:
                self[-1] = (last + data, kind)
                return
        super().append(piece)

    def pop(self, index: int = -1) -> tuple[bytes, DataType]:
        return self.popleft() if index == 0 else super().pop()
