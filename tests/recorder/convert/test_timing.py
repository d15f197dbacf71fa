"""Timing files of script(1), line by line."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.convert.timing import (
    Bytes,
    Entry,
    Fact,
    Other,
    Received,
    looks_like_timing,
    read_timing,
)
from recorder.errors import ConversionError

CLASSIC = b"0.010111 4\n0,193793 13\n2 1\n"
ADVANCED = (
    b"H 0.000000 START_TIME 2026-11-23 18:04:40+00:00\nH 0.000000 COLUMNS 80\n"
    b"I 0.000025 6\nO 0.260288 18\nS 0.500000 SIGWINCH ROWS=30 COLS=100\nS 0.1 SIGTERM\n"
    b"Q 0.1 what is it\nH 0.000000 EMPTY\n"
)


def read(data: bytes) -> list[Entry]:
    return list(read_timing(io.BytesIO(data)))


def test_the_classic_format() -> None:
    assert read(CLASSIC) == [
        Bytes(10_111, 4, typed=False),
        Bytes(203_904, 13, typed=False),
        Bytes(2_203_904, 1, typed=False),
    ]


def test_the_advanced_format() -> None:
    assert read(ADVANCED) == [
        Fact(0, "START_TIME", "2026-11-23 18:04:40+00:00"),
        Fact(0, "COLUMNS", "80"),
        Bytes(25, 6, typed=True),
        Bytes(260_313, 18, typed=False),
        Received(760_313, "SIGWINCH", "ROWS=30 COLS=100"),
        Received(860_313, "SIGTERM", ""),
        Other(960_313, "Q"),
        Fact(960_313, "EMPTY", ""),
    ]


def test_fine_delays_do_not_drift() -> None:
    assert read(b"0.0000004 1\n" * 1000)[-1].at == 400


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"0.1 4",
        b"-0.1 4\n",
        b"0.1 -4\n",
        b"1e5 4\n",
        b"0.1\n",
        b"0.1 4 5\n",
        b"99999999999 4\n",
        b"0.1 9999999999999999\n",
        CLASSIC + b"O 0.1 4\n",
        ADVANCED + b"0.1 4\n",
        b"O 0.1\n",
        b"O 0.1 x\n",
        b"O 0.1 \n",
        b"S 0.1 WINCH\n",
        b"S 0.1 \n",
        b"o 0.1 4\n",
        b"H 0.1 X " + b"y" * (1 << 17) + b"\n",
        b"\xff\xfe\n",
    ],
)
def test_what_is_none_has_one_error(data: bytes) -> None:
    with pytest.raises(ConversionError) as caught:
        read(data)
    assert len(str(caught.value)) < 200


@given(st.binary(max_size=60), st.integers(0, len(ADVANCED)))
def test_any_bytes_are_read_or_refused(data: bytes, at: int) -> None:
    for content in (data, CLASSIC + data, ADVANCED[:at] + data + ADVANCED[at:]):
        try:
            read(content)
        except ConversionError:
            continue


def test_only_what_is_one_looks_like_one() -> None:
    assert looks_like_timing(CLASSIC)
    assert looks_like_timing(ADVANCED)
    assert not looks_like_timing(b"Script started on 2026\n0.1 4\n")
    assert not looks_like_timing(b"")
