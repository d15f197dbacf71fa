"""What is wrong with a configuration that reads well: names that collide, keys and credentials that
cannot be used, or that others can read.

Knows: the files that a configuration names, how each is loaded. Must never know: what runs. Called
before a gateway starts, at each reload, and by ``gatereel check``. It opens what it checks, and
keeps none of it.
"""

from __future__ import annotations

import contextlib
import functools
import stat
from collections.abc import Callable
from pathlib import Path

from gateway.config import Config
from gateway.policies.errors import PolicyError
from gateway.policies.names import unknown_names
from gateway.refusals import ConfigError, CredentialError
from gateway.ssh import settings
from gateway.ssh.authority import load_authorities
from gateway.ssh.credentials import socket_of
from gateway.targets import collisions
from recorder.clock import SystemClock
from recorder.errors import GatereelError


def problems(config: Config) -> list[GatereelError]:
    """What is wrong with a configuration that reads well: names, keys, credentials."""
    found: list[GatereelError] = [
        ConfigError(f"{config.path}: {line}")
        for line in collisions(config.targets, (p.name for p in config.principals))
    ]
    found += [PolicyError(line) for line in unknown_names(config)]
    checks: list[Callable[[], object]] = [
        lambda: settings.load_host_keys(config.ssh.host_keys),
        lambda: load_authorities(config.ssh, SystemClock()),
    ]
    secrets = [
        secret
        for target in config.targets
        for account in target.accounts.values()
        for secret in (account.key, account.passphrase, account.password)
        if secret is not None
    ]
    agents = [
        account.agent
        for target in config.targets
        for account in target.accounts.values()
        if account.agent is not None
    ]
    checks += [secret.read for secret in secrets]
    checks.append(functools.partial(config.masking.plan, b""))
    if config.masking.key is not None:
        secrets.append(config.masking.key)
    checks += [functools.partial(socket_of, agent) for agent in agents]
    files = [secret.file for secret in secrets if secret.file is not None]
    ssh = config.ssh
    named = (ssh.user_ca, ssh.host_ca, ssh.next_user_ca, ssh.next_host_ca)
    authorities = [path for path in named if path is not None]
    keys = (config.gateway.signing_key, *config.ssh.host_keys, *authorities)
    for path in dict.fromkeys((*keys, *files)):
        checks.append(functools.partial(_check_private, path))
    logins = [
        account.key.file
        for target in config.targets
        for account in target.accounts.values()
        if account.key is not None and account.key.file is not None
    ]
    for path in dict.fromkeys((*keys, *logins)):
        checks.append(functools.partial(_check_not_public, path))
    for check in checks:
        try:
            check()
        except GatereelError as error:
            found.append(error)
    return found


def _check_private(path: Path) -> None:
    """Raises CredentialError for a key or password that everybody on this machine can read. One
    that is not there is found by whoever reads it."""
    with contextlib.suppress(OSError):
        if path.stat().st_mode & (stat.S_IROTH | stat.S_IWOTH):
            raise CredentialError(
                f"{path} is open to everybody on this machine; run: chmod o-rw {path}"
            )


def _check_not_public(path: Path) -> None:
    """Raises CredentialError for the public half of a key where the private one is meant."""
    with contextlib.suppress(OSError), path.open("rb") as file:
        words = file.read(64).split()
        if words and words[0].startswith((b"ssh-", b"ecdsa-", b"sk-")):
            private = path.with_suffix("") if path.suffix == ".pub" else None
            hint = f"; name {private}" if private else ""
            raise CredentialError(f"{path} is a public key, and the private one is needed{hint}")
