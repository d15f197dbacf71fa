"""The SSH listener: accepts connections, learns who somebody is, opens channels for them.

Knows: logins, the one session that a connection stands for, the bounds on both. Must never know:
policy's rules, what goes through a channel (`gateway.ssh.bridge`). Made by `gateway.serve`.

The principal is fixed once, by the key whose signature was checked in the attempt that
succeeded; the name that the library goes by is compared with it whenever a channel opens, and
is never more than an address.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

import asyncssh
from asyncssh.constants import DISC_KEY_EXCHANGE_FAILED, OPEN_RESOURCE_SHORTAGE

from gateway.config import SshSettings
from gateway.errors import RecordingLost, SuspendedTooLong
from gateway.identity import Proof, PublicKey, Register
from gateway.logbook import Logbook
from gateway.refusals import (
    KeyNotRegistered,
    NotOffered,
    TooMany,
    WeakHandshake,
)
from gateway.session import FirstTerminal, Peer, Reception, Session
from gateway.ssh.bridge import ClientEnd
from gateway.ssh.channel import ServedChannel
from gateway.ssh.connection import GateConnection
from gateway.ssh.dialer import Dialler
from gateway.ssh.settings import public_key, server_options
from recorder.errors import GatereelError, JournalError
from recorder.events import Facts

log = logging.getLogger(__name__)

LAST_WORDS = 2.0
"""Seconds in which a client that lost its session may go by itself."""
REFUSALS = 2048
"""Requests that a client may make in vain on one connection."""
OFFERS = 20
"""Keys that a client may try on one connection."""


class Visit:
    """One connection from its first byte to its last: who it is, its session, its channels."""

    def __init__(self, listener: Listener) -> None:
        self.listener = listener
        self.proof: Proof | None = None
        self.channels: set[ClientEnd] = set()
        self.closed = asyncio.Event()
        self._user = ""
        self._peer = Peer("", "")
        self._connection: GateConnection | None = None
        self._session: asyncio.Future[tuple[Session, Dialler]] | None = None
        self._group: asyncio.TaskGroup | None = None
        self._lost = ""
        self._offered: list[PublicKey] = []
        self._refusals = 0
        self._refused: deque[tuple[str, bytes]] = deque()
        """What is still to be written down."""

    # -- from the library, through `_Door` ---------------------------------------------------------

    def connected(self, connection: GateConnection) -> None:
        self._connection = connection
        connection.watcher = self
        host, port = (connection.get_extra_info("peername") or ("", 0))[:2]
        self._peer = Peer(f"{host}:{port}", "")

    def lost(self, problem: Exception | None) -> None:
        self._lost = self._lost or (str(problem) if problem else "the client closed it")
        if self.proof is None and (self._offered or self._user):
            error = KeyNotRegistered("no offered key is registered", operator=self._lost)
            self.listener.logbook.login_refused(self._refusal(error))
        self.closed.set()

    def asked_as(self, user: str) -> None:
        """A login begins, under this name."""
        assert self._connection is not None
        self._user = user
        self._peer = Peer(self._peer.address, self._connection.client_software)
        if not self._connection.strict_key_exchange:
            error = WeakHandshake("your SSH client has no strict key exchange; update it")
            self.listener.logbook.login_refused(self._refusal(error))
            self._user = ""
            raise asyncssh.DisconnectError(DISC_KEY_EXCHANGE_FAILED, f"{error.code}: {error}")

    def offered(self, key: PublicKey) -> bool:
        """A key is tried, not yet proven. Says whether it could let somebody in."""
        assert self._connection is not None
        if self.listener.register.owner(key) is not None:
            return True
        self._offered.append(key)
        if len(self._offered) == 1:
            error = KeyNotRegistered(
                f"the key {key.fingerprint} is registered to nobody here; offer another (ssh -i),"
                " or have it registered"
            )
            self._connection.send_auth_banner(f"gatereel: {error.code}: {error}\r\n")
        if len(self._offered) > OFFERS:
            raise asyncssh.PermissionDenied("too many keys; name one with ssh -i")
        return False

    def proven(self, key: PublicKey, user: str) -> bool:
        """The moment at which the principal is fixed. Nobody logs in under no name: for that one
        the library does not ask, and so the handshake was not looked at."""
        proof = self.listener.register.proven(key)
        if not user or proof is None or self.proof is not None or user != self._user:
            return False
        self.proof = proof
        self.listener.logged_in(self)
        return True

    def refused(self, what: str, detail: bytes) -> None:
        """Something that no channel carries was asked for."""
        self._refusals += 1
        if self._refusals > REFUSALS:
            self.abort()
            return
        self._refused.append((what, detail))
        if len(self._refused) == 1:
            self.spawn(self._record_refused)

    def open_channel(self) -> tuple[ServedChannel, ClientEnd]:
        """A session channel; who it is for is checked once more."""
        connection = self._connection
        assert connection is not None
        if self.proof is None or connection.user != self._user:
            raise asyncssh.PermissionDenied("the login changed its name")
        if len(self.channels) >= self.listener.settings.max_channels:
            error = TooMany(f"at most {self.listener.settings.max_channels} channels at a time")
            self.refused("channel session", b"")
            raise asyncssh.ChannelOpenError(OPEN_RESOURCE_SHORTAGE, f"{error.code}: {error}")
        channel = ClientEnd(self)
        self.channels.add(channel)
        return ServedChannel(connection, asyncio.get_running_loop(), channel), channel

    # -- for channels ------------------------------------------------------------------------------

    @property
    def environment(self) -> tuple[str, ...]:
        return self.listener.settings.environment

    async def session(self, first: FirstTerminal) -> tuple[Session, Dialler]:
        """The session of this connection; the first to ask opens it, the others get the same.

        Raises a GatereelError, the same one for all.
        """
        if self._session is None:
            self._session = asyncio.get_running_loop().create_future()
            await self._open(first)
        return await asyncio.shield(self._session)

    def spawn(self, work: Callable[[], Awaitable[None]]) -> None:
        """Runs something that lives no longer than this connection."""
        if self._group is not None and not self.closed.is_set():
            self._group.create_task(_whole(work))

    def channel_closed(self, channel: ClientEnd) -> None:
        """Both ends have closed it. Until then it counts: what its client does not read is kept."""
        self.channels.discard(channel)

    def channel_failed(self, failure: GatereelError) -> None:
        """A channel that could not be recorded any more takes the whole session with it."""
        if isinstance(failure, RecordingLost | SuspendedTooLong):
            self.disconnect(failure)
            self.spawn(self.hang_up_soon)

    def abort(self) -> None:
        """The client breaks the rules: end the connection at once."""
        if self._connection is not None:
            self._connection.abort()

    async def run(self) -> None:
        """Lives as long as the connection, then ends what is left of its session."""
        try:
            async with asyncio.TaskGroup() as group:
                self._group = group
                await self.closed.wait()
                for channel in list(self.channels):
                    channel.client_gone(self._lost)
        finally:
            self._group = None
            await self._close_session()

    def disconnect(self, error: GatereelError) -> None:
        """Ends every channel with these words."""
        self._lost = self._lost or f"{error.code}: {error.operator}"
        for channel in list(self.channels):
            channel.stop(error)

    def hang_up(self) -> None:
        if self._connection is not None:
            self._connection.close()

    async def hang_up_soon(self) -> None:
        """When the client has read the last words it goes by itself; it may not stay."""
        try:
            async with asyncio.timeout(LAST_WORDS):
                await self.closed.wait()
        except TimeoutError:
            self.hang_up()

    async def _open(self, first: FirstTerminal) -> None:
        assert self.proof is not None
        assert self._session is not None
        try:
            session = await self.listener.reception.open(
                self.proof, self._user, self._peer, "ssh", first
            )
        except GatereelError as error:
            self._session.set_exception(error)
        else:
            loop = asyncio.get_running_loop()
            session.journal.when_failed(lambda error: _tell(loop, self._recording_lost, error))
            self._session.set_result((session, Dialler(session.route)))

    def _recording_lost(self, error: JournalError) -> None:
        """Also where nobody writes just now: a session does not outlive its recording."""
        person = (
            "this session cannot be recorded any more, so it ends; tell whoever runs the gateway"
        )
        self.channel_failed(RecordingLost(person, operator=error.operator))

    async def _record_refused(self) -> None:
        """Writes down what was refused, in the order in which it was asked for."""
        try:
            session, _ = await self.session(FirstTerminal())
            while self._refused:
                await session.record_refused(*self._refused[0], NotOffered.code)
                self._refused.popleft()
        except GatereelError:
            # The session could not be opened, which the logbook says, or its journal failed,
            # which ends it: nothing was let through either way.
            self._refused.clear()

    async def _close_session(self) -> None:
        opened, self._session = self._session, None
        if opened is None and self.proof is not None:
            # Somebody who only looked whether a key works has been here too.
            proof, peer = self.proof, self._peer
            self.listener.logbook.came_and_went(proof.principal.name, proof.facts(peer.address))
        if opened is None or not opened.done() or opened.exception() is not None:
            return
        session, dialler = opened.result()
        await dialler.close()
        await session.close(self._lost or "the connection ended")

    def _refusal(self, error: GatereelError) -> Facts:
        return {
            "address": self._peer.address,
            "software": self._peer.software,
            "user": self._user,
            "keys": [key.fingerprint for key in self._offered],
            "error": error.code,
            "reason": error.operator,
        }


def _tell(
    loop: asyncio.AbstractEventLoop, call: Callable[[JournalError], None], error: JournalError
) -> None:
    """From the recorder's thread, whose loop may be closed when the gateway stops."""
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(call, error)


async def _whole(work: Callable[[], Awaitable[None]]) -> None:
    await work()


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
        host_keys: Sequence[asyncssh.SSHKeyPair],
    ) -> None:
        self.settings = settings
        self.register = register
        self.reception = reception
        self.logbook = logbook
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
