"""The app while somebody drags its scrubber: how long the interface stands still at a time, and how
soon the screen of another place is there.

Knows: a working day's recording made for this, the app as `gatereel replay` sets it up, the bytes
that a terminal sends for a dragged mouse. A task on the app's own loop notes how late it is woken:
what keeps the loop keeps keys and painting too. The peer is an app of the same library that does
nothing but move a mark to where the mouse is, dragged in the same way; the two take turns.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import math
import os
import random
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import pairwise
from pathlib import Path

from textual import events
from textual.app import App
from textual.widgets import Static

from bench.figures import Figure, median, percentile
from bench.workload import Bench, session
from recorder.index import Index
from recorder.reader import Recording
from recorder.store import locate

COLS, ROWS = 140, 40
HOURS = 3600 * 1_000_000
EVERY = 0.012
"""Seconds between two reports of the mouse: about what a terminal sends."""
LASTS = 6.0
ROUNDS = 3
CLICKS = 100
BEAT = 0.002
LONG = 50.0
_FRAME = re.compile(rb"f([0-9]+)/[0-9]+")
READY = b"\x1b]2;ready\x07"


def measure(folder: Path) -> Iterator[Figure]:
    bench = Bench(folder / "dragging")
    path = bench.store.reel(bench.record(session(100_000_000, 8 * HOURS)))
    with Recording.open(path) as recording:
        Index.load_or_build(recording).close()
    yield from dragging(path, folder / "gaps")
    yield clicking(path, folder / "gaps")


def dragging(path: Path, note: Path) -> Iterator[Figure]:
    """The two figures, of an indexed recording."""
    ours: list[list[float]] = []
    bare: list[list[float]] = []
    for _ in range(ROUNDS):
        ours.append(drag(str(path), note))
        bare.append(drag("", note))
    method = f"{ROUNDS} times {LASTS:.0f} s, a move each {EVERY * 1000:.0f} ms; "
    against = "an app of the same library that only moves a mark"
    yield Figure(
        name="dragging the scrubber of an 8 h, 100 MB session: longest standstill",
        ours=median([max(gaps) for gaps in ours]),
        peer=median([max(gaps) for gaps in bare]),
        unit="ms",
        bar="≤ 50 ms on a quiet machine",
        against=against,
        method=method + "median of the longest",
    )
    counts = [sum(gap > LONG for gap in gaps) for gaps in ours]
    others = [sum(gap > LONG for gap in gaps) for gaps in bare]
    yield Figure(
        name=f"standstills over {LONG:.0f} ms while dragging",
        ours=sum(counts),
        unit="",
        bar="none beyond the other app's",
        method=f"{method}{sum(others)} in the other app",
    )


def clicking(path: Path, note: Path) -> Figure:
    """From the mouse's going down on the scrubber to the status line's saying that another screen
    is on the stage."""
    times = clicks(str(path), note)
    return Figure(
        name="a place on that scrubber to the repainted frame, p95",
        ours=percentile(times, 95),
        unit="ms",
        bar="≤ 50 ms",
        method=f"{len(times)} random places, median {median(times):.1f} ms, "
        f"worst {max(times):.1f} ms",
    )


def clicks(path: str, note: Path) -> list[float]:
    """Milliseconds, of each place."""
    chance, times = random.Random(9), []
    with _running(path, note) as master:
        frame = b""
        for _ in range(CLICKS):
            column = chance.randint(2, COLS - 2)
            begin, seen, now = time.perf_counter(), b"", frame
            os.write(master, f"\x1b[<0;{column};{ROWS - 2}M".encode())
            while now == frame and time.perf_counter() - begin < LASTS:
                seen = seen[-256:] + _read(master, 0.05)
                now = (_FRAME.findall(seen) or [frame])[-1]
            if now != frame:  # two places may have the same screen
                times.append((time.perf_counter() - begin) * 1000)
            frame = now
            os.write(master, f"\x1b[<0;{column};{ROWS - 2}m".encode())
            _settle(master)
        os.write(master, b"\x11")
    return times


@contextmanager
def _running(path: str, note: Path) -> Iterator[int]:
    """The app on this recording (or the other one: ""), at rest, and its terminal; the block ends
    with telling it to end."""
    master, slave = os.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("4H", ROWS, COLS, 0, 0))
    app = subprocess.Popen(
        [sys.executable, "-m", "bench.dragging", str(note), path],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env={**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"},
        start_new_session=True,
    )
    os.close(slave)
    try:
        seen = b""
        while READY not in seen:
            seen = seen[-64:] + _read(master, 30.0)
        _settle(master)
        yield master
        while app.poll() is None:
            _read(master, 0.1)
    finally:
        app.kill()
        app.wait()
        os.close(master)


def drag(path: str, note: Path) -> list[float]:
    """How late (ms) the loop was, each time, while the scrubber of the recording at this path (or
    the mark of the other app: "") was dragged to and fro."""
    with _running(path, note) as master:
        begin = time.monotonic()
        # The scrubber stands above the status line, the last row of all.
        row = ROWS - 2
        os.write(master, f"\x1b[<0;2;{row}M".encode())
        while (at := time.monotonic() - begin) < LASTS:
            column = round((1 - math.cos(at * 2)) / 2 * (COLS - 2)) + 1
            os.write(master, f"\x1b[<32;{column};{row}M".encode())
            until = time.monotonic() + EVERY
            while (rest := until - time.monotonic()) > 0:
                _read(master, rest)
        os.write(master, f"\x1b[<0;2;{row}m".encode())
        _settle(master)
        end = time.monotonic()
        os.write(master, b"\x11")
    beats = [beat for beat in json.loads(note.read_text()) if begin <= beat <= end]
    return [max(after - before - BEAT, 0.0) * 1000 for before, after in pairwise(beats)]


def _settle(master: int) -> None:
    """Until nothing has been painted for a moment."""
    while _read(master, 0.5):
        pass


def _read(master: int, patience: float) -> bytes:
    ready, _, _ = select.select([master], [], [], patience)
    try:
        return os.read(master, 1 << 20) if ready else b""
    except OSError:  # how Linux says that the other end is closed
        return b""


class Bare(App[None]):
    """Moves a mark to where the mouse is."""

    def compose(self) -> Iterator[Static]:
        yield Static("▲")

    def on_mouse_move(self, event: events.MouseMove) -> None:
        self.query_one(Static).update(" " * event.x + "▲")


def _beaten(app: App[None]) -> list[float]:
    """When (s) this app's loop was free, from one beat to the next, as it runs until it ends."""
    beats: list[float] = []

    async def run() -> None:
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(app.run_async())
            ready = False
            while not running.done():
                await asyncio.sleep(BEAT)
                beats.append(time.monotonic())
                if not ready and app.is_running and app.screen_stack:
                    ready = True
                    os.write(1, READY)

    asyncio.run(run())
    return beats


def _main(note: str, path: str) -> None:
    from replay import pace

    pace.prepare()
    from replay.tui.app import ReplayApp

    opener = partial(Recording, *locate(path, None)) if path else None
    app = ReplayApp(recording=opener) if opener is not None else Bare()
    pace.settle()
    Path(note).write_text(json.dumps(_beaten(app)))


if __name__ == "__main__":
    _main(*sys.argv[1:])
