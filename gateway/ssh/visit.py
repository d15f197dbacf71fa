"""One client connection from its first byte to its last: who it is, and what it stands for.

Knows: logins, channels, the bounds on both. Must never know: policy's rules, what goes through a
channel (`gateway.ssh.bridge`). Made by `gateway.ssh.server`, one for each connection.

The principal is fixed once, by the key whose signature was checked in the attempt that
succeeded; the name that the library goes by is compared with it whenever a channel opens, and
is never more than an address.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Protocol, assert_never

import asyncssh
from asyncssh.constants import (
    DISC_BY_APPLICATION,
    DISC_KEY_EXCHANGE_FAILED,
    DISC_TOO_MANY_CONNECTIONS,
    OPEN_ADMINISTRATIVELY_PROHIBITED,
    OPEN_RESOURCE_SHORTAGE,
)

from gateway.config import SshSettings
from gateway.console import Console
from gateway.desk import Caller, Desk
from gateway.doorstep import Doorstep
from gateway.errors import Revoked, line_for
from gateway.front_door import Door, FirstTerminal, Peer, Tell
from gateway.identity import Proof, PublicKey, Register
from gateway.limits import Pass
from gateway.logbook import Logbook
from gateway.refusals import KeyNotRegistered, LoginTooSlow, NotOffered, TooMany, WeakHandshake
from gateway.session import Reception, Session
from gateway.ssh.authority import Authorities, Errand
from gateway.ssh.bridge import ClientEnd
from gateway.ssh.channel import ServedChannel
from gateway.ssh.connection import GateConnection
from gateway.ssh.dialer import Dialler
from gateway.ssh.direct import Destination, Forwarded, Refused, Terminated, what_is
from gateway.ssh.forwarding import ForwardEnd
from gateway.ssh.in_vain import REFUSALS, InVain, WriteRefusal
from gateway.ssh.passage import Passage
from gateway.ssh.stay import Stay
from recorder.errors import GatereelError
from recorder.events import Facts

LAST_WORDS = 2.0
"""Seconds in which a client that lost its session may go by itself."""
AHEAD = 0.1
"""Seconds by which a slow login is ended ahead of the library, which says nothing."""
OFFERS = 20
"""Keys that a client may try on one connection."""


class House(Protocol):
    """What all connections share: `gateway.ssh.server.Listener`."""

    settings: SshSettings
    register: Register
    reception: Reception
    logbook: Logbook
    desk: Desk
    doorstep: Doorstep
    authorities: Authorities

    def arrived(self, visit: Visit) -> None: ...

    def terminate(
        self, outer: Visit, connection: GateConnection, direct: Terminated
    ) -> tuple[Passage, Awaitable[asyncssh.SSHTCPSession[bytes]]]:
        """Answers a login on a target inside the connection of whoever asked for it."""


class Visit:
    """One connection from its first byte to its last: who it is, its session, its channels."""

    def __init__(self, listener: House) -> None:
        self.listener = listener
        self.proof: Proof | None = None
        self.channels: set[ClientEnd | ForwardEnd] = set()
        self.inner: set[Visit] = set()
        """Connections inside this one, by ``ssh -J``."""
        self.closed = asyncio.Event()
        self._user = ""
        self._peer = Peer("", "")
        self._connection: GateConnection | None = None
        self._place: Pass | None = None
        self._local = ("", 0)
        self._stay: Stay | None = None
        self._told = False
        """Whether the logbook has who came."""
        self._group: asyncio.TaskGroup | None = None
        self._lost = ""
        self._words = ""
        """Why the gateway ends it."""
        self._offered: list[PublicKey] = []
        self._vain = InVain(self._place_for_refusals)

    # -- from the library, through `gateway.ssh.door` ----------------------------------------------

    def connected(self, connection: GateConnection) -> None:
        self._connection = connection
        self._place = connection.place
        connection.watcher = self
        host, port = (connection.get_extra_info("peername") or ("", 0))[:2]
        self._peer = Peer(f"{host}:{port}", "")
        self._local = (connection.get_extra_info("sockname") or ("", 0))[:2]
        seconds = self.listener.settings.login_timeout - AHEAD
        asyncio.get_running_loop().call_later(seconds, self._too_slow)

    def lost(self, problem: Exception | None) -> None:
        self._lost = self._lost or (str(problem) if problem else "the client closed it")
        if self.proof is None and (self._offered or self._user):
            error = KeyNotRegistered("no offered key is registered", operator=self._lost)
            self.listener.logbook.login_refused(self._refusal(error))
        self.closed.set()

    def _too_slow(self) -> None:
        if self.proof is None and not self.closed.is_set():
            seconds = self.listener.settings.login_timeout
            error = LoginTooSlow(f"a login may take {seconds} s, and this one took longer")
            self.listener.logbook.login_refused(self._refusal(error))
            self._user, self._offered = "", []
            self.disconnect(error)
            self.hang_up()

    def asked_as(self, user: str) -> None:
        """A login begins, under this name."""
        assert self._connection is not None
        self._user = user
        self._peer = replace(self._peer, software=self._connection.client_software)
        if not self._connection.strict_key_exchange:
            error = WeakHandshake("your SSH client has no strict key exchange; update it")
            self.listener.logbook.login_refused(self._refusal(error))
            self._user = ""
            raise asyncssh.DisconnectError(DISC_KEY_EXCHANGE_FAILED, f"{error.code}: {error}")

    def offered(self, key: PublicKey) -> bool:
        """A key is tried, not yet proven. Says whether it could let somebody in."""
        if self.listener.register.owner(key) is not None:
            return True
        return self.unregistered(key)

    def unregistered(self, key: PublicKey) -> bool:
        """A key that lets nobody in here: told once, and counted."""
        assert self._connection is not None
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
        """The moment at which the principal is fixed, and counted. Nobody logs in under no name:
        for that one the library does not ask, and so the handshake was not looked at."""
        proof = self.listener.register.proven(key, self._peer.host)
        if not user or proof is None or self.proof is not None or user != self._user:
            return False
        assert self._place is not None
        try:
            self._place.prove(proof.principal.name)
        except TooMany as error:
            facts = {**proof.facts(""), **self._refusal(error), "principal": proof.principal.name}
            self.listener.logbook.login_refused(facts)
            self._user = ""
            raise asyncssh.DisconnectError(
                DISC_TOO_MANY_CONNECTIONS, f"{error.code}: {error}"
            ) from None
        self.proof = proof
        return True

    def refused(self, what: str, detail: bytes, error: GatereelError | None = None) -> None:
        """Something that no channel carries was asked for."""
        if self._vain.asked(what, detail, error or NotOffered("not offered")):
            self.spawn(self._vain.write)
        elif self._vain.too_many:
            self.abort(TooMany(f"more than {REFUSALS} requests that the gateway does not offer"))

    def open_channel(self) -> tuple[ServedChannel, ClientEnd]:
        """A session channel; who it is for is checked once more."""
        connection = self._connection
        assert connection is not None
        if self.proof is None or connection.user != self._user:
            raise asyncssh.PermissionDenied("the login changed its name")
        self._check_room("session", b"")
        channel = ClientEnd(self)
        self.channels.add(channel)
        window = self.listener.reception.bounds.window
        return ServedChannel(connection, asyncio.get_running_loop(), channel, window), channel

    def passage(
        self, asked: Destination
    ) -> tuple[Passage, Awaitable[asyncssh.SSHTCPSession[bytes]]]:
        """A connection through this one, which is what ``ssh -J``, ``-L`` and ``-D`` ask for."""
        connection, proof = self._connection, self.proof
        if connection is None or proof is None or connection.user != self._user:
            raise asyncssh.PermissionDenied("the login changed its name")
        detail = str(asked).encode()
        self._check_room("direct-tcpip", detail)
        reception, authority = self.listener.reception, self.listener.authorities.host
        direct = what_is(
            asked,
            self.at_gateway,
            authority is not None,
            lambda host, port: reception.target_at(proof, host, port),
        )
        match direct:
            case Terminated():
                return self.listener.terminate(self, connection, direct)
            case Forwarded():
                end = ForwardEnd(self, direct.asked)
                self.channels.add(end)
                return Passage(connection, asyncio.get_running_loop()), end.open()
            case Refused(error):
                self.refused("channel direct-tcpip", detail, error)
                raise asyncssh.ChannelOpenError(
                    OPEN_ADMINISTRATIVELY_PROHIBITED, f"{error.code}: {error}"
                )
            case _:
                assert_never(direct)

    def _check_room(self, kind: str, detail: bytes) -> None:
        """Raises ChannelOpenError where there are too many channels already."""
        most = self.listener.settings.max_channels
        if len(self.channels) + len(self.inner) >= most:
            error = TooMany(f"at most {most} channels at a time")
            self.refused(f"channel {kind}", detail, error)
            raise asyncssh.ChannelOpenError(OPEN_RESOURCE_SHORTAGE, f"{error.code}: {error}")

    # -- for channels and what is inside -----------------------------------------------------------

    @property
    def user(self) -> str:
        """The name that it came under."""
        return self._user

    @property
    def peer(self) -> Peer:
        return self._peer

    @property
    def environment(self) -> tuple[str, ...]:
        return self.listener.settings.environment

    @property
    def at_gateway(self) -> bool:
        assert self.proof is not None
        return self.listener.reception.means_gateway(self.proof, self._user)

    @property
    def stay(self) -> Stay:
        if self._stay is None:
            self._stay = self._new_stay(self._user, self._over)
        return self._stay

    def pick(self, name: str) -> Stay:
        return self._new_stay(name, lambda _error: None)

    def console(self, client: ClientEnd, environment: Sequence[tuple[bytes, bytes]]) -> Console:
        assert self.proof is not None
        caller = Caller(self.proof, self._user, self._peer, self._local, environment)
        first, self._told = not self._told, True
        return Console(client, self.listener.desk, caller, self.refused, first=first)

    def spawn(self, work: Callable[[], Awaitable[None]]) -> None:
        """Runs something that lives no longer than this connection."""
        if self._group is not None and not self.closed.is_set():
            self._group.create_task(_whole(work))

    def channel_closed(self, channel: ClientEnd | ForwardEnd) -> None:
        """Both ends have closed it. Until then it counts: what its client does not read is kept."""
        self.channels.discard(channel)

    def abort(self, error: GatereelError) -> None:
        """The client breaks the rules, or does not go: the connection ends at once."""
        self._lost = self._lost or f"{error.code}: {error.operator}"
        self._words = line_for(error).decode()
        self.hang_up()

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
            try:
                await self._close_session()
            finally:
                if self._place is not None:
                    self._place.leave()

    def disconnect(self, error: GatereelError) -> None:
        """Ends every channel with these words."""
        self._words = self._words or line_for(error).decode()
        self._lost = self._lost or f"{error.code}: {error.operator}"
        for channel in list(self.channels):
            channel.stop(error)

    def hang_up(self) -> None:
        """With the words for whoever had no channel to read them on."""
        if self._connection is not None and self._words:
            self._connection.disconnect(DISC_BY_APPLICATION, self._words)
        elif self._connection is not None:
            self._connection.close()

    def review(self) -> None:
        """Whoever is inside stays who they are, as they are registered now; else they leave."""
        if self.proof is None:
            return
        principal = self.listener.register.owner(self.proof.key)
        if principal is not None and principal.name == self.proof.principal.name:
            self.proof = replace(self.proof, principal=principal)
            for channel in list(self.channels):
                if isinstance(channel, ClientEnd):
                    channel.review(self.proof)
            return
        error = Revoked(
            "this connection ends, since the gateway's configuration has changed: the key"
            f" {self.proof.key.fingerprint} is not {self.proof.principal.name}'s any more"
        )
        self.disconnect(error)
        self.spawn(self.hang_up_soon)

    async def hang_up_soon(self) -> None:
        """When the client has read the last words it goes by itself; it may not stay."""
        try:
            async with asyncio.timeout(LAST_WORDS):
                await self.closed.wait()
        except TimeoutError:
            self.hang_up()

    def _new_stay(self, user: str, over: Callable[[GatereelError], None]) -> Stay:
        proof = self.proof
        assert proof is not None

        async def open_session(first: FirstTerminal, tell: Tell) -> Session:
            reception, door = self.listener.reception, Door(tell, self.closed)
            waited = await reception.wait(proof, user, self._peer, door)
            opening = reception.open(proof, user, self._peer, "ssh", first, waited)
            who = proof.facts(self._peer.address)
            return await self.listener.doorstep.bring(opening, proof.principal.name, who)

        def dial(session: Session) -> Dialler:
            errand = Errand(session.id, proof.principal.name)
            return Dialler(session.route, errand, self.listener.authorities.user)

        def still(session: Session) -> Revoked | None:
            return self.listener.reception.standing(session, self.listener.register)

        return Stay(open_session, self.listener.desk.live, over, dial, still)

    def _over(self, error: GatereelError) -> None:
        """The gateway has ended the session that this connection stands for."""
        self.disconnect(error)
        self.spawn(self.hang_up_soon)

    async def _place_for_refusals(self) -> WriteRefusal:
        """Where it is written what was asked for in vain: with the session, if there is one."""
        if self.at_gateway:
            assert self.proof is not None
            return self.listener.desk.oversight(self.proof, self._peer.address).refused
        session, _ = await self.stay.session(FirstTerminal())
        return lambda what, detail, error: session.record_refused(what, detail, error.code)

    async def _close_session(self) -> None:
        if self._stay is not None and self._stay.began:
            await self._stay.close(self._lost or "the connection ended")
        elif self.proof is not None and not self._told:
            # Somebody who only looked whether a key works has been here too.
            proof, peer = self.proof, self._peer
            self.listener.logbook.came_and_went(proof.principal.name, proof.facts(peer.address))

    def _refusal(self, error: GatereelError) -> Facts:
        return {
            "address": self._peer.address,
            "software": self._peer.software,
            "user": self._user,
            "keys": [key.fingerprint for key in self._offered],
            "error": error.code,
            "reason": error.operator,
        }


async def _whole(work: Callable[[], Awaitable[None]]) -> None:
    await work()
