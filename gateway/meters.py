"""Numbers of a running gateway, kept where they arise at the price of an addition.

Knows: counts. Must never know: who reads them, how they are named outside (`gateway.metrics`).
Every field is written in the event loop's thread, or (the latency) in the recorder's.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field

SECONDS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 10.0)
"""Upper ends of the latency's buckets."""


@dataclass(slots=True)
class Latency:
    """How long something took, by buckets; the last one has no end."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(SECONDS) + 1))
    total: float = 0.0

    def note(self, seconds: float) -> None:
        self.counts[bisect_left(SECONDS, seconds)] += 1
        self.total += seconds


@dataclass(slots=True)
class Meters:
    """One for a gateway."""

    from_clients: int = 0
    """Bytes on channels."""
    to_clients: int = 0
    opened: int = 0
    """Sessions."""
    closed: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    """Whoever was not let in, by code."""
    outages: Counter[str] = field(default_factory=Counter)
    """Of each part, how often one began."""
    append: Latency = field(default_factory=Latency)
    """From handing events to the recorder to having them written; of one append in eight."""
    sealer_up: bool = False
    indexer_up: bool = False
    free: int = -1
    """Bytes on the store's file system; -1 where that cannot be told."""
