"""The SSH listener: accepts connections, counts them, and lets them go.

Knows: the socket, who has not logged in yet, how to stop. Must never know: policy's rules, what
happens on a connection (`gateway.ssh.visit`). Made by `gateway.serve`.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Sequence

import asyncssh

from gateway.config import SshSettings
from gateway.desk import Desk
from gateway.identity import Register
from gateway.logbook import Logbook
from gateway.refusals import TooMany
from gateway.session import Reception
from gateway.ssh.authority import Authorities
from gateway.ssh.bridge import ClientEnd
from gateway.ssh.channel import ServedChannel
from gateway.ssh.connection import GateConnection
from gateway.ssh.settings import public_key, server_options
from gateway.ssh.visit import Visit
from recorder.errors import GatereelError

log = logging.getLogger(__name__)


class _Door(asyncssh.SSHServer):
    """The library's callbacks, handed on. ``begin_auth`` never awaits: the promise rests on it."""

    def __init__(self, listener: Listener) -> None:
        self._visit = Visit(listener)

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        assert isinstance(conn, GateConnection)
        self._visit.connected(conn)
        if not self._visit.listener.arrived(self._visit):
            conn.abort()

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


class Listener:
    """The SSH side of the gateway."""

    def __init__(
        self,
        settings: SshSettings,
        register: Register,
        reception: Reception,
        logbook: Logbook,
        desk: Desk,
        host_keys: Sequence[asyncssh.SSHKeyPair],
        authorities: Authorities | None = None,
    ) -> None:
        self.settings = settings
        self.register = register
        self.reception = reception
        self.logbook = logbook
        self.desk = desk
        self.authorities = authorities or Authorities()
        self._host_keys = host_keys
        self._group: asyncio.TaskGroup | None = None
        self._server: asyncio.Server | None = None
        self._strangers: set[Visit] = set()
        self._visits: set[Visit] = set()
        self._last_flood = 0.0
        self._gone = asyncio.Event()

    async def start(self, listening: socket.socket, group: asyncio.TaskGroup) -> None:
        """Accepts connections on this socket, each a task of ``group``."""
        loop = asyncio.get_running_loop()
        options = await asyncio.to_thread(
            server_options, self.settings, self._host_keys, lambda: _Door(self)
        )
        self._group = group
        self._server = await loop.create_server(
            lambda: GateConnection(loop, options), sock=listening, backlog=128
        )

    def arrived(self, visit: Visit) -> bool:
        """A connection came; False where it must go, since too many have not logged in."""
        assert self._group is not None
        if len(self._strangers) >= self.settings.max_unauthenticated:
            now = asyncio.get_running_loop().time()
            if now - self._last_flood > 1:
                self._last_flood = now
                error = TooMany("too many connections that have not logged in")
                self.logbook.login_refused({"error": error.code, "reason": error.operator})
            return False
        self._strangers.add(visit)
        self._visits.add(visit)
        self._group.create_task(self._live(visit))
        return True

    def logged_in(self, visit: Visit) -> None:
        self._strangers.discard(visit)

    async def drain(self, error: GatereelError, seconds: float) -> None:
        """Accepts nobody any more, tells everybody why, and waits until all are gone."""
        if self._server is not None:
            self._server.close()
        for visit in list(self._visits):
            visit.disconnect(error)
            visit.spawn(visit.hang_up_soon)
        try:
            async with asyncio.timeout(seconds):
                while self._visits:
                    self._gone.clear()
                    await self._gone.wait()
        except TimeoutError:
            for visit in list(self._visits):
                visit.abort()

    async def _live(self, visit: Visit) -> None:
        try:
            await visit.run()
        except Exception:
            log.exception("a fault ended one connection")
            visit.hang_up()
        finally:
            self._strangers.discard(visit)
            self._visits.discard(visit)
            self._gone.set()
