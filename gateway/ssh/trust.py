"""Which host keys a target may show: pinned, in a file of known hosts, or signed by a host CA.

Knows: the configuration's keys, OpenSSH's file of known hosts. Must never know: credentials, who
asks. Called by `gateway.ssh.dialer`. A target of which no key is known is never connected to.
"""

from __future__ import annotations

from dataclasses import dataclass

import asyncssh

from gateway.config import Target
from gateway.identity import PublicKey
from gateway.refusals import CredentialError, HostKeyMismatch
from gateway.ssh.settings import SIGNATURES, public_key


@dataclass(frozen=True, slots=True)
class Trust:
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

    def shown(self) -> str:
        """For a person: the keys and authorities, by fingerprint."""
        pins = sorted(pin.fingerprint for pin in self.keys)
        signers = sorted(f"the host CA {each.fingerprint}" for each in self.authorities)
        return ", ".join(pins + signers) or "none"


def trust_in(target: Target) -> Trust:
    """Raises CredentialError where the known hosts cannot be read, HostKeyMismatch where nothing
    is known of this target."""
    keys = set(target.host_keys)
    authorities = set(target.host_ca)
    revoked: set[PublicKey] = set()
    if target.known_hosts is not None:
        try:
            known = asyncssh.read_known_hosts(str(target.known_hosts))
        except (OSError, ValueError) as problem:
            raise CredentialError(
                f"the known hosts of {target.name} cannot be read from {target.known_hosts}:"
                f" {problem}"
            ) from None
        port = None if target.port == 22 or target.host_key_name else target.port
        found = asyncssh.match_known_hosts(known, target.host_key_name or target.host, "", port)
        keys |= {public_key(key) for key in found[0]}
        authorities |= {public_key(key) for key in found[1]}
        revoked |= {public_key(key) for key in found[2]}
    if not keys and not authorities:
        raise HostKeyMismatch(
            f"no host key of {target.name} is known; an administrator runs:"
            f" gatereel target enrol {target.name} {target.address}"
        )
    return Trust(frozenset(keys), frozenset(authorities), frozenset(revoked))
