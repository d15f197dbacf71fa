"""The gateway's two authorities: one signs its logins on targets, one vouches for it
in their names.

Knows: CA keys, what goes into a certificate. Must never know: sockets, policy, whether somebody may
go anywhere. Made by `gateway.serve`; `gateway.ssh.dialer` has logins minted, `gateway.ssh.inner`
host certificates. A certificate holds nothing but public facts; the CA keys leave this file never.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import asyncssh

from gateway.config import SshSettings
from gateway.identity import PublicKey
from gateway.refusals import CredentialError
from gateway.ssh.settings import HostKeys, public_key
from recorder.clock import Clock

SECOND = 1_000_000_000
SKEW = 120
"""Seconds by which a target's clock may be behind."""
LOGIN_LIFE = 300
"""Seconds in which a login may be made with its certificate; what it opened goes on."""
HOST_LIFE = 7 * 24 * 3600
"""Seconds: a client that exchanges keys again in a long session checks once more. The key behind
it is the gateway's own, which it holds anyway."""


@dataclass(frozen=True, slots=True)
class Errand:
    """On whose behalf the gateway logs in somewhere."""

    session: str
    principal: str

    @property
    def key_id(self) -> str:
        """What a target's own log has of it. Neither name can hold a blank or a quote."""
        return f"gatereel session={self.session} principal={self.principal}"


@dataclass(frozen=True, slots=True)
class Login:
    """A fresh key with a certificate for one login."""

    pairs: HostKeys
    key_id: str
    serial: int


class UserAuthority:
    """Signs the gateway's logins; targets trust it by ``TrustedUserCAKeys``."""

    def __init__(self, key: asyncssh.SSHKey, clock: Clock) -> None:
        self._key = key
        self._clock = clock

    @property
    def public(self) -> PublicKey:
        return public_key(self._key)

    def mint(self, account: str, errand: Errand, *, passing: bool) -> Login:
        """A login as this account, for a few minutes, with nothing allowed but sessions; or,
        ``passing``, with nothing but the connection onwards to another target."""
        key = asyncssh.generate_private_key("ssh-ed25519")
        now = self._clock.wall_ns() // SECOND
        serial = secrets.randbits(63)
        certificate = self._key.generate_user_certificate(
            key.convert_to_public(),
            errand.key_id,
            serial=serial,
            principals=[account],
            valid_after=now - SKEW,
            valid_before=now + LOGIN_LIFE,
            permit_x11_forwarding=False,
            permit_agent_forwarding=False,
            permit_port_forwarding=passing,
            permit_pty=not passing,
            permit_user_rc=not passing,
        )
        pairs = [pair for pair in asyncssh.load_keypairs([(key, certificate)]) if pair.has_cert]
        return Login(pairs, errand.key_id, serial)


class HostAuthority:
    """Vouches that the gateway stands for a target; clients trust it by ``@cert-authority``."""

    def __init__(
        self, key: asyncssh.SSHKey, host_keys: Sequence[asyncssh.SSHKey], clock: Clock
    ) -> None:
        """``host_keys`` are the gateway's own, which the certificates are about."""
        self._key = key
        self._host_keys = host_keys
        self._clock = clock

    @property
    def public(self) -> PublicKey:
        return public_key(self._key)

    def pairs(self, name: str) -> HostKeys:
        """The gateway's host keys, each with a certificate for this name, then each as it is."""
        now = self._clock.wall_ns() // SECOND
        pairs: HostKeys = []
        for key in self._host_keys:
            certificate = self._key.generate_host_certificate(
                key.convert_to_public(),
                f"gatereel host={name}",
                serial=secrets.randbits(63),
                principals=[name],
                valid_after=now - SKEW,
                valid_before=now + HOST_LIFE,
            )
            pairs += asyncssh.load_keypairs([(key, certificate)])
        return pairs


@dataclass(frozen=True, slots=True)
class Authorities:
    """Those that this gateway has."""

    user: UserAuthority | None = None
    host: HostAuthority | None = None
    next_user: PublicKey | None = None
    next_host: PublicKey | None = None


def load_authorities(settings: SshSettings, clock: Clock) -> Authorities:
    """Those that the configuration names. Raises CredentialError with the file and what to do."""
    user, host = settings.user_ca, settings.host_ca
    following = (settings.next_user_ca, settings.next_host_ca)
    next_user, next_host = (
        None if path is None else public_key(_load(path, "CA")) for path in following
    )
    return Authorities(
        None if user is None else load_user_authority(user, clock),
        None if host is None else load_host_authority(host, settings.host_keys, clock),
        next_user,
        next_host,
    )


def load_user_authority(path: Path, clock: Clock) -> UserAuthority:
    """Raises CredentialError with the file and what to do."""
    return UserAuthority(_load(path, "user CA"), clock)


def load_host_authority(path: Path, host_keys: Sequence[Path], clock: Clock) -> HostAuthority:
    """Raises CredentialError with the file and what to do."""
    own = [_load(each, "host key") for each in host_keys]
    return HostAuthority(_load(path, "host CA"), own, clock)


def _load(path: Path, what: str) -> asyncssh.SSHKey:
    try:
        return asyncssh.read_private_key(str(path))
    except OSError as problem:
        raise CredentialError(
            f"the {what} {path} cannot be read ({problem.strerror}); make one with: gatereel init"
        ) from None
    except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError, ValueError) as problem:
        raise CredentialError(
            f"{path} is no usable {what}", operator=f"{path}: {problem}"
        ) from None
