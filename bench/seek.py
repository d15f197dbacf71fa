"""Opening a large recording, and going to any instant of a long one.

Each seek is to a random event, on a fresh place: nothing of the seek before helps. The index is
the one that the indexer writes beside a recording while it is made; how long building it takes
is a figure of its own. The files are in the page cache, as they are when somebody just asked
for them by name.
"""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from bench.figures import Figure, median, percentile, seconds
from bench.workload import Bench, session
from recorder.index import Index
from recorder.playback import Playback
from recorder.reader import Recording

HOURS = 3600 * 1_000_000
SEEKS = 300
OPENINGS = 15

# In a process of its own: a first frame includes loading what shows it.
FIRST_FRAME = """
import sys, time
begin = time.perf_counter()
from recorder.index import Index
from recorder.playback import Playback
from recorder.reader import Recording
loaded = time.perf_counter()
with Recording.open(sys.argv[1]) as recording, Index.load(recording) as index:
    view = Playback(recording, index).at_frame(0)
    assert view.frame == 0, view
print(time.perf_counter() - loaded, time.perf_counter() - begin)
"""


def measure(folder: Path, *, large: int = 1_000_000_000) -> Iterator[Figure]:
    yield from seeking(Bench(folder / "day"))
    yield from opening(Bench(folder / "large"), large)


def seeking(bench: Bench) -> Iterator[Figure]:
    """A working day: 8 hours, 100 MB of output."""
    name = bench.record(session(100_000_000, 8 * HOURS))
    chance = random.Random(11)
    with Recording.open(bench.store.reel(name)) as recording:
        building = seconds(lambda: Index.load_or_build(recording).close())
        with Index.load(recording) as index:
            times = []
            for _ in range(SEEKS):
                playback = Playback(recording, index)
                event = chance.randrange(index.events)
                times.append(seconds(partial(playback.at_event, event)) * 1000)
            frames = len(index.frames)
    yield Figure(
        name="a seek to a random event of an 8 h, 100 MB session, p95",
        ours=percentile(times, 95),
        unit="ms",
        bar="≤ 50 ms, to aim for 20",
        method=f"{SEEKS} seeks, median {median(times):.1f} ms, worst {max(times):.1f} ms; "
        f"{frames:,} frames",
    )
    yield Figure(
        name="building the index of that session",
        ours=100 / building,
        unit="MB/s",
        bar="",
        method=f"{building:.0f} s, once; while recording it is done as the session goes",
    )


def opening(bench: Bench, size: int) -> Iterator[Figure]:
    """A recording as large as few are."""
    name = bench.record(session(size, 8 * HOURS))
    reel = bench.store.reel(name)
    with Recording.open(reel) as recording:
        Index.load_or_build(recording).close()
    runs = [[float(word) for word in _run(FIRST_FRAME, str(reel)).split()] for _ in range(OPENINGS)]
    yield Figure(
        name=f"opening a recording of {size // 1_000_000:,} MB and its first frame",
        ours=median(run[0] for run in runs) * 1000,
        unit="ms",
        bar="≤ 300 ms, to aim for 100",
        method=f"median of {OPENINGS} fresh processes; {median(run[1] for run in runs) * 1000:.0f} "
        f"ms with loading the program; {reel.stat().st_size / 1e6:,.0f} MB on disk",
    )


def _run(program: str, *arguments: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", program, *arguments], check=True, stdout=subprocess.PIPE, text=True
    ).stdout
