"""The gateway as a client: one connection to a target, made when the first channel needs it.

Knows: how to reach a target, through others where it must, prove that it is the one meant, and log
in there with the gateway's own credential. Must never know: what policy said. Used by
`gateway.ssh.stay` through `Dialler`. Whatever goes wrong is one of `gateway.refusals`, with the
line that the principal gets; the credential is in none of them.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable
from typing import cast

import asyncssh
from asyncssh.constants import MSG_IGNORE, OPEN_ADMINISTRATIVELY_PROHIBITED
from asyncssh.packet import SSHPacketLogger

from gateway.config import Account, Target
from gateway.identity import PublicKey
from gateway.refusals import (
    HostKeyMismatch,
    TargetLoginFailed,
    TargetRefused,
    TargetUnreachable,
)
from gateway.ssh.authority import Errand, UserAuthority
from gateway.ssh.credentials import Credential, credential_for
from gateway.ssh.pacing import PacedConnection
from gateway.ssh.passage import Passage
from gateway.ssh.settings import client_options, public_key
from gateway.ssh.trust import Trust, trust_in
from gateway.targets import Route
from recorder.errors import GatereelError
from recorder.events import Facts

_LEGACY_HINT = "or mark the target legacy = true"


class _Client(asyncssh.SSHClient):
    """Answers the library's questions about the target's identity."""

    def __init__(self, target: Target, trust: Trust) -> None:
        self._target = target
        self._trust = trust
        self._connection: asyncssh.SSHClientConnection | None = None
        self.refusal: GatereelError | None = None
        self.shown: PublicKey | None = None

    def connection_made(self, conn: asyncssh.SSHClientConnection) -> None:
        self._connection = conn

    @property
    def answered(self) -> bool:
        """Whether there was somebody to talk to."""
        return self._connection is not None

    @property
    def strict(self) -> bool:
        return self._connection is not None and self._connection._strict_kex

    def validate_host_public_key(
        self, _host: str, _addr: str, _port: int, key: asyncssh.SSHKey
    ) -> bool:
        self.shown = public_key(key)
        return self._accept(self.shown, self._trust.keys)

    def validate_host_ca_key(
        self, _host: str, _addr: str, _port: int, key: asyncssh.SSHKey
    ) -> bool:
        self.shown = public_key(key)
        return self._accept(self.shown, self._trust.authorities)

    def _accept(self, key: PublicKey, trusted: frozenset[PublicKey]) -> bool:
        """Called in the key exchange, before any credential is used."""
        target = self._target
        if key not in trusted or key in self._trust.revoked:
            self.refusal = HostKeyMismatch(
                f"{target.name} shows the host key {key.fingerprint}, but pinned is"
                f" {self._trust.shown()}:"
                " somebody may be in between; if the key was changed on purpose, an administrator"
                f" runs: gatereel target enrol {target.name} {target.address}"
            )
            return False
        if not self.strict and not target.legacy:
            self.refusal = TargetRefused(
                f"{target.name} does not do strict key exchange; update its SSH server,"
                f" {_LEGACY_HINT}"
            )
            return False
        return True


class Dialler:
    """One session's connection to its target, through others where the way leads there."""

    def __init__(self, route: Route, errand: Errand, authority: UserAuthority | None) -> None:
        self._route = route
        self._errand = errand
        self._authority = authority
        self._lock = asyncio.Lock()
        self._way: list[DialledConnection] = []
        """What is open: the target's own last."""
        self._closed = False

    async def connect(self) -> tuple[asyncssh.SSHClientConnection, Facts | None]:
        """The connection, and where this call has made it, the facts of how.

        Raises a GatereelError. Several channels may call at once: one dials, the others wait.
        """
        async with self._lock:
            if self._closed:
                raise TargetRefused("the session is over")
            if self._way and not self._way[-1].is_closed():
                return self._way[-1], None
            await self._hang_up()
            try:
                return await self._dial()
            except BaseException:
                await self._hang_up()
                raise

    async def close(self) -> None:
        """Hangs up."""
        self._closed = True
        async with self._lock:
            await self._hang_up()

    async def _dial(self) -> tuple[asyncssh.SSHClientConnection, Facts]:
        passed: list[Facts] = []
        facts: Facts = {}
        for hop in self._route.hops:
            passing = hop is not self._route
            tunnel = self._way[-1] if self._way else None
            target, account = hop.target, hop.account
            try:
                async with credential_for(
                    target, account, self._errand, self._authority, passing=passing
                ) as credential:
                    connection, facts = await _dial(target, account, credential, tunnel)
            except GatereelError as error:
                if not passing:
                    raise
                on_the_way = f"on the way to {self._route.target.name}: "
                raise type(error)(
                    on_the_way + error.person, operator=on_the_way + error.operator
                ) from None
            self._way.append(connection)
            if passing:
                passed.append({"target": target.name, **facts})
        return self._way[-1], {**facts, "through": passed} if passed else facts

    async def _hang_up(self) -> None:
        """The target first, then what it was reached through."""
        while self._way:
            connection = self._way.pop()
            connection.close()
            await connection.wait_closed()


async def _dial(
    target: Target, account: Account, credential: Credential, tunnel: DialledConnection | None
) -> tuple[DialledConnection, Facts]:
    trust = await asyncio.to_thread(trust_in, target)
    client = _Client(target, trust)
    where = f"{target.name} ({target.address})"
    try:
        options = await asyncio.to_thread(
            lambda: client_options(
                target,
                account.name,
                lambda: client,
                trust.algorithms(),
                keys=credential.pairs,
                password=credential.password,
            )
        )
        async with asyncio.timeout(target.connect_timeout):
            connection = await _reach(target, options, tunnel)
    except TimeoutError:
        raise TargetUnreachable(
            f"{where} does not answer within {target.connect_timeout} s; is it up?"
        ) from None
    except asyncssh.HostKeyNotVerifiable as problem:
        raise client.refusal or HostKeyMismatch(
            f"{where} shows a host certificate that does not hold for"
            f" {target.host_key_name or target.host}: {problem.reason}; an administrator must put"
            " it right there"
        ) from None
    except asyncssh.PermissionDenied:
        if credential.refusals:
            raise credential.refusals[0] from None
        hint = credential.hint or "an administrator must put it right"
        raise TargetLoginFailed(
            f"{where} does not take the gateway's credential for {account.name}; {hint}"
        ) from None
    except asyncssh.ChannelOpenError as problem:
        raise _not_opened(where, tunnel, problem) from None
    except asyncssh.KeyExchangeFailed as problem:
        raise TargetRefused(
            f"{where} and the gateway have no way to talk ({problem.reason});"
            f" update its SSH server, {_LEGACY_HINT}; if its host key is of another kind now,"
            f" an administrator runs: gatereel target enrol {target.name} {target.address}"
        ) from None
    except asyncssh.DisconnectError as problem:
        raise TargetRefused(f"{where} broke off: {problem.reason}") from None
    except socket.gaierror:
        raise TargetUnreachable(f"{where}: there is no such host name") from None
    except OSError as problem:
        # asyncio puts the address in strerror's place; only the number says what happened.
        reason = os.strerror(problem.errno).lower() if problem.errno else str(problem)
        if client.answered:
            # A server that finds no common algorithm may be gone before its own words are read.
            raise TargetRefused(
                f"{where} broke off in the handshake ({reason}); its log says why: perhaps it has"
                " no host key of the kind that is trusted here"
            ) from None
        raise TargetUnreachable(f"{where} cannot be reached: {reason}; is it up?") from None
    return connection, _facts(connection, client, target, account, credential)


def _not_opened(
    where: str, tunnel: DialledConnection | None, problem: asyncssh.ChannelOpenError
) -> GatereelError:
    """The target that it is reached through does not open the way."""
    through = "" if tunnel is None else str(tunnel.get_extra_info("target", ""))
    if problem.code == OPEN_ADMINISTRATIVELY_PROHIBITED:
        return TargetRefused(
            f"{through} lets nobody through to {where} ({problem.reason}); an administrator allows"
            " it there (AllowTcpForwarding)"
        )
    return TargetUnreachable(f"{where} cannot be reached from {through}: {problem.reason}")


class DialledConnection(PacedConnection, asyncssh.SSHClientConnection):
    """The connection to a target. The library's `connect` would make one that knows no pace."""

    def send_packet(
        self, pkttype: int, *args: bytes, handler: SSHPacketLogger | None = None
    ) -> None:
        """The library sends an empty message before each, against an attack on ciphers that we do
        not speak. A server that handles one message a read (tinysshd) waits for the next one behind
        it, for ever."""
        if pkttype != MSG_IGNORE:
            super().send_packet(pkttype, *args, handler=handler)

    def _validate_openssh_host_certificate(
        self, host: str, addr: str, port: int, cert: asyncssh.public_key.SSHOpenSSHCertificate
    ) -> asyncssh.SSHKey:
        """The library takes one that names nobody for one that fits everybody."""
        if not cert.principals:
            raise ValueError("Host certificate names no host")
        return super()._validate_openssh_host_certificate(host, addr, port, cert)


async def _reach(
    target: Target,
    options: asyncssh.SSHClientConnectionOptions,
    tunnel: DialledConnection | None,
) -> DialledConnection:
    """As the library's `connect` does it, until the target has let us in."""
    loop = asyncio.get_running_loop()
    established = options.waiter = loop.create_future()

    def make() -> DialledConnection:
        return DialledConnection(loop, options, wait="auth")

    if tunnel is None:
        _, connection = await loop.create_connection(make, target.host, target.port)
    else:
        passage = Passage(tunnel, loop)
        try:
            session = await passage.connect(
                cast("Callable[[], asyncssh.SSHTCPSession[bytes]]", make),
                target.host,
                target.port,
                "",
                0,
            )
        except BaseException:
            passage.abort()
            raise
        connection = cast("DialledConnection", session)
    connection.set_extra_info(host=target.host, port=target.port, target=target.name)
    try:
        await established
    except BaseException:
        connection.abort()
        raise
    return connection


def _facts(
    connection: DialledConnection,
    client: _Client,
    target: Target,
    account: Account,
    credential: Credential,
) -> Facts:
    assert client.shown is not None
    return {
        "address": target.address,
        "account": account.name,
        "host_key": client.shown.fingerprint,
        **credential.facts,
        "software": str(connection.get_extra_info("server_version", "")),
        "cipher": str(connection.get_extra_info("send_cipher", "")),
        "strict_key_exchange": client.strict,
    }


async def fetch_host_keys(host: str, port: int, seconds: int = 10) -> list[PublicKey]:
    """Every kind of host key that a server shows; nothing is proven by it. Raises
    TargetUnreachable. For ``gatereel target enrol``."""
    found: list[PublicKey] = []
    problem: Exception | None = None
    for algorithm in ("ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-512"):
        try:
            async with asyncio.timeout(seconds):
                key = await asyncssh.get_server_host_key(
                    host,
                    port,
                    config=None,
                    client_version="gatereel",
                    server_host_key_algs=[algorithm],
                )
        except asyncssh.KeyExchangeFailed:
            continue
        except (OSError, TimeoutError, asyncssh.Error) as error:
            problem = error
            break
        if key is not None and public_key(key) not in found:
            found.append(public_key(key))
    if not found:
        reason = str(problem) if problem else "it shows no host key that is known here"
        raise TargetUnreachable(f"{host}:{port} cannot be asked for its host keys: {reason}")
    return found
