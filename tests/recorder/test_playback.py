"""Any screen of a recording equals feeding from the start."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recorder import tables
from recorder.events import ChannelClosed, ChannelOpened, Event, Output, Resize, Terminal
from recorder.index import Index
from recorder.playback import Playback
from tests.recorder.recordings import Making, fed_from_start, on_terminal

MS = 1_000


@pytest.fixture
def making(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Making]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    made = Making(tmp_path / "store")
    yield made
    made.close()


def texts(playback: Playback, numbers: range) -> list[str]:
    return [playback.at_frame(number).screen.text(0) for number in numbers]


def test_frames_forwards_and_backwards_are_the_same(making: Making) -> None:
    events = on_terminal((n * 200 * MS, b"\r%d" % n) for n in range(300))
    with making.sealed(events) as recording, Index.load_or_build(recording) as index:
        playback = Playback(recording, index)
        forwards = texts(playback, range(300))
        assert forwards == [str(n) for n in range(300)]
        assert texts(playback, range(299, -1, -1)) == forwards[::-1]


def test_a_view_says_where_it_is(making: Making) -> None:
    events = on_terminal([(0, b"a"), (500 * MS, b"b"), (505 * MS, b"c"), (900 * MS, b"d")])
    with making.sealed(events) as recording, Index.load_or_build(recording) as index:
        playback = Playback(recording, index)
        view = playback.at_frame(1)
        frame = index.frames[1]
        assert (view.frame, view.event, view.time, view.channel) == (1, frame.last, 505 * MS, 1)
        assert view.screen.text(0) == "abc"
        between = playback.at_event(frame.first)
        assert (between.frame, between.time, between.screen.text(0)) == (0, 500 * MS, "ab")
        assert playback.at_time(505 * MS).screen == view.screen
        assert playback.at_time(504 * MS).frame == 0
        assert playback.at_time(700 * MS)[1:] == (700 * MS, view.event, 1, 1)


def test_places_outside_are_the_nearest_inside(making: Making) -> None:
    events = on_terminal([(10 * MS, b"a"), (500 * MS, b"b")])
    with making.sealed(events) as recording, Index.load_or_build(recording) as index:
        playback = Playback(recording, index)
        assert playback.at_frame(-1).frame == playback.at_event(-5).frame == -1
        assert playback.at_frame(-1).screen.text(0) == ""
        assert playback.at_time(-1).event == playback.at_time(0).event
        last = playback.at_frame(99)
        assert last.screen.text(0) == "ab"
        assert playback.at_event(10**9).screen == playback.at_time(10**12).screen == last.screen


def test_a_session_without_output_is_a_blank_screen_of_the_header_s_size(making: Making) -> None:
    with making.sealed([], cols=33, rows=7) as recording, Index.load_or_build(recording) as index:
        view = Playback(recording, index).at_time(0)
        assert (view.screen.cols, view.screen.rows, view.frame) == (33, 7, -1)


def test_each_channel_has_its_own_screen(making: Making) -> None:
    events: list[Event] = []
    for channel in (1, 2):
        events += [
            ChannelOpened(0, channel, "session", "client"),
            Terminal(0, channel, "xterm", 20, 5, 0, 0, b""),
        ]
    for n in range(50):
        events += [
            Output(n * 200 * MS, 1, b"\rone %d" % n),
            Output(n * 200 * MS, 2, b"\rtwo %d" % n),
        ]
    events.append(ChannelClosed(50 * 200 * MS, 2, ""))
    with making.sealed(events) as recording, Index.load_or_build(recording) as index:
        playback = Playback(recording, index)
        event = index.frames[61].last
        assert playback.at_event(event).channel == index.frames[61].channel
        for channel, name in ((1, "one"), (2, "two"), (1, "one")):
            view = playback.at_event(event, channel)
            assert view.screen.text(0) == f"{name} 30"
            assert index.frames[view.frame].channel == channel
        assert playback.at_event(10**6, 2).screen.text(0) == "two 49"


def test_lines_that_scrolled_off_belong_to_their_frame(making: Making) -> None:
    flood = b"".join(b"line %d\r\n" % n for n in range(100))
    events = on_terminal([(0, flood[:400]), (300 * MS, flood[400:]), (900 * MS, b"$ ")], rows=5)
    with making.sealed(events) as recording, Index.load_or_build(recording) as index:
        playback = Playback(recording, index)
        everything = [line for n in range(3) for line in playback.scrolled(n)]
        assert everything == [f"line {n}" for n in range(96)]
        assert playback.scrolled(2) == []
        assert playback.scrolled(0) == everything[: len(playback.scrolled(0))]


def test_what_a_frame_does_not_show_is_told_of_that_frame_alone(making: Making) -> None:
    events = on_terminal(
        [
            (0, b"first\r\n"),
            (300 * MS, "se\u200bcond\r\n\x1b[8mpass\x1b[m\r\n".encode()),
            (600 * MS, b"overwritten\rshort      \r\n"),
            (900 * MS, b"\x1b]8;;http://x/\x1b\\link\x1b]8;;\x1b\\"),
        ]
    )
    with making.sealed(events) as recording, Index.load_or_build(recording) as index:
        playback = Playback(recording, index)
        told = [
            {(note.why.value, note.text) for note in playback.hidden(index.frames[n].last)}
            for n in (1, 0, 3, 2)
        ]
        concealed = ("concealed", "pass")
        assert told == [
            {("format", "second"), concealed},
            set(),
            {("link", "http://x/"), concealed},
            {("overwritten", "overwritten"), concealed},
        ]


def test_a_live_recording_grows_under_it(making: Making) -> None:
    journal = making.begin()
    events = on_terminal((n * 200 * MS, b"\r%d" % n) for n in range(100))
    journal.append(events[:50]).result()
    with making.open(journal) as recording, Index.load_or_build(recording) as index:
        playback = Playback(recording, index)
        assert playback.at_event(10**6).screen.text(0) == "47"
        journal.append(events[50:]).result()
        index.refresh()
        assert playback.at_event(10**6).screen.text(0) == "99"
        making.finish(journal)
        index.refresh()
        assert playback.at_event(10**6).screen.text(0) == "99"
        assert playback.at_frame(20).screen.text(0) == "20"


pieces = st.sampled_from(
    [
        b"ab",
        b"\r\n",
        "漢".encode()[:2],
        b"\x89",
        b"\x1b[?1049h",
        b"\x1b[?1049l\x1b[3",
        b"2m",
        b"\x1b[2J",
    ]
)
steps = st.lists(
    st.tuples(st.sampled_from([0, 17, 150]), st.integers(1, 2), pieces, st.integers(0, 9)),
    min_size=1,
    max_size=25,
)
looks = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 2)), min_size=1, max_size=8)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps, looks, st.booleans())
def test_any_view_equals_feeding_from_the_start(
    making: Making,
    drawn: list[tuple[int, int, bytes, int]],
    looks: list[tuple[int, int]],
    live: bool,
) -> None:
    now, events = 0, list[Event]()
    for later, channel, data, what in drawn:
        now += later * MS
        match what:
            case 0:
                events.append(Resize(now, channel, 10 + now % 5, 4, 0, 0))
            case 1:
                events.append(Terminal(now, channel, "xterm", 12, 4, 0, 0, b""))
            case 2:
                events.append(ChannelClosed(now, channel, ""))
            case _:
                events.append(Output(now, channel, data * (200 if what > 6 else 1)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tables, "COST", 40)
        patch.setattr(tables, "LEAST_COST", 10)
        journal = making.begin(cols=15, rows=4)
        journal.append(events).result()
        if not live:
            making.finish(journal)
        with making.open(journal) as recording, Index.load_or_build(recording) as index:
            playback = Playback(recording, index)
            for event, channel in looks:
                view = playback.at_event(event, channel)
                assert view.screen == fed_from_start(recording, view.event, channel)
                assert view.time == next(recording.records(view.event)).time
            for frame in index.frames:
                view = playback.at_frame(frame.number)
                assert (view.frame, view.time) == (frame.number, frame.closed)
                assert view.screen == fed_from_start(recording, frame.last, frame.channel)
        if live:
            making.finish(journal)
