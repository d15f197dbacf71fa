"""What masking costs: plain logs with every detector on, and the echo of a key with it on.

The logs have no more values in them than logs have (an address in every hundredth line). The
peer is `sed -E` with what a person would write for the same classes, and no checksum.
"""

from __future__ import annotations

import random
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from bench.doors import Door
from bench.echo import KEYS, THINK, Session
from bench.figures import Figure, median, percentile, seconds, taking_turns
from gateway.masking.classes import DataClass
from gateway.masking.plan import MaskPlan
from tests.system.gateways import running_gateway
from tests.system.peers import need, sshd

SIZE = 50_000_000
PIECE = 32 * 1024
"""Bytes at a time, as they come from a connection."""
ROUNDS = 5
SED = (
    r"s/\b([3-6][0-9]{3}[ -]?){3}[0-9]{1,7}\b/****/g;"
    r"s/[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}/****/g;"
    r"s/\b[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}\b/****/g;"
    r"s/\b(AKIA[A-Z0-9]{16}|gh[opusr]_[A-Za-z0-9]{20,}|xox[abeoprs]-[A-Za-z0-9-]+|eyJ[A-Za-z0-9._-]+)/****/g;"
    r"s/\b[0-9]{3}-[0-9]{2}-[0-9]{4}\b/****/g;s/\+[1-9][0-9 -]{8,14}/****/g"
)


def measure(folder: Path) -> Iterator[Figure]:
    log = folder / "log"
    log.write_bytes(plain_log(SIZE))
    data = log.read_bytes()
    script = folder / "masks.sed"
    script.write_text(SED)
    with log.open("rb") as source:

        def sed() -> float:
            source.seek(0)
            command = [need("sed"), "-E", "-f", str(script)]
            return seconds(
                lambda: subprocess.run(command, stdin=source, stdout=subprocess.DEVNULL, check=True)
            )

        ours, theirs = taking_turns([lambda: masked(data), sed], ROUNDS)
    mine, other = (len(data) / 1e6 / median(each) for each in (ours, theirs))
    how = f"medians of {ROUNDS}, taking turns; {len(data) / 1e6:.0f} MB, {PIECE} B at a time"
    yield Figure(
        name="plain logs masked, every detector on",
        ours=round(mine, 1),
        unit="MB/s",
        bar="> 50 MB/s",
        method=how,
    )
    yield Figure(
        name="the same, in how much of the time",
        ours=median(ours),
        peer=median(theirs),
        unit="s",
        bar="",
        against="sed -E, one expression a class",
        method=f"{other:.1f} MB/s there",
    )
    yield from echo(folder)


def plain_log(size: int) -> bytes:
    """Lines as services write them."""
    chance = random.Random(11)
    lines: list[bytes] = []
    left = size
    while left > 0:
        number = len(lines)
        line = (
            f"2026-11-23T23:{number // 60 % 60:02}:{number % 60:02}.{chance.randrange(10**6):06}Z"
            f" host-{number % 9} app[{chance.randrange(30000)}]: GET /api/v1/items/"
            f"{chance.randrange(10**6)}?page={number % 40} 200 {chance.randrange(999)}ms"
            f" user={f'u{number}@example.org' if number % 100 == 0 else chance.randrange(10**5)}"
            f" session={chance.getrandbits(128):032x} from 10.0.{number % 256}.{number % 250}\n"
        ).encode()
        lines.append(line)
        left -= len(line)
    return b"".join(lines)


def masked(data: bytes) -> float:
    """Seconds for one stream of it."""
    masker = MaskPlan(key=b"k" * 32).masker(list(DataClass))
    begin = time.perf_counter()
    for at in range(0, len(data), PIECE):
        masker.feed(data[at : at + PIECE])
    masker.release()
    return time.perf_counter() - begin


def echo(folder: Path) -> Iterator[Figure]:
    """The same keys in two sessions of one gateway, on a masked target and on one that is not."""
    with ExitStack() as stack:
        target = stack.enter_context(sshd(folder / "sshd"))
        took: list[list[float]] = []
        sessions = []
        for name, mask in (("masked", list(DataClass)), ("plain", [])):
            gateway = stack.enter_context(
                running_gateway(folder / name, {"web1": target}, mask=mask)
            )
            door = Door(name, gateway.ssh(f"{target.user}@web1"), ())
            sessions.append(Session(door))
            stack.callback(sessions[-1].close)
            took.append([])
        for number in range(KEYS // 2 + 100):
            for session, times in zip(sessions, took, strict=True):
                time.sleep(THINK)
                value = session.key(bytes([97 + number % 26]))
                if number >= 100:
                    times.append(value * 1000)
    for percent in (50, 99):
        a, b = (percentile(times, percent) for times in took)
        yield Figure(
            name=f"a keystroke's echo, added by masking, p{percent}",
            ours=round(a - b, 3),
            unit="ms",
            bar="≤ hold (5 ms) + 2 ms" if percent == 99 else "",
            method=f"{a:.2f} ms masked, {b:.2f} ms not; {KEYS // 2} letters each, in turn",
        )
