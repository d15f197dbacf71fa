"""The journal when something breaks: its session ends at once and says so, no other does."""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from recorder import format as fmt
from recorder.errors import JournalError
from recorder.events import (
    End,
    Output,
    Resize,
    TargetReached,
)
from recorder.journal import Journal, Writer
from recorder.reader import segment_records
from recorder.store import Store
from recorder.verify import verify_reel
from tests.recorder.builders import ScriptedClock, Studio, fixed_signer


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


def test_giving_up_waiting_does_not_stop_the_thread(studio: Studio) -> None:
    """A cancelled task cancels the future it waits for; the event is recorded all the same."""
    journal = studio.begin()
    for i in range(200):
        journal.append([Output(i, 1, b"x")]).cancel()
    journal.append([Output(200, 1, b"y")]).result(10)
    assert kinds(written(studio, journal)).count("o") == 201


@pytest.mark.parametrize(
    "event",
    [
        TargetReached(0, 0, {"rtt": 1.5}),
        TargetReached(0, 0, {"when": object()}),
        TargetReached(0, 0, {1: "key"}),  # type: ignore[dict-item]
        TargetReached(0, 0, {"many": list(range(5000))}),
        Output(0, 1, "text"),  # type: ignore[arg-type]
        Output(0, -1, b"channel"),
        Output(0, 1 << 31, b"channel"),
        Output(1 << 62, 1, b"time"),
        Output(0, 1, bytes(fmt.RECORD_LIMIT + 1)),
        Resize(0, 1, 1 << 64, 1, 0, 0),
        End(0, 0, "\udcff"),
        "no event",
        None,
    ],
    ids=lambda event: str(event)[:60],
)
def test_what_cannot_be_read_back_is_not_written_and_ends_its_session_only(
    studio: Studio, event: Any
) -> None:
    journal, other = studio.begin(), studio.begin()
    journal.append([Output(0, 1, b"before")]).result(10)
    with pytest.raises(JournalError, match="cannot be recorded any more"):
        journal.append([event]).result(10)
    with pytest.raises(JournalError):
        journal.append([Output(0, 1, b"after")]).result(10)
    assert journal.failure is not None
    other.append([Output(0, 1, b"fine")]).result(10)
    studio.seal()
    with studio.open(journal.id) as recording:
        assert recording.state == "interrupted"
        assert [r.event.code for r in recording.records()] == ["header", "salt", "anchor", "o"]


def test_a_closed_descriptor_ends_its_session_only(studio: Studio) -> None:
    journal, other = studio.begin(), studio.begin()
    segments = [path.name for path in studio.store.journals(journal.id)]
    (fd,) = (
        int(link.name)
        for link in Path("/proc/self/fd").iterdir()
        if link.is_symlink() and link.readlink().name in segments
    )
    os.close(fd)
    with pytest.raises(JournalError, match="Bad file descriptor"):
        journal.append([Output(0, 1, b"x")]).result(10)
    other.append([Output(0, 1, b"fine")]).result(10)


def test_a_store_that_was_removed_ends_its_sessions_at_the_next_segment(tmp_path: Path) -> None:
    with Studio(tmp_path / "store") as studio:
        journal = studio.begin()
        shutil.rmtree(tmp_path / "store")
        with pytest.raises(JournalError, match="No such file"):
            journal.append([Output(600_000_000, 1, b"x")]).result(10)
        with pytest.raises(JournalError):
            studio.begin()


def test_an_id_is_recorded_once(studio: Studio) -> None:
    journal = studio.begin()
    data = studio.store.journal(journal.id, 0).read_bytes()
    with pytest.raises(JournalError, match="already"):
        studio.begin(session=journal.id)
    assert studio.store.journal(journal.id, 0).read_bytes() == data
    journal.close("bye").result(10)
    studio.seal()
    with pytest.raises(JournalError, match="already"):
        studio.begin(session=journal.id)


@pytest.mark.parametrize("broken", ["fdatasync", "fsync"])
def test_a_sync_that_fails_ends_the_session_and_its_end_is_no_success(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    def fail(_fd: int) -> None:
        raise OSError(5, "Input/output error")

    journal = studio.begin()
    journal.append([Output(0, 1, b"x")]).result(10)
    monkeypatch.setattr(os, broken, fail)
    if broken == "fdatasync":
        with pytest.raises(JournalError, match="Input/output error"):
            journal.close("bye").result(10)
        assert not journal.ended
    monkeypatch.undo()
    other = studio.begin()
    other.append([Output(0, 1, b"fine")]).result(10)


def test_if_the_thread_itself_ended_nobody_would_wait_for_ever(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = studio.begin()
    seen: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", seen.append)

    def burst(_self: Writer, *_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(Writer, "_write", burst)
    futures = [journal.append([Output(0, 1, b"x")]) for _ in range(5)]
    assert all(isinstance(future.exception(10), JournalError) for future in futures)
    studio.writer._thread.join(10)
    with pytest.raises(JournalError):
        journal.append([Output(0, 1, b"x")]).result(10)
    assert [args.exc_type for args in seen] == [MemoryError]


def test_if_the_syncing_thread_ended_sessions_would_end_and_say_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from recorder.clock import SystemClock

    seen: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", seen.append)

    def burst(_fd: int) -> None:
        raise MemoryError

    with Studio(tmp_path) as studio:
        writer = Writer(studio.store, SystemClock(), os.urandom)
        monkeypatch.setattr(os, "fdatasync", burst)
        journal = writer.open(studio.facts())
        writer._syncer._threads[0].join(10)
        monkeypatch.setattr(os, "fdatasync", os.fsync)
        deadline = time.monotonic() + 10
        while journal.failure is None and time.monotonic() < deadline:
            time.sleep(0.005)
        with pytest.raises(JournalError, match="nothing is synced any more"):
            journal.append([Output(0, 1, b"x")]).result(10)
        later = writer.open(studio.facts())
        while later.failure is None and time.monotonic() < deadline:
            time.sleep(0.005)
        assert later.failure is not None
        writer.close()
    assert [args.exc_type for args in seen] == [MemoryError]


# -- a disk that fills up --------------------------------------------------------------------------


@contextlib.contextmanager
def small_disk(path: Path) -> Iterator[Callable[[], None]]:
    """A folder with room for a few MiB; what it gives makes room."""
    path.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(path)]
    if os.geteuid() or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("a small disk can be mounted by root only; the limit's case runs anyway")
    try:
        (path / "ballast").write_bytes(bytes(4 << 20))
        yield (path / "ballast").unlink
    finally:
        subprocess.run(["umount", "-l", str(path)], check=True)


@contextlib.contextmanager
def small_files(path: Path) -> Iterator[Callable[[], None]]:
    """A folder in which no file can have more than half a MiB; what it gives lifts that."""
    path.mkdir()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 19, hard))
    try:
        yield lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("small", [small_disk, small_files])
def test_a_disk_that_fills_up_ends_the_session_and_keeps_what_was_recorded(
    tmp_path: Path, small: Callable[[Path], contextlib.AbstractContextManager[Callable[[], None]]]
) -> None:
    with small(tmp_path / "small") as make_room, Studio(tmp_path / "small" / "store") as studio:
        journal = studio.begin()
        acknowledged = 0
        error: BaseException | None = None
        while error is None:
            data = b"%d:" % acknowledged + os.urandom(9000)
            error = journal.append([Output(acknowledged, 1, data)]).exception(10)
            acknowledged += error is None
        assert isinstance(error, JournalError)
        assert "No space left" in str(error) or "too large" in str(error)
        assert acknowledged > 20
        began = time.monotonic()
        with pytest.raises(JournalError):
            journal.append([Output(0, 1, b"")]).result(10)
        assert time.monotonic() - began < 1
        check_outputs(studio.store, journal.id, acknowledged)
        with studio_sealer(studio) as sealer:
            sealer.step()
            make_room()
            for _ in range(3):
                sealer.step()
            assert sealer.troubles == {}
            assert sealer.broken == {}
        assert studio.store.journals(journal.id) == []
        check_outputs(studio.store, journal.id, acknowledged)
        report = verify_reel(studio.store.reel(journal.id), studio.store.verifiers())
        assert report.ok, report.checks
        with studio.open(journal.id) as recording:
            assert recording.state == "interrupted"


def check_outputs(store: Store, session: str, count: int) -> None:
    from recorder.reader import Recording

    with Recording(store, session) as recording:
        numbers = [
            int(record.event.data.partition(b":")[0])
            for record in recording.records()
            if isinstance(record.event, Output)
        ]
    assert numbers == list(range(count))


def studio_sealer(studio: Studio) -> Any:
    from recorder.sealer import Sealer

    return Sealer(studio.store, fixed_signer(), ScriptedClock())


def test_a_journal_that_somebody_removed_takes_nothing_more(studio: Studio) -> None:
    """Its descriptor would: the bytes would be delivered, and recorded nowhere."""
    journal, other = studio.begin(), studio.begin()
    told: list[JournalError] = []
    journal.when_failed(told.append)
    journal.append([Output(0, 1, b"kept")]).result(10)
    for path in studio.store.journals(journal.id):
        path.unlink()
    with pytest.raises(JournalError, match="its journal was removed"):
        journal.append([Output(1, 1, b"lost")]).result(10)
    assert told == [journal.failure]
    other.append([Output(1, 1, b"kept")]).result(10)


def test_whoever_asks_late_is_told_at_once_that_a_journal_failed(studio: Studio) -> None:
    journal = studio.begin()
    studio.store.journals(journal.id)[0].unlink()
    assert journal.append([Output(1, 1, b"lost")]).exception(10) is not None
    told: list[JournalError] = []
    journal.when_failed(told.append)
    assert told == [journal.failure]
