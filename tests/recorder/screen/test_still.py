"""One frame as JSON values: what goes in comes out, and nothing hostile gets further than here."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.screen import Screen, ScreenStateError, frame_of, still_of

PIECES = st.sampled_from(
    [
        b"plain ", b"\xe6\xbc\xa2\xe5\xad\x97", b"e\xcc\x81", b"\xf3\xb0\x80\x80", b"\xc2\xa0",
        b"\x1b[31;44m", b"\x1b[1;4:3m", b"\x1b[38;2;1;2;3m", b"\x1b[7;9;53m", b"\x1b[m",
        b"\x1b]8;;http://x\x07link\x1b]8;;\x07", b"\x1b[4m\x1b]8;;http://x\x07both\x1b]8;;\x07",
        b"\x1b]2;title\x07", b"\x1b[?1049h", b"\x1b[?25l", b"\r\n", b"\x1b[3;3H", b"\x1b[8mgone",
        b"x" * 30, b"\xe2\x80\x8b", b"\x1b[K", b"\x1b[41m\x1b[2J", b"\x1b[4:2mdouble\x1b[0m",
    ]
)  # fmt: skip


@given(st.lists(PIECES, max_size=30), st.integers(1, 20), st.integers(1, 6))
def test_a_frame_comes_back_as_it_was(pieces: list[bytes], cols: int, rows: int) -> None:
    screen = Screen(cols, rows)
    for piece in pieces:
        screen.feed(piece)
    frame = screen.frame()
    written = json.loads(json.dumps(still_of(frame)))
    made = frame_of(written)
    assert made == frame
    assert [made.row(y) for y in range(rows)] == [frame.row(y) for y in range(rows)]
    assert still_of(made) == written


@given(
    st.dictionaries(
        st.sampled_from(["size", "cursor", "title", "alternate", "pens", "lines"]),
        st.recursive(
            st.none() | st.integers(-2, 2000) | st.text(max_size=5) | st.booleans(),
            lambda inner: (
                st.lists(inner, max_size=4)
                | st.dictionaries(st.text(max_size=2), inner, max_size=2)
            ),
        ),
    )
)
def test_nothing_else_is_raised_whatever_is_read(changes: dict[str, Any]) -> None:
    still = still_of(Screen(4, 2).frame())
    try:
        frame = frame_of({**still, **changes})
    except ScreenStateError:
        return
    assert [len(frame.row(y)) for y in range(frame.rows)] == [frame.cols] * frame.rows


@pytest.mark.parametrize(
    "changes",
    [
        {"size": [1 << 40, 1]},
        {"size": [1000, 1000], "lines": [[]] * 1000},
        {"lines": [["too long"], []]},
        {"lines": [["a\x1b["], []]},
        {"lines": [["\x7f"], []]},
        {"lines": [["", [3, 0, 2, 0]], []]},
        {"lines": [["", [1, 1]], []]},
        {"lines": [["", [], 0, {"9": "x"}], []]},
        {"lines": [["", [], 0, {"0": "x" * 33}], []]},
        {"cursor": [4, 0, 1]},
        {"pens": [[256, None, 0]]},
        {"pens": [[None, None, 1 << 14]]},
        {"pens": [[[0, 0, 256], None, 0]]},
        {"title": "x" * 5000},
    ],
)
def test_what_no_screen_writes_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ScreenStateError):
        frame_of({**still_of(Screen(4, 2).frame()), **changes})


def test_a_title_is_kept_without_what_cannot_be_shown() -> None:
    screen = Screen(4, 2)
    screen.feed(b"\x1b]2;a\xe2\x80\xaeb\x07")
    assert still_of(screen.frame())["title"] in {"a\ufffdb", "ab"}
