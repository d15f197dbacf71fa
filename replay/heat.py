"""How busy a recording was, column by column, and which time a column stands for.

Knows: integers. Must never know: glyphs, widgets, files. Called by the projector, which measures,
and by the scrubber, which fits that to its width and to the stretch of time that it shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

LEVELS = 8
"""Levels are 0 (nothing) to this."""
FINEST = 2048
"""No scrubber is wider than so many columns."""
SHORTEST = 1000
"""The shortest stretch (µs) that a scale is zoomed to."""


class Scale(NamedTuple):
    """Time from ``start`` to ``end`` (µs, both included) in ``width`` columns."""

    start: int
    end: int
    width: int

    @property
    def span(self) -> int:
        """How many instants there are."""
        return self.end - self.start + 1

    def begin(self, column: int) -> int:
        """The first instant of a column (of the one after the last: the instant after the end)."""
        return self.start - (-column * self.span // self.width)

    def column(self, time: int) -> int:
        """The column that an instant belongs to; what is outside, to the first or the last."""
        inside = min(max(time, self.start), self.end) - self.start
        return inside * self.width // self.span

    def zoomed(self, steps: int, around: int, duration: int) -> Scale:
        """Each step in shows half as much time, each step out twice as much; the instant
        ``around`` stays in its place. Never beyond the recording, from 0 to ``duration``."""
        around = min(max(around, self.start), self.end)
        least = min(SHORTEST, duration + 1)
        span = self.span >> steps if steps > 0 else self.span << -steps
        span = min(max(span, least), duration + 1)
        return self._of(around - (around - self.start) * span // self.span, span, duration)

    def moved(self, delta: int, duration: int) -> Scale:
        """So many columns later, inside the recording."""
        return self._of(self.start + delta * self.span // self.width, self.span, duration)

    def holding(self, time: int, duration: int) -> Scale:
        """One like this that an instant lies in: this, or one in which it lies at a quarter."""
        if self.start <= time <= self.end:
            return self
        return self._of(time - self.span // 4, self.span, duration)

    def _of(self, start: int, span: int, duration: int) -> Scale:
        start = min(max(start, 0), max(duration + 1 - span, 0))
        return Scale(start, start + span - 1, self.width)


class Load(NamedTuple):
    """Bytes shown and typed in equal stretches of the time from ``start`` to ``end``."""

    start: int
    end: int
    output: Sequence[int]
    typed: Sequence[int]

    def covers(self, scale: Scale) -> bool:
        """Whether it says something about each of a scale's columns."""
        return self.start <= scale.start and scale.end <= self.end


NOTHING = Load(0, 0, (), ())


def fit(amounts: Sequence[int], start: int, end: int, scale: Scale) -> list[int]:
    """Amounts per equal stretch of the time from ``start`` to ``end``, in a scale's columns: the
    most of each one's stretches; 0 in what is after them."""
    count = len(amounts)
    if not count:
        return [0] * scale.width
    span = max(end - start + 1, 1)
    fitted = []
    for column in range(scale.width):
        first, after = scale.begin(column), scale.begin(column + 1)
        if first > end:
            fitted.append(0)
            continue
        low = min(max((first - start) * count // span, 0), count - 1)
        high = min(max(((after - 1 - start) * count) // span + 1, low + 1), count)
        fitted.append(max(amounts[low:high]))
    return fitted


def levels(amounts: Sequence[int]) -> list[int]:
    """The level of each amount: logarithmic, the largest at the top, nothing but 0 at 0."""
    top = max(amounts, default=0).bit_length()
    return [
        1 + amount.bit_length() * (LEVELS - 1) // top if amount > 0 else 0 for amount in amounts
    ]
