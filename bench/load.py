"""A thousand people at once: none lost, nothing changed, all recorded; what it costs each of them.

Sessions are opened in bursts and held, each typing now and then, first straight to the target,
then through the gateway: the same client program, the same OpenSSH server. Its processes make the
load of both sides alike, and nothing of ours is in the way of the comparison. Afterwards what each
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
"""
ROOM = ("MaxStartups 2000",)


@dataclass(frozen=True, slots=True)
class Held:
    """What one side did."""

    opened: int
    seconds: float
    """To open all of them."""
    took: list[float]
    """ms from each key to its echo."""
    digests: list[str]
    idle: list[Vitals]
    """With all of them open, before anybody typed."""
    after: list[Vitals]


def measure(folder: Path) -> Iterator[Figure]:
    count = int(os.environ.get("GATEREEL_LOAD_SESSIONS", "1000"))
    seconds = float(os.environ.get("GATEREEL_LOAD_HOLD", "60"))
    make_room(count)
    with sshd(folder / "target", settings=ROOM) as target:
        known = target.known_hosts(folder / "known_hosts")
        straight = crowd(target.port, target.user, target.key, known, count, seconds, None)
        with running_gateway(folder / "gateway", {"target": target}, extra=LIMITS) as gateway:
            before = look(gateway.process.pid)
            user = f"{target.user}@target"
            ours = crowd(gateway.port, user, gateway.key, gateway.known_hosts, count, seconds,
                         gateway.process.pid)  # fmt: skip
    check(gateway.store, ours.digests)
    yield Figure(
        name=f"{count:,} live sessions: lost, changed or not in the record",
        ours=0,
        unit="",
        bar="0",
        method=f"opened {BURST} at a time at {count / ours.seconds:.0f} a second (straight to"
        f" the target {count / straight.seconds:.0f}), held for {seconds:.0f} s; all verified",
    )
    for percent, bar in ((50, ""), (99, "≤ 15 ms")):
        a, b = percentile(ours.took, percent), percentile(straight.took, percent)
        yield Figure(
            name=f"a keystroke's echo among {count:,} sessions, added, p{percent}",
            ours=round(a - b, 3),
            unit="ms",
            bar=bar,
            method=f"{a:.2f} ms against {b:.2f} ms straight to the target;"
            f" {len(ours.took):,} keys, each person one in {REST:.0f} s",
        )
    for when, now, bar in (("idle", ours.idle, "≤ 300 KB"), ("used", ours.after, "")):
        yield Figure(
            name=f"memory of the front for each {when} session",
            ours=round((now[0].memory - before[0].memory) * 1.024 / ours.opened, 1),
            unit="KB",
            bar=bar,
            method=f"{before[0].memory // 1024} MiB before, {now[0].memory // 1024} MiB with"
            f" {ours.opened:,}; {now[0].descriptors} descriptors, {now[0].threads} threads",
        )


def make_room(count: int) -> None:
    """Each session is three descriptors of the gateway's, and one of a client's."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 4 * count + 200:
        raise RuntimeError(f"the limit on open files is {hard}; {4 * count + 200} are needed")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def crowd(
    port: int,
    user: str,
    key: Path,
    known_hosts: Path,
    count: int,
    seconds: float,
    front: int | None,
) -> Held:
    """Raises where anybody was lost or saw something else than they typed."""
    words = ["--port", port, "--user", user, "--key", key, "--known-hosts", known_hosts]
    words += ["--sessions", count, "--burst", BURST, "--hold", seconds, "--rest", REST]
    with subprocess.Popen(
        [sys.executable, "-m", "bench.load_client", *map(str, words)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as client:
        opened = step(client)
        if opened["open"] != count:
            raise RuntimeError(f"{opened['open']} of {count} came in: {opened['failed']}")
        time.sleep(SETTLE)
        idle = look(front) if front else []
        held = step(client)
        after = look(front) if front else []
        if held["lost"] or held["changed"] or held["failed"]:
            raise RuntimeError(
                f"{len(held['lost'])} lost, {held['changed']} changed: {held['failed']}"
            )
        closed = step(client)
    took = [value * 1000 for value in held["took"]]
    return Held(opened["open"], opened["seconds"], took, closed["digests"], idle, after)


def step(client: subprocess.Popen[str]) -> dict[str, Any]:
    assert client.stdin
    assert client.stdout
    client.stdin.write("on\n")
    client.stdin.flush()
    line = client.stdout.readline()
    if not line:
        raise RuntimeError("the client's process ended")
    answer: dict[str, Any] = json.loads(line)
    return answer


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
