"""Checksums and ranges, by published examples and by what one changed digit does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.masking.checks import IBAN_LENGTHS, iban, luhn, ssn


@given(st.text("0123456789", min_size=12, max_size=18), st.integers(0, 11), st.integers(1, 9))
def test_luhn_finds_one_changed_digit(start: str, place: int, by: int) -> None:
    whole = next(f"{start}{last}".encode() for last in range(10) if luhn(f"{start}{last}".encode()))
    changed = bytearray(whole)
    changed[place] = 0x30 + (changed[place] - 0x30 + by) % 10
    assert not luhn(bytes(changed))


@pytest.mark.parametrize(
    "text", [b"GB82WEST12345698765432", b"DE89370400440532013000", b"NO9386011117947"]
)
def test_iban(text: bytes) -> None:
    assert iban(text)
    assert not iban(text + b"0")
    for place in range(4, len(text)):
        changed = text[:place] + (b"7" if text[place : place + 1] != b"7" else b"3")
        assert not iban(changed + text[place + 1 :])


def test_iban_lengths_are_of_countries() -> None:
    assert all(len(country) == 2 and 15 <= n <= 34 for country, n in IBAN_LENGTHS.items())


def test_ssn_only_excludes_what_was_never_issued() -> None:
    assert ssn(b"123456789")
    for never in (b"000456789", b"666456789", b"923456789", b"123006789", b"123450000"):
        assert not ssn(never)
