"""A whole store: what was removed by a recorded decision is said; everything else is missed."""

from __future__ import annotations

from pathlib import Path

import pytest

from recorder.attest import Checkpoint
from recorder.events import Checkpointed, Pruned, SessionOpened
from recorder.keeping import write_record
from recorder.verify_store import verify_store
from tests.recorder.builders import Studio, outputs
from tests.recorder.test_keeping import faults
from tests.recorder.test_retention import Archive


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Archive:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return Archive(tmp_path / "store", 2)


def witnessed(archive: Archive, session: str, note: str) -> None:
    """A gateway that saw the session and its checkpoint."""
    archive.studio.whole(
        [SessionOpened(0, 0, session, {}), Checkpointed(0, 0, session, note)], kind="gateway"
    )


def note_of(archive: Archive, session: str) -> str:
    due = next(one for one in archive.plan(keep=0).due if one.session == session)
    return str(due.facts["note"])


def test_a_recorded_removal_is_no_fault_where_the_gateway_saw_the_session(
    archive: Archive,
) -> None:
    a, b = archive.sessions
    witnessed(archive, a, note_of(archive, a))
    archive.run(archive.plan(keep=1))
    reports = {r.subject: r for r in verify_store(archive.store, [archive.studio.signer.verifier])}
    assert all(report.ok for report in reports.values())
    (check,) = reports[a].checks
    assert check.name == "pruned"
    assert "events, alice on web1" in check.detail
    assert b in reports


def test_a_removal_without_a_record_is_a_fault(archive: Archive) -> None:
    a, _ = archive.sessions
    witnessed(archive, a, note_of(archive, a))
    archive.store.reel(a).unlink()
    assert faults(archive.studio) == [(a, "present")]


@pytest.mark.parametrize("events", [1, 500])
def test_what_was_shortened_before_it_was_removed_is_found(archive: Archive, events: int) -> None:
    a, _ = archive.sessions
    sealed = Checkpoint.parse(note_of(archive, a).rpartition("\n\n")[0] + "\n").size
    size = sealed if events == 1 else events
    later = Checkpoint(a, size, bytes(32), "live")
    witnessed(archive, a, archive.studio.signer.sign(later.text()))
    archive.run(archive.plan(keep=1))
    assert (a, "pruned") in faults(archive.studio)


def test_a_gateways_recording_that_another_goes_on_from_is_missed(archive: Archive) -> None:
    first = archive.studio.whole([], kind="gateway")
    archive.studio.whole([], kind="gateway", claims={"previous": first})
    assert faults(archive.studio) == []
    archive.store.reel(first).unlink()
    assert faults(archive.studio) == [(first, "present")]


def test_a_run_is_missed_by_the_next_one_and_so_is_its_end(archive: Archive) -> None:
    def run(previous: str, checkpoint: str) -> str:
        claims = {"previous": previous, "checkpoint": checkpoint}
        archive.studio.clock.advance(1_000_000)
        return archive.studio.whole([], kind="gateway", claims=claims)

    old = archive.studio.whole([], kind="gateway")
    first = run("", "")
    second = run(first, "")
    assert faults(archive.studio) == []
    third = run("", "")
    assert faults(archive.studio) == [(third, "chain")], "it should name the second"
    archive.store.reel(third).unlink()
    archive.store.reel(old).unlink()
    assert faults(archive.studio) == [], "of before, nobody said which was first"
    beyond = Checkpoint(second, 5000, bytes(32), "live")
    run(second, archive.studio.signer.sign(beyond.text()))
    assert faults(archive.studio) == [(second, "checkpoint")], "shorter than the next one knew it"
    archive.store.reel(first).unlink()
    assert {(second, "chain"), (first, "present")} <= set(faults(archive.studio))


def removed_by(archive: Archive, session: str, facts: dict[str, object]) -> str:
    """A session that is gone, and a record of it that says this."""
    studio = archive.studio
    keeper = write_record(
        studio.store, studio.signer, studio.clock, studio.entropy, [Pruned(0, 0, session, facts)]
    )
    archive.store.reel(session).unlink()
    archive.store.index(session).unlink(missing_ok=True)
    return keeper


def test_a_removal_with_a_checkpoint_that_nobody_signed_is_found(archive: Archive) -> None:
    a, _ = archive.sessions
    stranger = archive.studio.signer.generate("stranger")
    note = stranger.sign(note_of(archive, a).rpartition("\n\n")[0] + "\n")
    removed_by(archive, a, {"note": note, "kind": "person"})
    assert faults(archive.studio) == [(a, "pruned")]


def test_a_removal_whose_record_was_altered_is_not_believed(archive: Archive) -> None:
    a, _ = archive.sessions
    keeper = removed_by(archive, a, {"note": note_of(archive, a), "kind": "person"})
    assert faults(archive.studio) == []
    path = archive.store.reel(keeper)
    data = bytearray(path.read_bytes())
    data[-40] ^= 1
    path.write_bytes(data)
    assert {name for subject, name in faults(archive.studio) if subject == a} == {"pruned"}


@pytest.mark.parametrize("kind", ["gateway", "keeper"])
def test_what_others_are_verified_by_is_never_removed(archive: Archive, kind: str) -> None:
    studio, (a, _) = archive.studio, archive.sessions
    note = note_of(archive, a)
    removed_by(archive, a, {"note": note, "kind": kind})
    assert faults(studio) == [(a, "pruned")]


def test_a_record_of_holds_is_not_removed_by_another(archive: Archive) -> None:
    studio, (a, b) = archive.studio, archive.sessions
    first = removed_by(archive, a, {"note": note_of(archive, a), "kind": "person"})
    studio.clock.advance(1_000_000)
    removed_by(archive, first, {"note": note_of(archive, b), "kind": "person"})
    assert (first, "present") in faults(studio)


@pytest.mark.parametrize("note", [None, "", "no note", 7])
def test_a_record_without_a_checkpoint_is_a_fault(archive: Archive, note: object) -> None:
    studio, (a, _) = archive.studio, archive.sessions
    facts = {} if note is None else {"note": note}
    write_record(
        studio.store, studio.signer, studio.clock, studio.entropy, [Pruned(0, 0, a, facts)]
    )
    archive.store.reel(a).unlink()
    archive.store.index(a).unlink()
    assert faults(studio) == [(a, "pruned")]


def test_journals_alone_are_not_sealed(tmp_path: Path) -> None:
    with Studio(tmp_path) as studio:
        journal = studio.begin()
        journal.append(outputs(2)).result(10)
        assert faults(studio) == [(journal.id, "end")]
