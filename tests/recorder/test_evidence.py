"""What ties a moment to its recording holds for every event, and for nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from recorder import merkle
from recorder.errors import RecordingError
from recorder.events import Output
from recorder.evidence import Evidence, check_evidence, evidence_of, stated_size
from recorder.reader import Recording
from tests.recorder.builders import Studio, fixed_signer, outputs

TRUST = [fixed_signer().verifier]


def long(studio: Studio, count: int) -> str:
    """A session of several chunks: an anchor every ten seconds, a segment after 1 MiB."""
    journal = studio.begin()
    for at in range(count):
        journal.append([Output(at * 11_000_000, 1, bytes([at % 251]) * 400_000)]).result(10)
        studio.clock.advance(1)
    journal.close("logout").result(10)
    studio.seal()
    return journal.id


def leaves(recording: Recording) -> list[bytes]:
    records = list(recording.records())
    secret = getattr(records[1].event, "secret")  # noqa: B009
    return [merkle.salted_leaf(secret, r.number, r.time, r.raw) for r in records]


@pytest.mark.parametrize("count", [1, 2, 5, 13])
def test_every_event_of_a_sealed_recording(tmp_path: Path, count: int) -> None:
    with Studio(tmp_path) as studio:
        session = long(studio, count)
        with studio.open(session) as recording:
            known = leaves(recording)
            assert count < 5 or recording.chunk_count > 1
            for event in range(len(known)):
                evidence = Evidence.from_json(evidence_of(recording, event).as_json())
                assert evidence.root == merkle.root_of(known[: event + 1])
                check_evidence(evidence, session, event, TRUST)
                assert event < stated_size(evidence) <= len(known)
                for other in (event - 1, event + 1):
                    with pytest.raises(RecordingError):
                        check_evidence(evidence, session, other, TRUST)
            with pytest.raises(RecordingError, match="no event"):
                evidence_of(recording, len(known))


def test_what_does_not_fit_is_refused(tmp_path: Path) -> None:
    with Studio(tmp_path) as studio:
        session = studio.whole(outputs(9))
        with studio.open(session) as recording:
            good = evidence_of(recording, 5)
    for wrong in (
        good._replace(root=bytes(32)),
        good._replace(proof=good.proof[:-1]),
        good._replace(proof=(*good.proof, bytes(32))),
        good._replace(proof=(bytes(32), *good.proof[1:])),
        good._replace(note=good.note.replace("\n", "x\n", 1)),
    ):
        with pytest.raises(RecordingError):
            check_evidence(wrong, session, 5, TRUST)
    with pytest.raises(RecordingError, match="another recording"):
        check_evidence(good, "another", 5, TRUST)
    with pytest.raises(RecordingError, match="no known key"):
        check_evidence(good, session, 5, [fixed_signer("another", 9).verifier])


def test_of_a_live_recording_there_is_only_the_root(tmp_path: Path) -> None:
    with Studio(tmp_path) as studio:
        journal = studio.begin()
        journal.append(outputs(5)).result(10)
        with studio.open(journal.id) as recording:
            evidence = evidence_of(recording, 4)
            assert evidence.root == merkle.root_of(leaves(recording)[:5])
        assert (evidence.note, evidence.proof, stated_size(evidence)) == ("", (), 0)
        with pytest.raises(RecordingError, match="nothing was sealed"):
            check_evidence(evidence, journal.id, 4, TRUST)


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"root": "00", "note": "", "proof": []},
        {"root": "zz" * 32, "note": "", "proof": []},
        {"root": 7, "note": "", "proof": []},
        {"root": "00" * 32, "note": 7, "proof": []},
        {"root": "00" * 32, "note": "", "proof": "00"},
        {"root": "00" * 32, "note": "", "proof": ["00"]},
        {"root": "00" * 32, "note": "", "proof": [7]},
        {"root": "00" * 32, "note": "", "proof": ["00" * 32] * 129},
    ],
)
def test_what_is_none_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(RecordingError):
        Evidence.from_json(values)
