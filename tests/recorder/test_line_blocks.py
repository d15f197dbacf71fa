"""The lines of whole recordings, through the index and its file."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recorder import line_blocks, tables
from recorder.events import ChannelClosed, Event, Input, Output, Resize
from recorder.index import Index
from recorder.playback import Playback
from recorder.text import PASSED, SHOWN, Text
from tests.recorder.recordings import Making, on_terminal

MS = 1_000


@pytest.fixture
def making(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Making]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    made = Making(tmp_path / "store")
    yield made
    made.close()


def texts(index: Index) -> list[Text]:
    return sorted(index.text())


def test_every_line_of_a_log_is_there_once_with_its_frame(making: Making) -> None:
    events = on_terminal((n * 300 * MS, b"line %d\r\n" % n * 3) for n in range(60))
    with making.sealed(events) as recording, Index.load_or_build(recording) as index:
        found = {text.text: text for text in index.text()}
        assert set(found) == {f"line {n}" for n in range(60)}
        assert [found[f"line {n}"].first for n in range(60)] == list(range(60))
        assert found["line 59"].last == 59
        assert found["line 0"].last == 7


def test_a_flood_is_small_and_whole(making: Making, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_blocks, "STRETCH", 1 << 18)
    lines = [f"entry {n * 7919 % 100_003} was written" for n in range(60_000)]
    data = "\r\n".join(lines).encode()
    pieces = [(n, data[n * 4000 : n * 4000 + 4000]) for n in range(len(data) // 4000 + 1)]
    with making.sealed(on_terminal(pieces)) as recording, Index.load_or_build(recording) as index:
        found = list(index.text())
        assert {text.text for text in found} == set(lines)
        assert {text.mark for text in found} == {SHOWN, PASSED}
        assert recording.path.with_suffix(".index").stat().st_size * 40 < len(data)
        with Index.load(recording) as loaded:
            assert texts(loaded) == sorted(found)


def test_of_one_channel_alone(making: Making) -> None:
    events: list[Event] = [
        Output(0, 1, b"one"),
        Output(MS, 2, b"two"),
        ChannelClosed(2 * MS, 1, ""),
    ]
    with making.sealed(events) as recording, Index.load_or_build(recording) as index:
        assert [text.text for text in index.text(2)] == ["two"]
        assert {text.channel for text in index.text()} == {1, 2}


def test_live_what_stands_is_told_and_goes_on(making: Making) -> None:
    journal = making.begin()
    journal.append(on_terminal([(0, b"a\r\n"), (300 * MS, b"b\r\n")])).result()
    with making.open(journal) as recording, Index.load_or_build(recording) as index:
        told = [(text.text, text.first, text.last) for text in texts(index)]
        assert told == [
            ("a", 0, 0),
            ("b", 0, 0),  # on the screen, but in no frame for certain
        ]
        journal.append([Output(900 * MS, 1, b"c")]).result()
        index.refresh()
        told = [(text.text, text.first, text.last) for text in texts(index)]
        assert told == [("a", 0, 1), ("b", 1, 1), ("c", 1, 1)]
        journal.close("done").result()
        index.refresh()
        told = [(text.text, text.first, text.last) for text in texts(index)]
        assert told == [("a", 0, 2), ("b", 1, 2), ("c", 2, 2)]


PIECES = [
    b"word ",
    b"$ ",
    b"\r\n",
    b"\r\x1b[K",
    b"\x1b[2J\x1b[H",
    b"\x1b[?1049h",
    b"\x1b[?1049l\x1b[3",
    b"1m",
    b"\x1b[8mdark\x1b[m",
    "漢字e\u0301\u200b".encode(),
    b"1\r\n2\r\n3\r\n4\r\n5\r\n6\r\n",
    b"\x1b]133;B\x07ls\r\n\x1b]133;C\x07",
]
steps = st.lists(
    st.tuples(
        st.sampled_from([0, 17, 400, 3000]),
        st.integers(1, 2),
        st.sampled_from(PIECES),
        st.integers(0, 12),
    ),
    min_size=1,
    max_size=20,
)


def session(drawn: list[tuple[int, int, bytes, int]]) -> list[Event]:
    now, events = 0, on_terminal([], cols=12, rows=4)
    for later, channel, data, what in drawn:
        now += later * MS
        match what:
            case 0:
                events.append(Resize(now, channel, 10 + now % 7, 4, 0, 0))
            case 1:
                events.append(ChannelClosed(now, channel, ""))
            case 2 | 3:
                events.append(Input(now, channel, b"l" if what == 2 else b"\r"))
            case _:
                events.append(Output(now, channel, data * (30 if what > 10 else 1)))
    return events


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps, st.lists(st.sampled_from(["refresh", "kill", "tear", "seal"]), max_size=20))
def test_followed_live_through_kills_the_lines_and_commands_are_the_same(
    making: Making, drawn: list[tuple[int, int, bytes, int]], happenings: list[str]
) -> None:
    events = session(drawn)
    journal = making.begin()
    recording = making.open(journal)
    path = recording.path.with_suffix(".index")
    index = Index.load_or_build(recording)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tables, "COST", 40)
        patch.setattr(line_blocks, "STRETCH", 100)
        for number, event in enumerate(events):
            journal.append([event]).result()
            match happenings[number] if number < len(happenings) else "refresh":
                case "refresh":
                    index.refresh()
                case "seal":
                    making.seal()
                    index.refresh()
                case "tear":
                    index.close()
                    content = path.read_bytes()
                    path.write_bytes(content[: len(content) - number])
                    index = Index.load_or_build(recording)
                case _:
                    index.close()
                    index = Index.load(recording)
        making.finish(journal)
        index.refresh()
        followed, commands = texts(index), index.commands
        index.close()
        with Index.load_or_build(recording) as loaded:
            assert texts(loaded) == followed
            assert loaded.commands == commands
        with Index.load_or_build(recording, rebuild=True) as built:
            assert texts(built) == followed
            assert built.commands == commands
            _covers(built, Playback(recording, built))
    recording.close()


def _covers(index: Index, playback: Playback) -> None:
    """Every row of every frame is in a line that stood then."""
    told = [text for text in index.text() if text.mark == SHOWN]
    for frame in index.frames:
        screen = playback.at_frame(frame.number).screen
        there = [
            text.text
            for text in told
            if text.channel == frame.channel and text.first <= frame.number <= text.last
        ]
        for y in range(screen.rows):
            assert any(screen.text(y) in text for text in [*there, ""])


def test_between_two_places_is_what_was_settled_between_them(making: Making) -> None:
    journal = making.begin()
    line = b"\x1b[32mentry %05d\x1b[0m of a log that goes on and on\r\n"
    events = on_terminal((n * 20 * MS, line % n) for n in range(4000))
    with making.open(journal) as recording, Index.load(recording) as index:
        taken: list[Text] = []
        since = 0
        for start in range(0, len(events), 500):
            journal.append(events[start : start + 500]).result()
            index.refresh()
            assert index.settled == sorted(index.settled)
            if index.settled:
                until = index.settled[-1]
                taken += index.text(since=since, until=until)
                since = until
            # What was settled before is so for ever.
            assert sorted([*taken, *index.text(since=since)]) == texts(index)
        assert since > 0
        making.finish(journal)
        index.refresh()
        assert sorted([*taken, *index.text(since=since)]) == texts(index)
        places = [0, *index.settled]
        apart = [t for a, b in itertools.pairwise(places) for t in index.text(since=a, until=b)]
        assert sorted(apart) == texts(index)
    with making.open(journal) as recording, Index.load(recording, rebuild=True) as index:
        index.refresh()
        assert sorted(apart) == texts(index)
