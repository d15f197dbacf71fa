"""Commands that a shell marks itself."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.screen import Screen
from recorder.shell_marks import Mark, Said, ShellMarks

A, B, C = (b"\x1b]133;%s\x07" % kind for kind in (b"A", b"B", b"C"))
PROMPT = A + b"$ " + B
DONE = b"\x1b]133;D;0\x07"


def said(*pieces: bytes, cols: int = 20, rows: int = 4) -> list[Said]:
    screen, marks = Screen(cols, rows), ShellMarks()
    found = []
    for piece in pieces:
        for part, mark in marks.cut(piece):
            screen.feed(part)
            told = marks.take(mark, screen) if mark is not None else None
            if told is not None:
                found.append(told)
        marks = ShellMarks.restore(json.loads(json.dumps(marks.state(screen))), screen)
    return found


def test_a_command_is_what_stood_behind_the_prompt() -> None:
    session = PROMPT + b"ls -l\r\n" + C + b"total 0\r\n" + DONE + PROMPT
    assert said(session) == [Said("command", "ls -l"), Said("status", "0")]


def test_it_is_read_off_the_screen_not_off_the_keys() -> None:
    edited = PROMPT + b"sl\b \b\b \bls /t\x07mp/\r\n" + C
    assert said(edited) == [Said("command", "ls /tmp/")]


def test_a_wrapped_command_is_one_line_and_a_continued_one_is_more() -> None:
    assert said(PROMPT + b"x" * 30 + b"\r\n" + C) == [Said("command", "x" * 30)]
    assert said(PROMPT + b"for i in 1\r\n> do\r\n" + C) == [Said("command", "for i in 1\n> do")]


def test_a_command_on_the_last_row_scrolls_with_its_prompt() -> None:
    before = b"\r\n" * 10
    assert said(before + PROMPT + b"ls\r\n" + C) == [Said("command", "ls")]
    assert said(before + PROMPT + b"y" * 50 + b"\r\n" + C) == [Said("command", "y" * 50)]
    long = PROMPT + b"z" * 200 + b"\r\n" + C
    assert said(long) == [Said("command", "z" * 42)]  # what of it is still to be seen


def test_marks_end_with_either_terminator_and_may_say_more() -> None:
    marks = ShellMarks()
    data = b"\x1b]133;A;k=i\x1b\\$ \x1b]133;D;130;aid=7\x07"
    assert [mark for _, mark in marks.cut(data)] == [Mark("A", "k=i"), Mark("D", "130;aid=7")]
    assert said(PROMPT + C + b"\x1b]133;D;130;aid=7\x07")[-1] == Said("status", "130")


def test_marks_out_of_order_say_what_they_can() -> None:
    assert said(DONE) == []
    assert said(C) == [Said("command", "")]
    assert said(PROMPT + b"ls" + A + b"$ " + C) == [Said("command", "")]


@pytest.mark.parametrize(
    "data", [b"\x1b]133;Z\x07", b"\x1b]1337;A\x07", b"]133;A\x07", b"\x1b]133;A"]
)
def test_what_is_no_mark(data: bytes) -> None:
    assert [mark for _, mark in ShellMarks().cut(data)] == [None]


SESSION = (
    b"\x1b[1mhello\x1b[m\r\n" + PROMPT + "ls 漢字\r\n".encode() + C.replace(b"\x07", b"\x1b\\")
    + b"out\r\n" + DONE + PROMPT + b"vi\r\n" + C + b"\x1b[?1049h\x1b[?1049l\x1b]133;D;1\x1b\\"
)  # fmt: skip
EXPECTED = said(SESSION)


@given(st.lists(st.integers(0, len(SESSION)), max_size=12))
def test_cut_anywhere_and_stored_between_it_says_the_same(cuts: list[int]) -> None:
    assert len(EXPECTED) == 4
    ends = sorted({0, len(SESSION), *cuts})
    pieces = [SESSION[one:two] for one, two in pairwise(ends)]
    assert said(*pieces) == EXPECTED


@given(st.lists(st.sampled_from([b"\x1b", b"]", b"133;", b"A", b"C", b"\x07", b"\\", b"x" * 300])))
def test_pieces_are_the_data_whatever_it_is(data: list[bytes]) -> None:
    marks = ShellMarks()
    for piece in data:
        assert b"".join(part for part, _ in marks.cut(piece)) == piece
        assert len(marks._tail) <= 256
