"""A channel that carries a whole SSH connection: onwards to a target, or inwards for ``ssh -J``.

Knows: that the library takes a channel for a transport. Must never know: who speaks on it. Made by
`gateway.ssh.dialer` on a target that others are reached through, and by `gateway.ssh.inner` on the
connection of a client.
"""

from __future__ import annotations

import asyncio

import asyncssh

from gateway.ssh.channel import Quiet
from gateway.ssh.pacing import PacedChannel
from gateway.ssh.settings import PACKET, WINDOW


class Passage(Quiet, PacedChannel, asyncssh.SSHTCPChannel[bytes]):
    """Sends no more than its connection takes; the connection inside it keeps its own bounds."""

    def __init__(
        self,
        connection: asyncssh.SSHClientConnection | asyncssh.SSHServerConnection,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        connection._update_recv_pktlen(PACKET)
        super().__init__(connection, loop, None, "strict", WINDOW, PACKET)
