"""The first instant of every connection: it is counted, or turned away with a word, before the
library sees it and before anything is read from it.

Knows: the turnstile, transports, how a disconnect looks before any key exchange (RFC 4253). Must
never know: logins, sessions. Made by `gateway.ssh.server`, one for each connection.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

from asyncssh.constants import DISC_TOO_MANY_CONNECTIONS, MSG_DISCONNECT
from asyncssh.packet import Byte, String, UInt32

from gateway.errors import line_for
from gateway.limits import Pass, Turnstile
from gateway.refusals import TooMany
from gateway.ssh.settings import SERVER_VERSION

LINGER = 2.0
"""Seconds in which one that is turned away may read why."""
MOST_LINGERING = 64
"""Connections that may do so at one time; what comes beyond them is hung up on at once."""
_BLOCK = 8


class Entrance(asyncio.Protocol):
    """Hands a connection on to the protocol that ``let_in`` makes for it, or turns it away."""

    def __init__(
        self,
        turnstile: Turnstile,
        let_in: Callable[[Pass], asyncio.Protocol],
        refused: Callable[[str, TooMany], None],
        lingering: set[TurnedAway],
    ) -> None:
        """``refused`` is told the address and the refusal; ``lingering`` is one set for all."""
        self._turnstile = turnstile
        self._let_in = let_in
        self._refused = refused
        self._lingering = lingering

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # By its face: uvloop's transports are of no class of asyncio's.
        stream = cast("asyncio.Transport", transport)
        host, port = (stream.get_extra_info("peername") or ("", 0))[:2]
        protocol: asyncio.Protocol
        try:
            place = self._turnstile.arrive(host)
        except TooMany as error:
            self._refused(f"{host}:{port}", error)
            if len(self._lingering) >= MOST_LINGERING:
                stream.abort()
                return
            protocol = TurnedAway(error, self._lingering)
        else:
            protocol = self._let_in(place)
        stream.set_protocol(protocol)
        protocol.connection_made(stream)


class TurnedAway(asyncio.Protocol):
    """Says why, and waits a little for the client to have read it: hung up on at once, with what
    it sent still unread, the client would lose the words."""

    def __init__(self, error: TooMany, lingering: set[TurnedAway]) -> None:
        self._words = disconnect_words(error)
        self._lingering = lingering
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        stream = cast("asyncio.Transport", transport)
        self._lingering.add(self)
        self._timer = asyncio.get_running_loop().call_later(LINGER, stream.abort)
        stream.write(self._words)
        stream.write_eof()

    def data_received(self, data: bytes) -> None:
        """Whatever it is, nobody is here to hear it."""

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        self._lingering.discard(self)
        if self._timer is not None:
            self._timer.cancel()


def disconnect_words(error: TooMany) -> bytes:
    """The version line and an unencrypted SSH_MSG_DISCONNECT, which every client shows."""
    reason = line_for(error).decode().removeprefix("gatereel: ")
    payload = (
        Byte(MSG_DISCONNECT) + UInt32(DISC_TOO_MANY_CONNECTIONS) + String(reason) + String("en")
    )
    padding = _BLOCK - (5 + len(payload)) % _BLOCK
    padding += _BLOCK if padding < 4 else 0
    packet = UInt32(1 + len(payload) + padding) + Byte(padding) + payload + bytes(padding)
    return f"SSH-2.0-{SERVER_VERSION}\r\n".encode() + packet
