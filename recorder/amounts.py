"""Amounts on the command line, read exactly: speeds, seconds, rates, sizes.

Knows: text. Must never know: what they are for. Called by `recorder.cli`, as types of arguments:
what is no amount raises `ValueError`, from which argparse makes its line.
"""

from __future__ import annotations

import re
from fractions import Fraction

_DECIMAL = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")
_SLOWEST, _FASTEST = Fraction(1, 100), 1000
_LONGEST = 24 * 3600
_RATES = range(1, 61)
_SIZES = range(4, 97)


def _decimal(text: str) -> Fraction:
    if _DECIMAL.fullmatch(text) is None:
        raise ValueError(f"{text!r} is no number")
    return Fraction(text)


def speed(text: str) -> Fraction:
    """So many times as fast: 0.5, 2."""
    value = _decimal(text)
    if not _SLOWEST <= value <= _FASTEST:
        raise ValueError("a speed is 0.01 to 1000")
    return value


def seconds(text: str) -> int:
    """Seconds, in microseconds."""
    value = _decimal(text)
    if value > _LONGEST:
        raise ValueError("a day at most")
    return round(value * 1_000_000)


def rate(text: str) -> int:
    """Pictures a second."""
    return _whole(text, _RATES)


def font_size(text: str) -> int:
    """Pixels."""
    return _whole(text, _SIZES)


def _whole(text: str, allowed: range) -> int:
    value = _decimal(text)
    if value.denominator != 1 or int(value) not in allowed:
        raise ValueError(f"{allowed.start} to {allowed.stop - 1}")
    return int(value)
