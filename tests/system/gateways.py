"""A gateway as its administrator runs it: a configuration, keys, a process of its own.

For tests and benchmarks that go through the whole of it with real clients. It ends with its
block, by SIGTERM, which is how a service manager ends it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from recorder.attest import Signer
from recorder.store import Store
from tests.system.peers import Sshd, free_port, make_key, ssh_command

EVERYTHING = '@id("everything") permit (principal == Person::"alice", action, resource);\n'


@dataclass(frozen=True, slots=True)
class RunningGateway:
    """Where it listens, who may come in, and where it records."""

    port: int
    key: Path
    """The private key of the principal "alice"."""
    known_hosts: Path
    config: Path
    store: Path
    process: subprocess.Popen[bytes]

    @property
    def policies(self) -> Path:
        """The one file of them."""
        return self.config.parent / "policies" / "access.cedar"

    def log(self) -> str:
        return (self.config.parent / "gateway.log").read_text(errors="replace")

    def ssh(self, user: str, *words: str, flags: Sequence[str] = ()) -> list[str]:
        """The stock client's command line, as ``account@target``."""
        return ssh_command(
            self.port,
            *words,
            user=user,
            key=self.key,
            known_hosts=self.known_hosts,
            flags=flags,
        )


def write_configuration(
    folder: Path,
    targets: Mapping[str, Sshd],
    *,
    port: int,
    extra: str = "",
    policies: str = "",
    keep_files: str = "all",
    mask: Sequence[str] = (),
    top: Sequence[str] = (),
    keys_too: Sequence[str] = (),
    groups: Sequence[str] = (),
    everything: str = EVERYTHING,
) -> Path:
    """Keys and a configuration that lets alice open everything on these targets. ``top`` are more
    lines of [gateway]; alice has ``keys_too`` beside her own, and is in these groups."""
    keys = folder / "keys"
    keys.mkdir(mode=0o700, parents=True, exist_ok=True)
    make_key(keys / "ssh_host_ed25519", "gateway")
    make_key(keys / "user_ca", "user CA")
    make_key(keys / "host_ca", "host CA")
    alice = make_key(keys / "alice", "alice")
    signer = Signer.create(keys / "gateway_signing", "gateway.test")
    Store.open(folder / "recordings", create=True).trust(signer.verifier)
    lines = [
        "[gateway]",
        'store = "recordings"',
        'signing_key = "keys/gateway_signing"',
        *top,
        "[ssh]",
        f'listen = "127.0.0.1:{port}"',
        'host_keys = ["keys/ssh_host_ed25519"]',
        'user_ca = "keys/user_ca"',
        'host_ca = "keys/host_ca"',
        "[principals.alice]",
        f"keys = {[alice, *keys_too]}",
        f"groups = {list(groups)}",
    ]
    for name, target in targets.items():
        lines += [
            f"[targets.{name}]",
            f'address = "{target.address}"',
            f'host_keys = ["{target.host_key}"]',
            f'keep_files = "{keep_files}"',
            f"mask = {[str(each) for each in mask]}",
            f"[targets.{name}.accounts.{target.user}]",
            f'key = {{ file = "{target.key}" }}',
        ]
    lines.append(extra)
    access = folder / "policies" / "access.cedar"
    access.parent.mkdir(exist_ok=True)
    access.write_text(everything + policies)
    config = folder / "gatereel.toml"
    config.write_text("\n".join(lines) + "\n")
    return config


@contextmanager
def running_gateway(
    folder: Path,
    targets: Mapping[str, Sshd],
    *,
    extra: str = "",
    policies: str = "",
    keep_files: str = "all",
    mask: Sequence[str] = (),
    top: Sequence[str] = (),
    keys_too: Sequence[str] = (),
    groups: Sequence[str] = (),
    everything: str = EVERYTHING,
    environment: Mapping[str, str] | None = None,
    within: Sequence[str] = (),
) -> Iterator[RunningGateway]:
    """A gateway in front of these targets, until the block ends. ``extra`` is more TOML,
    ``policies`` are more of them, ``environment`` what its processes have beside this one's,
    ``within`` what starts it: ``prlimit``, say."""
    port = free_port()
    config = write_configuration(
        folder,
        targets,
        port=port,
        extra=extra,
        policies=policies,
        keep_files=keep_files,
        mask=mask,
        top=top,
        keys_too=keys_too,
        groups=groups,
        everything=everything,
    )
    host_key = " ".join((folder / "keys" / "ssh_host_ed25519.pub").read_text().split()[:2])
    known_hosts = folder / "known_hosts"
    known_hosts.write_text(f"[127.0.0.1]:{port} {host_key}\n")
    with (folder / "gateway.log").open("wb") as log:
        process = subprocess.Popen(
            [*within, sys.executable, "-m", "gatereel", "gateway", "-c", str(config)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **(environment or {})},
        )
    gateway = RunningGateway(
        port, folder / "keys" / "alice", known_hosts, config, folder / "recordings", process
    )
    try:
        until_listening(gateway)
        yield gateway
    finally:
        process.terminate()
        process.wait(30)


def until_listening(gateway: RunningGateway, seconds: float = 120) -> None:
    """Until it says so itself: the port is taken before anybody may come in. On a machine where
    much else is killed and started, importing alone has taken more than 20 s."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if gateway.process.poll() is not None:
            pytest.fail(f"the gateway did not start:\n{gateway.log()}")
        if "listening on" in gateway.log():
            return
        time.sleep(0.02)
    pytest.fail(f"the gateway does not listen:\n{gateway.log()}")
