"""SSH's binary encoding: there and back, and nothing but `SignatureError` for what is none."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.errors import SignatureError
from recorder.ssh_wire import Fields, mpint, string, uint32


@given(st.binary(max_size=50), st.integers(0, 2**600), st.integers(0, 2**32 - 1))
def test_there_and_back(data: bytes, number: int, small: int) -> None:
    fields = Fields(string(data) + mpint(number) + uint32(small), "it")
    assert fields.string() == data
    assert fields.mpint() == number
    assert fields.uint32() == small
    fields.end()


def test_numbers_as_the_standard_writes_them() -> None:
    assert mpint(0) == bytes(4)
    assert mpint(0x80) == bytes.fromhex("000000020080")
    assert mpint(0x9A378F9B2E332A7) == bytes.fromhex("0000000809a378f9b2e332a7")


@pytest.mark.parametrize(
    "read",
    [
        lambda f: f.take(5),
        lambda f: f.string(),
        lambda f: f.end(),
        lambda f: Fields(string(b"\xff"), "it").text(),
        lambda f: Fields(string(b"\x00\x01"), "it").mpint(),
        lambda f: Fields(string(b"\xff"), "it").mpint(),
    ],
)
def test_what_is_refused(read: Callable[[Fields], object]) -> None:
    with pytest.raises(SignatureError, match="it"):
        read(Fields(b"\xff\xff\xff\xff", "it"))
