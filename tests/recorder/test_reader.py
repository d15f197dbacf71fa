"""Reading: sealed, live, damaged, and while the sealer moves what is read."""

from __future__ import annotations

import contextlib
import os
import random
import resource
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recorder.errors import NotFound, RecordingError
from recorder.events import Output
from recorder.journal import Journal
from recorder.reader import Recording, is_live, look
from recorder.sealer import Sealer
from tests.recorder.builders import Studio, crash, forge, outputs, packed, story
from tests.vectors.make import SESSION

TEN_MINUTES = 600_000_000


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with Studio(tmp_path / "store") as made:
        yield made


def part(journal: Journal, number: int) -> None:
    """Three more events, in a segment of their own."""
    at = number * TEN_MINUTES
    journal.append([Output(at + i, 1, b"%d.%d" % (number, i)) for i in range(3)]).result(10)


def data_of(recording: Recording, start: int = 0) -> list[bytes]:
    return [r.event.data for r in recording.records(start) if isinstance(r.event, Output)]


def parts(count: int) -> list[bytes]:
    return [b"%d.%d" % (number, i) for number in range(count) for i in range(3)]


# -- what it says of a recording -------------------------------------------------------------------


def test_a_sealed_recording(studio: Studio) -> None:
    session = studio.whole(outputs(100))
    with studio.open(session) as recording:
        records = list(recording.records())
        assert recording.id == session
        assert (recording.state, recording.finished) == ("sealed", True)
        assert recording.end_reason == "logout"
        assert recording.sealed_events == len(records) == 105
        assert recording.sealed_time == records[-1].time
        assert recording.duration() == records[-1].time == 99_000
        assert recording.last() == records[-1]
        assert not recording.refresh()


def test_a_live_one_then_interrupted_then_sealed_so(studio: Studio) -> None:
    journal = studio.begin()
    part(journal, 0)
    with studio.open(journal.id) as recording:
        assert (recording.state, recording.finished, recording.chunk_count) == ("live", False, 0)
        assert recording.duration() == 2
        part(journal, 1)
        studio.seal()
        assert data_of(recording) == parts(2)
        assert recording.chunk_count == 1
        crash(studio.writer)
        assert recording.state == "interrupted"
        studio.seal()
        # Its journals are gone, and it has not been told to look again.
        assert recording.state == "interrupted"
        assert recording.finished
        assert data_of(recording) == parts(2)


def test_a_recording_that_ends_in_order_meanwhile_is_never_called_interrupted(
    studio: Studio,
) -> None:
    journal = studio.begin()
    with studio.open(journal.id) as recording:
        journal.close("bye").result(10)
        studio.seal()
        assert recording.state == "sealed"


def test_any_start_gives_the_rest(studio: Studio) -> None:
    journal = studio.begin()
    for number in range(4):
        part(journal, number)
        if number == 2:
            studio.seal()
    with studio.open(journal.id) as recording:
        everything = list(recording.records())
        assert recording.chunk_count == 2
        assert len(everything) == 3 + 12 + 3
        for start in range(len(everything) + 3):
            assert list(recording.records(start)) == everything[start:]


def test_the_number_at_a_time(studio: Studio) -> None:
    journal = studio.begin()
    for number in range(3):
        part(journal, number)
    studio.seal()
    with studio.open(journal.id) as recording:
        everything = list(recording.records())
        for time in (-1, 0, 1, 5, TEN_MINUTES - 1, TEN_MINUTES, TEN_MINUTES + 1, 1 << 60):
            upto = [record.number for record in everything if record.time <= time]
            assert recording.number_at(time) == (upto[-1] if upto else 0), time


def test_following_sees_each_event_once(studio: Studio) -> None:
    journal = studio.begin()
    chance = random.Random(3)
    seen: list[bytes] = []
    with studio.open(journal.id) as recording:
        following, count = 0, 0
        for number in range(40):
            if chance.random() < 0.6:
                part(journal, count)
                count += 1
            if chance.random() < 0.4:
                studio.seal()
            if number == 39:
                journal.close("bye").result(10)
            for record in recording.records(following):
                following = record.number + 1
                if isinstance(record.event, Output):
                    seen.append(record.event.data)
    assert seen == parts(count)


def test_it_opens_by_id_prefix_and_path(studio: Studio) -> None:
    session = studio.whole()
    path = studio.store.reel(session)
    other = path.with_name("mine.reel")
    other.write_bytes(path.read_bytes())
    for name, store in ((session, studio.path), (session[:8], studio.path), (str(other), None)):
        with Recording.open(name, store) as recording:
            assert recording.id == session
    with pytest.raises(NotFound):
        Recording.open(str(path.with_name("other.reel")))


# -- while the sealer works ------------------------------------------------------------------------


@contextlib.contextmanager
def at_look(number: int, act: Callable[[], object]) -> Iterator[list[int]]:
    """Does ``act`` right before the reader's ``number``-th look at a file or the folder."""
    count, busy = [0], [False]

    def guard(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **named: Any) -> Any:
            if not busy[0]:
                count[0] += 1
                if count[0] == number:
                    busy[0] = True
                    act()
                    busy[0] = False
            return real(*args, **named)

        return call

    with pytest.MonkeyPatch.context() as patch:
        for name in ("pread", "scandir", "open"):
            patch.setattr(os, name, guard(getattr(os, name)))
        for name in ("read_bytes", "stat"):
            patch.setattr(Path, name, guard(getattr(Path, name)))
        yield count


@pytest.mark.parametrize("ends", [False, True], ids=["moves segments", "ends it"])
@pytest.mark.parametrize("sealed_before", [0, 2])
def test_a_reader_beside_a_sealer_misses_nothing(
    tmp_path: Path, sealed_before: int, ends: bool
) -> None:
    number, looks = 0, 1
    while number <= looks:
        with Studio(tmp_path / str(number)) as studio:
            journal = studio.begin()
            for i in range(4):
                part(journal, i)
                if i == sealed_before:
                    studio.seal()

            def act(journal: Journal = journal, studio: Studio = studio) -> None:
                part(journal, 4)
                if ends:
                    journal.close("bye").result(10)
                studio.seal()

            with at_look(number, act) as count, studio.open(journal.id) as recording:
                seen = data_of(recording)
                state = recording.state
            assert seen[:12] == parts(4), number
            assert seen in (parts(4), parts(5)), number
            assert state in (("live", "sealed") if ends else ("live",)), number
            looks = count[0]
        number += 1
    assert looks > 10


def test_reading_twice_at_once_misses_nothing(studio: Studio) -> None:
    """Another look through the same object in the middle of an iteration."""
    journal = studio.begin()
    for i in range(4):
        part(journal, i)
    with studio.open(journal.id) as recording:
        seen = []
        for record in recording.records():
            if isinstance(record.event, Output):
                seen.append(record.event.data)
            if record.number == 4:
                studio.seal()
                recording.refresh()
                recording.last()
        assert seen == parts(4)


def test_a_front_that_moves_on_between_two_looks_is_live(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = studio.begin()
    moved = 0
    real = os.open

    def open_after_rotation(path: Any, *args: Any, **named: Any) -> int:
        nonlocal moved
        if str(path).endswith(".journal") and moved < 3:
            moved += 1
            part(journal, moved)
        return real(path, *args, **named)

    monkeypatch.setattr(os, "open", open_after_rotation)
    assert look(studio.store, journal.id)[1]
    assert moved


def test_a_lock_that_cannot_be_tried_says_nothing_about_who_holds_it(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Out of descriptors: the sealer must not take a live session for an abandoned one."""
    journal = studio.begin()
    real = os.open

    def none_left(path: Any, *args: Any, **named: Any) -> int:
        if str(path).endswith(".journal"):
            raise OSError(24, "Too many open files")
        return real(path, *args, **named)

    with Sealer(studio.store, studio.signer, studio.clock) as sealer:
        monkeypatch.setattr(os, "open", none_left)
        assert sealer.step() == []
        assert sealer.troubles == {journal.id: "Too many open files"}
        with pytest.raises(NotFound, match="Too many open files"):
            is_live(studio.store, journal.id)
        monkeypatch.undo()
        assert sealer.step()[0].state == ""
    assert is_live(studio.store, journal.id)
    part(journal, 0)


# -- what is damaged -------------------------------------------------------------------------------


def test_a_segment_that_is_missing_is_told(studio: Studio) -> None:
    journal = studio.begin()
    for i in range(4):
        part(journal, i)
    studio.store.journals(journal.id)[1].unlink()
    with studio.open(journal.id) as recording:
        records = recording.records()
        seen = [next(records).number for _ in range(6)]
        assert seen == list(range(6))
        with pytest.raises(RecordingError, match="missing") as caught:
            next(records)
        assert caught.value.where == "event 6"
        assert recording.last().number == 5


@pytest.mark.parametrize(
    "content",
    [b"", b"\0", b"not a reel", bytes(100_000), b"\x28\xb5\x2f\xfd", os.urandom(5000)],
    ids=["empty", "zero", "text", "zeros", "magic", "noise"],
)
def test_any_file_is_one_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.reel"
    path.write_bytes(content)
    with pytest.raises(RecordingError):
        Recording.open(str(path))


def test_what_is_no_file_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "folder.reel").mkdir()
    os.mkfifo(tmp_path / "pipe.reel")
    for name in ("folder.reel", "pipe.reel"):
        with pytest.raises(NotFound, match="is not a file"):
            Recording.open(str(tmp_path / name))


WHOLE = forge(SESSION, packed(story(SESSION)))


@settings(max_examples=150)
@given(data=st.data())
def test_any_bytes_end_in_records_or_in_the_one_error(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    mutated = bytearray(WHOLE)
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(mutated)))
        kind = data.draw(st.sampled_from(["overwrite", "insert", "cut", "copy"]))
        piece = data.draw(st.binary(max_size=12))
        if kind == "overwrite":
            mutated[place : place + len(piece)] = piece
        elif kind == "insert":
            mutated[place:place] = piece
        elif kind == "cut":
            del mutated[place : place + data.draw(st.integers(0, 300))]
        else:
            begin = data.draw(st.integers(0, len(mutated)))
            mutated[place:place] = mutated[begin : begin + data.draw(st.integers(0, 900))]
    path = tmp_path_factory.getbasetemp() / "mutated.reel"
    path.write_bytes(mutated)
    try:
        with Recording.open(str(path)) as recording:
            numbers: list[int] = []
            with contextlib.suppress(RecordingError):
                numbers.extend(record.number for record in recording.records())
            assert numbers == list(range(len(numbers)))
            _ = (recording.state, recording.last(), recording.number_at(400))
            _ = (recording.duration(), recording.end_reason, recording.sealed_events)
    except RecordingError:
        pass


def test_no_descriptor_is_left(studio: Studio) -> None:
    session = studio.whole(outputs(5))
    bad = studio.path / "bad.reel"
    bad.write_bytes(WHOLE[:40])
    before = len([*Path("/proc/self/fd").iterdir()])
    for _ in range(20):
        with studio.open(session) as recording:
            assert next(iter(recording.records())).number == 0
        with pytest.raises(RecordingError):
            Recording.open(str(bad))
    assert len([*Path("/proc/self/fd").iterdir()]) == before


def test_a_long_recording_is_read_in_constant_memory(studio: Studio) -> None:
    journal = studio.begin()
    for i in range(40):
        journal.append([Output(i, 1, os.urandom(1000) * 700)]).result(10)
    journal.close("bye").result(10)
    studio.seal()
    with studio.open(journal.id) as recording:
        for record in recording.records():
            del record
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for _ in range(3):
            for record in recording.records():
                del record
        assert recording.chunk_count > 10
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak < 8 << 10
