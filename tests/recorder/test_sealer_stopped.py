"""The sealer may be stopped at any operation: what comes of it in the end is the same file."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from recorder import sealer as sealing
from recorder.attest import Checkpoint, open_note
from recorder.events import Output
from recorder.sealer import Sealed, Sealer
from recorder.store import Store
from recorder.verify import verify_reel
from tests.recorder.builders import ScriptedClock, Studio, fixed_signer
from tests.recorder.faults import Killed, after, before, fault, full, half

TEN_MINUTES = 600_000_000


def once(store: Store) -> list[Sealed]:
    with Sealer(store, fixed_signer(), ScriptedClock()) as sealer:
        return sealer.step()


@pytest.fixture
def _one_level(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same bytes however much waits."""
    monkeypatch.setattr(sealing, "LEVELS", ((1000, 3),))


@pytest.fixture(params=["interrupted", "closed"])
def abandoned(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A store with one session of three segments, and nobody who records."""
    with Studio(tmp_path / "store") as studio:
        journal = studio.begin()
        for i in range(3):
            journal.append(
                [Output(i * TEN_MINUTES + at, 1, b"part %d\n" % i) for at in range(5)]
            ).result(10)
        if request.param == "closed":
            journal.close("logout").result(10)
        assert len(studio.store.journals(journal.id)) == 3
    return tmp_path / "store"


def test_it_makes_a_chunk_of_each_segment_and_an_end(abandoned: Path) -> None:
    store = Store(abandoned)
    (session,) = store.ids()
    reports = once(store)
    assert [(r.total, bool(r.state)) for r in reports] == [
        (8, False), (14, False), (reports[2].total, False), (reports[2].total, True),
    ]  # fmt: skip
    for report in reports:
        checkpoint = Checkpoint.parse(open_note(report.note, [fixed_signer().verifier]))
        assert (checkpoint.recording, checkpoint.size) == (session, report.total)
    assert store.journals(session) == []
    assert verify_reel(store.reel(session), store.verifiers()).ok
    assert once(store) == []


@pytest.mark.usefixtures("_one_level")
@pytest.mark.parametrize("act", [before, after, half])
def test_killed_at_any_operation_it_ends_in_the_same_recording(
    abandoned: Path, tmp_path: Path, act: Callable[..., Any]
) -> None:
    (session,) = Store(abandoned).ids()
    truth = tmp_path / "truth"
    shutil.copytree(abandoned, truth)
    with fault(0, act) as count:
        once(Store(truth))
    expected = Store(truth).reel(session).read_bytes()
    assert count[0] > 15
    for at in range(1, count[0] + 1):
        place = tmp_path / f"at{at}"
        shutil.copytree(abandoned, place)
        store = Store(place)
        with pytest.raises(Killed), fault(at, act):
            once(store)
        reports = once(store)
        assert store.reel(session).read_bytes() == expected, at
        assert store.journals(session) == []
        assert not store.checkpoint(session).exists()
        assert not reports or reports[-1].state
        shutil.rmtree(place)


@pytest.mark.usefixtures("_one_level")
def test_killed_twice_it_still_ends_in_the_same_recording(abandoned: Path, tmp_path: Path) -> None:
    (session,) = Store(abandoned).ids()
    truth = tmp_path / "truth"
    shutil.copytree(abandoned, truth)
    once(Store(truth))
    expected = Store(truth).reel(session).read_bytes()
    for first in range(2, 24, 3):
        for second in range(1, 20, 3):
            place = tmp_path / f"at{first}-{second}"
            shutil.copytree(abandoned, place)
            for at in (first, second):
                with contextlib.suppress(Killed), fault(at, half):
                    once(Store(place))
            once(Store(place))
            assert Store(place).reel(session).read_bytes() == expected, (first, second)
            shutil.rmtree(place)


@pytest.mark.usefixtures("_one_level")
def test_an_error_at_any_operation_is_trouble_and_tried_again(
    abandoned: Path, tmp_path: Path
) -> None:
    (session,) = Store(abandoned).ids()
    truth = tmp_path / "truth"
    shutil.copytree(abandoned, truth)
    with fault(0, full) as count:
        once(Store(truth))
    expected = Store(truth).reel(session).read_bytes()
    # One less: taking the store's lock is not part of the step.
    for at in range(1, count[0]):
        place = tmp_path / f"at{at}"
        shutil.copytree(abandoned, place)
        with Sealer(Store(place), fixed_signer(), ScriptedClock()) as sealer:
            with fault(at, full):
                reports = sealer.step()
            assert sealer.troubles == {session: "No space left on device"}, at
            reports += sealer.step()
            assert sealer.troubles == {}
        assert Store(place).reel(session).read_bytes() == expected, at
        assert [report.state for report in reports].count("") == 3
        assert sum(bool(report.state) for report in reports) == 1
        shutil.rmtree(place)


@pytest.mark.usefixtures("_one_level")
def test_killed_at_any_operation_beside_a_live_front(tmp_path: Path) -> None:
    """Segments go one by one, checkpoints are written, and the front goes on."""
    expected: dict[int, bytes] = {}
    with fault(0, before) as count:
        sealed_beside_front(tmp_path / "truth", expected, 0)
    for at in range(1, count[0] + 1):
        got: dict[int, bytes] = {}
        sealed_beside_front(tmp_path / f"at{at}", got, at)
        assert got == expected, at


def sealed_beside_front(path: Path, into: dict[int, bytes], at: int) -> None:
    with Studio(path) as studio:
        journal = studio.begin()
        for i in range(3):
            journal.append([Output(i * TEN_MINUTES, 1, b"%d" % i)]).result(10)
            with contextlib.suppress(Killed), fault(at, before):
                studio.seal()
        journal.close("logout").result(10)
        studio.seal()
        reel = studio.store.reel(journal.id)
        assert verify_reel(reel, studio.store.verifiers()).ok
        into[0] = reel.read_bytes()
