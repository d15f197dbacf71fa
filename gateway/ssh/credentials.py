"""The gateway's own credential for one login: a key, a password, a certificate, or an agent's key.

Knows: where credentials are, and how the library takes them. Must never know: the target's
connection, what policy said. Called by `gateway.ssh.dialer`. No error and no fact holds anything of
a credential but its public half and its place.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

import asyncssh

from gateway.config import Account, Target
from gateway.identity import PublicKey
from gateway.refusals import AgentUnusable, CredentialError
from gateway.ssh.authority import Errand, UserAuthority
from gateway.target_config import AgentKey
from recorder.errors import GatereelError
from recorder.events import Facts


@dataclass(slots=True)
class Credential:
    """What the library logs in with."""

    pairs: Sequence[asyncssh.SSHKeyPair]
    password: str | None
    facts: Facts
    """How, for the recording."""
    hint: str = ""
    """What an administrator looks at where it is not taken."""
    refusals: list[GatereelError] = field(default_factory=list)
    """Why it could not be used, where it is not in the gateway's own hands."""


@contextlib.asynccontextmanager
async def credential_for(
    target: Target,
    account: Account,
    errand: Errand,
    authority: UserAuthority | None,
    *,
    passing: bool,
) -> AsyncIterator[Credential]:
    """The login's credential, for as long as the block lasts. Raises CredentialError or
    AgentUnusable."""
    where = f"{account.name}@{target.name}"
    if account.agent is not None:
        async with _agent(account.agent, where, target.connect_timeout) as credential:
            yield credential
    elif account.certificate:
        if authority is None:
            raise CredentialError(f"{where} needs a certificate, and there is no [ssh] user_ca")
        login = await asyncio.to_thread(authority.mint, account.name, errand, passing=passing)
        signer = authority.public.fingerprint
        facts = {
            "method": account.method,
            "certificate": login.key_id,
            "serial": login.serial,
            "authority": signer,
        }
        hint = (
            f"look whether its TrustedUserCAKeys has {signer} (gatereel target user-ca prints it)"
            " and its clock is right"
        )
        yield Credential(login.pairs, None, facts, hint)
    else:
        yield await asyncio.to_thread(_own, account, where)


def _own(account: Account, where: str) -> Credential:
    """A key or a password that is in the gateway's own hands."""
    if account.password is not None:
        try:
            secret = account.password.read().decode()
        except UnicodeDecodeError:
            raise CredentialError(f"the password for {where} is not UTF-8") from None
        return Credential((), secret, {"method": account.method})
    assert account.key is not None
    passphrase = None if account.passphrase is None else account.passphrase.read()
    try:
        key = asyncssh.import_private_key(account.key.read() + b"\n", passphrase)
        pairs = asyncssh.load_keypairs([key])
    except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError, ValueError) as problem:
        raise CredentialError(
            f"the key for {where} ({account.key}) cannot be used",
            operator=f"{account.key}: {problem}",
        ) from None
    public = PublicKey(key.get_algorithm(), key.public_data)
    return Credential(pairs, None, {"method": account.method, "key": public.fingerprint})


class _Agent(asyncssh.SSHAgentClient):
    """An agent whose refusal to sign is told as what it is."""

    def __init__(self, path: str, refusals: list[GatereelError], no: AgentUnusable) -> None:
        super().__init__(path)
        self._refusals = refusals
        self._no = no

    async def sign(self, key_blob: bytes, data: bytes, flags: int = 0) -> bytes:
        try:
            return await super().sign(key_blob, data, flags)
        except (ValueError, OSError) as problem:
            self._refusals.append(self._no)
            raise asyncssh.PermissionDenied("the agent does not sign") from problem


@contextlib.asynccontextmanager
async def _agent(held: AgentKey, where: str, seconds: int) -> AsyncIterator[Credential]:
    path = socket_of(held)
    shown = held.key.fingerprint
    refusals: list[GatereelError] = []
    no = AgentUnusable(f"the agent at {path} does not sign with {shown}, the key for {where}")
    agent = _Agent(path, refusals, no)
    try:
        try:
            async with asyncio.timeout(seconds):
                await agent.connect()
                pairs = await agent.get_keys([held.key.blob])
        except TimeoutError:
            raise AgentUnusable(
                f"the agent at {path} does not answer within {seconds} s; it has the key for"
                f" {where}"
            ) from None
        except (OSError, ValueError, asyncssh.Error) as problem:
            number = problem.errno if isinstance(problem, OSError) else None
            reason = os.strerror(number) if number else str(problem)
            raise AgentUnusable(
                f"no agent answers at {path} ({reason.lower()}), where the key for {where} is"
            ) from None
        if not pairs:
            raise AgentUnusable(
                f"the agent at {path} does not hold {shown}, the key for {where}; add it there:"
                " ssh-add"
            )
        facts = {"method": "agent", "key": shown}
        yield Credential(pairs, None, facts, refusals=refusals)
    finally:
        agent.close()


def socket_of(held: AgentKey) -> str:
    """Where the agent's socket is. Raises CredentialError where its variable is not set."""
    socket = held.socket
    return str(socket.file) if socket.file is not None else os.fsdecode(socket.read())
