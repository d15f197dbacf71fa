from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from recorder.errors import RecordingError
from recorder.events import Marker, Output, Resize
from recorder.index import Index
from recorder.moments import AtEvent, AtFrame
from recorder.reader import Recording
from replay.projector import (
    SLICE,
    Answered,
    Broke,
    Desk,
    Loaded,
    Projector,
    Report,
    Shown,
    heat_of,
)
from tests.recorder.recordings import Making, StandingClock, fed_from_start, on_terminal

SECOND = 1_000_000
PATIENCE = 20.0


@pytest.fixture
def making(tmp_path: Path) -> Iterator[Making]:
    made = Making(tmp_path / "store")
    yield made
    made.close()


class Told:
    """What a projector on its own thread tells, one report after the other."""

    def __init__(self) -> None:
        self.reports: queue.Queue[Report] = queue.Queue()

    def next(self) -> Report:
        return self.reports.get(timeout=PATIENCE)

    def shown(self) -> Shown:
        report = self.next()
        assert isinstance(report, Shown)
        return report

    def loaded(self) -> Loaded:
        report = self.next()
        assert isinstance(report, Loaded)
        return report


@contextmanager
def running(
    recording: Callable[[], Recording], clock: StandingClock | None = None
) -> Iterator[tuple[Projector, Told]]:
    told = Told()
    projector = Projector(recording, told.reports.put, clock or StandingClock())
    thread = threading.Thread(target=projector.run)
    thread.start()
    try:
        yield projector, told
    finally:
        projector.stop()
        thread.join(PATIENCE)
        assert not thread.is_alive()


def opener(recording: Recording) -> Callable[[], Recording]:
    return partial(Recording, recording.store, recording.id)


def test_what_there_is_to_play(making: Making) -> None:
    events = [
        *on_terminal([(SECOND, b"one"), (9 * SECOND, b"two")]),
        Resize(10 * SECOND, 1, 100, 30, 0, 0),
        Marker(11 * SECOND, 0, "here"),
    ]
    with making.sealed(events) as recording, running(opener(recording)) as (_, told):
        loaded = told.loaded()
        assert loaded.span.frames == len(loaded.frames) == 2
        assert loaded.span.events == recording.last().number + 1
        assert loaded.timeline.duration == loaded.span.duration == recording.duration()
        assert [idle.start for idle in loaded.timeline.idles] == [SECOND]
        assert loaded.state == "sealed"
        assert loaded.sealed == (1, 1)
        assert sum(loaded.heat.output) == 6
        assert [(mark.kind, mark.time) for mark in loaded.markers.marks] == [
            ("resize", 0),
            ("resize", 10 * SECOND),
            ("marker", 11 * SECOND),
        ]


def test_positions_become_the_screens_that_were(making: Making) -> None:
    events = on_terminal([(n * SECOND, b"line %d\r\n" % n) for n in range(1, 9)])
    with making.sealed(events) as recording, running(opener(recording)) as (projector, told):
        frames = told.loaded().frames
        for target in (AtFrame(5), AtFrame(0), AtFrame(7), AtEvent(6)):
            projector.show(target)
            shown = told.shown()
            assert shown.target == target
            event = frames[target.frame].last if isinstance(target, AtFrame) else target.event
            assert shown.view.event == event
            assert shown.view.screen == fed_from_start(recording, event, 1)


def test_of_a_flood_only_the_newest_is_shown(making: Making) -> None:
    events = on_terminal([(n * SECOND, b"line %d\r\n" % n) for n in range(1, 51)])
    with making.sealed(events) as recording, running(opener(recording)) as (projector, told):
        told.loaded()
        for number in range(49, -1, -1):
            projector.show(AtFrame(number))
        seen = [told.shown().target]
        while seen[-1] != AtFrame(0):
            seen.append(told.shown().target)
        numbers = [target.frame for target in seen if isinstance(target, AtFrame)]
        assert numbers == sorted(numbers, reverse=True)
        assert len(set(numbers)) == len(numbers)


def test_a_live_session_grows_and_ends(making: Making) -> None:
    journal = making.begin()
    journal.append(on_terminal([(SECOND, b"one")])).result()
    with running(opener(making.open(journal)), making.clock) as (projector, told):
        assert told.loaded().state == "live"
        journal.append([Output(2 * SECOND, 1, b" two")]).result()
        making.clock.ns += 300_000_000
        projector.show(AtEvent(0))  # a nudge: its clock stands
        reports = [told.next(), told.next()]
        (grown,) = [report for report in reports if isinstance(report, Loaded)]
        projector.show(AtEvent(grown.span.events - 1))
        assert told.shown().view.screen.text(0) == "one two"
        journal.close("the end").result()
        making.seal()
        making.clock.ns += 300_000_000
        projector.show(AtEvent(0))
        ended = told.next()
        while not isinstance(ended, Loaded) or ended.state != "sealed":
            making.clock.ns += 300_000_000  # it may have looked while that was sealed
            projector.show(AtEvent(0))
            ended = told.next()
        assert ended.ended == "the end"
        assert ended.sealed == (1, 1)
        assert (grown.sealed_until, ended.sealed_until) == (-1, None)
        assert len(ended.frames) == 2


def test_a_terminal_is_shown_whichever_was_written_to(making: Making) -> None:
    events = [
        *on_terminal([], channel=1),
        *on_terminal([], channel=2),
        Output(1 * SECOND, 1, b"one"),
        Output(2 * SECOND, 2, b"two"),
    ]
    with making.sealed(events) as recording, running(opener(recording)) as (projector, told):
        loaded = told.loaded()
        assert sorted(loaded.terminals) == [1, 2]
        for target in (AtFrame(1), AtEvent(loaded.frames[1].last)):
            for terminal, channel, text in ((None, 2, "two"), (1, 1, "one"), (2, 2, "two")):
                projector.show(target, terminal)
                shown = told.shown()
                assert (shown.target, shown.terminal) == (target, terminal)
                assert shown.view.channel == channel
                assert shown.view.screen.text(0) == text


def test_a_live_session_is_left_alone_while_nothing_is_written(
    making: Making, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = making.begin()
    journal.append(on_terminal([(SECOND, b"one")])).result()
    refreshed: list[int] = []
    refresh = Index.refresh

    def counted(self: Index, *arguments: Any, **named: Any) -> bool:
        refreshed.append(1)
        return refresh(self, *arguments, **named)

    with running(opener(making.open(journal)), making.clock) as (projector, told):
        told.loaded()
        monkeypatch.setattr(Index, "refresh", counted)
        for _ in range(20):
            making.clock.ns += 300_000_000
            projector.show(AtEvent(0))
            assert isinstance(told.next(), Shown | Loaded)
        assert len(refreshed) <= 1
        journal.close("the end").result()


def test_heat_is_of_the_time_that_is_asked_for(making: Making) -> None:
    events = on_terminal([(n * SECOND, b"x" * n) for n in range(1, 9)])
    with making.sealed(events) as recording, Index.load_or_build(recording) as index:
        load = heat_of(index, 2 * SECOND, 6 * SECOND - 1, 4)
        assert (load.start, load.end) == (2 * SECOND, 6 * SECOND - 1)
        assert list(load.output) == [2, 3, 4, 5]
        assert list(load.typed) == [0, 0, 0, 0]


def test_what_cannot_be_opened_is_one_report(making: Making) -> None:
    recording = making.sealed(on_terminal([(SECOND, b"one")]))
    recording.close()
    recording.path.write_bytes(b"\x00" * 500)
    with running(opener(recording)) as (_, told):
        broke = told.next()
        assert isinstance(broke, Broke)
        assert broke.fatal
        assert broke.line.startswith("GR-1")


def test_a_file_that_cannot_be_read_is_one_report() -> None:
    def refuse() -> Recording:
        raise PermissionError(13, "Permission denied")

    with running(refuse) as (_, told):
        assert told.next() == Broke("cannot read the recording: Permission denied", fatal=True)


def test_stopping_while_the_index_is_made(making: Making) -> None:
    events = on_terminal([(n, b"x") for n in range(1, 30_000)])
    with making.sealed(events) as recording:
        told = Told()
        projector = Projector(opener(recording), told.reports.put, StandingClock())
        projector.stop()
        projector.run()
        assert told.reports.empty()
        with Index.load(recording) as index:
            assert index.events < len(events)


class Ticking(StandingClock):
    """A clock that goes on by so much whenever somebody looks at it."""

    def mono_ns(self) -> int:
        self.ns += SLICE // 4
        return self.ns


def test_what_nobody_has_indexed_is_shown_while_it_is_indexed(making: Making) -> None:
    """A part at a time; what is asked for in between is shown, and in the end all is there."""
    events = on_terminal([(n * SECOND, b"line %d\r\n" % n) for n in range(1, 3000)])
    with making.sealed(events) as recording:
        with running(opener(recording), Ticking()) as (projector, told):
            first = told.loaded()
            assert first.indexing is not None
            assert 0 < len(first.frames) < 2999
            assert first.indexing.done == first.span.events
            assert first.indexing.total == recording.sealed_events
            assert first.timeline.duration == first.span.duration < recording.duration()
            number = len(first.frames) // 2
            projector.show(AtFrame(number))
            shown: list[Shown] = []
            loaded = [first]
            while loaded[-1].indexing is not None or not shown:
                report = told.next()
                if isinstance(report, Shown):
                    shown.append(report)
                else:
                    assert isinstance(report, Loaded)
                    assert len(report.frames) >= len(loaded[-1].frames)
                    loaded.append(report)
            assert len(loaded) > 2
            event = first.frames[number].last
            assert shown[0].view.screen == fed_from_start(recording, event, 1)
            assert list(loaded[-1].frames[:number]) == list(first.frames[:number])
            assert loaded[-1].span.duration == recording.duration()
        with Index.load(recording) as index:
            assert index.finished
            assert list(index.frames) == list(loaded[-1].frames)
            assert not index.behind


def test_errands_are_run_by_name_the_newest_of_each_and_tell_what_they_find(making: Making) -> None:
    events = on_terminal([(SECOND, b"one"), (9 * SECOND, b"two")])
    with making.sealed(events) as recording, running(opener(recording)) as (projector, told):
        told.loaded()
        began, go_on = threading.Event(), threading.Event()

        def slow(desk: Desk) -> str:
            began.set()
            go_on.wait(PATIENCE)
            return desk.recording.id

        projector.ask("slow", slow)
        assert began.wait(PATIENCE)
        projector.ask("rows", lambda desk: -1)
        projector.ask("rows", lambda desk: desk.index.events)
        projector.show(AtFrame(1))
        go_on.set()
        assert told.next() == Answered("slow", recording.id)
        assert told.shown().target == AtFrame(1)  # what is looked at comes first
        assert told.next() == Answered("rows", recording.last().number + 1)


def test_an_errand_that_fails_is_one_line(making: Making) -> None:
    def failing(desk: Desk) -> None:
        raise RecordingError("chunk 3 is damaged")

    events = on_terminal([(SECOND, b"one")])
    with making.sealed(events) as recording, running(opener(recording)) as (projector, told):
        told.loaded()
        projector.ask("rows", failing)
        assert told.next() == Broke("GR-101: chunk 3 is damaged", fatal=False)
        projector.show(AtFrame(0))
        assert told.shown().target == AtFrame(0)
