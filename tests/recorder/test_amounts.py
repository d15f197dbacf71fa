"""Amounts on the command line are read exactly, or refused."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import pytest

from recorder.amounts import font_size, rate, seconds, speed


def test_amounts_are_exact() -> None:
    assert speed("0.1") == Fraction(1, 10)
    assert speed("2") == 2
    assert seconds("0.000001") == 1
    assert seconds("1.5") == 1_500_000
    assert (rate("30"), font_size("15.0")) == (30, 15)


@pytest.mark.parametrize(
    "text", ["", "-1", "1e9", "nan", "0x1", "1.", "٣", "1" * 99, "0.001", "1001"]
)
def test_what_is_no_speed_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        speed(text)


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (seconds, "86401"),
        (rate, "0"),
        (rate, "2.5"),
        (rate, "61"),
        (font_size, "3"),
        (font_size, "97"),
    ],
)
def test_what_is_out_of_bounds_is_refused(read: Callable[[str], int], text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read(text)
