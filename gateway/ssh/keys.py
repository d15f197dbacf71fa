"""SSH key files: made, and shown.

Knows: how OpenSSH writes keys. Must never know: whose they are. Called by `gateway.init`,
`gateway.demo` and `gateway.serve`'s checks; the one place that makes SSH keys.
"""

from __future__ import annotations

import os
from pathlib import Path

import asyncssh

from gateway.identity import PublicKey
from gateway.ssh.settings import public_key


def make_key(path: Path, comment: str) -> PublicKey:
    """A new Ed25519 key at ``path`` (its owner's alone) and ``path.pub``; never over another."""
    key = asyncssh.generate_private_key("ssh-ed25519", comment=comment)
    _write_new(path, key.export_private_key(), 0o600)
    _write_new(path.with_name(f"{path.name}.pub"), key.export_public_key(), 0o644)
    return public_key(key)


def _write_new(path: Path, data: bytes, mode: int) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(fd, "wb") as file:
        file.write(data)
