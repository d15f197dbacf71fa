"""The app: from a key to the repainted frame, on a real pseudo-terminal.

Knows: a recording made for this, `gatereel replay` as a person starts it, and what comes out of
it. Each frame says its number in its last row; a step has arrived when the next number is there.
Measured is all of it: the key's way in, the player, the screen from the index, the painting, the
bytes' way out. In one session every cell differs from frame to frame, in the other one line.
"""

from __future__ import annotations

import fcntl
import os
import random
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

from bench.figures import Figure, median, percentile
from bench.workload import WORDS, Bench
from recorder.events import ChannelOpened, Event, Output, Terminal
from recorder.index import Index
from recorder.reader import Recording

COLS, ROWS = 200, 50
EDGE = 3
"""Rows of the app around the stage."""
STEPS = 300
SECOND = 1_000_000
PATIENCE = 20.0


def measure(folder: Path) -> Iterator[Figure]:
    bench = Bench(folder / "player")
    for what, frames in (("every cell differs", everything()), ("one line differs", one_line())):
        name = bench.record(frames)
        path = bench.store.reel(name)
        with Recording.open(path) as recording:
            Index.load_or_build(recording).close()
        for way, key in (("forwards", b"."), ("backwards", b",")):
            times = steps(path, key)
            yield Figure(
                name=f"key to repainted frame, {COLS}×{ROWS}, {way}, {what}, p95",
                ours=percentile(times, 95),
                unit="ms",
                bar="≤ 50 ms, to aim for 16",
                method=f"{len(times)} steps, median {median(times):.1f} ms, "
                f"worst {max(times):.1f} ms",
            )


def everything() -> Iterator[Event]:
    """A full-screen program that redraws all of it, in colours, each second."""
    chance = random.Random(7)
    yield from _opened()
    for number in range(STEPS + 2):
        rows = []
        for row in range(1, ROWS + 1):
            words, width = [f"\x1b[{row};1H"], 0
            while width < COLS - 14:
                word = chance.choice(WORDS)
                words.append(f"\x1b[{chance.choice((1, 2, 22))};38;5;{chance.randrange(256)}m")
                words.append(f"{word} ")
                width += len(word) + 1
            rows.append("".join(words))
        yield Output((number + 1) * SECOND, 1, ("".join(rows) + _label(number)).encode())


def one_line() -> Iterator[Event]:
    """A screen on which a line changes each second."""
    chance = random.Random(8)
    yield from _opened()
    for number in range(STEPS + 2):
        text = " ".join(chance.choices(WORDS, k=12))
        data = f"\x1b[{chance.randint(1, ROWS - 1)};1H{text}\x1b[K{_label(number)}"
        yield Output((number + 1) * SECOND, 1, data.encode())


def _opened() -> Iterator[Event]:
    yield ChannelOpened(0, 1, "session", "client")
    yield Terminal(0, 1, "xterm-256color", COLS, ROWS, 0, 0, b"")


def _label(number: int) -> str:
    return f"\x1b[0m\x1b[{ROWS};{COLS - 12}H<{number:08d}>\x1b[?25l"


def steps(path: Path, key: bytes) -> list[float]:
    """Milliseconds of each step through the recording at ``path`` by this key."""
    master, slave = os.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("4H", ROWS + EDGE, COLS, 0, 0))
    numbers = range(1, STEPS + 1) if key == b"." else range(STEPS, -1, -1)
    start = "#f0" if key == b"." else f"#f{STEPS + 1}"
    app = subprocess.Popen(
        [sys.executable, "-m", "gatereel", "replay", f"{path}{start}"],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env={**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"},
        start_new_session=True,
    )
    os.close(slave)
    try:
        _until(master, b"sealed")
        os.write(master, b"+")  # the recorded screen alone, without the list beside it
        _await(master, int(start[2:]))
        time.sleep(0.5)  # whatever else a program does when it starts
        times = []
        for number in numbers:
            begin = time.perf_counter()
            os.write(master, key)
            _await(master, number)
            times.append((time.perf_counter() - begin) * 1000)
            time.sleep(0.02)  # a person's next key comes later than the end of this update
        os.write(master, b"\x11")  # ctrl+q: out of the app, whatever is on top
        while app.poll() is None:
            _read(master)
    finally:
        app.kill()
        app.wait()
        os.close(master)
    return times


def _await(master: int, number: int) -> None:
    """Until the label of this frame was painted."""
    _until(master, f"<{number:08d}>".encode())


def _until(master: int, label: bytes) -> None:
    seen = b""
    deadline = time.monotonic() + PATIENCE
    while label not in seen:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{label!r} was not painted: {seen[-200:]!r}")
        seen = seen[-64:] + _read(master)


def _read(master: int) -> bytes:
    ready, _, _ = select.select([master], [], [], 1.0)
    try:
        return os.read(master, 1 << 20) if ready else b""
    except OSError:  # how Linux says that the other end is closed
        return b""
