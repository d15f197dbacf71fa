"""The real ssh-keygen and ssh-agent, for tests that hold ours against them."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

KINDS = {
    "ed25519": ("-t", "ed25519"),
    "ecdsa256": ("-t", "ecdsa", "-b", "256"),
    "ecdsa384": ("-t", "ecdsa", "-b", "384"),
    "ecdsa521": ("-t", "ecdsa", "-b", "521"),
    "rsa": ("-t", "rsa", "-b", "2048"),
}


def keygen(
    *words: str | Path, data: bytes = b"", check: bool = True
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        ["ssh-keygen", *map(str, words)], input=data, capture_output=True, check=check, timeout=60
    )


def make_key(folder: Path, kind: str = "ed25519", passphrase: str = "", *more: str) -> Path:
    """A private key in a file, its public half beside it."""
    path = folder / f"id_{kind}_{len(list(folder.glob('id_*')))}"
    keygen(*KINDS[kind], "-N", passphrase, "-q", "-C", f"{kind} key", "-f", path, *more)
    return path


@contextlib.contextmanager
def agent(folder: Path, *keys: Path) -> Iterator[str]:
    """A real agent that holds these keys; its socket's path. Ended by its own pid."""
    socket = folder / "agent.sock"
    started = subprocess.run(
        ["ssh-agent", "-s", "-a", str(socket)], capture_output=True, text=True, check=True
    )
    found = re.search(r"SSH_AGENT_PID=([0-9]+)", started.stdout)
    assert found, started.stdout
    environment = {**os.environ, "SSH_AUTH_SOCK": str(socket), "SSH_AGENT_PID": found[1]}
    try:
        for key in keys:
            subprocess.run(
                ["ssh-add", "-q", str(key)], env=environment, check=True, capture_output=True
            )
        yield str(socket)
    finally:
        subprocess.run(["ssh-agent", "-k"], env=environment, capture_output=True, check=True)
