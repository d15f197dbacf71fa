"""Clients that move files, as command lines: `sftp`, `scp`, `rsync`, `git`, `sshfs`."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.system.gateways import RunningGateway
from tests.system.peers import Sshd, need

PATIENCE = 60


@dataclass(frozen=True, slots=True)
class Door:
    """Where a client goes in: a server, or the gateway in front of it."""

    port: int
    user: str
    key: Path
    known_hosts: Path

    @classmethod
    def straight(cls, target: Sshd, known_hosts: Path) -> Door:
        return cls(target.port, target.user, target.key, target.known_hosts(known_hosts))

    @classmethod
    def through(cls, gateway: RunningGateway, user: str) -> Door:
        return cls(gateway.port, user, gateway.key, gateway.known_hosts)

    @property
    def options(self) -> list[str]:
        """Of every OpenSSH client, free of whatever this machine has configured."""
        settings = [
            f"Port={self.port}", f"User={self.user}", f"IdentityFile={self.key}",
            f"UserKnownHostsFile={self.known_hosts}", "GlobalKnownHostsFile=/dev/null",
            "StrictHostKeyChecking=yes", "IdentitiesOnly=yes", "IdentityAgent=none",
            "PreferredAuthentications=publickey", "LogLevel=ERROR",
        ]  # fmt: skip
        return ["-F", "/dev/null", *(word for each in settings for word in ("-o", each))]

    @property
    def ssh(self) -> str:
        """What other programs start as their ssh."""
        return shlex.join([need("ssh"), *self.options])

    def sftp(self, batch: str, *flags: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        return run([need("sftp"), *self.options, *flags, "-b", "-", "127.0.0.1"], batch, cwd=cwd)

    def scp(self, *words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        """A word of the far side begins with ``127.0.0.1:``."""
        return run([need("scp"), *self.options, *words], cwd=cwd)

    def rsync(self, *words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        return run([need("rsync"), "-e", self.ssh, *words], cwd=cwd)

    def git(self, *words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        settings = {
            "GIT_SSH_COMMAND": self.ssh, "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_CONFIG_NOSYSTEM": "1",
        }  # fmt: skip
        return run([need("git"), *words], cwd=cwd, more=settings)


def run(
    command: Sequence[str], stdin: str = "", *, cwd: Path, more: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}
    return subprocess.run(
        command, input=stdin, cwd=cwd, env={**environment, "HOME": str(cwd), **(more or {})},
        capture_output=True, text=True, errors="backslashreplace", timeout=PATIENCE, check=False,
    )  # fmt: skip
