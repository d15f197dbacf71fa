"""Memory and descriptors of a gateway's processes, as the kernel counts them, over time.

Knows: /proc, and what "flat" means. Must never know: what the gateway is doing. Called by
`bench.soak` and `bench.load`.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PARTS = {b"seal": "sealer", b"index": "indexer"}
"""The front's helpers, by the verb that they run."""
WARM = 0.4
"""This much of the time does not count: caches fill, and allocators settle."""
MEMORY_GROWTH = 0.05
"""Of the median, that the trend may add over what is left."""
MEMORY_FLOOR = 4096
"""KiB that it may add in any case: arenas are taken and given back in pieces of a megabyte."""
DESCRIPTOR_GROWTH = 3


@dataclass(frozen=True, slots=True)
class Vitals:
    """One process at one time."""

    at: float
    part: str
    pid: int
    memory: int
    """KiB resident, of its own: without what is shared from files."""
    descriptors: int
    threads: int


def look(front: int) -> list[Vitals]:
    """The front and its helpers, those of them that are there now."""
    now = time.monotonic()
    found = [_of(now, "front", front)]
    children = Path(f"/proc/{front}/task/{front}/children")
    for child in children.read_text().split():
        try:
            words = Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")
            part = next((PARTS[word] for word in words if word in PARTS), None)
            if part is not None:
                found.append(_of(now, part, int(child)))
        except OSError:
            continue  # it has ended between the two looks
    return found


def _of(now: float, part: str, pid: int) -> Vitals:
    process = Path(f"/proc/{pid}")
    status = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines())
    descriptors = sum(1 for _ in (process / "fd").iterdir())
    return Vitals(
        now, part, pid, int(status["RssAnon"].split()[0]), descriptors, int(status["Threads"])
    )


@dataclass(frozen=True, slots=True)
class Trend:
    """One part after its warm-up."""

    part: str
    first: float
    last: float
    """KiB: the medians of the first and the last fifth of what counts."""
    growth: float
    """KiB that the trend adds over what counts; the median slope, so that no peak bends it."""
    median: float
    descriptors: tuple[int, int]
    """The least in the first half of what counts, and in the second: what is open between two
    pieces of work."""

    @property
    def flat(self) -> bool:
        rise = max(MEMORY_FLOOR, MEMORY_GROWTH * self.median)
        before, after = self.descriptors
        return self.growth <= rise and after <= before + DESCRIPTOR_GROWTH


def trends(samples: Sequence[Vitals]) -> list[Trend]:
    """One for each part. Raises ValueError where there is too little to say anything."""
    found = []
    for part in dict.fromkeys(each.part for each in samples):
        mine = [each for each in samples if each.part == part]
        counted = mine[int(len(mine) * WARM) :]
        if len(counted) < 10:
            raise ValueError(f"{len(counted)} samples of the {part} say nothing")
        found.append(_trend(part, counted))
    return found


def _trend(part: str, counted: Sequence[Vitals]) -> Trend:
    memory = [float(each.memory) for each in counted]
    fifth, half = len(counted) // 5, len(counted) // 2
    opened = [each.descriptors for each in counted]
    return Trend(
        part,
        statistics.median(memory[:fifth]),
        statistics.median(memory[-fifth:]),
        slope([each.at for each in counted], memory) * (counted[-1].at - counted[0].at),
        statistics.median(memory),
        (min(opened[:half]), min(opened[half:])),
    )


def slope(times: Sequence[float], values: Sequence[float], most: int = 300) -> float:
    """Theil and Sen: the median of the slopes between all pairs, of at most so many points."""
    step = max(1, len(times) // most)
    points = list(zip(times[::step], values[::step], strict=True))
    return statistics.median(
        (y2 - y1) / (x2 - x1)
        for index, (x1, y1) in enumerate(points)
        for x2, y2 in points[index + 1 :]
        if x2 > x1
    )
