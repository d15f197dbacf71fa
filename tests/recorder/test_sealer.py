"""The sealer: what it makes of journals, live and abandoned, sound and damaged."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from recorder import sealer as sealing
from recorder.attest import Checkpoint, open_note
from recorder.errors import StoreError
from recorder.events import Output
from recorder.format import SEGMENT_TARGET, journal_frame
from recorder.sealer import Sealer
from recorder.store import Store
from recorder.verify import verify_reel
from tests.recorder.builders import ScriptedClock, Studio, crash, fixed_signer, outputs
from tests.recorder.faults import before, fault

TEN_MINUTES = 600_000_000


def test_a_live_session_is_checkpointed_and_never_ended(tmp_path: Path) -> None:
    with Studio(tmp_path) as studio:
        journal = studio.begin()
        with Sealer(studio.store, studio.signer, studio.clock) as sealer:
            (first,) = sealer.step()
            assert (first.total, first.state) == (3, "")
            journal.append(outputs(2)).result(10)
            assert sealer.step() == []
            studio.clock.advance(6_000_000)
            (second,) = sealer.step()
            assert (second.total, second.state) == (5, "")
            studio.clock.advance(6_000_000)
            assert sealer.step() == []
            note = studio.store.checkpoint(journal.id).read_text()
            assert note == second.note
            checkpoint = Checkpoint.parse(open_note(note, studio.store.verifiers()))
            assert (checkpoint.size, checkpoint.bound) == (5, "live")
            assert not studio.store.reel(journal.id).exists()
            journal.close("logout").result(10)
            ended = sealer.step()
            assert [report.state for report in ended] == ["", "closed"]
            assert sealer.step() == []


def test_every_root_that_was_reported_is_in_the_finished_recording(tmp_path: Path) -> None:
    """What a checkpoint said while the session lived holds when it is over."""
    with Studio(tmp_path) as studio:
        journal = studio.begin()
        said: dict[int, bytes] = {}
        with Sealer(studio.store, studio.signer, studio.clock) as sealer:
            for round_ in range(6):
                at = round_ * TEN_MINUTES // 2
                journal.append([Output(at + i, 1, b"x" * 100) for i in range(7)]).result(10)
                studio.clock.advance(6_000_000)
                for report in sealer.step():
                    checkpoint = Checkpoint.parse(open_note(report.note, studio.store.verifiers()))
                    said[checkpoint.size] = checkpoint.root
            journal.close("logout").result(10)
            sealer.step()
        assert len(said) > 3
        verified = verify_reel(studio.store.reel(journal.id), studio.store.verifiers(), said)
        assert verified.ok, verified.checks
        wrong = {**said, max(said): bytes(32)}
        assert not verify_reel(studio.store.reel(journal.id), studio.store.verifiers(), wrong).ok


def test_one_session_that_cannot_be_sealed_keeps_no_other_from_it(tmp_path: Path) -> None:
    with Studio(tmp_path) as studio:
        bad, good = studio.begin(), studio.begin()
        for journal in (bad, good):
            journal.append(outputs(3)).result(10)
            journal.close("logout").result(10)
        path = studio.store.journal(bad.id, 0)
        data = path.read_bytes()
        # A record with the right checksum that is none.
        path.write_bytes(data + journal_frame(b"\xc1"))
        with Sealer(studio.store, studio.signer, studio.clock) as sealer:
            reports = sealer.step()
            assert {report.session for report in reports if report.state} == {good.id}
            assert list(sealer.broken) == [bad.id]
            assert sealer.step() == []
        assert path.read_bytes() == data + journal_frame(b"\xc1")
        assert verify_reel(studio.store.reel(good.id), studio.store.verifiers()).ok


def test_sessions_take_turns_and_each_lets_go_of_what_is_sealed(tmp_path: Path) -> None:
    with Studio(tmp_path) as studio:
        journals = [studio.begin(), studio.begin()]
        for journal in journals:
            for _ in range(5):
                journal.append(outputs(1, size=SEGMENT_TARGET)).result(10)

        def waiting() -> list[int]:
            return [len(studio.store.journals(journal.id)) for journal in journals]

        begun = waiting()
        assert begun[0] == begun[1] > 3
        with Sealer(studio.store, studio.signer, studio.clock) as sealer:
            left = [waiting() for _ in sealer.turns()]
        assert all(abs(one - other) <= 1 for one, other in left)
        assert len(left) >= 2 * (begun[0] - 1)
        assert left[-1] == [1, 1]


def abandoned_with(tmp_path: Path, change: Callable[[bytes], bytes]) -> tuple[Store, str, Sealer]:
    with Studio(tmp_path) as studio:
        journal = studio.begin()
        journal.append(outputs(5)).result(10)
        crash(studio.writer)
        path = studio.store.journal(journal.id, 0)
        path.write_bytes(change(path.read_bytes()))
        sealer = Sealer(studio.store, studio.signer, studio.clock)
        return studio.store, journal.id, sealer


def test_a_torn_end_of_the_journal_is_said_in_the_reason(tmp_path: Path) -> None:
    store, session, sealer = abandoned_with(tmp_path, lambda data: data[:-3])
    with sealer:
        sealer.step()
    report = verify_reel(store.reel(session), store.verifiers())
    assert report.ok
    (end,) = [check for check in report.checks if check.name == "end"]
    assert "interrupted at event 7" in end.detail
    assert "bytes of its journal are no whole event" in end.detail


def test_a_journal_of_which_nothing_can_be_read_is_left_as_it_is(tmp_path: Path) -> None:
    store, session, sealer = abandoned_with(tmp_path, lambda data: data[:10] + b"?" + data[11:])
    with sealer:
        assert sealer.step() == []
        assert list(sealer.broken) == [session]
    assert store.journals(session)
    assert not store.reel(session).exists()


@pytest.mark.parametrize("left", [b"", bytes(4096)], ids=["empty", "zeros"])
def test_a_journal_that_a_power_cut_left_empty_is_removed(tmp_path: Path, left: bytes) -> None:
    store, session, sealer = abandoned_with(tmp_path, lambda _: left)
    with sealer:
        assert sealer.step() == []
        assert sealer.broken == {}
    assert store.ids() == []
    assert not store.reel(session).exists()


def test_a_flipped_bit_in_the_middle_of_a_reel_is_not_cut_off(tmp_path: Path) -> None:
    """Recovery may shorten a reel by half a chunk, never by what the journals do not hold."""
    with Studio(tmp_path) as studio:
        journal = studio.begin()
        for i in range(4):
            journal.append([Output(i * TEN_MINUTES, 1, b"%d" % i)]).result(10)
        studio.seal()
        crash(studio.writer)
        reel = studio.store.reel(journal.id)
        whole = reel.read_bytes()
        reel.write_bytes(b"\0" + whole[1:])
        with Sealer(studio.store, studio.signer, studio.clock) as sealer:
            assert sealer.step() == []
            assert list(sealer.broken) == [journal.id]
        assert reel.read_bytes() == b"\0" + whole[1:]
        assert studio.store.journals(journal.id)
        reel.write_bytes(whole)
        assert studio.seal()[-1].state == "interrupted"


def test_a_journal_that_was_shortened_behind_a_checkpoint_is_found(tmp_path: Path) -> None:
    """The sealer signs what is there, and leaves the witness of what was."""
    with Studio(tmp_path) as studio:
        journal = studio.begin()
        journal.append(outputs(20)).result(10)
        (told,) = studio.seal()
        assert told.total == 23
        crash(studio.writer)
        path = studio.store.journal(journal.id, 0)
        path.write_bytes(path.read_bytes()[:-100])
        assert studio.seal()[-1].state == "interrupted"
        report = verify_reel(studio.store.reel(journal.id), studio.store.verifiers())
        (found,) = [check for check in report.checks if not check.ok]
        assert (found.name, found.where[:6]) == ("checkpoint", "event ")
        assert "shorter than a later checkpoint says" in found.detail


def test_what_a_killed_process_was_making_is_swept_up_when_it_is_old(tmp_path: Path) -> None:
    with Studio(tmp_path) as studio:
        journal = studio.begin()
        hidden = [tmp_path / f".{journal.id}{ending}.new" for ending in ("", ".00000009.journal")]
        for path, hours in zip(hidden, (2, 0), strict=True):
            path.write_bytes(b"half")
            then = studio.clock.wall - hours * 3_600_000_000_000
            os.utime(path, ns=(then, then))
        studio.seal()
        assert [path.exists() for path in hidden] == [False, True]
        assert studio.store.journals(journal.id)


def test_there_is_one_sealer_for_a_store(tmp_path: Path) -> None:
    store = Store.open(tmp_path, create=True)
    with (
        Sealer(store, fixed_signer(), ScriptedClock()),
        pytest.raises(StoreError, match="one store, one gateway"),
    ):
        Sealer(store, fixed_signer(), ScriptedClock())
    Sealer(store, fixed_signer(), ScriptedClock()).__exit__(None, None, None)


def test_it_keeps_no_descriptor_and_no_state_of_what_has_ended(tmp_path: Path) -> None:
    with Studio(tmp_path) as studio, Sealer(studio.store, studio.signer, studio.clock) as sealer:
        open_before = len([*Path("/proc/self/fd").iterdir()])
        for _ in range(5):
            journal = studio.begin()
            journal.append(outputs(3)).result(10)
            journal.close("logout").result(10)
            sealer.step()
        sealer.step()
        assert sealer._sessions == {}
        assert len([*Path("/proc/self/fd").iterdir()]) == open_before


def test_a_store_full_of_finished_recordings_costs_a_pass_little(tmp_path: Path) -> None:
    """No locks and no headers of what is over: only names are looked at."""
    with Studio(tmp_path) as studio:
        whole = studio.whole(outputs(3))
        reel = studio.store.reel(whole)
        for i in range(300):
            shutil.copy(reel, tmp_path / f"{whole[:-4]}{i:04x}.reel")
        journal = studio.begin()
        with Sealer(studio.store, studio.signer, studio.clock) as sealer:
            sealer.step()
            with fault(0, before) as count:
                sealer.step()
        assert count[0] < 5
        journal.close("logout").result(10)


def test_the_level_falls_as_work_gathers() -> None:
    assert [sealing._level(waiting) for waiting in (0, 1, 2, 4, 5, 100)] == [19, 19, 9, 9, 3, 3]
    assert SEGMENT_TARGET == 1 << 20
