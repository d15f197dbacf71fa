"""SSH servers that are not OpenSSH: dropbear and tinysshd, for each connection a process.

Both look for the keys they accept in the account's own home folder, and nowhere else. So that
nobody's real folder is touched, each runs in a mount namespace in which another folder lies over
it; that takes root.
"""

from __future__ import annotations

import getpass
import os
import pwd
import re
import shlex
import socket
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.system.peers import Sshd, make_key, need

SFTP = "/usr/lib/openssh/sftp-server"


@contextmanager
def dropbear(folder: Path) -> Iterator[Sshd]:
    _lay_out(folder)
    key = folder / "host_key"
    subprocess.run(
        [need("dropbearkey"), "-t", "ed25519", "-f", str(key)], check=True, capture_output=True
    )
    said = subprocess.run(
        [need("dropbearkey"), "-y", "-f", str(key)], check=True, capture_output=True, text=True
    )
    host_key = re.findall(r"ssh-ed25519 \S+", said.stdout)[0]
    yield from _serving(folder, host_key, [need("dropbear"), "-i", "-s", "-r", str(key)])


@contextmanager
def tinysshd(folder: Path) -> Iterator[Sshd]:
    _lay_out(folder)
    keys = folder / "keys"
    subprocess.run([need("tinysshd-makekey"), str(keys)], check=True, capture_output=True)
    said = subprocess.run(
        [need("tinysshd-printkey"), str(keys)], check=True, capture_output=True, text=True
    )
    host_key = re.findall(r"ssh-ed25519 \S+", said.stdout)[0]
    yield from _serving(folder, host_key, [need("tinysshd"), "-v", "-x", f"sftp={SFTP}", str(keys)])


def _lay_out(folder: Path) -> None:
    if os.geteuid() != 0:
        reason = "only root can lay another folder over a home"
        if os.environ.get("GATEREEL_REQUIRE_PEERS"):
            pytest.fail(reason)
        pytest.skip(reason)
    inside = folder / "home" / ".ssh"
    inside.mkdir(mode=0o700, parents=True)
    (folder / "home").chmod(0o700)
    accepted = inside / "authorized_keys"
    accepted.write_text(make_key(folder / "login_key", "login") + "\n")
    accepted.chmod(0o600)


def _serving(folder: Path, host_key: str, program: Sequence[str]) -> Iterator[Sshd]:
    """Until the block ends: whoever connects gets a process of the program."""
    bind = shlex.join(["mount", "--bind", str(folder / "home"), pwd.getpwuid(os.getuid()).pw_dir])
    command = [need("unshare"), "-m", "sh", "-c", f"{bind} && exec {shlex.join(program)}"]
    started: list[subprocess.Popen[bytes]] = []
    with (
        (folder / "sshd.log").open("wb") as log,
        socket.create_server(("127.0.0.1", 0)) as server,
    ):

        def serve() -> None:
            while True:
                try:
                    peer, _ = server.accept()
                except OSError:
                    return
                with peer:
                    started.append(
                        subprocess.Popen(
                            command, stdin=peer.fileno(), stdout=peer.fileno(), stderr=log, cwd="/"
                        )
                    )

        accepting = threading.Thread(target=serve, daemon=True)
        accepting.start()
        try:
            yield Sshd(
                port=server.getsockname()[1],
                user=getpass.getuser(),
                host_key=host_key,
                key=folder / "login_key",
                folder=folder,
                pid=os.getpid(),
            )
        finally:
            server.shutdown(socket.SHUT_RDWR)
            accepting.join(10)
            for process in started:
                process.terminate()
                process.wait(10)
