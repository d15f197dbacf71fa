"""What feeds a channel's screen, and what counts as a visible change."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.channel_screen import (
    SIDE_LIMIT,
    ChannelScreen,
    Peek,
    Size,
    default_size,
    fingerprint,
    looks_different,
)
from recorder.events import (
    ChannelClosed,
    ChannelOpened,
    ErrorOutput,
    Event,
    Input,
    Notice,
    Output,
    Requested,
    Resize,
    Terminal,
)

SIZE = Size(20, 4)


def pty(cols: int = 20, rows: int = 4) -> Terminal:
    return Terminal(0, 1, "xterm", cols, rows, 0, 0, b"")


def screen_of(*events: Event) -> ChannelScreen:
    screen = ChannelScreen(SIZE)
    for event in events:
        screen.receive(event)
    return screen


def lines(screen: ChannelScreen) -> list[str]:
    frame = screen.frame()
    return [frame.text(y) for y in range(frame.rows)]


def test_output_errors_and_notices_are_seen_in_order_and_input_is_not() -> None:
    screen = screen_of(
        pty(),
        Output(0, 1, b"a"),
        ErrorOutput(0, 1, b"b"),
        Notice(0, 1, b"c", True),
        Input(0, 1, b"x"),
    )
    assert lines(screen)[0] == "abc"


def test_with_a_pty_bytes_are_fed_as_they_are() -> None:
    assert lines(screen_of(pty(), Output(0, 1, b"a\nb"))) == ["a", " b", "", ""]


def test_without_a_pty_a_line_feed_also_returns() -> None:
    assert lines(screen_of(Output(0, 1, b"a\nb\r\nc"))) == ["a", "b", "c", ""]


@pytest.mark.parametrize(
    "shaping",
    [ChannelOpened(0, 1, "direct-tcpip", "client"), Requested(0, 1, "subsystem", b"sftp")],
)
def test_a_protocol_is_not_shown(shaping: Event) -> None:
    screen = screen_of(shaping, Output(0, 1, b"\0\0\0\5"))
    assert screen.take(Output(0, 1, b"binary")) is None
    assert "binary" not in "".join(lines(screen))
    assert not any(line.strip() for line in lines(screen)[1:])


def test_sizes_come_from_the_pty_the_header_or_the_custom() -> None:
    assert default_size({"cols": 100, "rows": 30}) == (100, 30)
    assert default_size({"cols": 0, "rows": 0}) == (80, 24)
    assert screen_of(pty(30, 5)).frame().cols == 30
    assert screen_of(pty(0, 0)).frame().cols == 20
    assert screen_of(pty(1 << 30, 5)).frame().cols == SIDE_LIMIT
    assert screen_of(pty(), Resize(0, 1, 33, 6, 0, 0)).frame().cols == 33
    assert screen_of(pty(30, 5), Resize(0, 1, 0, 0, 0, 0)).frame().cols == 30


def test_a_number_used_again_after_its_close_begins_blank() -> None:
    closed: list[Event] = [pty(), Output(0, 1, b"secret"), ChannelClosed(0, 1, "done")]
    assert lines(screen_of(*closed))[0] == "secret"
    again = screen_of(*closed, ChannelOpened(0, 1, "session", "client"), Output(0, 1, b"a\nb"))
    assert lines(again) == ["a", "b", "", ""]
    assert lines(screen_of(*closed, Output(0, 1, b"a")))[0] == "a"


def test_what_was_drawn_and_wiped_is_no_change() -> None:
    screen = screen_of(pty(), Output(0, 1, b"a"))
    assert screen.settle()
    screen.receive(Output(0, 1, b"b\b \b\x1b[31m\x1b[0m"))
    assert not screen.settle()
    screen.receive(Output(0, 1, b"\x1b[31mb"))
    assert screen.settle()


@pytest.mark.parametrize(
    "data", [b"b", b"\x1b[C", b"\x1b[?25l", b"\x1b]2;title\x07", b"\x1b[41m\x1b[K", b"\x1b[2J"]
)
def test_cells_cursor_and_title_are_visible(data: bytes) -> None:
    screen = screen_of(pty(), Output(0, 1, b"a"))
    before = screen.frame()
    screen.settle()
    screen.receive(Output(0, 1, data))
    assert Peek(screen).settle()
    assert fingerprint(screen.frame()) != fingerprint(before)
    assert screen.settle()


def test_the_size_counts_from_the_first_byte_on() -> None:
    screen = screen_of(pty(33, 7), Resize(0, 1, 34, 7, 0, 0), Output(0, 1, b"\x1b[31m"))
    assert not screen.settle()
    screen.receive(Resize(0, 1, 35, 7, 0, 0))
    assert screen.settle()


def test_the_other_buffer_with_the_same_content_is_no_change() -> None:
    screen = screen_of(pty())
    screen.receive(Output(0, 1, b"\x1b[?1049h"))
    assert screen.frame().alternate
    assert not screen.settle()


def test_an_unfinished_sequence_is_busy() -> None:
    for data in (b"\x1b[3", "é".encode()[:1], b"\x1b[?2026h", b"\x1b]2;ti"):
        assert screen_of(pty(), Output(0, 1, data)).busy()
    assert not screen_of(pty(), Output(0, 1, b"done\x1b[31m")).busy()


bits = st.lists(
    st.sampled_from(
        [
            b"a",
            "漢".encode(),
            "é".encode()[:1],
            b"\x1b[31",
            b"m",
            b"\x1b[?1049h",
            b"\r\n" * 3,
            b"\b \b",
        ]
    ),
    max_size=12,
)


@given(bits, bits, st.booleans())
def test_restored_it_goes_on_the_same(
    before: list[bytes], after: list[bytes], settle: bool
) -> None:
    screen = screen_of(pty(), *(Output(0, 1, data) for data in before))
    if settle:
        screen.settle()
    facts, keyframe = screen.state()
    restored = ChannelScreen.restore(json.loads(json.dumps(facts)), keyframe)
    for data in after:
        screen.receive(Output(0, 1, data))
        restored.receive(Output(0, 1, data))
    assert restored.frame() == screen.frame()
    assert restored.busy() == screen.busy()
    assert restored.changed() == screen.changed()
    assert restored.settle() == screen.settle()
    assert restored.state() == screen.state()


@given(bits, bits)
def test_fingerprints_agree_with_looks(one: list[bytes], two: list[bytes]) -> None:
    first = screen_of(pty(), *(Output(0, 1, data) for data in one)).frame()
    second = screen_of(pty(), *(Output(0, 1, data) for data in two)).frame()
    assert (fingerprint(first) != fingerprint(second)) == looks_different(first, second)
