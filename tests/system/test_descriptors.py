"""A gateway that has few file descriptors: who is inside stays, who comes is told."""

from __future__ import annotations

import os
import resource
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from gateway.descriptors import EACH, KEPT
from recorder.store import Store
from recorder.verify_store import verify_store
from tests.system.gateways import RunningGateway, running_gateway
from tests.system.peers import Sshd, need, sshd
from tests.system.recorded import sessions, wait_until

pytestmark = pytest.mark.peer

ROOM = 6
FILES = ROOM * EACH + KEPT
PATIENCE = 60


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with sshd(tmp_path_factory.mktemp("sshd")) as server:
        yield server


@pytest.fixture
def gateway(target: Sshd, tmp_path: Path) -> Iterator[RunningGateway]:
    within = [need("prlimit"), f"--nofile={FILES // 2}:{FILES}"]
    with running_gateway(tmp_path, {"web1": target}, within=within) as running:
        yield running


class Inside:
    """A session that stays, and says again what it hears."""

    def __init__(self, gateway: RunningGateway, held: ExitStack) -> None:
        self._client = subprocess.Popen(
            gateway.ssh("web1", "cat"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
        )
        held.callback(self.leave)

    def says(self, word: bytes) -> bytes:
        assert self._client.stdin
        assert self._client.stdout
        self._client.stdin.write(word)
        return os.read(self._client.stdout.fileno(), 1000)

    def leave(self) -> None:
        if self._client.poll() is None:
            self._client.communicate(timeout=PATIENCE)


def tries(gateway: RunningGateway) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        gateway.ssh("web1", "echo in"),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )


def test_whom_there_are_no_descriptors_for_is_told_at_the_door(gateway: RunningGateway) -> None:
    assert f"{FILES} open files are enough for {ROOM} connections" in gateway.log()
    with ExitStack() as held:
        inside = [Inside(gateway, held) for _ in range(ROOM)]
        words = [b"%d" % number for number in range(ROOM)]
        assert [each.says(word) for each, word in zip(inside, words, strict=True)] == words
        late = tries(gateway)
        assert late.returncode == 255
        assert b"the gateway is full" in late.stderr
        assert [each.says(b"still") for each in inside] == [b"still"] * ROOM
        inside[0].leave()
        wait_until(lambda: tries(gateway).stdout == b"in\n", PATIENCE)
    all_is_recorded(gateway)


def test_when_none_are_left_at_all_those_inside_go_on_and_later_others_come(
    gateway: RunningGateway,
) -> None:
    pid = gateway.process.pid
    with ExitStack() as held:
        inside = Inside(gateway, held)
        assert inside.says(b"one") == b"one"
        _, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        for spare in range(3):  # it runs out at the door, at the journal, at the target
            least = 1 + max(int(each.name) for each in Path(f"/proc/{pid}/fd").iterdir())
            resource.prlimit(pid, resource.RLIMIT_NOFILE, (least + spare, hard))
            late = tries(gateway)
            assert spare or late.returncode != 0
            assert inside.says(b"two") == b"two"
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (hard, hard))
        wait_until(lambda: tries(gateway).stdout == b"in\n", PATIENCE)
        assert inside.says(b"three") == b"three"
    all_is_recorded(gateway)


def all_is_recorded(gateway: RunningGateway) -> None:
    store, ids = Store.open(gateway.store), sessions(gateway.store)
    wait_until(lambda: not any(store.journals(each) for each in ids), PATIENCE)
    reports = {each.subject: each for each in verify_store(store, store.verifiers())}
    assert all(reports[each].ok for each in ids)
    assert "Traceback" not in gateway.log()
