"""Real programs that tests drive: OpenSSH's server and client, tmux, zstd, vim and the like.

A test that needs one asks `need("sshd")`. Where it is missing the test is skipped with the
reason, unless ``GATEREEL_REQUIRE_PEERS`` is set, as CI does: then it fails, so that no run
passes because it tried nothing. Servers listen on loopback only and end with their block.
"""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

SEARCH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])


def need(program: str) -> str:
    """The path of this program; skips the test without it, or fails it where peers are a must."""
    path = shutil.which(program, path=SEARCH)
    if path is None:
        reason = f"{program} is not installed"
        if os.environ.get("GATEREEL_REQUIRE_PEERS"):
            pytest.fail(reason)
        pytest.skip(reason)
    return path


def free_port() -> int:
    """A loopback port that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def make_key(path: Path, comment: str = "test") -> str:
    """An Ed25519 key pair without passphrase at ``path`` and ``path.pub``; the public line."""
    subprocess.run(
        [need("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", str(path)],
        check=True,
        stdin=subprocess.DEVNULL,
    )
    return Path(f"{path}.pub").read_text().strip()


@dataclass(frozen=True, slots=True)
class Sshd:
    """A running OpenSSH server: where it listens, who it is, how to log in."""

    port: int
    user: str
    host_key: str
    """The public line, "ssh-ed25519 AAAA...", without a comment."""
    key: Path
    """A private key that it accepts for `user`."""
    folder: Path
    pid: int

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def known_hosts(self, path: Path) -> Path:
        path.write_text(f"[127.0.0.1]:{self.port} {self.host_key}\n")
        return path

    def log(self) -> str:
        return (self.folder / "sshd.log").read_text(errors="replace")


@contextmanager
def sshd(folder: Path, *, settings: Sequence[str] = (), user: str = "") -> Iterator[Sshd]:
    """An OpenSSH server of our own on loopback, in the foreground of nothing, until the block
    ends. ``settings`` are further lines of its configuration, which win over the ones here."""
    program = need("sshd")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    host_key = make_key(folder / "host_key", "host")
    accepted = make_key(folder / "login_key", "login")
    (folder / "authorized_keys").write_text(accepted + "\n")
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    for _ in range(5):
        port = free_port()
        config = folder / "sshd_config"
        config.write_text(
            "\n".join(
                [
                    *settings,
                    f"ListenAddress 127.0.0.1:{port}",
                    f"HostKey {folder / 'host_key'}",
                    f"AuthorizedKeysFile {folder / 'authorized_keys'}",
                    f"PidFile {folder / 'sshd.pid'}",
                    "StrictModes no",
                    "UsePAM no",
                    "PasswordAuthentication no",
                    "KbdInteractiveAuthentication no",
                    "PermitRootLogin prohibit-password",
                    "AcceptEnv LANG LC_*",
                    "PrintMotd no",
                    "PrintLastLog no",
                    "MaxStartups 100:30:200",
                    "MaxSessions 100",
                    "Subsystem sftp internal-sftp",
                    "",
                ]
            )
        )
        process = subprocess.Popen(
            [program, "-D", "-e", "-f", str(config)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        said = _until_listening(process)
        if process.poll() is None:
            break
        if "in use" not in said:
            pytest.fail(f"sshd did not start: {said}")
    else:
        pytest.fail("sshd found no free port in five tries")
    with (folder / "sshd.log").open("w") as log:
        log.write(said)
        log.flush()
        copier = subprocess.Popen(["cat"], stdin=process.stderr, stdout=log)
        try:
            yield Sshd(
                port=port,
                user=user or getpass.getuser(),
                host_key=" ".join(host_key.split()[:2]),
                key=folder / "login_key",
                folder=folder,
                pid=process.pid,
            )
        finally:
            process.terminate()
            process.wait(10)
            if process.stderr:
                process.stderr.close()
            copier.terminate()
            copier.wait(10)


def _until_listening(process: subprocess.Popen[str]) -> str:
    """What the server said until it listens or ends."""
    said = ""
    assert process.stderr
    for line in process.stderr:
        said += line
        if "Server listening" in line:
            return said
    process.wait(10)
    return said


def ssh_command(
    port: int,
    *words: str,
    user: str,
    key: Path,
    known_hosts: Path,
    options: Sequence[str] = (),
    flags: Sequence[str] = (),
) -> list[str]:
    """The stock client's command line, free of whatever this machine has configured."""
    settings = [
        "StrictHostKeyChecking=yes",
        f"UserKnownHostsFile={known_hosts}",
        "GlobalKnownHostsFile=/dev/null",
        "IdentitiesOnly=yes",
        "IdentityAgent=none",
        "PreferredAuthentications=publickey",
        "ConnectTimeout=10",
        "LogLevel=ERROR",
        *options,
    ]
    command = [need("ssh"), "-F", "/dev/null", "-p", str(port), "-i", str(key), *flags]
    for setting in settings:
        command += ["-o", setting]
    return [*command, "-l", user, "127.0.0.1", *words]
