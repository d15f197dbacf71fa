"""Untrusted text made visible: nothing acts, nothing is lost."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from recorder.spelling import visible, visible_bytes


def test_what_acts_is_spelled_out_and_what_reads_stays() -> None:
    assert visible("漢 é /tmp") == "漢 é /tmp"
    assert visible("a\x1b[2J\n\u202e\u200b") == r"a\x1b[2J\n\u202e\u200b"
    assert visible_bytes(b"\xff\xfe\x00a") == r"\xff\xfe\x00a"
    assert visible_bytes(b"a" * 20, 5) == "aaaaa… (20 bytes)"


@given(st.text() | st.binary().map(lambda data: data.decode("utf-8", "backslashreplace")))
def test_everything_is_printable(text: str) -> None:
    assert visible(text).isprintable()


@given(st.binary())
def test_bytes_too(data: bytes) -> None:
    assert visible_bytes(data).isprintable()
