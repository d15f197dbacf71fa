"""The SSH listener: accepts connections and lets them go.

Knows: the socket, who is there, how to stop. Must never know: policy's rules, what
happens on a connection (`gateway.ssh.visit`). Made by `gateway.serve`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import Awaitable, Sequence

import asyncssh

from gateway import descriptors
from gateway.config import SshSettings
from gateway.desk import Desk
from gateway.doorstep import Doorstep
from gateway.identity import Register
from gateway.limits import Turnstile
from gateway.logbook import Logbook
from gateway.refusals import TooMany
from gateway.session import Reception
from gateway.ssh.authority import Authorities
from gateway.ssh.connection import GateConnection
from gateway.ssh.direct import Terminated
from gateway.ssh.door import Door
from gateway.ssh.entrance import Entrance, TurnedAway
from gateway.ssh.inner import terminate
from gateway.ssh.passage import Passage
from gateway.ssh.settings import server_options
from gateway.ssh.visit import Visit
from recorder.errors import GatereelError

log = logging.getLogger(__name__)


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
        turnstile: Turnstile,
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
        self.turnstile = turnstile
        self.doorstep = Doorstep(logbook.login_refused, turnstile)
        self._visits: set[Visit] = set()
        self._lingering: set[TurnedAway] = set()
        self._gone = asyncio.Event()

    async def start(self, listening: socket.socket, group: asyncio.TaskGroup) -> None:
        """Accepts connections on this socket, each a task of ``group``."""
        loop = asyncio.get_running_loop()
        files = descriptors.raise_limit()
        self.turnstile.room = room = descriptors.connections(files)
        if room < (wanted := self.turnstile.limits.connections):
            log.warning(
                "%d open files are enough for %d connections, and [limits] connections is %d:"
                " raise LimitNOFILE (ulimit -n), or lower it",
                *(files, room, wanted),
            )
        options = await asyncio.to_thread(
            lambda: server_options(
                self.settings, self._host_keys, lambda: Door(Visit(self)), announce=True
            )
        )
        self._group = group
        self._server = await loop.create_server(
            lambda: Entrance(
                self.turnstile,
                lambda place: GateConnection(loop, options, place),
                self._turned_away,
                self._lingering,
            ),
            sock=listening,
            backlog=128,
        )

    def reconfigure(self, settings: SshSettings, register: Register) -> None:
        self.settings = settings
        self.register = register

    def review(self) -> None:
        for visit in list(self._visits):
            visit.review()

    def arrived(self, visit: Visit) -> None:
        """A connection came in."""
        assert self._group is not None
        self._visits.add(visit)
        self._group.create_task(self._live(visit))

    def terminate(
        self, outer: Visit, connection: GateConnection, direct: Terminated
    ) -> tuple[Passage, Awaitable[asyncssh.SSHTCPSession[bytes]]]:
        """A connection inside another one, by ``ssh -J``."""
        assert self.authorities.host is not None
        return terminate(outer, connection, direct, self.authorities.host)

    async def finish(self, seconds: float) -> None:
        """Accepts nobody any more, and waits so long for those who are inside to leave."""
        if self._server is not None:
            self._server.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self._visits:
                    self._gone.clear()
                    await self._gone.wait()

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
                visit.abort(error)

    async def _live(self, visit: Visit) -> None:
        try:
            await visit.run()
        except Exception:
            log.exception("a fault ended one connection")
            visit.hang_up()
        finally:
            self._visits.discard(visit)
            self._gone.set()

    def _turned_away(self, address: str, error: TooMany) -> None:
        facts = {"address": address, "error": error.code, "reason": error.operator}
        self.logbook.login_refused(facts)
