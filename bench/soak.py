"""``make soak``: hours of mixed work against a real gateway, and what it costs in the long run.

A few workers do chores (`bench.chores`) one after the other, with pauses, while two sessions stay
open from beginning to end; all the while the memory and the descriptors of the gateway's processes
are looked at. At the end the gateway is told to stop, every recording is verified, and the trends
have to be flat. ``GATEREEL_SOAK_SECONDS`` says how long (an hour), ``GATEREEL_SOAK_WORKERS`` how
many (3), ``GATEREEL_SOAK_FOLDER`` where what was measured and recorded is kept.

Usage: python -m bench.soak
"""

from __future__ import annotations

import csv
import dataclasses
import os
import random
import socket
import sys
import tempfile
import threading
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench import chores
from bench.chores import Chore, Site
from bench.vitals import Trend, Vitals, look, trends
from recorder.reader import Recording
from recorder.store import Store
from recorder.verify_store import verify_store
from tests.system.control import RULES, STAFF
from tests.system.gateways import RunningGateway, running_gateway
from tests.system.peers import make_key, sshd

EVERY = 5.0
"""Seconds between two looks."""
PAUSE = 4.0
"""Seconds that a worker rests, at most, after each chore: a gateway that lives, not a race."""
RELOAD_EVERY = 120.0
SELDOM = 0.04
"""The share of chores that are costly."""


@dataclass
class Diary:
    """What has happened so far. Thread-safe."""

    done: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, chore: Chore, site: Site) -> None:
        """Does it; whatever goes wrong is written down and stops nothing."""
        try:
            chore(site)
        except BaseException as error:  # noqa: BLE001 - pytest's own failures are no Exception
            words = traceback.format_exception_only(error)[-1].strip()
            with self._lock:
                self.wrong.append(f"{time.strftime('%H:%M:%S')} {chore.__name__}: {words}")
            print(self.wrong[-1], file=sys.stderr, flush=True)
        with self._lock:
            self.done[chore.__name__] += 1


def main() -> int:
    seconds = float(os.environ.get("GATEREEL_SOAK_SECONDS", "3600"))
    workers = int(os.environ.get("GATEREEL_SOAK_WORKERS", "3"))
    with ExitStack() as stack:
        kept = os.environ.get("GATEREEL_SOAK_FOLDER")
        folder = Path(kept or stack.enter_context(tempfile.TemporaryDirectory(prefix="gr-soak-")))
        diary, samples = soak(folder, seconds, workers)
        write(folder / "vitals.csv", samples)
        sound = verified(folder / "gateway" / "recordings", diary)
        found = trends(samples)
        print(report(diary, found, sound, seconds))
        for line in diary.wrong:
            print(f"wrong: {line}")
        return 0 if not diary.wrong and all(trend.flat for trend in found) else 1


def soak(folder: Path, seconds: float, workers: int) -> tuple[Diary, list[Vitals]]:
    folder.mkdir(parents=True, exist_ok=True)
    diary = Diary()
    keys = {name: make_key(folder / name, name) for name in ("bob", "carol")}
    with ExitStack() as stack:
        elsewhere = stack.enter_context(backwards())
        target = stack.enter_context(sshd(folder / "target"))
        policies = RULES + (
            '@id("a service") @nearby("127.0.0.1:*")\n'
            'permit (principal == Person::"alice", action == Action::"forward", resource)\n'
            f'when {{ context.host == "127.0.0.1" && context.port == {elsewhere} }};\n'
        )
        gateway = stack.enter_context(
            running_gateway(
                folder / "gateway",
                {"web1": target},
                extra=STAFF.format(**keys),
                policies=policies,
            )
        )
        jump = chores.client_of(folder, gateway)

        def site(name: str) -> Site:
            place = folder / name
            place.mkdir(exist_ok=True)
            return Site(gateway, elsewhere, jump, place, random.Random(name))

        end = time.monotonic() + seconds
        stack.callback(lambda: check_log(gateway, diary))
        with ThreadPoolExecutor(workers + 4) as pool:
            pool.submit(reloads, site("reloads"), diary, end)
            for number in range(2):
                pool.submit(diary.note, staying(end), site(f"stays-{number}"))
            for number in range(workers):
                pool.submit(work, site(f"worker-{number}"), diary, end)
            samples = list(sampling(gateway, end, diary))
    return diary, samples


def work(site: Site, diary: Diary, end: float) -> None:
    while time.monotonic() < end:
        costly = site.chance.random() < SELDOM
        diary.note(site.chance.choice(chores.SELDOM if costly else chores.OFTEN), site)
        time.sleep(site.chance.uniform(0, PAUSE))


def reloads(site: Site, diary: Diary, end: float) -> None:
    while time.monotonic() + RELOAD_EVERY / 2 < end:
        time.sleep(RELOAD_EVERY / 2)
        diary.note(chores.reload, site)
        time.sleep(max(0.0, min(RELOAD_EVERY / 2, end - time.monotonic())))


def staying(end: float) -> Chore:
    """A session from the beginning to the end, with a word now and then."""

    def stay(site: Site) -> None:
        with chores.interactive(site) as client:
            while time.monotonic() < end:
                number = site.chance.randrange(10**6)
                chores.say(client, f"echo =$(({number}+1))=\n", f"={number + 1}=")
                time.sleep(min(20.0, max(0.1, end - time.monotonic())))
            chores.leave(client, 3)

    return stay


def sampling(gateway: RunningGateway, end: float, diary: Diary) -> Iterator[Vitals]:
    told = time.monotonic()
    while time.monotonic() < end:
        now = look(gateway.process.pid)
        yield from now
        if time.monotonic() - told > 60:
            told = time.monotonic()
            sizes = ", ".join(f"{v.part} {v.memory // 1024} MiB {v.descriptors} fd" for v in now)
            done = diary.done.total()
            print(f"{done} chores, {len(diary.wrong)} wrong; {sizes}", file=sys.stderr, flush=True)
        time.sleep(EVERY)


@contextmanager
def backwards() -> Iterator[int]:
    """A service that says what it hears backwards; its port."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    peer, _ = server.accept()
                except OSError:
                    return
                with peer:
                    heard = b""
                    while data := peer.recv(65536):
                        heard += data
                    peer.sendall(heard[::-1])

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]


def check_log(gateway: RunningGateway, diary: Diary) -> None:
    """A fault that ended only one session is one all the same."""
    for line in gateway.log().splitlines():
        if "Traceback" in line or "is down" in line or "never retrieved" in line:
            diary.wrong.append(f"the gateway's log: {line}")


def verified(path: Path, diary: Diary) -> int:
    """How many recordings are whole; those that are not are written down."""
    store = Store.open(path)
    sound = 0
    for each in verify_store(store, store.verifiers()):
        if not each.ok:
            diary.wrong.append(f"{each.subject} does not verify: {each.checks}")
            continue
        with Recording(store, each.subject) as recording:
            state = recording.state
        if state == "sealed":
            sound += 1
        else:
            diary.wrong.append(f"{each.subject} is {state}")
    return sound


def write(path: Path, samples: Sequence[Vitals]) -> None:
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(each.name for each in dataclasses.fields(Vitals))
        rows.writerows(dataclasses.astuple(each) for each in samples)


def report(diary: Diary, found: Sequence[Trend], sound: int, seconds: float) -> str:
    wrong, done = len(diary.wrong), diary.done
    lines = [
        f"{seconds / 60:.0f} minutes, {done.total():,} chores, {wrong} wrong, {sound:,} verified",
        ", ".join(f"{name} {count}" for name, count in done.most_common()),
        "",
        "| process | memory after warm-up, at the end | trend | descriptors at rest | flat |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {t.part} | {t.first / 1024:.1f}, {t.last / 1024:.1f} MiB | {t.growth / 1024:+.1f} MiB"
        f" | {t.descriptors[0]}, {t.descriptors[1]} | {'yes' if t.flat else 'no'} |"
        for t in found
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
