"""The index of real recordings: built at once or piecewise, live or sealed, killed or not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recorder import tables
from recorder.events import ChannelClosed, ChannelOpened, Event, Output, Resize, Terminal
from recorder.frames import FrameRef
from recorder.index import Index
from recorder.playback import Playback
from recorder.reader import Recording
from recorder.tables import BUCKET
from tests.recorder.recordings import Making, on_terminal

MS = 1_000


@pytest.fixture
def making(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Making]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    made = Making(tmp_path / "store")
    yield made
    made.close()


def lines(count: int, every: int = 7 * MS) -> list[Event]:
    """A steady log that has keyframes at several places."""
    piece = b"\x1b[32mok\x1b[0m %05d " + b"x" * 60
    return on_terminal((n * every, (piece % n) * 10 + b"\r\n") for n in range(count))


def tables_of(index: Index) -> tuple[list[FrameRef], list[object], list[object]]:
    return list(index.frames), list(index.cues), list(index.density.columns(50, 0, index.duration))


def test_it_is_built_once_and_then_read(making: Making) -> None:
    with making.sealed(lines(2000)) as recording:
        told: list[tuple[int, int]] = []
        with Index.load_or_build(recording, lambda *now: told.append(now)) as built:
            assert built.finished
            assert built.kept
            assert len(built.frames) > 100
            assert all(frame.closed - frame.opened < 100 * MS for frame in built.frames)
        assert told[-1] == (built.events, built.events)
        path = recording.path.with_suffix(".index")
        content = path.read_bytes()
        with Index.load(recording) as loaded:
            assert loaded.behind == 0
            assert tables_of(loaded) == tables_of(built)
            assert not loaded.refresh()
        assert path.read_bytes() == content


def test_it_is_built_in_parts_of_any_size(making: Making) -> None:
    """Each part is as a live recording at that place; all of them are what one pass makes."""
    with making.sealed(lines(3000)) as recording:
        with Index.load(recording) as index:
            parts, told = 0, list(index.frames)
            while index.refresh(enough=lambda: True) and index.partial:
                parts += 1
                assert not index.finished
                assert index.events < recording.sealed_events
                told = list(index.frames)
            assert parts > 5
            assert index.finished
            assert list(index.frames)[: len(told)] == told
            built = tables_of(index)
        with Index.load(recording) as index:
            assert (index.behind, tables_of(index)) == (0, built)
        with Index.load_or_build(recording, rebuild=True) as index:
            assert tables_of(index) == built


def test_the_index_is_small_beside_what_it_indexes(making: Making) -> None:
    with making.sealed(lines(4000)) as recording, Index.load_or_build(recording):
        raw = sum(len(record.raw) for record in recording.records())
        assert recording.path.with_suffix(".index").stat().st_size * 10 < raw


@pytest.mark.parametrize("damage", [b"", b"junk", b"\0" * 100_000])
def test_a_stale_or_damaged_index_is_made_again(making: Making, damage: bytes) -> None:
    with making.sealed(lines(500)) as recording:
        with Index.load_or_build(recording) as index:
            expected = tables_of(index)
        path = recording.path.with_suffix(".index")
        stamp = path.read_bytes().partition(b"}\n")[0] + b"}\n"
        for content in (damage, stamp + damage, path.read_bytes()[:-1] + b"!"):
            path.write_bytes(content)
            with Index.load_or_build(recording) as index:
                assert tables_of(index) == expected


def test_an_index_of_another_recording_is_not_taken(making: Making) -> None:
    with making.sealed(lines(50)) as one, making.sealed(lines(90)) as two:
        with Index.load_or_build(one):
            pass
        two.path.with_suffix(".index").write_bytes(one.path.with_suffix(".index").read_bytes())
        with Index.load_or_build(two) as index:
            assert index.events == two.last().number + 1


def test_another_version_of_the_emulator_makes_it_again(
    making: Making, monkeypatch: pytest.MonkeyPatch
) -> None:
    with making.sealed(lines(50)) as recording:
        with Index.load_or_build(recording):
            pass
        path = recording.path.with_suffix(".index")
        before = path.stat().st_ino
        monkeypatch.setattr("recorder.index_format.EMULATOR_VERSION", 999)
        with Index.load_or_build(recording) as index:
            assert index.finished
        assert path.stat().st_ino != before
        assert b'"emulator": 999' in path.read_bytes()[:300]


def test_where_the_store_cannot_be_written_it_is_kept_elsewhere(making: Making) -> None:
    with making.sealed(lines(300)) as recording:
        recording.path.with_suffix(".index").mkdir()
        with Index.load_or_build(recording) as index:
            expected = tables_of(index)
            assert index.kept
        with Index.load(recording) as index:
            assert tables_of(index) == expected


def test_a_second_reader_of_a_live_session_is_no_worse_off(making: Making) -> None:
    journal = making.begin()
    events = lines(3000)
    journal.append(events[:1500]).result()
    with (
        making.open(journal) as recording,
        making.open(journal) as other,
        Index.load_or_build(recording) as writer,
        Index.load_or_build(other) as reader,
    ):
        assert (writer.kept, reader.kept) == (True, False)
        journal.append(events[1500:]).result()
        assert writer.refresh()
        assert reader.refresh()
        assert tables_of(writer) == tables_of(reader)
        playback = Playback(other, reader)
        frame = reader.frames[-1]
        assert playback.at_frame(frame.number).event == frame.last
    journal.close("done").result()


def test_the_live_edge_is_provisional(making: Making) -> None:
    journal = making.begin()
    journal.append(on_terminal([(0, b"a"), (300 * MS, b"b")])).result()
    with making.open(journal) as recording, Index.load_or_build(recording) as index:
        assert [frame.closed for frame in index.frames] == [0]
        assert [frame.closed for frame in index.edge] == [300 * MS]
        assert index.frames[0].stable
        journal.append([Output(310 * MS, 1, b"c")]).result()
        assert index.refresh()
        assert [frame.closed for frame in index.edge] == [310 * MS]
        journal.close("done").result()
        index.refresh()
        assert [frame.closed for frame in index.frames] == [0, 310 * MS]
        assert index.edge == []
        assert index.finished


def test_an_interrupted_recording_shows_its_last_frame(making: Making) -> None:
    journal = making.begin()
    journal.append(on_terminal([(0, b"a"), (300 * MS, b"b")])).result()
    making.writer.close()
    with making.open(journal) as recording:
        assert recording.state == "interrupted"
        with Index.load_or_build(recording) as index:
            expected = list(index.frames)
            assert [frame.closed for frame in expected] == [0, 300 * MS]
            assert index.finished
        with Index.load_or_build(recording) as index:
            assert list(index.frames) == expected
            making.seal()
            index.refresh()
            assert list(index.frames) == expected
    with making.open(journal) as recording, Index.load_or_build(recording) as index:
        assert list(index.frames) == expected
        assert index.behind == 0


def test_what_was_taken_for_ended_and_was_not_is_taken_back(making: Making) -> None:
    journal = making.begin()
    journal.append(on_terminal([(0, b"a")])).result()
    with making.open(journal) as recording:
        state = "interrupted"

        class Seeming(Recording):
            state = property(lambda self: state)

        recording.__class__ = Seeming
        with Index.load_or_build(recording) as index:
            assert [(frame.first, frame.last) for frame in index.frames] == [(5, 5)]
            state = "live"
            journal.append([Output(5 * MS, 1, b"b"), Output(50 * MS, 1, b"c")]).result()
            assert index.refresh()
            assert [(frame.first, frame.last) for frame in index.frames] == [(5, 6)]
    journal.close("done").result()


def test_a_damaged_recording_is_shown_as_far_as_it_goes(making: Making) -> None:
    journal = making.begin()
    for part in range(4):
        # Ten minutes apart, so that each lies in a chunk of its own.
        at = part * 601_000_000
        journal.append([*on_terminal([(0, b"")])[:2], Output(at, 1, b"part %d " % part)]).result()
    making.finish(journal)
    with making.open(journal) as recording:
        assert recording.chunk_count == 4
        third = recording._layout.chunks[2].data
        assert third is not None
    content = bytearray(recording.path.read_bytes())
    content[third.offset + third.size // 2] ^= 1
    recording.path.write_bytes(content)
    with making.open(journal) as recording, Index.load_or_build(recording) as index:
        assert index.damage is not None
        assert "chunk 2" in index.damage.where
        assert index.finished
        view = Playback(recording, index).at_frame(99)
        assert view.screen.text(0) == "part 0 part 1"


def test_channels_are_listed_by_their_first_frame(making: Making) -> None:
    events: list[Event] = [
        ChannelOpened(0, 1, "session", "client"),
        ChannelOpened(0, 2, "session", "client"),
        Terminal(0, 2, "xterm", 20, 5, 0, 0, b""),
        Output(MS, 2, b"two"),
        ChannelClosed(2 * MS, 2, ""),
        ChannelOpened(3 * MS, 3, "session", "client"),
        Output(4 * MS, 3, b"three"),
    ]
    with making.sealed(events) as recording, Index.load_or_build(recording) as index:
        assert index.channels == [2, 3, 1]
        assert [frame.channel for frame in index.frames] == [2, 3]
        assert index.density.columns(1, 0, BUCKET)[0].output == 8


pieces = st.sampled_from(
    [b"a", b"\r\n", b"\x1b[?1049h", b"\x1b[?1049l\x1b[3", b"2m", b"\x1b[?2026h"]
)
steps = st.lists(
    st.tuples(st.sampled_from([0, 1, 17, 60, 400]), st.integers(1, 2), pieces, st.integers(0, 9)),
    min_size=1,
    max_size=25,
)


def session(drawn: list[tuple[int, int, bytes, int]]) -> list[Event]:
    now, events = 0, list[Event]()
    for later, channel, data, what in drawn:
        now += later * MS
        if what == 0:
            events.append(Resize(now, channel, 20 + now % 7, 5, 0, 0))
        elif what == 1:
            events.append(Terminal(now, channel, "xterm", 30, 5, 0, 0, b""))
        else:
            events.append(Output(now, channel, data * (300 if what > 6 else 1)))
    return events


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps, st.lists(st.sampled_from(["refresh", "kill", "tear", "seal"]), max_size=25))
def test_followed_live_through_kills_it_is_the_same_as_built_at_once(
    making: Making, drawn: list[tuple[int, int, bytes, int]], happenings: list[str]
) -> None:
    events = session(drawn)
    journal = making.begin()
    recording = making.open(journal)
    path = recording.path.with_suffix(".index")
    index = Index.load_or_build(recording)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tables, "COST", 40)  # keyframes every few records
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
        followed = tables_of(index)
        index.close()
        with Index.load_or_build(recording) as loaded:
            assert tables_of(loaded) == followed
        with Index.load_or_build(recording, rebuild=True) as built:
            assert tables_of(built) == followed
    recording.close()
