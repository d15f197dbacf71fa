"""A gateway whose front, sealer and indexer are three users, as docs/operations.md sets it up.

Needs root, to become them; the helpers are started by systemd's own `systemd-socket-activate`, one
for each connection, as the units in docs/deploy/users have it.
"""

from __future__ import annotations

import atexit
import functools
import json
import os
import shutil
import signal
import site
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.system.gateways import RunningGateway, until_listening, write_configuration
from tests.system.peers import Sshd, free_port, need
from tests.system.recorded import wait_until

ROOT = Path(__file__).parent.parent.parent
GROUP, FRONT, SEALER, INDEXER = 64100, 64101, 64102, 64103
"""Ids that nobody has: all that counts is that they differ."""
_PATHS = os.pathsep.join(map(str, (ROOT, *site.getsitepackages())))


def become(user: int, home: Path) -> list[str]:
    """What starts a program as this user, in the group, with no right of root's."""
    ids = [f"--reuid={user}", f"--regid={GROUP}", "--clear-groups"]
    rights = ["--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"]
    variables = [f"PYTHONPATH={_PATHS}", "PYTHONUNBUFFERED=1", f"HOME={home}"]
    return [need("setpriv"), *ids, *rights, need("env"), *variables]


@functools.cache
def python() -> str:
    """An interpreter of this version that others may start: this one may be in root's home. Then
    it is the system's, or a copy of this one."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    said = ""
    for each in (sys.executable, f"/usr/bin/{version}", f"/usr/local/bin/{version}", _copied):
        path = each if isinstance(each, str) else each(version)
        words = [*become(FRONT, Path("/")), path, "-c", "import gatereel, asyncssh, apsw"]
        tried = subprocess.run(words, capture_output=True, check=False, text=True)
        if tried.returncode == 0:
            return path
        said = tried.stderr or said
    return need(f"a Python that other users may start ({said.strip()})")


def _copied(version: str) -> str:
    """A copy of this interpreter, with the library that it needs, until this process ends."""
    home = Path(tempfile.mkdtemp(prefix="python-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    home.chmod(0o755)
    library = Path(sysconfig.get_path("stdlib"))
    (home / "bin").mkdir()
    shutil.copy2(Path(sys.base_prefix) / "bin" / version, home / "bin")
    unneeded = shutil.ignore_patterns("site-packages", "test", "tests", "__pycache__", "config-*")
    shutil.copytree(library, home / "lib" / version, ignore=unneeded)
    for shared in Path(sys.base_prefix, "lib").glob("libpython3*.so*"):
        shutil.copy2(shared, home / "lib")
    start = home / "start"
    start.write_text(f'#!/bin/sh\nLD_LIBRARY_PATH={home}/lib exec {home}/bin/{version} "$@"\n')
    start.chmod(0o755)
    return str(start)


@dataclass
class Listening:
    """Starts a helper for each connection, as systemd does."""

    socket: Path
    user: int
    words: Sequence[str]
    log: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        program = [need("systemd-socket-activate"), "--accept", "--inetd", "-l", str(self.socket)]
        home = self.socket.parent
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*program, *become(self.user, home), python(), "-m", "gatereel", *self.words],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=home,
            )
        wait_until(self.socket.exists)
        self.socket.chmod(0o666)

    def helpers(self) -> list[int]:
        """Processes of the helper that run now."""
        assert self.process is not None
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in children.read_text().split()]

    def kill_helpers(self) -> None:
        for pid in self.helpers():
            os.kill(pid, signal.SIGKILL)

    def stop(self) -> None:
        """Nobody answers there any more."""
        assert self.process is not None
        helpers = self.helpers()
        self.process.kill()
        self.process.wait()
        for pid in helpers:
            os.kill(pid, signal.SIGKILL)
        self.socket.unlink()


@dataclass
class Separated:
    """Where all of it is."""

    gateway: RunningGateway
    sealer: Listening
    indexer: Listening

    @property
    def signing_key(self) -> Path:
        return self.gateway.config.parent / "keys" / "gateway_signing"

    def as_front(self, program: str, *words: object) -> Any:
        """What this Python program prints, as JSON, when whoever took the front over runs it."""
        made = subprocess.run(
            [*become(FRONT, Path("/")), python(), "-c", program, *map(str, words)],
            capture_output=True,
            check=False,
            timeout=60,
        )
        assert made.returncode == 0, made.stderr.decode()
        return json.loads(made.stdout)


@contextmanager
def separated_gateway(targets: Mapping[str, Sshd]) -> Iterator[Separated]:
    """Until the block ends."""
    if os.geteuid():
        pytest.skip("only root can become other users")
    folder = Path(tempfile.mkdtemp(prefix="gatereel-users-"))
    with ExitStack() as held:
        held.callback(shutil.rmtree, folder)
        folder.chmod(0o755)
        port = free_port()
        config = write_configuration(folder, targets, port=port)
        _hand_out(folder, targets)
        store, signing = folder / "recordings", folder / "keys" / "gateway_signing"
        run = folder / "run"
        run.mkdir(mode=0o777)
        run.chmod(0o777)
        sealer = Listening(
            run / "sealer.sock",
            SEALER,
            ["seal", "--store", str(store), "--key", str(signing)],
            folder / "sealer.log",
        )
        indexer = Listening(
            run / "indexer.sock",
            INDEXER,
            ["index", "--follow", "--store", str(store)],
            folder / "indexer.log",
        )
        text = config.read_text()
        sockets = "".join(
            f'{name} = "unix:{each.socket}"\n'
            for name, each in (("sealer", sealer), ("indexer", indexer))
        )
        config.write_text(text.replace("[gateway]\n", f"[gateway]\n{sockets}"))
        for listening in (sealer, indexer):
            listening.start()
            held.callback(listening.stop)
        key = " ".join((folder / "keys" / "ssh_host_ed25519.pub").read_text().split()[:2])
        known_hosts = folder / "known_hosts"
        known_hosts.write_text(f"[127.0.0.1]:{port} {key}\n")
        with (folder / "gateway.log").open("wb") as log:
            process = subprocess.Popen(
                [*become(FRONT, run), python(), "-m", "gatereel", "gateway", "-c", str(config)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=run,
            )
        held.callback(process.wait, 30)
        held.callback(process.terminate)
        alice = folder / "alice"
        alice.write_bytes((folder / "keys" / "alice").read_bytes())
        alice.chmod(0o600)
        gateway = RunningGateway(port, alice, known_hosts, config, store, process)
        until_listening(gateway)
        yield Separated(gateway, sealer, indexer)


def _hand_out(folder: Path, targets: Mapping[str, Sshd]) -> None:
    """Each file to whom it is for."""
    keys, store = folder / "keys", folder / "recordings"
    keys.chmod(0o755)
    for key in keys.iterdir():
        os.chown(key, SEALER if key.name == "gateway_signing" else FRONT, GROUP)
        key.chmod(0o600)
    for name, target in targets.items():
        mine = keys / f"target_{name}"
        mine.write_bytes(target.key.read_bytes())
        mine.chmod(0o600)
        os.chown(mine, FRONT, GROUP)
        config = folder / "gatereel.toml"
        config.write_text(config.read_text().replace(str(target.key), str(mine)))
    for path in (store, *store.iterdir()):
        os.chown(path, SEALER, GROUP)
    (store / "verifiers").chmod(0o640)
    store.chmod(0o3770)
