"""What a measurement is, how several become one figure, and how figures are printed.

A figure is a ratio wherever there is a peer: both sides ran in the same minutes on the same
machine, taking turns, so that what else the machine was doing fell on both. Times alone are
printed with their unit and mean little on another machine.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the result."""

    name: str
    ours: float
    unit: str
    """What `ours` and `peer` are counted in; "" for a figure without a unit."""
    bar: str
    """What it should be, as the format and the promises say it."""
    peer: float | None = None
    against: str = ""
    """What the peer is."""
    method: str = ""
    """Repetitions and amounts, briefly."""

    def value(self) -> str:
        """The ratio to the peer, or the value itself."""
        if self.peer:
            return f"{self.ours / self.peer:.2f}×"
        return f"{amount(self.ours)} {self.unit}".strip()

    def detail(self) -> str:
        parts = []
        if self.peer is not None:
            parts.append(f"{amount(self.ours)} against {amount(self.peer)} {self.unit}")
        if self.against:
            parts.append(self.against)
        if self.method:
            parts.append(self.method)
        return "; ".join(parts)


def amount(value: float) -> str:
    """Three significant digits, thousands set apart."""
    if value == int(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def taking_turns(
    sides: Sequence[Callable[[], float]], rounds: int, *, warm: int = 1
) -> list[list[float]]:
    """Runs each side in turn, ``rounds`` times after ``warm`` that do not count."""
    results: list[list[float]] = [[] for _ in sides]
    for turn in range(warm + rounds):
        for taken, side in zip(results, sides, strict=True):
            value = side()
            if turn >= warm:
                taken.append(value)
    return results


def seconds(work: Callable[[], object]) -> float:
    """How long this takes, on the wall."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def percentile(values: Iterable[float], percent: int) -> float:
    """The nearest-rank percentile."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


median = statistics.median


def table(figures: Iterable[Figure]) -> str:
    """The figures as a Markdown table."""
    lines = ["| what | figure | bar | measured |", "|---|---|---|---|"]
    lines += [f"| {f.name} | **{f.value()}** | {f.bar} | {f.detail()} |" for f in figures]
    return "\n".join(lines)
