"""The indexer over a store that grows."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from recorder import indexer as indexer_module
from recorder.events import Output
from recorder.index import Index
from recorder.indexer import Failed, Indexed, Indexer, Told, run, stamp_of
from recorder.reader import Recording
from tests.recorder.recordings import Making, on_terminal

MS = 1_000


@pytest.fixture
def making(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Making]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    made = Making(tmp_path / "store")
    yield made
    made.close()


def snapshot(path: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in path.iterdir() if p.suffix in (".reel", ".journal")}


def test_one_pass_indexes_all_and_a_second_has_nothing_to_do(making: Making) -> None:
    for text in (b"one", b"two"):
        making.sealed(on_terminal([(0, text)])).close()
    before = snapshot(making.path)
    with Indexer(making.store, making.clock) as indexer:
        told = list(indexer.step())
        assert [one.session for one in told] == making.store.ids()
        assert all(isinstance(one, Indexed) and one.finished and one.frames == 1 for one in told)
        assert list(indexer.step()) == []
    with Indexer(making.store, making.clock) as another:
        assert list(another.step()) == []
    assert snapshot(making.path) == before
    for session in making.store.ids():
        assert making.store.index(session).exists()


def test_a_live_session_is_followed_and_its_lag_told(making: Making) -> None:
    journal = making.begin()
    events = on_terminal((n * 20 * MS, b"\r%d" % n) for n in range(100))
    with Indexer(making.store, making.clock) as indexer:
        behind = 0
        for start in range(0, len(events), 30):
            journal.append(events[start : start + 30]).result()
            (told,) = indexer.step()
            assert isinstance(told, Indexed)
            assert not told.finished
            behind += told.behind
        making.finish(journal)
        (told,) = indexer.step()
        assert isinstance(told, Indexed)
        assert told.finished
        assert told.frames == 100
        assert behind + told.behind == told.events
        assert list(indexer.step()) == []
    with making.open(journal) as recording, Index.load(recording) as index:
        assert len(index.frames) == 100


def test_a_killed_indexer_s_work_is_gone_on_with(making: Making) -> None:
    journal = making.begin()
    line = b"\x1b[32m" + b"x" * 4000 + b"\r\n"
    journal.append(on_terminal((n * 20 * MS, line) for n in range(500))).result()
    first = Indexer(making.store, making.clock)
    (told,) = first.step()
    assert isinstance(told, Indexed)
    first._open[journal.id].index._file.close()  # as a kill leaves it: nothing more is written
    journal.append([Output(9_981 * MS, 1, b"last")]).result()
    with Indexer(making.store, making.clock) as second:
        (again,) = second.step()
        assert isinstance(again, Indexed)
        assert again.events == told.events + 1
        assert 0 < again.behind < told.behind // 2
    journal.close("done").result()


def test_one_that_cannot_be_read_does_not_keep_the_others_from_it(making: Making) -> None:
    sessions = []
    for text in (b"one", b"two"):
        with making.sealed(on_terminal([(0, text)])) as recording:
            sessions.append(recording.id)
    making.store.reel(sessions[1]).write_bytes(b"nonsense")
    with Indexer(making.store, making.clock) as indexer:
        told = {one.session: one for one in indexer.step()}
        assert isinstance(told[sessions[0]], Indexed)
        assert isinstance(told[sessions[1]], Failed)
        assert list(indexer.step()) == []


def test_it_runs_until_it_is_told_to_stop(making: Making) -> None:
    pauses = iter([True, False])
    told: list[Told] = []

    def pause() -> bool:
        making.sealed(on_terminal([(0, b"x")])).close()
        return next(pauses)

    with Indexer(making.store, making.clock) as indexer:
        run(indexer, told.append, pause)
    assert len(told) == 1


def test_rebuilding_begins_anew(making: Making) -> None:
    with making.sealed(on_terminal([(0, b"x")])) as recording:
        with Indexer(making.store, making.clock) as indexer:
            assert len(list(indexer.step([recording.id]))) == 1
        before = making.store.index(recording.id).stat().st_ino
        with Indexer(making.store, making.clock, rebuild=True) as indexer:
            (told,) = indexer.step([recording.id])
            assert isinstance(told, Indexed)
            assert told.behind == told.events
        assert making.store.index(recording.id).stat().st_ino != before


def test_an_index_that_somebody_else_writes_is_taken_over_later(making: Making) -> None:
    journal = making.begin()
    events = on_terminal((n * 20 * MS, b"\r%d" % n) for n in range(100))
    with Indexer(making.store, making.clock) as indexer:
        journal.append(events[:40]).result()
        with making.open(journal) as recording, Index.load_or_build(recording) as theirs:
            assert theirs.kept
            (told,) = indexer.step()
            assert isinstance(told, Indexed)
        making.finish(journal)
        (told,) = indexer.step()
        assert isinstance(told, Indexed)
    with making.open(journal) as recording, Index.load(recording) as index:
        assert index.finished
        assert index.events == told.events


def test_whoever_takes_what_is_derived_gets_each_session_once_as_it_is(making: Making) -> None:
    for text in (b"one", b"two"):
        making.sealed(on_terminal([(0, text)])).close()
    taken: list[tuple[str, int, str]] = []

    def take(recording: Recording, index: Index, stamp: str) -> None:
        taken.append((recording.id, index.events, stamp))

    with Indexer(making.store, making.clock, taken=take) as indexer:
        list(indexer.step())
        assert [session for session, _, _ in taken] == making.store.ids()
        list(indexer.step())
        assert len(taken) == 2
        indexer.forget(taken[1][0])
        list(indexer.step())
        assert taken[2] == taken[1]
    known = {session: stamp for session, _, stamp in taken}
    with Indexer(making.store, making.clock, taken=take) as another:
        for session, stamp in known.items():
            another.know(session, stamp)
        assert list(another.step()) == []
        assert len(taken) == 3
        assert stamp_of(another.files[taken[0][0]]) == taken[0][2]


def test_what_is_over_is_looked_at_again_now_and_then(
    making: Making, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexer_module, "LOOK_AGAIN", 5)
    with making.sealed(on_terminal([(0, b"x")])) as recording:
        path = recording.path
    with Indexer(making.store, making.clock) as indexer:
        assert [len(list(indexer.step())) for _ in range(3)] == [1, 0, 0]
        path.write_bytes(b"nonsense")
        told = [one for _ in range(5) for one in indexer.step()]
    assert [type(one) for one in told] == [Failed]


FOLLOWER = """
import sys
from pathlib import Path
from recorder.clock import SystemClock
from recorder.indexer import Indexer, run
from recorder.store import Store
with Indexer(Store.open(Path(sys.argv[1])), SystemClock()) as indexer:
    run(indexer, lambda told: print(told, flush=True), lambda: True)
"""


def test_killed_as_a_process_again_and_again_it_ends_with_the_same_index(making: Making) -> None:
    journal = making.begin()
    line = b"\x1b[3%dm%05d " + b"x" * 800 + b"\r\n"
    events = on_terminal((n * 20 * MS, line % (n % 8, n) * 4) for n in range(2000))
    path = making.store.index(journal.id)
    sizes = []
    for start in range(0, 2000, 400):
        # Enough each time that a point, and so a segment, is due.
        journal.append(events[start : start + 400]).result()
        before = path.stat().st_size if path.exists() else 0
        with subprocess.Popen(
            [sys.executable, "-c", FOLLOWER, str(making.path)], stdout=subprocess.DEVNULL
        ) as follower:
            until = time.monotonic_ns() + 60 * 10**9
            # A part of a segment that the last one left goes first, so it may shrink before.
            while not path.exists() or path.stat().st_size <= before:
                assert follower.poll() is None
                assert time.monotonic_ns() < until, "it does not grow"
            follower.kill()
        sizes.append(path.stat().st_size)
    assert sizes == sorted(sizes)
    journal.append(events[2000:]).result()
    making.finish(journal)
    with making.open(journal) as recording:
        with Index.load_or_build(recording) as index:
            frames, cues = list(index.frames), list(index.cues)
        with Index.load_or_build(recording, rebuild=True) as index:
            assert (list(index.frames), list(index.cues)) == (frames, cues)
    assert len(frames) == 2000
