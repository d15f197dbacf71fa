"""The disk under a running gateway: full, or taken away (F4)."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from recorder.events import Outage
from tests.system.gateways import RunningGateway, running_gateway
from tests.system.peers import Sshd, sshd
from tests.system.recorded import events, logbook, only, sessions, state, wait_until

pytestmark = pytest.mark.peer


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with sshd(tmp_path_factory.mktemp("sshd")) as server:
        yield server


@contextlib.contextmanager
def small_disk(path: Path) -> Iterator[None]:
    path.mkdir(parents=True)
    command = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(path)]
    if os.geteuid() or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("a small disk can be mounted by root only")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(path)], check=True)


def fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(b"x" * 4096):
            pass


def run(gateway: RunningGateway, *words: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        gateway.ssh("web1", *words),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        check=False,
    )


@contextlib.contextmanager
def at_work(gateway: RunningGateway) -> Iterator[subprocess.Popen[bytes]]:
    """Somebody in an interactive session, in the middle of something."""
    client = subprocess.Popen(
        gateway.ssh("web1", "stty -echo; echo up; while read x; do eval $x; done", flags=("-tt",)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert client.stdin is not None
    assert client.stdout is not None
    try:
        assert client.stdout.readline() == b"up\r\n"
        yield client
    finally:
        client.kill()
        client.communicate()


def test_f4_a_full_disk_ends_sessions_refuses_new_ones_and_is_over_when_there_is_room(
    target: Sshd, tmp_path: Path
) -> None:
    store = tmp_path / "gateway" / "recordings"
    # Nobody is kept out beforehand: what happens at the last byte is asked here.
    floor = "[disk]\nwarn_below = 0\nrefuse_below = 0"
    with small_disk(store):
        with running_gateway(tmp_path / "gateway", {"web1": target}, extra=floor) as gateway:
            with at_work(gateway) as client:
                fill(store / "ballast")
                said, _ = client.communicate(b"seq 1 3000\n", timeout=60)
            assert client.returncode == 255
            assert said.endswith(b"\r\n")
            assert b"gatereel: GR-205: " in said.splitlines()[-1]
            # Until the gateway's own recording is full to its last byte too.
            for _ in range(20):
                done = run(gateway, "echo in")
                assert (done.returncode, done.stdout) == (255, b"")
                assert b"GR-235" in done.stderr
            assert gateway.log().count("cannot seal") <= 3
            (store / "ballast").unlink()
            done = run(gateway, "echo in again")
            assert (done.returncode, done.stdout) == (0, b"in again\n")
            first = sessions(store)[0]
            wait_until(lambda: state(store, first) == "interrupted")
            assert b"up" in b"".join(getattr(event, "data", b"") for event in events(store, first))
            found = logbook(store)
        assert gateway.process.returncode == 0
        done = subprocess.run(
            [sys.executable, "-m", "gatereel", "verify", str(store)],
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        kinds = [type(event).__name__ for event in found]
        outages = [
            event
            for name in sessions_of_gateway(store)
            for event in only(events(store, name), Outage)
            if "own recording" in event.component
        ]
        assert [event.phase for event in outages] == ["began", "ended"], kinds


def sessions_of_gateway(store: Path) -> list[str]:
    """Ids of the gateway's own recordings."""
    everything = {path.stem for path in store.glob("*.reel")}
    return sorted(everything - set(sessions(store)))


def test_f4_a_store_that_is_taken_away_ends_sessions_before_anything_more_is_delivered(
    target: Sshd, tmp_path: Path
) -> None:
    with running_gateway(tmp_path / "gateway", {"web1": target}) as gateway:
        with at_work(gateway) as client:
            shutil.rmtree(gateway.store, ignore_errors=True)
            said, _ = client.communicate(b"echo $((40+2))\n", timeout=60)
        assert client.returncode == 255
        assert b"42" not in said
        assert b"gatereel: GR-205: " in said
        done = run(gateway, "echo in")
        assert (done.returncode, done.stdout) == (255, b"")
        assert b"GR-235" in done.stderr
