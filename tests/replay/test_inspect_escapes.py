from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay.inspect_escapes import What, decode
from replay.invisible import hidden

LATER = "begins; the rest comes later"
SHAPES = st.lists(
    st.sampled_from(
        [
            b"text",
            "日本\u200b".encode(),
            b"\x1b[",
            b"1;31",
            b"m",
            b"\x1b]0;t",
            b"\x07",
            b"\x1b\\",
            b"\x1bP$q",
            b"\x9b",
            "\x9b2J".encode(),
            b"\x18",
            b"\xff\xe2\x80",
            b"\x1b",
            b"\x1bO",
            b"\x1b(0",
            b"\r\n",
        ]
    ),
    max_size=12,
).map(b"".join)


@pytest.mark.parametrize(
    ("data", "pieces"),
    [
        (b"hi\r\n", [("text", "hi", ""), ("control", "␍␊", "new line")]),
        (b"\x1b[1;31mX", [("sequence", "␛[1;31m", "bold, red"), ("text", "X", "")]),
        ("a\u200bb".encode(), [("text", "a⟦ZWSP⟧b", "hidden: ⟦ZWSP⟧")]),
        (b"\x1b]0;t\x07", [("sequence", "␛]0;t␇", "title and icon: t")]),
        (b"\x1b]0;t\x1b\\", [("sequence", "␛]0;t␛\\", "title and icon: t")]),
        (b"\x1bPtmux;\x1b\x1b[3m\x1b\\", [("sequence", "␛Ptmux;␛␛[3m␛\\", "passed through tmux")]),
        (b"\x1b[1\x07m", [("sequence", "␛[1␇m", "bold (with controls inside)")]),
        (
            b"\x1b[12\x1b[2J",
            [("broken", "␛[12", "sequence broken off"), ("sequence", "␛[2J", "erase the screen")],
        ),
        ("\x9b2J".encode(), [("sequence", "⟦U+009B⟧2J", "erase the screen")]),
        (b"x\x1b[3", [("text", "x", ""), ("unfinished", "␛[3", f"a sequence {LATER}")]),
        (b"\xe2\x80", [("unfinished", "⟦0xE2⟧⟦0x80⟧", f"a character {LATER}")]),
        (b"\xff", [("text", "⟦0xFF⟧", "hidden: ⟦0xFF⟧")]),
    ],
)  # fmt: skip
def test_bytes_are_cut_into_what_they_are(data: bytes, pieces: list[tuple[str, str, str]]) -> None:
    assert [(p.what.value, p.drawn, p.name) for p in decode(data)] == pieces


def test_a_sequence_that_was_begun_before_is_finished_and_says_so() -> None:
    first, second = decode(b"1mHello", b"some text \x1b[3")
    assert (first.what, first.raw, first.drawn) == (What.SEQUENCE, b"1m", "…1m")
    assert first.name == "red (begun before)"
    assert second.raw == b"Hello"
    (rest,) = decode(b"\x8b", b"\xe2\x80")
    assert (rest.raw, rest.name) == (b"\x8b", "hidden: ⟦ZWSP⟧ (begun before)")


def test_what_was_typed_is_read_as_keys() -> None:
    pieces = decode(b"ls\r\x1b[A\x1bOB\x1bx\x03", typed=True)
    assert [piece.name for piece in pieces] == ["", "enter", "up", "down", "alt x", "ctrl c"]


@given(st.binary(max_size=200) | SHAPES, st.booleans())
def test_no_byte_is_left_out_and_nothing_drawn_is_invisible(data: bytes, typed: bool) -> None:
    pieces = decode(data, typed=typed)
    assert b"".join(piece.raw for piece in pieces) == data
    assert not any(hidden(char) for piece in pieces for char in piece.drawn + piece.name)


@given(SHAPES, SHAPES)
def test_no_byte_is_left_out_behind_a_torn_sequence(before: bytes, data: bytes) -> None:
    assert b"".join(piece.raw for piece in decode(data, before)) == data


@pytest.mark.parametrize(
    "data",
    [
        b"\x1b[" + b"\x07" * 60_000,
        b"\x1b[" * 30_000,
        b"\x1b]" * 30_000,
        b"\x1bP" + b"\x1b\x1b" * 30_000,
        b"\x1bP\x1b" * 20_000,
        b"\x9b" * 60_000,
    ],
    ids=range(6),
)
def test_hostile_bytes_take_no_longer_than_their_length(data: bytes) -> None:
    began = time.process_time()
    assert b"".join(piece.raw for piece in decode(data)) == data
    assert time.process_time() - began < 2
