"""A thousand people at once: none lost, nothing changed, all recorded; what it costs each of them.

Two crowds, one straight at the target, one through the gateway: the same client program in front
of the same OpenSSH server, each coming in bursts. Then both are there at the same time, everybody
typing now and then, so that whatever else the machine does falls on both. Afterwards what each
client saw is compared with what its recording says, byte for byte, and every recording is verified.

``GATEREEL_LOAD_SESSIONS`` says how many (1,000), ``GATEREEL_LOAD_HOLD`` for how many seconds (60).
"""

from __future__ import annotations

import hashlib
import json
import os
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.figures import Figure, percentile
from bench.vitals import Vitals, look
from recorder.events import Output
from recorder.reader import Recording
from recorder.store import Store
from recorder.verify_store import verify_store
from tests.system.gateways import running_gateway
from tests.system.peers import sshd
from tests.system.recorded import sessions

BURST = 50
REST = 10.0
"""Seconds between a person's keys."""
SETTLE = 3.0
LIMITS = """
[limits]
unproven = 500
unproven_per_address = 500
per_address = 20000
per_principal = 20000
connections = 20000
sessions = 20000
sessions_per_principal = 20000
"""
TARGET = ("MaxStartups 2000", "SetEnv SHLVL=9")
"""The second: no shell reads its owner's start-up files, which may cost more than the login."""


PATIENCE = 600.0
"""Seconds until what was recorded has to be sealed."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """One client process."""

    process: subprocess.Popen[str]

    def step(self) -> dict[str, Any]:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write("on\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("the client's process ended")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def open(self, count: int) -> float:
        """How many came in a second; raises where somebody did not."""
        said = self.step()
        if said["open"] != count:
            raise RuntimeError(f"{said['open']} of {count} came in: {said['failed']}")
        return count / float(said["seconds"])

    def hold(self) -> list[float]:
        """ms from each key to its echo; raises where anybody was lost or saw something else."""
        said = self.step()
        if said["lost"] or said["changed"] or said["failed"]:
            lost = len(said["lost"])
            raise RuntimeError(f"{lost} lost, {said['changed']} changed: {said['failed']}")
        return [value * 1000 for value in said["took"]]

    def close(self) -> list[str]:
        """What each saw, as a digest."""
        digests: list[str] = self.step()["digests"]
        return digests


def measure(folder: Path) -> Iterator[Figure]:
    count = int(os.environ.get("GATEREEL_LOAD_SESSIONS", "1000"))
    seconds = float(os.environ.get("GATEREEL_LOAD_HOLD", "60"))
    make_room(count)
    with (
        sshd(folder / "target", settings=TARGET) as target,
        running_gateway(folder / "gateway", {"target": target}, extra=LIMITS) as gateway,
    ):
        known = target.known_hosts(folder / "known_hosts")
        much = (count, seconds)
        with (
            crowd(target.port, target.user, target.key, known, *much) as straight,
            crowd(
                gateway.port, f"{target.user}@target", gateway.key, gateway.known_hosts, *much
            ) as ours,
            ThreadPoolExecutor() as both,
        ):
            around = straight.open(count)
            before = front(gateway.process.pid)
            rate = ours.open(count)
            time.sleep(SETTLE)
            idle = front(gateway.process.pid)
            other, mine = both.map(Crowd.hold, (straight, ours))
            used = front(gateway.process.pid)
            digests = ours.close()
            straight.close()
        took = sealed(gateway.store, count)
    check(gateway.store, digests)
    yield Figure(
        name=f"{count:,} live sessions: lost, changed or not in the record",
        ours=0,
        unit="",
        bar="0",
        method=f"{rate:.0f} a second came in, {BURST} at a time (straight to the target"
        f" {around:.0f}); held for {seconds:.0f} s; closed at once, all sealed after {took:.0f} s",
    )
    for percent, bar in ((50, ""), (99, "≤ 15 ms")):
        a, b = percentile(mine, percent), percentile(other, percent)
        yield Figure(
            name=f"a keystroke's echo among {count:,} sessions, added, p{percent}",
            ours=round(a - b, 3),
            unit="ms",
            bar=bar,
            method=f"{a:.2f} ms against {b:.2f} ms of as many straight to the target, at the same"
            f" time; {len(mine):,} keys each, everybody one in {REST:.0f} s",
        )
    for when, now, bar in (("idle", idle, "≤ 300 KB"), ("used", used, "")):
        yield Figure(
            name=f"memory of the front for each {when} session",
            ours=round((now.memory - before.memory) * 1.024 / count, 1),
            unit="KB",
            bar=bar,
            method=f"{before.memory // 1024} MiB before, {now.memory // 1024} MiB with {count:,};"
            f" {now.descriptors} descriptors, {now.threads} threads",
        )


def front(pid: int) -> Vitals:
    return look(pid)[0]


def make_room(count: int) -> None:
    """Each session is three descriptors of the gateway's, and one of a client's."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 4 * count + 200:
        raise RuntimeError(f"the limit on open files is {hard}; {4 * count + 200} are needed")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


@contextmanager
def crowd(
    port: int, user: str, key: Path, known_hosts: Path, count: int, seconds: float
) -> Iterator[Crowd]:
    words = ["--port", port, "--user", user, "--key", key, "--known-hosts", known_hosts]
    words += ["--sessions", count, "--burst", BURST, "--hold", seconds, "--rest", REST]
    with subprocess.Popen(
        [sys.executable, "-m", "bench.load_client", *map(str, words)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as client:
        try:
            yield Crowd(client)
        finally:
            client.kill()


def sealed(path: Path, count: int) -> float:
    """Seconds until the sealer has done with all of them; the gateway's own goes on."""
    store, begin = Store.open(path), time.perf_counter()
    while len(store.all_journals()) > 1:
        if time.perf_counter() - begin > PATIENCE:
            raise RuntimeError(f"{len(store.all_journals())} of {count} are not sealed")
        time.sleep(0.1)
    return time.perf_counter() - begin


def check(path: Path, digests: list[str]) -> None:
    """Every recording is sealed, verifies, and holds what one of the clients saw."""
    store = Store.open(path)
    wrong = [each.subject for each in verify_store(store, store.verifiers()) if not each.ok]
    if wrong:
        raise RuntimeError(f"{len(wrong)} recordings do not verify: {wrong[:5]}")
    recorded: Counter[str] = Counter()
    for session in sessions(path):
        with Recording(store, session) as recording:
            if recording.state != "sealed":
                raise RuntimeError(f"{session} is {recording.state}")
            output = hashlib.sha256()
            for record in recording.records():
                if isinstance(record.event, Output):
                    output.update(record.event.data)
        recorded[output.hexdigest()] += 1
    if recorded != Counter(digests):
        missing = (Counter(digests) - recorded).total()
        raise RuntimeError(f"what {missing} clients saw is in no recording")
