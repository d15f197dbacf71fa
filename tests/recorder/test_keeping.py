"""Legal holds: marked, recorded, sealed; and what of them cannot be taken away unseen."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from recorder import keeping
from recorder.errors import RetentionError
from recorder.events import Preserved
from recorder.keeping import held, preserve, read_keeping, release, write_record
from recorder.reader import Recording
from recorder.redact import redact
from recorder.verify_store import verify_store
from tests.recorder.builders import Studio, outputs


def hold(studio: Studio, session: str, reason: str = "a lawsuit") -> None:
    preserve(studio.store, session, studio.signer, studio.clock, studio.entropy, reason)


def let_go(studio: Studio, session: str) -> None:
    studio.clock.advance(1_000_000)
    release(studio.store, session, studio.signer, studio.clock, studio.entropy, "over")


def faults(studio: Studio) -> list[tuple[str, str]]:
    reports = verify_store(studio.store, [studio.signer.verifier])
    return [(report.subject, c.name) for report in reports for c in report.checks if not c.ok]


def test_a_hold_is_marked_and_recorded(tmp_path: Path) -> None:
    with Studio(tmp_path) as studio:
        session = studio.whole(outputs(3))
        assert held(studio.store, session) is None
        hold(studio, session)
        found = held(studio.store, session)
        assert found is not None
        assert (found.session, found.reason) == (session, "a lawsuit")
        said = read_keeping(studio.store)
        assert said.holds[session].reason == "a lawsuit"
        with Recording(studio.store, said.keepers[0]) as recording:
            assert recording.state == "sealed"
            assert recording.header.facts["kind"] == keeping.KIND
        assert faults(studio) == []
        let_go(studio, session)
        assert held(studio.store, session) is None
        said = read_keeping(studio.store)
        assert said.holds == {}
        assert said.before == {said.keepers[0]}
        assert faults(studio) == []


def test_what_makes_no_sense_is_refused(tmp_path: Path) -> None:
    with Studio(tmp_path) as studio:
        session = studio.whole(outputs(3))
        for reason in ("", "  ", "x" * 5000):
            with pytest.raises(RetentionError):
                hold(studio, session, reason)
        with pytest.raises(RetentionError, match="not preserved"):
            let_go(studio, session)
        hold(studio, session)
        with pytest.raises(RetentionError, match="already"):
            hold(studio, session)


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b"[" * 5000, b'{"by":1}', b"\xff"])
def test_a_marker_that_cannot_be_read_holds_all_the_same(tmp_path: Path, data: bytes) -> None:
    with Studio(tmp_path) as studio:
        session = studio.whole(outputs(3))
        studio.store.hold(session).write_bytes(data)
        found = held(studio.store, session)
        assert found is not None
        assert "cannot be read" in found.reason


def test_a_marker_that_is_taken_away_is_found(tmp_path: Path) -> None:
    with Studio(tmp_path) as studio:
        session = studio.whole(outputs(3))
        hold(studio, session)
        studio.store.hold(session).unlink()
        assert faults(studio) == [(session, "preserved")]


def test_a_marker_without_a_record_is_found(tmp_path: Path) -> None:
    with Studio(tmp_path) as studio:
        session = studio.whole(outputs(3))
        marker = {"by": "x", "reason": "y", "since": "z"}
        studio.store.hold(session).write_text(json.dumps(marker))
        assert faults(studio) == [(session, "preserved")]


def test_a_hold_that_was_interrupted_is_finished_by_doing_it_again(tmp_path: Path) -> None:
    with Studio(tmp_path) as studio:
        session = studio.whole(outputs(3))
        studio.store.hold(session).write_text(json.dumps({"by": "x", "reason": "y", "since": ""}))
        hold(studio, session)
        assert faults(studio) == []
        studio.store.hold(session).unlink()
        let_go(studio, session)
        assert faults(studio) == []
        assert read_keeping(studio.store).holds == {}


def test_a_redacted_copy_of_a_record_says_nothing(tmp_path: Path) -> None:
    """Else what was released long ago could be released again, after a newer hold."""
    with Studio(tmp_path) as studio:
        session = studio.whole(outputs(3))
        hold(studio, session)
        let_go(studio, session)
        studio.clock.advance(1_000_000)
        old = read_keeping(studio.store).keepers[-1]
        hold(studio, session)
        studio.clock.advance(1_000_000)
        with studio.open(old) as recording:
            done = redact(
                recording, [(0, 0)], tmp_path / "copy.reel", studio.signer, studio.clock,
                studio.entropy, by="x", reason="y",
            )  # fmt: skip
        (tmp_path / "copy.reel").rename(studio.store.reel(done.session))
        assert session in read_keeping(studio.store).holds
        assert faults(studio) == []


def test_a_record_that_is_taken_away_is_missed_by_the_next(tmp_path: Path) -> None:
    with Studio(tmp_path) as studio:
        session = studio.whole(outputs(3))
        hold(studio, session)
        let_go(studio, session)
        first = read_keeping(studio.store).keepers[0]
        studio.store.reel(first).unlink()
        assert faults(studio) == [(first, "present")]


def test_what_cannot_be_sealed_is_not_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Studio(tmp_path) as studio:
        session = studio.whole(outputs(3))
        monkeypatch.setattr("recorder.local._PATIENCE", 1)
        from recorder.sealer import Sealer

        with (
            Sealer(studio.store, studio.signer, studio.clock),
            pytest.raises(RetentionError, match="sealed yet"),
        ):
            write_record(
                studio.store, studio.signer, studio.clock, studio.entropy,
                [Preserved(0, 0, session, "x", "y")],
            )  # fmt: skip
