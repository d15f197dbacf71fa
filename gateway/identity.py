"""Public keys to principals: who somebody is, fixed at the moment of proof.

Knows: keys as they are written in ``authorized_keys``, and whose they are. Must never know:
user names, sockets, or the SSH library: a name that a client sends never makes anybody
anyone. Called by `gateway.config` (to build the register) and by `gateway.ssh.server`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

KINDS = ("person", "workload")


@dataclass(frozen=True, slots=True)
class PublicKey:
    """One SSH public key; two are equal when their blobs are."""

    algorithm: str
    blob: bytes

    @classmethod
    def parse(cls, line: str) -> PublicKey:
        """From ``ALGORITHM BASE64 [COMMENT]``. Raises ValueError with a line for a person."""
        parts = line.split()
        if len(parts) < 2:
            raise ValueError('is not a public key: it must read "ssh-ed25519 AAAA... comment"')
        algorithm, encoded = parts[0], parts[1]
        try:
            blob = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            raise ValueError("is not a public key: its second word is not base64") from None
        name = _first_string(blob)
        if name != algorithm.encode():
            raise ValueError(
                f'is not a public key: it says "{algorithm}" outside and something else inside'
            )
        return cls(algorithm, blob)

    @property
    def fingerprint(self) -> str:
        """As `ssh-keygen -l` writes it: ``SHA256:`` and 43 characters."""
        digest = hashlib.sha256(self.blob).digest()
        return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")

    def __str__(self) -> str:
        return f"{self.algorithm} {base64.b64encode(self.blob).decode()}"


def _first_string(blob: bytes) -> bytes:
    """The first length-prefixed string of an SSH blob, b"" when there is none."""
    length = int.from_bytes(blob[:4], "big")
    if len(blob) < 4 or length > len(blob) - 4:
        return b""
    return blob[4 : 4 + length]


@dataclass(frozen=True, slots=True)
class Principal:
    """The authenticated subject."""

    name: str
    kind: str
    """"person" or "workload"."""
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Proof:
    """What was proven, by what: made once a signature was checked, never changed after."""

    principal: Principal
    method: str
    """"publickey"."""
    key: PublicKey
    source: str = ""
    """The client's IP address, where it is known."""

    def facts(self, address: str) -> dict[str, str]:
        """How it was proven, and from where, as `recorder.events.Authenticated` has it."""
        return {
            "method": self.method,
            "key": self.key.fingerprint,
            "algorithm": self.key.algorithm,
            "address": address,
        }


class Register:
    """All known keys. A key belongs to one principal."""

    def __init__(self, entries: Iterable[tuple[Principal, Iterable[PublicKey]]]) -> None:
        owners: dict[bytes, Principal] = {}
        for principal, keys in entries:
            for key in keys:
                other = owners.get(key.blob)
                if other is not None and other != principal:
                    raise ValueError(
                        f"the key {key.fingerprint} is registered to both"
                        f" {other.name} and {principal.name}; a key proves one principal"
                    )
                owners[key.blob] = principal
        self._owners: Mapping[bytes, Principal] = owners

    def owner(self, key: PublicKey) -> Principal | None:
        """Whose key this is; None when nobody's."""
        return self._owners.get(key.blob)

    def people(self) -> list[Principal]:
        """Everybody, once each."""
        return list(dict.fromkeys(self._owners.values()))

    def proven(self, key: PublicKey, source: str = "") -> Proof | None:
        """The proof that follows from a checked signature by this key, from this address."""
        principal = self.owner(key)
        return None if principal is None else Proof(principal, "publickey", key, source)
