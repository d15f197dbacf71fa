"""The gateway as a client: one connection to a target, made when the first channel needs it.

Knows: how to reach a target, prove that it is the one meant, and log in there with the gateway's
own credential. Must never know: who the principal is, what policy said. Used by `gateway.session`
through `Dialler`. Whatever goes wrong is one of `gateway.refusals`, with the line that the
principal gets; the credential is in none of them.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass

import asyncssh

from gateway.config import Account, Target
from gateway.identity import PublicKey
from gateway.refusals import (
    CredentialError,
    HostKeyMismatch,
    TargetLoginFailed,
    TargetRefused,
    TargetUnreachable,
)
from gateway.ssh.pacing import PacedConnection
from gateway.ssh.settings import SIGNATURES, client_options, public_key
from gateway.targets import Route
from recorder.errors import GatereelError
from recorder.events import Facts

_LEGACY_HINT = "or mark the target legacy = true"


@dataclass(frozen=True, slots=True)
class _Trust:
    """Host keys that the target may show."""

    keys: frozenset[PublicKey]
    authorities: frozenset[PublicKey]
    revoked: frozenset[PublicKey]

    def algorithms(self) -> list[str]:
        """What to ask the target for: only kinds of keys that could be trusted."""
        names: list[str] = []
        if self.authorities:
            names += [f"{name}-cert-v01@openssh.com" for name in SIGNATURES if "sk-" not in name]
        for key in sorted(self.keys, key=str):
            kinds = (
                ["rsa-sha2-512", "rsa-sha2-256"] if key.algorithm == "ssh-rsa" else [key.algorithm]
            )
            names += [kind for kind in kinds if kind not in names]
        return names


class _Client(asyncssh.SSHClient):
    """Answers the library's questions about the target's identity."""

    def __init__(self, target: Target, trust: _Trust) -> None:
        self._target = target
        self._trust = trust
        self._connection: asyncssh.SSHClientConnection | None = None
        self.refusal: GatereelError | None = None
        self.shown: PublicKey | None = None

    def connection_made(self, conn: asyncssh.SSHClientConnection) -> None:
        self._connection = conn

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
            pinned = ", ".join(sorted(pin.fingerprint for pin in self._trust.keys)) or "none"
            self.refusal = HostKeyMismatch(
                f"{target.name} shows the host key {key.fingerprint}, but pinned is {pinned}:"
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
    """One session's connection to its target."""

    def __init__(self, route: Route) -> None:
        self._target = route.target
        self._account = route.account
        self._lock = asyncio.Lock()
        self._connection: asyncssh.SSHClientConnection | None = None
        self._closed = False

    async def connect(self) -> tuple[asyncssh.SSHClientConnection, Facts | None]:
        """The connection, and where this call has made it, the facts of how.

        Raises a GatereelError. Several channels may call at once: one dials, the others wait.
        """
        async with self._lock:
            if self._closed:
                raise TargetRefused("the session is over")
            if self._connection is not None and not self._connection.is_closed():
                return self._connection, None
            self._connection, facts = await _dial(self._target, self._account)
            return self._connection, facts

    async def close(self) -> None:
        """Hangs up."""
        self._closed = True
        async with self._lock:
            connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
            await connection.wait_closed()


async def _dial(target: Target, account: Account) -> tuple[asyncssh.SSHClientConnection, Facts]:
    trust = await asyncio.to_thread(_trust, target)
    keys, password = await asyncio.to_thread(_credential, target, account)
    client = _Client(target, trust)
    where = f"{target.name} ({target.address})"
    try:
        options = await asyncio.to_thread(
            lambda: client_options(
                target,
                account.name,
                lambda: client,
                trust.algorithms(),
                keys=keys,
                password=password,
            )
        )
        async with asyncio.timeout(target.connect_timeout):
            connection = await _reach(target, options)
    except TimeoutError:
        raise TargetUnreachable(
            f"{where} does not answer within {target.connect_timeout} s; is it up?"
        ) from None
    except asyncssh.HostKeyNotVerifiable as problem:
        raise client.refusal or HostKeyMismatch(f"{where}: {problem.reason}") from None
    except asyncssh.PermissionDenied:
        raise TargetLoginFailed(
            f"{where} does not take the gateway's credential for {account.name};"
            " an administrator must put it right"
        ) from None
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
        raise TargetUnreachable(f"{where} cannot be reached: {reason}; is it up?") from None
    return connection, _facts(connection, client, target, account)


class DialledConnection(PacedConnection, asyncssh.SSHClientConnection):
    """The connection to a target. The library's `connect` would make one that knows no pace."""


async def _reach(target: Target, options: asyncssh.SSHClientConnectionOptions) -> DialledConnection:
    """As the library's `connect` does it, until the target has let us in."""
    loop = asyncio.get_running_loop()
    established = options.waiter = loop.create_future()
    _, connection = await loop.create_connection(
        lambda: DialledConnection(loop, options, wait="auth"), target.host, target.port
    )
    connection.set_extra_info(host=target.host, port=target.port)
    try:
        await established
    except BaseException:
        connection.abort()
        raise
    return connection


def _facts(
    connection: asyncssh.SSHClientConnection, client: _Client, target: Target, account: Account
) -> Facts:
    assert client.shown is not None
    return {
        "address": target.address,
        "account": account.name,
        "host_key": client.shown.fingerprint,
        "method": "password" if account.key is None else "publickey",
        "software": str(connection.get_extra_info("server_version", "")),
        "cipher": str(connection.get_extra_info("send_cipher", "")),
        "strict_key_exchange": client.strict,
    }


def _trust(target: Target) -> _Trust:
    keys = set(target.host_keys)
    authorities: set[PublicKey] = set()
    revoked: set[PublicKey] = set()
    if target.known_hosts is not None:
        try:
            known = asyncssh.read_known_hosts(str(target.known_hosts))
        except (OSError, ValueError) as problem:
            raise CredentialError(
                f"the known hosts of {target.name} cannot be read from {target.known_hosts}:"
                f" {problem}"
            ) from None
        port = None if target.port == 22 else target.port
        found = asyncssh.match_known_hosts(known, target.host, "", port)
        keys |= {public_key(key) for key in found[0]}
        authorities |= {public_key(key) for key in found[1]}
        revoked |= {public_key(key) for key in found[2]}
    if not keys and not authorities:
        raise HostKeyMismatch(
            f"no host key of {target.name} is known; an administrator runs:"
            f" gatereel target enrol {target.name} {target.address}"
        )
    return _Trust(frozenset(keys), frozenset(authorities), frozenset(revoked))


def _credential(
    target: Target, account: Account
) -> tuple[Sequence[asyncssh.SSHKeyPair], str | None]:
    """The login's key or password. Raises CredentialError, which names the place only."""
    where = f"{account.name}@{target.name}"
    if account.password is not None:
        try:
            return (), account.password.read().decode()
        except UnicodeDecodeError:
            raise CredentialError(f"the password for {where} is not UTF-8") from None
    assert account.key is not None
    passphrase = None if account.passphrase is None else account.passphrase.read()
    try:
        key = asyncssh.import_private_key(account.key.read() + b"\n", passphrase)
        return asyncssh.load_keypairs([key]), None
    except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError, ValueError) as problem:
        raise CredentialError(
            f"the key for {where} ({account.key}) cannot be used",
            operator=f"{account.key}: {problem}",
        ) from None


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
