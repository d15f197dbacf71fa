"""The journal: numbering, anchors, segments, group commit, and how it fails."""

from __future__ import annotations

import hashlib
import itertools
import os
import shutil
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recorder import format as fmt
from recorder.errors import JournalError
from recorder.events import (
    Anchor,
    ClockStep,
    End,
    Event,
    Header,
    Input,
    Output,
    Salt,
)
from recorder.journal import ANCHOR_SIZE, Journal, Writer
from recorder.reader import is_live, segment_records
from recorder.verify import verify_reel
from tests.recorder.builders import Studio, crash, outputs


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with Studio(tmp_path / "store") as made:
        yield made


def written(studio: Studio, journal: Journal) -> list[fmt.Packed]:
    """What is in its segments by now."""
    return [
        record
        for path in studio.store.journals(journal.id)
        for record in segment_records(path.read_bytes())
    ]


def kinds(records: list[fmt.Packed]) -> list[str]:
    return [record.event.code for record in records]


# -- what is written -------------------------------------------------------------------------------


def test_header_salt_and_anchor_are_written_when_it_is_opened(studio: Studio) -> None:
    journal = studio.begin(cols=80, rows=24)
    header, salt, anchor = (record.event for record in written(studio, journal))
    assert isinstance(header, Header)
    assert header == journal.header
    assert header.facts["wall"] == studio.clock.wall
    assert isinstance(salt, Salt)
    assert hashlib.sha256(salt.secret).digest() == header.facts["salt"]
    assert anchor == Anchor(0, 0, 2, 0, studio.clock.wall, studio.clock.mono)


def test_events_are_numbered_in_order_and_exact(studio: Studio) -> None:
    journal = studio.begin()
    data = [b"", b"\0", b"\xff\xfe", b"\x1b[", bytes(range(256))]
    journal.append([Output(i, 1, piece) for i, piece in enumerate(data)]).result(10)
    journal.append([Input(9, 2, b"in")]).result(10)
    journal.close("bye").result(10)
    records = written(studio, journal)
    assert [record.number for record in records] == list(range(10))
    assert [r.event.data for r in records if isinstance(r.event, Output)] == data
    assert records[-1].event == End(9, 0, "bye")


def test_a_time_never_goes_back(studio: Studio) -> None:
    journal = studio.begin()
    journal.append([Output(at, 1, b"x") for at in (50, 20, -7, 60, 0)]).result(10)
    times = [record.time for record in written(studio, journal)][3:]
    assert times == [50, 50, 50, 60, 60]


def test_an_anchor_comes_after_ten_seconds(studio: Studio) -> None:
    journal = studio.begin()
    for at in (0, 9_999_999, 10_000_000, 19_999_999, 20_000_000):
        journal.append([Output(at, 1, b"x")]).result(10)
    assert kinds(written(studio, journal))[2:] == [
        "anchor", "o", "o", "anchor", "o", "o", "anchor", "o",
    ]  # fmt: skip


def test_an_anchor_comes_after_a_mebibyte(studio: Studio) -> None:
    journal = studio.begin()
    for _ in range(3):
        journal.append([Output(0, 1, bytes(ANCHOR_SIZE // 2))]).result(10)
    records = written(studio, journal)
    assert kinds(records)[2:] == ["anchor", "o", "o", "anchor", "o"]
    # It began a segment, too.
    assert len(studio.store.journals(journal.id)) == 2


@pytest.mark.parametrize("step_ms", [260, -260, 3_600_000])
def test_a_step_of_the_wall_clock_is_an_anchor_and_an_event(studio: Studio, step_ms: int) -> None:
    journal = studio.begin()
    journal.append([Output(0, 1, b"x")]).result(10)
    studio.clock.wall += step_ms * 1_000_000
    journal.append([Output(1, 1, b"y"), Output(2, 1, b"z")]).result(10)
    records = written(studio, journal)
    assert kinds(records)[3:] == ["o", "anchor", "clock", "o", "o"]
    step = records[5].event
    assert isinstance(step, ClockStep)
    assert step.delta_ns == step_ms * 1_000_000


def test_a_small_drift_is_no_step(studio: Studio) -> None:
    journal = studio.begin()
    studio.clock.wall += 240_000_000
    journal.append([Output(0, 1, b"x")]).result(10)
    assert kinds(written(studio, journal))[3:] == ["o"]


def test_a_segment_ends_after_ten_minutes_at_an_anchor(studio: Studio) -> None:
    journal = studio.begin()
    for minute in range(31):
        journal.append([Output(minute * 60_000_000, 1, b"x")]).result(10)
    paths = studio.store.journals(journal.id)
    firsts = [next(segment_records(path.read_bytes())).event for path in paths]
    assert len(paths) == 4
    assert isinstance(firsts[0], Header)
    assert all(isinstance(first, Anchor) for first in firsts[1:])
    assert [record.number for record in written(studio, journal)] == list(range(64))


def test_one_large_batch_becomes_many_segments_that_each_fit_a_chunk(studio: Studio) -> None:
    journal = studio.begin()
    journal.append([Output(0, 1, bytes(700_000)) for _ in range(30)]).result(30)
    journal.close("bye").result(10)
    sizes = [path.stat().st_size for path in studio.store.journals(journal.id)]
    assert len(sizes) > 8
    assert max(sizes) < fmt.CHUNK_LIMIT // 2
    studio.seal()
    assert verify_reel(studio.store.reel(journal.id), studio.store.verifiers()).ok


@settings(max_examples=25)
@given(
    batches=st.lists(
        st.lists(
            st.tuples(st.integers(0, 700_000_000), st.integers(0, 1_300_000), st.integers(-1, 1)),
            max_size=4,
        ),
        max_size=6,
    )
)
def test_whatever_is_appended_comes_back(
    tmp_path_factory: pytest.TempPathFactory, batches: list[list[tuple[int, int, int]]]
) -> None:
    path = tmp_path_factory.mktemp("store")
    with Studio(path) as studio:
        journal = studio.begin()
        sent: list[bytes] = []
        for batch in batches:
            events: list[Event] = []
            for at, size, step in batch:
                studio.clock.wall += step * 300_000_000
                sent.append(b"%d" % len(sent) + bytes(size))
                events.append(Output(at, 1, sent[-1]))
            journal.append(events).result(30)
        journal.close("bye").result(10)
        records = written(studio, journal)
        assert [record.number for record in records] == list(range(len(records)))
        assert all(a.time <= b.time for a, b in itertools.pairwise(records))
        assert [r.event.data for r in records if isinstance(r.event, Output)] == sent
        studio.seal()
        assert verify_reel(studio.store.reel(journal.id), studio.store.verifiers()).ok
        with studio.open(journal.id) as recording:
            assert list(recording.records()) == records
    shutil.rmtree(path)


# -- when it is done, durable and over -------------------------------------------------------------


def test_what_is_done_is_in_the_file(studio: Studio) -> None:
    journal = studio.begin()
    for i in range(50):
        journal.append([Output(i, 1, b"%d" % i)]).result(10)
        last = written(studio, journal)[-1].event
        assert isinstance(last, Output)
        assert last.data == b"%d" % i


def test_a_sync_follows_without_further_events(tmp_path: Path) -> None:
    from recorder.clock import SystemClock

    studio = Studio(tmp_path)
    writer = Writer(studio.store, SystemClock(), os.urandom)
    journal = writer.open(studio.facts())
    journal.append(outputs(5)).result(10)
    deadline = time.monotonic() + 10
    while journal.durable < 8 and time.monotonic() < deadline:
        time.sleep(0.005)
    assert journal.durable == 8
    writer.close()
    crash(studio.writer)


def test_closing_a_journal_makes_it_durable_and_lets_go_of_its_lock(studio: Studio) -> None:
    journal = studio.begin()
    assert is_live(studio.store, journal.id)
    journal.close("bye").result(10)
    assert journal.ended
    assert journal.durable == len(written(studio, journal))
    assert not is_live(studio.store, journal.id)


def test_nothing_can_be_appended_to_what_has_ended(studio: Studio) -> None:
    journal = studio.begin()
    journal.close("bye").result(10)
    for late in (journal.append([Output(0, 1, b"x")]), journal.close("again")):
        with pytest.raises(JournalError, match="has ended"):
            late.result(10)
    assert kinds(written(studio, journal))[-1] == "end"


def test_the_backlog_is_what_the_sealer_has_not_taken(studio: Studio) -> None:
    journal = studio.begin()
    for i in range(4):
        journal.append([Output(i * 600_000_000, 1, b"x")]).result(10)
    assert journal.backlog() == 3
    studio.seal()
    journal.append([Output(4 * 600_000_000, 1, b"x")]).result(10)
    assert journal.backlog() == 1


def test_closing_the_writer_finishes_pending_work_and_ends_nothing(studio: Studio) -> None:
    journals = [studio.begin() for _ in range(3)]
    futures = [
        journal.append([Output(i, 1, bytes(50_000))]) for i in range(100) for journal in journals
    ]
    studio.writer.close()
    for future in futures:
        assert future.result(0) is None
    for journal in journals:
        assert kinds(written(studio, journal)).count("o") == 100
        assert kinds(written(studio, journal))[-1] == "o"
        assert not is_live(studio.store, journal.id)
        with pytest.raises(JournalError, match="shutting down"):
            journal.append([Output(0, 1, b"late")]).result(10)
    studio.writer.close()


def test_appending_while_the_writer_closes_is_answered_always(tmp_path: Path) -> None:
    for i in range(20):
        studio = Studio(tmp_path / str(i))
        journal = studio.begin()
        answers: list[Future[None]] = []
        started = threading.Event()

        def flood(
            journal: Journal = journal,
            answers: list[Future[None]] = answers,
            started: threading.Event = started,
        ) -> None:
            for i in range(300):
                answers.append(journal.append([Output(i, 1, b"x")]))
                started.set()

        with ThreadPoolExecutor(2) as pool:
            flooding = [pool.submit(flood) for _ in range(2)]
            started.wait(10)
            studio.writer.close()
            for done in flooding:
                done.result(30)
        outcomes = [answer.exception(10) for answer in answers]
        assert len(outcomes) == 600
        stored = kinds(written(studio, journal)).count("o")
        assert stored == outcomes.count(None)


def test_many_sessions_at_once_are_kept_apart(tmp_path: Path) -> None:
    with Studio(tmp_path) as studio:
        before = len([*Path("/proc/self/fd").iterdir()])
        journals = [studio.begin(principal=f"p{i}") for i in range(300)]
        for round_ in range(3):
            done = [j.append([Output(round_, 1, j.id.encode())]) for j in journals]
            for future in done:
                future.result(30)
        for journal in journals:
            data = [r.event.data for r in written(studio, journal) if isinstance(r.event, Output)]
            assert data == [journal.id.encode()] * 3
        for future in [journal.close("bye") for journal in journals]:
            future.result(30)
        reports = studio.seal()
        assert sum(report.state == "closed" for report in reports) == 300
        assert len([*Path("/proc/self/fd").iterdir()]) == before
