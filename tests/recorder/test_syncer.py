"""Group commit: what is written becomes durable in time, in order, and is closed once."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from recorder import syncer
from recorder.clock import SystemClock
from recorder.syncer import Synced, Syncer


class Watched:
    """A file whose syncs are told to whoever waits for them."""

    def __init__(self, path: Path) -> None:
        self.marks: list[int] = []
        self.errors: list[OSError] = []
        self.told = threading.Condition()
        self.folders = 0
        fd = os.open(path, os.O_WRONLY | os.O_CREAT)
        self.synced = Synced(fd, self._done, self._failed, self._folder)

    def _done(self, mark: int) -> None:
        with self.told:
            self.marks.append(mark)
            self.told.notify_all()

    def _failed(self, error: OSError) -> None:
        with self.told:
            self.errors.append(error)
            self.told.notify_all()

    def _folder(self) -> None:
        self.folders += 1

    def wait_for(self, mark: int) -> None:
        with self.told:
            assert self.told.wait_for(lambda: self.marks[-1:] == [mark], 10)

    @property
    def is_open(self) -> bool:
        try:
            os.fstat(self.synced.fd)
        except OSError:
            return False
        return True


@pytest.fixture
def running() -> Iterator[Syncer]:
    started = Syncer(SystemClock())
    yield started
    started.close()


def test_what_was_written_is_durable_and_the_name_with_it_once(
    running: Syncer, tmp_path: Path
) -> None:
    file = Watched(tmp_path / "a")
    running.wrote(file.synced, 3)
    file.wait_for(3)
    running.wrote(file.synced, 5)
    file.wait_for(5)
    assert file.folders == 1


def test_marks_that_come_together_are_one_sync(running: Syncer, tmp_path: Path) -> None:
    file = Watched(tmp_path / "a")
    for mark in range(100):
        running.wrote(file.synced, mark)
    file.wait_for(99)
    assert len(file.marks) <= 3


def test_a_retired_file_is_synced_and_then_closed(running: Syncer, tmp_path: Path) -> None:
    file = Watched(tmp_path / "a")
    running.wrote(file.synced, 1)
    running.retire(file.synced)
    file.wait_for(1)
    assert not file.is_open


def test_a_clean_file_is_closed_when_it_is_retired(running: Syncer, tmp_path: Path) -> None:
    file = Watched(tmp_path / "a")
    running.retire(file.synced)
    assert not file.is_open


def test_an_older_file_is_durable_before_a_newer_one(running: Syncer, tmp_path: Path) -> None:
    order: list[str] = []
    told = threading.Event()

    def ignore(_: OSError) -> None:
        raise AssertionError("no sync fails here")

    def newer(_: int) -> None:
        order.append("new")
        told.set()

    old = Synced(
        os.open(tmp_path / "a", os.O_CREAT | os.O_WRONLY), lambda _: order.append("old"), ignore
    )
    new = Synced(os.open(tmp_path / "b", os.O_CREAT | os.O_WRONLY), newer, ignore)
    running.wrote(old, 1)
    running.retire(old)
    running.wrote(new, 2)
    assert told.wait(10)
    running.retire(new)
    assert order == ["old", "new"]


def test_a_sync_that_fails_is_told_once_and_not_tried_again(
    running: Syncer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = Watched(tmp_path / "a")

    def fail(_: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fdatasync", fail)
    running.wrote(file.synced, 1)
    with file.told:
        assert file.told.wait_for(lambda: bool(file.errors), 10)
    running.retire(file.synced)
    assert [error.errno for error in file.errors] == [5]
    assert file.marks == []
    assert not file.is_open


def test_a_disk_that_has_fallen_behind_holds_writers_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    released, waited = threading.Event(), threading.Event()
    monkeypatch.setattr(os, "fdatasync", lambda _: released.wait(10))
    monkeypatch.setattr(syncer, "BEHIND_NS", -1)
    behind = Syncer(SystemClock())
    file = Watched(tmp_path / "a")
    behind.wrote(file.synced, 1)

    def write() -> None:
        behind.wait()
        waited.set()

    writer = threading.Thread(target=write)
    writer.start()
    assert not waited.wait(0.05)
    released.set()
    assert waited.wait(10)
    writer.join()
    behind.retire(file.synced)
    behind.close()


def test_closing_syncs_what_is_left(tmp_path: Path) -> None:
    file = Watched(tmp_path / "a")
    closing = Syncer(SystemClock())
    closing.wrote(file.synced, 7)
    closing.retire(file.synced)
    closing.close()
    assert file.marks == [7]
    assert not file.is_open


def test_many_files_are_synced_at_once(
    running: Syncer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many as there are threads wait for each other inside: one alone would wait for ever."""
    together = threading.Barrier(syncer.THREADS, timeout=20)
    monkeypatch.setattr(os, "fdatasync", lambda _: together.wait())
    files = [Watched(tmp_path / str(n)) for n in range(syncer.THREADS * syncer.A_THREAD)]
    for file in files:
        running.wrote(file.synced, 1)
    for file in files:
        file.wait_for(1)


def test_a_file_that_follows_another_is_synced_after_it(
    running: Syncer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = threading.Event()
    order: list[int] = []

    def sync(fd: int) -> None:
        if fd == first.synced.fd:
            assert held.wait(20)
        order.append(fd)

    first, second, other = (Watched(tmp_path / name) for name in "abc")
    second.synced.after = first.synced
    monkeypatch.setattr(syncer, "A_THREAD", 1)
    monkeypatch.setattr(os, "fdatasync", sync)
    for file in (first, second, other):
        running.wrote(file.synced, 1)
    other.wait_for(1)
    assert second.marks == []
    held.set()
    second.wait_for(1)
    assert order == [other.synced.fd, first.synced.fd, second.synced.fd]
