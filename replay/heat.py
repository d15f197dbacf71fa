"""How busy a recording was: the scrubber's heat row, as levels per column.

Knows: integers. Must never know: glyphs, widgets, files. Called by the projector, which measures
once and finely, and by the scrubber, which fits that to its width.
"""

from __future__ import annotations

from collections.abc import Sequence

LEVELS = 8
"""Levels are 0 (nothing) to this."""
FINEST = 2048
"""No scrubber is wider than so many columns."""


def column_start(column: int, width: int, duration: int) -> int:
    """The first instant that a column of ``width`` stands for."""
    return -(-column * (duration + 1) // width)


def column_of(time: int, width: int, duration: int) -> int:
    """The column that an instant belongs to; the end is in the last one."""
    return min(max(time, 0), duration) * width // (duration + 1)


def fit(amounts: Sequence[int], width: int) -> list[int]:
    """Amounts per equal stretch of time, in ``width`` columns: the most of each one's stretches."""
    count = len(amounts)
    if not count:
        return [0] * width
    fitted = []
    for column in range(width):
        low = column * count // width
        high = max(((column + 1) * count - 1) // width + 1, low + 1)
        fitted.append(max(amounts[low:high]))
    return fitted


def levels(amounts: Sequence[int]) -> list[int]:
    """The level of each amount: logarithmic, the largest at the top, nothing but 0 at 0."""
    top = max(amounts, default=0).bit_length()
    return [
        1 + amount.bit_length() * (LEVELS - 1) // top if amount > 0 else 0 for amount in amounts
    ]
