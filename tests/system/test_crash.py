"""Nothing that was acknowledged is lost, whichever process is killed, whenever.

``GATEREEL_KILLS`` asks for so many kills (1,000 for the published figure; a few dozen by default).
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from recorder.attest import Signer
from recorder.events import Output
from recorder.reader import Recording
from recorder.store import Store
from recorder.verify import verify_reel
from tests.system.crash_front import SESSIONS, payload

KILLS = int(os.environ.get("GATEREEL_KILLS", "24"))
ROOT = Path(__file__).parents[2]


class Front:
    """A recorder in a process of its own, and what it acknowledged."""

    def __init__(self, store: Path, seed: int) -> None:
        command = [sys.executable, "-m", "tests.system.crash_front", str(store), str(seed)]
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
        out = self._process.stdout
        assert out
        self._out = out
        self._lines = [out.readline()]

    def kill(self) -> dict[str, int]:
        """How many events of each session had been acknowledged."""
        # A thread of our own would drain the pipe; its 64 KiB hold more lines than are written.
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(30)
        with self._out:
            self._lines += self._out.readlines()
        acknowledged: dict[str, int] = {}
        for line in self._lines:
            session, number = line.split()
            acknowledged[session.decode()] = int(number)
        return acknowledged


class SealerProcess:
    """``gatereel seal`` over a store."""

    def __init__(self, store: Path, key: Path, log: Path) -> None:
        command = [
            sys.executable,
            "-m",
            "gatereel",
            "seal",
            "--store",
            str(store),
            "--key",
            str(key),
        ]
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                command, cwd=ROOT, stdin=subprocess.PIPE, stdout=out, stderr=out
            )

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(30)
        self._close()

    def stop(self) -> int:
        """In order: its last pass ends what there is to end."""
        self._close()
        return self._process.wait(120)

    def _close(self) -> None:
        if self._process.stdin:
            self._process.stdin.close()


def check_read(store: Path, acknowledged: dict[str, int]) -> int:
    """Every acknowledged event is there, exact and in order; returns how many were."""
    for session, count in acknowledged.items():
        with Recording.open(session, store) as recording:
            assert recording.state in ("interrupted", "live")
            numbers = [
                int(record.event.data.partition(b":")[0])
                for record in recording.records()
                if isinstance(record.event, Output)
                and record.event.data == payload(session, int(record.event.data.partition(b":")[0]))
            ]
            assert numbers[:count] == list(range(count)), session
    return sum(acknowledged.values())


@pytest.mark.slow
def test_no_acknowledged_event_is_lost_by_killing_front_or_sealer(tmp_path: Path) -> None:
    path, key, log = tmp_path / "store", tmp_path / "key", tmp_path / "sealer.log"
    store = Store.open(path, create=True)
    store.trust(Signer.create(key, "crash").verifier)
    chance = random.Random(KILLS)
    sealer, fronts, everything = SealerProcess(path, key, log), 0, {}
    front = Front(path, 0)
    for _ in range(KILLS):
        time.sleep(chance.uniform(0, 0.2))
        if chance.random() < 0.5:
            sealer.kill()
            sealer = SealerProcess(path, key, log)
        else:
            acknowledged = front.kill()
            check_read(path, acknowledged)
            everything.update(acknowledged)
            fronts += 1
            front = Front(path, fronts)
    everything.update(front.kill())
    assert sealer.stop() == 0
    said = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    assert not [fact for fact in said if fact.keys() & {"broken", "trouble"}]
    assert store.all_journals() == {}
    assert set(everything) <= set(store.ids())
    # A front may have been killed before it could say the name of each of its sessions.
    assert len(store.ids()) <= SESSIONS * (fronts + 1)
    assert check_read(path, everything) > 0
    for session in store.ids():
        report = verify_reel(store.reel(session), store.verifiers())
        assert report.ok, report.checks
        with Recording.open(session, path) as recording:
            assert recording.finished
            assert recording.state == "interrupted"
