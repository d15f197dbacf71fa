"""The library's callbacks about one connection, handed on to its visit.

Knows: how the library asks. Must never know: who may come in (`gateway.ssh.visit`). Made by
`gateway.ssh.server` for each connection, and by `gateway.ssh.inner` for each inside another one.
``begin_auth`` never awaits: the promise that the principal is fixed rests on it.
"""

from __future__ import annotations

import asyncssh

from gateway.ssh.bridge import ClientEnd
from gateway.ssh.channel import ServedChannel
from gateway.ssh.connection import GateConnection
from gateway.ssh.settings import public_key
from gateway.ssh.visit import Visit


class Door(asyncssh.SSHServer):
    """Of one connection."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        assert isinstance(conn, GateConnection)
        self._visit.connected(conn)
        self._visit.listener.arrived(self._visit)

    def connection_lost(self, exc: Exception | None) -> None:
        self._visit.lost(exc)

    def begin_auth(self, username: str) -> bool:
        self._visit.asked_as(username)
        return True

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, _username: str, key: asyncssh.SSHKey) -> bool:
        return self._visit.offered(public_key(key))

    def session_requested(self) -> tuple[ServedChannel, ClientEnd]:
        return self._visit.open_channel()
