"""The demo's target as any SSH server: a real terminal, real pipes, real signals."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.demo import target
from gateway.ssh.keys import make_key
from tests.system.peers import ssh_command
from tests.system.tmux import terminal

pytestmark = pytest.mark.peer

Ssh = list[str]


class Server:
    def __init__(self, folder: Path, port: int) -> None:
        self._folder, self._port = folder, port
        (folder / "known_hosts").write_text(
            f"[127.0.0.1]:{port} {(folder / 'host.pub').read_text()}"
        )

    def ssh(self, *words: str, flags: tuple[str, ...] = (), user: str = target.NAME) -> Ssh:
        return ssh_command(
            self._port,
            *words,
            user=user,
            key=self._folder / "login",
            known_hosts=self._folder / "known_hosts",
            flags=flags,
        )

    def run(
        self, *words: str, given: bytes = b"", flags: tuple[str, ...] = (), user: str = target.NAME
    ) -> subprocess.CompletedProcess[bytes]:
        command = self.ssh(*words, flags=flags, user=user)
        return subprocess.run(command, input=given, capture_output=True, timeout=60, check=False)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("target")
    make_key(folder / "host", "host")
    make_key(folder / "login", "login")
    process = subprocess.Popen(
        [
            *(sys.executable, target.__file__),
            *("--host-key", str(folder / "host"), "--login", str(folder / "login.pub")),
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield Server(folder, int(process.stdout.readline()))
    finally:
        process.terminate()
        assert process.wait(20) == 0
        process.stdout.close()


def test_a_command_has_its_own_outputs_and_status(server: Server) -> None:
    done = server.run("printf out; printf err >&2; exit 7")
    assert (done.stdout, done.stderr, done.returncode) == (b"out", b"err", 7)


def test_bulk_goes_through_whole(server: Server) -> None:
    sent = os.urandom(3_000_000)
    assert server.run("cat", given=sent).stdout == sent


def test_a_command_that_reads_nothing_ends_all_the_same(server: Server) -> None:
    assert server.run("exit 3", given=b"x" * 100_000).returncode == 3


def test_the_shell_has_a_terminal_that_is_its_own(server: Server, tmp_path: Path) -> None:
    with terminal(tmp_path, server.ssh(flags=("-tt",)), cols=90, rows=25) as screen:
        screen.wait_for(f"{target.NAME}:")
        screen.type("tty; stty size; ps -o tpgid= -p $$")
        screen.press("Enter")
        shown = screen.wait_for("25 90")
        assert "/dev/pts/" in shown
        screen.resize(100, 30)
        screen.type("until stty size | grep -q '30 100'; do sleep 0.1; done; echo resi'zed'")
        screen.press("Enter")
        screen.wait_for("resized")
        screen.type("sleep 60")
        screen.press("Enter")
        screen.wait_for("sleep 60")
        screen.press("C-c")
        screen.type("echo interrup'ted'; exit 5")
        screen.press("Enter")
        screen.wait_for("interrupted")


def test_a_program_that_a_signal_ends_says_so(server: Server) -> None:
    assert server.run("kill -9 $$").returncode == 255


def test_nobody_else_gets_in(server: Server) -> None:
    assert server.run("true", user="root").returncode == 255


def test_a_hangup_reaches_the_program(server: Server, tmp_path: Path) -> None:
    done = tmp_path / "hung-up"
    client = subprocess.Popen(
        server.ssh(f"trap 'touch {done}; exit' HUP; echo on; while :; do sleep 0.05; done"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
    )
    assert client.stdout is not None
    assert client.stdout.readline() == b"on\n"
    client.kill()
    client.wait(10)
    client.stdout.close()
    from tests.system.recorded import wait_until

    wait_until(done.exists)
