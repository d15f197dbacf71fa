"""Recordings as asciicast."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from recorder.convert import export_cast
from recorder.convert.asciicast import CastEvent, CastHeader, Version, read_cast
from recorder.errors import ConversionError
from recorder.events import (
    ChannelClosed,
    ChannelOpened,
    Disclosed,
    Environment,
    ErrorOutput,
    Event,
    Exit,
    ExitSignal,
    Input,
    Marker,
    Notice,
    Output,
    Requested,
    Resize,
    Terminal,
    Typed,
    Withheld,
)
from recorder.reader import Recording
from recorder.screen import Screen
from tests.recorder.recordings import WALL_NS, Making, on_terminal

MS = 1_000


@pytest.fixture
def making(tmp_path: Path) -> Iterator[Making]:
    made = Making(tmp_path / "store")
    yield made
    made.close()


def exported(
    recording: Recording,
    version: Version = 3,
    *,
    start: int = 0,
    end: int | None = None,
    channel: int | None = None,
    with_input: bool = False,
) -> tuple[CastHeader, list[CastEvent]]:
    out = io.StringIO()
    count = export_cast(
        recording,
        out,
        version=version,
        start=start,
        end=end,
        channel=channel,
        with_input=with_input,
    )
    header, events = read_cast(io.BytesIO(out.getvalue().encode()))
    told = list(events)
    assert count == len(told)
    return header, told


SESSION: list[Event] = [
    ChannelOpened(0, 1, "session", "client"),
    Environment(0, 1, b"LANG", b"C", True),
    Terminal(10, 1, "xterm-256color", 100, 30, 0, 0, b""),
    Requested(20, 1, "exec", b"top -b"),
    Notice(30, 1, b"[recorded]\r\n", False),
    Output(1_000, 1, b"out\n"),
    Typed(1_500, 1, 3),
    ErrorOutput(2_000, 1, b"err"),
    Disclosed(2_500, 1, b"ls\r"),
    Withheld(2_600, 1, 6),
    Marker(3_000, 0, "look"),
    Resize(4_000, 1, 90, 20, 0, 0),
    Output(1_000_007, 1, "漢".encode()),
    Exit(2_000_000, 1, 3),
    ChannelClosed(2_000_001, 1, ""),
]


def test_all_that_was_shown_is_in_it(making: Making) -> None:
    with making.sealed(SESSION) as recording:
        header, events = exported(recording)
        assert header == CastHeader(
            3,
            100,
            30,
            "xterm-256color",
            recording.header.facts["wall"] // 10**9,
            "alice on root@web1",
            "top -b",
        )
        assert recording.header.facts["wall"] >= WALL_NS
        assert events == [
            CastEvent(30, "o", "[recorded]\r\n"),
            CastEvent(1_000, "o", "out\n"),
            CastEvent(2_000, "o", "err"),
            CastEvent(3_000, "m", "look"),
            CastEvent(4_000, "r", "90x20"),
            CastEvent(1_000_007, "o", "漢"),
            CastEvent(2_000_000, "x", "3"),
        ]


def test_version_two_has_no_exit_and_says_the_terminal_in_its_environment(making: Making) -> None:
    with making.sealed(SESSION) as recording:
        header, events = exported(recording, 2)
        assert header.env == {"TERM": "xterm-256color"}
        assert [event.code for event in events] == ["o", "o", "o", "m", "r", "o"]


def test_typed_input_only_where_it_is_asked_for_and_recorded(making: Making) -> None:
    events: list[Event] = [*SESSION[:-2], Input(1_100_000, 1, b"more")]
    with making.sealed(events) as recording:
        told = [event for event in exported(recording, with_input=True)[1] if event.code == "i"]
        assert told == [CastEvent(2_500, "i", "ls\r"), CastEvent(1_100_000, "i", "more")]


def test_an_exit_by_a_signal(making: Making) -> None:
    events = [*on_terminal([(0, b"a")]), ExitSignal(5, 1, "KILL", False, "")]
    with making.sealed(events) as recording:
        assert exported(recording)[1][-1] == CastEvent(5, "x", "137")


def test_a_character_is_never_split(making: Making) -> None:
    data = "a漢😀é".encode()
    pieces = [(n * MS, data[n : n + 1]) for n in range(len(data))]
    with making.sealed(on_terminal(pieces)) as recording:
        events = exported(recording)[1]
        assert [(event.at, event.data) for event in events] == [
            (0, "a"),
            (3 * MS, "漢"),
            (7 * MS, "😀"),
            (9 * MS, "é"),
        ]


def test_what_is_no_utf_8_is_replaced_and_a_torn_end_too(making: Making) -> None:
    with making.sealed(on_terminal([(0, b"a\xff\xfeb"), (MS, b"c\xe6\xbc")])) as recording:
        assert [event.data for event in exported(recording)[1]] == ["a\ufffd\ufffdb", "c", "\ufffd"]


def test_without_a_pty_lines_return(making: Making) -> None:
    events: list[Event] = [
        ChannelOpened(0, 1, "session", "client"),
        Requested(0, 1, "exec", b"ls"),
        Output(5, 1, b"a\nb\n"),
    ]
    with making.sealed(events, cols=70, rows=20) as recording:
        header, told = exported(recording)
        assert (header.cols, header.rows) == (70, 20)
        assert told == [
            CastEvent(0, "o", "\x1b[1m$ ls\x1b[m\r\n"),
            CastEvent(5, "o", "a\r\nb\r\n"),
        ]


def test_the_first_channel_that_showed_anything_is_taken(making: Making) -> None:
    events: list[Event] = [
        ChannelOpened(0, 1, "session", "client"),
        ChannelOpened(0, 1, "direct-tcpip", "client"),
        Output(1, 1, b"\0\0\0\5"),
        *on_terminal([(2, b"two")], channel=2),
        *on_terminal([(3, b"three")], channel=3),
    ]
    with making.sealed(sorted(events, key=lambda event: event.at)) as recording:
        assert [event.data for event in exported(recording)[1]] == ["two"]
        assert [event.data for event in exported(recording, channel=3)[1]] == ["three"]


def test_where_nothing_was_shown_there_is_none(making: Making) -> None:
    with making.sealed([Marker(0, 0, "x")]) as recording, pytest.raises(ConversionError):
        exported(recording)


def test_a_number_used_again_clears_the_screen(making: Making) -> None:
    events = [
        *on_terminal([(0, b"secret")], cols=50, rows=5),
        ChannelClosed(1, 1, ""),
        ChannelOpened(2, 1, "session", "client"),
        Output(3, 1, b"a\nb"),
    ]
    with making.sealed(events) as recording:
        told = [(event.code, event.data) for event in exported(recording)[1]]
        assert told == [("o", "secret"), ("o", "\x1bc"), ("r", "80x24"), ("o", "a\r\nb")]


def screen_after(header: CastHeader, events: list[CastEvent]) -> Screen:
    screen = Screen(header.cols, header.rows)
    for event in events:
        if event.code == "o":
            screen.feed(event.data.encode())
        elif event.code == "r":
            screen.resize(*map(int, event.data.split("x")))
    return screen


def test_a_range_begins_with_the_screen_as_it_was(making: Making) -> None:
    pieces = [
        (0, b"\x1b[31mred\x1b[m\r\nline two"),
        (100 * MS, b"\x1b[1;1H\x1b[1mBOLD"),
        (200 * MS, b"\r\n\x1b[mlater"),
        (300 * MS, b" and last"),
    ]
    with making.sealed(on_terminal(pieces, cols=30, rows=5)) as recording:
        header, events = exported(recording, start=150 * MS, end=250 * MS)
        assert header.timestamp == recording.header.facts["wall"] // 10**9
        assert [(event.at, event.code) for event in events] == [(0, "o"), (50 * MS, "o")]
        first = screen_after(header, events[:1]).frame()
        assert [first.text(y) for y in range(2)] == ["BOLD", "line two"]
        last = screen_after(header, events).frame()
        assert [last.text(y) for y in range(2)] == ["BOLD", "latertwo"]
        whole = exported(recording)
        assert screen_after(*whole).frame().text(1) == "later and last"


def test_a_range_that_begins_inside_a_sequence_begins_after_it(making: Making) -> None:
    pieces = [(0, b"ok\x1b[3"), (100 * MS, b"1mred"), (200 * MS, b"!")]
    with making.sealed(on_terminal(pieces)) as recording:
        header, events = exported(recording, start=50 * MS)
        assert screen_after(header, events).frame().text(0) == "okred!"
        assert [event.at for event in events] == [0, 150 * MS]


def test_every_line_is_ascii(making: Making) -> None:
    with making.sealed(on_terminal([(0, "\x9b31m漢\u202e".encode())])) as recording:
        out = io.StringIO()
        export_cast(recording, out, version=3)
        assert out.getvalue().isascii()
        assert json.loads(out.getvalue().splitlines()[1])[2] == "\x9b31m漢\u202e"
