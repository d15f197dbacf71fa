"""Escape sequences end where a terminal ends them, however their bytes arrive."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.wire.sequences import Sequences


def text_of(data: bytes, sequences: Sequences | None = None) -> bytes:
    """What is not part of any sequence."""
    sequences = sequences or Sequences()
    out, position = bytearray(), 0
    while position < len(data):
        if sequences.open:
            position = sequences.run(data, position)
        elif data[position] == 0x1B:
            sequences.begin()
            position += 1
        else:
            out.append(data[position])
            position += 1
    return bytes(out)


TABLE = [
    (b"plain", b"plain"),
    (b"\x1b[mx", b"x"),
    (b"\x1b[1;31mred\x1b[0m", b"red"),
    (b"\x1b[?2004hx", b"x"),
    (b"\x1b[ qx", b"x"),
    (b"\x1b[38:2::1:2:3mx", b"x"),
    (b"\x1b[1\x08mx", b"x"),  # a control inside acts, and the sequence goes on
    (b"\x1b[1\nmx", b"x"),
    (b"\x1b[12\x18x", b"x"),  # CAN ends it
    (b"\x1b[12\x1b[mx", b"x"),  # ESC begins another
    (b"\x1b\x1b[mx", b"x"),
    (b"\x1b(Bx", b"x"),
    (b"\x1b#8x", b"x"),
    (b"\x1b(\x1b)0x", b"x"),
    (b"\x1b7x\x1b8y", b"xy"),
    (b"\x1b=x", b"x"),
    (b"\x1b]0;title\x07x", b"x"),
    (b"\x1b]0;title\x1b\\x", b"x"),
    (b"\x1b]8;;http://a/\x1b\\link\x1b]8;;\x1b\\", b"link"),
    (b"\x1bPq#0;2;0;0;0\x1b\\x", b"x"),
    (b"\x1b_apc\x1b\\x", b"x"),
    (b"\x1b^pm\x1b\\x", b"x"),
    (b"\x1bXsos\x1b\\x", b"x"),
    (b"\x1b]0;t\x1axx", b"xx"),
    ("\x1b[é".encode(), "é".encode()),  # text, which no sequence contains
    ("\x9b1mé".encode(), "\x9b1mé".encode()),  # no 8-bit controls: UTF-8
    (b"\x1b[1", b""),
    (b"\x1b]never ended \r\n text", b""),
]


@pytest.mark.parametrize(("data", "text"), TABLE)
def test_whole_and_byte_by_byte(data: bytes, text: bytes) -> None:
    assert text_of(data) == text
    sequences = Sequences()
    assert b"".join(text_of(bytes((byte,)), sequences) for byte in data) == text


pieces = st.lists(
    st.sampled_from([b"\x1b", b"[", b"]", b"(", b"P", b"\\", b"\x07", b"\x18", b"1;", b"m", b"x"])
    | st.binary(max_size=4),
    max_size=30,
).map(b"".join)


@given(pieces, st.integers(0, 100), st.integers(0, 100))
def test_looking_away_leaves_what_looking_leaves(data: bytes, start: int, cut: int) -> None:
    """`skip` is only a faster `run`: afterwards the same text is text."""
    looked, away = Sequences(), Sequences()
    text_of(data[:start], looked)
    text_of(data[:start], away)
    text_of(data[start:], looked)
    away.skip(data[: start + cut], min(start, len(data)))
    away.skip(data, min(start + cut, len(data)))
    assert looked.open == away.open
    for probe in (b"mx", b"1;mx", b"\x07x", b"\\x", b"Bx"):
        assert text_of(probe, _copy(looked)) == text_of(probe, _copy(away))


def _copy(sequences: Sequences) -> Sequences:
    twin = Sequences()
    twin.__dict__.update(sequences.__dict__)
    return twin


def test_bulk_is_not_parsed() -> None:
    """A hundred thousand closed sequences cost one look for the last."""
    sequences = Sequences()
    sequences.skip(b"\x1b[1mword\x1b[0m " * 100_000 + b"\x1b[3", 0)
    assert sequences.open
    assert text_of(b"1mx", sequences) == b"x"
