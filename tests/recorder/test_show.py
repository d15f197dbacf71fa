"""One screen as text, ANSI and JSON."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.channel_screen import looks_different
from recorder.playback import View
from recorder.screen import Frame, Screen
from recorder.show import harmless, render, repaint

LOOKS = (
    b"\x1b[1;31mred\x1b[0m plain \x1b[4:3;48;5;200mcurly\x1b[0m\r\n"
    b"\x1b[38;2;1;2;3;7mrgb \x1b[m\x1b[92;44mbright\x1b[m\x1b[21mdouble\x1b[m\x1b[2;3;5;9;53mmany"
)


def frame_of(data: bytes, cols: int = 30, rows: int = 4) -> Frame:
    screen = Screen(cols, rows)
    screen.feed(data)
    return screen.frame()


def view_of(data: bytes) -> View:
    return View(frame_of(data), 1_500_000, 42, 7, 1)


def test_text_is_what_one_reads() -> None:
    assert render(view_of("a\r\n\r\n漢字 b  ".encode()), "text") == "a\n\n漢字 b\n"
    assert render(view_of(b""), "text") == ""


def test_ansi_has_the_looks_and_ends_each_row_plain() -> None:
    first, second, *rest = render(view_of(LOOKS), "ansi").splitlines()
    assert first == "\x1b[1;31mred\x1b[m plain \x1b[4:3;48;5;200mcurly\x1b[m"
    assert second.startswith("\x1b[7;38;2;1;2;3mrgb \x1b[m\x1b[92;44mbright\x1b[m\x1b[4:2mdouble")
    assert second.endswith("\x1b[2;3;5;9;53mmany\x1b[m")
    assert rest == ["", ""]


def test_ansi_keeps_colour_where_there_is_no_text() -> None:
    assert "\x1b[41m" in render(view_of(b"\x1b[41m\x1b[K"), "ansi")


def test_json_has_the_promised_shape() -> None:
    shown = json.loads(render(view_of("\x1b[1;31mé漢\x1b[m\x1b]2;t\x07".encode()), "json"))
    cells = shown.pop("cells")
    assert shown == {
        "cols": 30,
        "rows": 4,
        "cursor": {"x": 3, "y": 0, "visible": True},
        "title": "t",
        "alternate": False,
        "event": 42,
        "frame": 7,
        "time": 1_500_000,
        "channel": 1,
    }
    assert [len(row) for row in cells] == [30] * 4
    assert cells[0][:4] == [
        ["é", 1, 1, None, ["bold"]],
        ["漢", 2, 1, None, ["bold"]],
        ["", 0, 1, None, ["bold"]],
        [" ", 1, None, None, []],
    ]


def test_another_format_is_refused() -> None:
    with pytest.raises(ValueError, match="gif"):
        render(view_of(b""), "gif")


def test_what_acts_on_a_terminal_is_replaced() -> None:
    assert (
        harmless("a\x1b[31m\x9b\u202eb\u2028\x07c漢") == "a\ufffd[31m\ufffd\ufffdb\ufffd\ufffdc漢"
    )


bits = st.lists(
    st.sampled_from(
        [
            b"text ",
            "漢字".encode(),
            "e\u0301\u202e\u200b".encode(),
            b"\x1b[31;1m",
            b"\x1b[48;2;9;8;7m",
            b"\x1b[4:3m",
            b"\x1b[m",
            b"\x1b[2J",
            b"\x1b[3;5H",
            b"\x1b[K",
            b"\x1b[?25l",
            b"\x1b[?1049h",
            b"\x1b]2;a title\x07",
            b"\r\n",
            b"x" * 40,
        ]
    ),
    max_size=20,
)


@given(bits)
def test_a_repainted_screen_looks_the_same(data: list[bytes]) -> None:
    frame = frame_of(b"".join(data))
    if any(harmless(frame.text(y)) != frame.text(y) for y in range(frame.rows)):
        return
    again = frame_of(repaint(frame).encode())
    assert not looks_different(frame, again)
    assert frame.alternate == again.alternate


@given(st.binary(max_size=300))
def test_no_recorded_byte_acts_on_the_viewer(data: bytes) -> None:
    view = view_of(data)
    for form in ("text", "ansi"):
        shown = re.sub(r"\x1b\[[0-9;:]*m", "", render(view, form)).replace("\n", "")
        assert harmless(shown) == shown
    assert render(view, "json").isascii()
