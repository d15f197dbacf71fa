"""Rows as segments, and colours."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.convert.looks import BACKGROUND, FOREGROUND, Segment, rgb, segments, writable
from recorder.screen import Attributes, Color, Frame, Screen

PLAIN = Attributes.NONE


def frame_of(data: bytes, cols: int = 30, rows: int = 4) -> Frame:
    screen = Screen(cols, rows)
    screen.feed(data)
    return screen.frame()


@pytest.mark.parametrize(
    ("colour", "text"),
    [
        (None, "#abcdef"),
        (0, "#000000"),
        (9, "#f14c4c"),
        (15, "#ffffff"),
        (16, "#000000"),
        (196, "#ff0000"),
        (231, "#ffffff"),
        (232, "#080808"),
        (255, "#eeeeee"),
        ((1, 2, 255), "#0102ff"),
    ],
)
def test_colours(colour: Color, text: str) -> None:
    assert rgb(colour, "#abcdef") == text


def test_only_certain_characters_share_a_segment() -> None:
    row = segments(frame_of("ab漢é \x1b[31mc\x1b[m e\u0301x".encode()), 0)
    assert [(s.x, s.columns, s.text) for s in row] == [
        (0, 2, "ab"),
        (2, 2, "漢"),
        (4, 2, "é "),
        (6, 1, "c"),
        (7, 1, " "),
        (8, 1, "e\u0301"),
        (9, 1, "x"),
    ]


def test_inversion_and_concealment_are_colours() -> None:
    data = b"\x1b[7ma\x1b[m\x1b[31;44;7mb\x1b[m\x1b[8;42mc\x1b[m\x1b[8md"
    assert [(s.fg, s.bg) for s in segments(frame_of(data), 0)] == [
        (BACKGROUND, FOREGROUND),
        ("#3b78d2", "#cd3131"),
        ("#0dbc79", "#0dbc79"),
        (BACKGROUND, ""),
    ]


def test_blanks_at_the_end_are_left_out_where_they_show_nothing() -> None:
    assert segments(frame_of(b"  \x1b[31m  "), 0) == []
    assert segments(frame_of(b"\x1b[4m "), 0) == [
        Segment(0, 1, " ", FOREGROUND, "", Attributes.UNDERLINE)
    ]
    assert segments(frame_of(b"\x1b[41m\x1b[K"), 0)[0].columns == 30


def test_what_no_markup_can_hold_is_replaced() -> None:
    assert writable("a\x00\x1b\ufffe\uffff\ud800\u202e\u2028<&>") == "a" + "\ufffd" * 7 + "<&>"


@given(st.binary(max_size=120))
def test_segments_cover_what_is_shown_in_order_and_hold_nothing_active(data: bytes) -> None:
    frame = frame_of(data, 12, 3)
    for y in range(frame.rows):
        row = segments(frame, y)
        ends = [s.x + s.columns for s in row]
        assert [s.x for s in row] == [0, *ends[:-1]][: len(row)]
        assert not ends or ends[-1] <= frame.cols
        assert "".join(s.text for s in row).rstrip() == writable(frame.text(y)).rstrip()
