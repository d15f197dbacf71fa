"""Verification beyond one reel's bytes: names, keys, live sessions, and stores with witnesses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from recorder.errors import NotFound
from recorder.events import Checkpointed, Event, Output, SessionClosed, SessionOpened
from recorder.verify import Report, verify_reel
from recorder.verify_store import verify_store
from tests.recorder.builders import Studio, crash, fixed_signer, outputs


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with Studio(tmp_path / "store") as made:
        yield made


def verified(studio: Studio, session: str) -> Report:
    return verify_reel(studio.store.reel(session), studio.store.verifiers())


def failed(report: Report) -> list[str]:
    return [check.name for check in report.checks if not check.ok]


def test_a_sound_recording_passes_every_check(studio: Studio) -> None:
    report = verified(studio, studio.whole(outputs(50)))
    assert report.ok
    assert [check.name for check in report.checks] == ["chunks", "signatures", "end", "table"]
    assert report.checks[0].detail == "1 chunk, 55 events"


def test_without_keys_nothing_is_verified(studio: Studio) -> None:
    session = studio.whole()
    report = verify_reel(studio.store.reel(session), [])
    assert set(failed(report)) == {"signatures"}
    report = verify_reel(studio.store.reel(session), [fixed_signer("other", 8).verifier])
    assert set(failed(report)) == {"signatures"}


def test_a_live_recording_and_an_abandoned_one_are_not_whole(studio: Studio) -> None:
    journal = studio.begin()
    for i in range(2):
        at = i * 600_000_000
        journal.append([Output(at, 1, b"x")]).result(10)
    studio.seal()
    (end,) = [check for check in verified(studio, journal.id).checks if not check.ok]
    assert (end.name, end.detail) == ("end", "live: sealed up to event 4")
    crash(studio.writer)
    (end,) = [check for check in verified(studio, journal.id).checks if not check.ok]
    assert end.detail == "interrupted at event 4: journals wait for a sealer"
    studio.seal()
    assert verified(studio, journal.id).ok


def test_two_recordings_that_changed_names_are_found(studio: Studio) -> None:
    one, two = studio.whole(outputs(3)), studio.whole(outputs(4))
    paths = studio.store.reel(one), studio.store.reel(two)
    data = [path.read_bytes() for path in paths]
    paths[0].write_bytes(data[1])
    paths[1].write_bytes(data[0])
    for session in (one, two):
        assert failed(verified(studio, session)) == ["layout"]
    # A name of the user's own says nothing.
    other = studio.path / "demo.reel"
    other.write_bytes(data[0])
    assert verify_reel(other, studio.store.verifiers()).ok


def test_what_cannot_be_opened_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="cannot read"):
        verify_reel(tmp_path / "none.reel", [])


# -- a store with a gateway's own recording --------------------------------------------------------


def witnessed(studio: Studio) -> tuple[str, str]:
    """A session of two segments whose checkpoints a gateway recorded; its id and the gateway's."""
    gateway = studio.begin(kind="gateway", principal="gateway", protocol="gateway")
    journal = studio.begin()
    told: list[Event] = [SessionOpened(0, 0, journal.id, {})]
    for i in range(2):
        at = i * 600_000_000
        journal.append([Output(at, 1, b"x")]).result(10)
        told += [
            Checkpointed(0, 0, report.session, report.note)
            for report in studio.seal()
            if report.session == journal.id
        ]
    journal.close("bye").result(10)
    told += [
        Checkpointed(0, 0, report.session, report.note)
        for report in studio.seal()
        if report.session == journal.id
    ]
    gateway.append([*told, SessionClosed(0, 0, journal.id, "bye")]).result(10)
    gateway.close("stopped").result(10)
    studio.seal()
    return journal.id, gateway.id


def by_subject(studio: Studio) -> dict[str, Report]:
    return {report.subject: report for report in verify_store(studio.store, KEYS)}


KEYS = [fixed_signer().verifier]


def test_a_sound_store_passes(studio: Studio) -> None:
    session, gateway = witnessed(studio)
    reports = by_subject(studio)
    assert reports.keys() == {session, gateway}
    assert all(report.ok for report in reports.values()), reports


def test_a_session_that_is_gone_is_missed(studio: Studio) -> None:
    session, gateway = witnessed(studio)
    studio.store.reel(session).unlink()
    reports = by_subject(studio)
    assert failed(reports[session]) == ["present"]
    assert reports[gateway].ok


def test_a_session_that_was_cut_and_ended_anew_is_found(studio: Studio, tmp_path: Path) -> None:
    """Even by who holds the key: a later checkpoint was recorded."""
    session, _ = witnessed(studio)
    reel = studio.store.reel(session)
    with Studio(tmp_path / "forger") as forger:
        forger.whole(outputs(1), session=session)
        reel.write_bytes(forger.store.reel(session).read_bytes())
    assert verify_reel(reel, KEYS).ok
    report = by_subject(studio)[session]
    assert "checkpoint" in failed(report)


def test_a_store_with_journals_only_and_with_damage_is_told(studio: Studio) -> None:
    journal = studio.begin()
    bad = studio.whole()
    studio.store.reel(bad).write_bytes(b"nothing of it")
    reports = by_subject(studio)
    assert failed(reports[journal.id]) == ["end"]
    assert "layout" in failed(reports[bad])


def test_a_live_gateway_is_a_witness_too(studio: Studio) -> None:
    gateway = studio.begin(kind="gateway")
    gone = "019a0000-0000-7000-8000-00000000cccc"
    gateway.append([SessionOpened(0, 0, gone, {})]).result(10)
    assert failed(by_subject(studio)[gone]) == ["present"]
