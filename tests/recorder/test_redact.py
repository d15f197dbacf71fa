"""Redacted copies: what is struck is in no byte, everything else is provably the original's."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recorder import merkle, reel
from recorder.errors import RedactionError
from recorder.events import Disclosed, Event, Output, Redacted, Salt, Terminal, Typed
from recorder.index import Index
from recorder.reader import Recording
from recorder.redact import Copied, parse_ranges, redact
from recorder.redacted import FACT
from recorder.store import Entropy
from recorder.verify import Report, verify_reel
from tests.recorder.builders import Studio, counted, fixed_signer, outputs

SECRET = b"hunter2-and-more"
AUDITOR = fixed_signer("auditor", 9)
KEYS = [fixed_signer().verifier, AUDITOR.verifier]


def story() -> list[Event]:
    """Records 5 to 8 hold the secret: typed, its content, its echo, and a listing of it."""
    return [
        Terminal(0, 1, "xterm", 40, 5, 0, 0, b""),
        Typed(400_000, 1, len(SECRET)),
        Disclosed(500_000, 1, SECRET),
        Output(600_000, 1, SECRET + b"\r\n"),
        Output(900_000, 1, b"it is " + SECRET + b"\r\n"),
        Output(1_200_000, 1, b"and on\r\n"),
    ]


def copied(studio: Studio, session: str, words: str, path: Path) -> Copied:
    with studio.open(session) as recording:
        return redact(
            recording, parse_ranges([words]), path, AUDITOR, studio.clock, counted(99),
            by="auditor", reason="a password",
        )  # fmt: skip


def check(path: Path) -> Report:
    return verify_reel(path, KEYS)


def test_what_is_struck_is_in_no_byte_and_all_else_is_there(tmp_path: Path) -> None:
    path = tmp_path / "copy.reel"
    with Studio(tmp_path / "store") as studio:
        session = studio.whole(story())
        done = copied(studio, session, "5-8", path)
        with studio.open(session) as recording:
            before = list(recording.records())
    assert (done.struck, done.kept) == (5, len(before) - 5)
    with Recording.open(path) as copy:
        after = list(copy.records())
        with Index.load_or_build(copy) as index:
            lines = {text.text for text in index.text()}
        content = b"".join(record.raw for record in copy.stored())
        assert copy.state == "sealed"
        assert copy.header.facts["principal"] == "alice"
    secret = next(r.event.secret for r in before if isinstance(r.event, Salt))
    for hidden in (SECRET, secret):
        assert hidden not in content
        assert hidden not in path.read_bytes()
        assert hidden not in path.with_suffix(".index").read_bytes()
    assert lines == {"and on"}
    assert [r.number for r in after] == [r.number for r in before]
    for old, new in zip(before, after, strict=True):
        if 5 <= old.number <= 8:
            assert isinstance(new.event, Redacted)
            assert new.time == before[4].time, "when it came is not told either"
        elif old.number > 2:
            assert new == old
    report = check(path)
    assert report.ok
    said = (
        f"a copy of {session} (closed at event {len(before)}) without events 5-8, by auditor: "
        "a password; all others are the original's"
    )
    assert [c.detail for c in report.checks if c.name == "redacted"] == [said]


@settings(max_examples=25)
@given(st.data())
def test_any_events_can_be_struck_of_a_recording_of_several_chunks(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("copies")
    with Studio(folder / "store") as studio:
        journal = studio.begin()
        for at in range(4):
            journal.append([Output(at * 11_000_000, 1, bytes([at]) * 600_000)]).result(10)
        journal.append(outputs(3)).result(10)
        journal.close("logout").result(10)
        studio.seal()
        with studio.open(journal.id) as recording:
            events = recording.sealed_events
            chunks = recording.chunk_count
        assert chunks > 1
        struck = data.draw(st.sets(st.integers(0, events - 2), min_size=1))
        path = folder / "copy.reel"
        copied(studio, journal.id, ",".join(map(str, struck)), path)
        report = check(path)
        assert report.ok, report.checks
        with Recording.open(path) as copy:
            assert copy.chunk_count == chunks
            assert len(list(copy.records())) == events


def test_every_altered_byte_of_a_copy_is_found(tmp_path: Path) -> None:
    path = tmp_path / "copy.reel"
    with Studio(tmp_path / "store") as studio:
        copied(studio, studio.whole(story()), "5-8", path)
    whole = path.read_bytes()
    for place in range(0, len(whole), 7):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert not check(path).ok, place


def test_a_copy_needs_the_key_of_who_recorded_and_of_who_copied(tmp_path: Path) -> None:
    path = tmp_path / "copy.reel"
    with Studio(tmp_path / "store") as studio:
        copied(studio, studio.whole(story()), "5", path)
    for keys, failed in ((KEYS[:1], "signatures"), (KEYS[1:], "redacted")):
        report = verify_reel(path, keys)
        assert {c.name for c in report.checks if not c.ok} == {failed}


def test_the_header_can_be_struck_too(tmp_path: Path) -> None:
    path = tmp_path / "copy.reel"
    with Studio(tmp_path / "store") as studio:
        session = studio.whole(story(), target="mysql -p" + SECRET.decode())
        done = copied(studio, session, "0", path)
    assert done.struck == 2
    assert SECRET.decode() not in str(Recording.open(path).header.facts)
    report = check(path)
    assert report.ok
    assert "its header was struck: who and where is not proven" in [c.detail for c in report.checks]


def test_a_struck_value_cannot_be_guessed_from_its_hash(tmp_path: Path) -> None:
    path = tmp_path / "copy.reel"
    with Studio(tmp_path / "store") as studio:
        session = studio.whole(story())
        copied(studio, session, "6", path)
        with studio.open(session) as recording:
            truth = next(r for r in recording.records() if r.number == 6)
    with Recording.open(path) as copy:
        (struck,) = [r.event for r in copy.records() if isinstance(r.event, Redacted)]
        own = next(r.event.secret for r in copy.records() if isinstance(r.event, Salt))
        salts = [own, b"", bytes(32), hashlib.sha256(own).digest()]
    for salt in salts:
        assert merkle.salted_leaf(salt, 6, truth.time, truth.raw) != struck.leaf


def test_every_seal_depends_on_the_secret_so_that_no_checkpoint_can_be_tried_out(
    tmp_path: Path,
) -> None:
    """Two recordings of the same events at the same times under the same id, and only the secret
    differs: no seal of one has the digest, which checkpoints name, of any of the other."""
    digests = []
    for secret in (1, 2):
        entropy = counted(7)

        def chance(size: int, secret: int = secret, entropy: Entropy = entropy) -> bytes:
            return bytes([secret]) * 32 if size == 32 else entropy(size)

        with Studio(tmp_path / str(secret), entropy=chance) as studio:
            journal = studio.begin()
            for at in range(3):
                journal.append([Output(at * 11_000_000, 1, bytes([at]) * 600_000)]).result(10)
            journal.close("logout").result(10)
            studio.seal()
            fd = os.open(studio.store.reel(journal.id), os.O_RDONLY)
            seals = [reel.read_seal(fd, chunk).seal for chunk in reel.layout(fd).chunks]
            os.close(fd)
        assert len(seals) > 2
        assert {seal.recording for seal in seals} == {journal.id}
        # Not by the tree alone, which is salted: by what data and chain put into each.
        digests.append({(seal.first, seal.data_hash, seal.previous) for seal in seals})
    assert digests[0].isdisjoint(digests[1])


def test_an_end_with_a_reason_is_not_struck_where_the_seal_says_it_too(tmp_path: Path) -> None:
    with Studio(tmp_path / "store") as studio:
        session = studio.whole(story())
        with studio.open(session) as recording:
            last = recording.sealed_events - 1
        with pytest.raises(RedactionError, match="signed seal too"):
            copied(studio, session, str(last), tmp_path / "copy.reel")
    assert list(tmp_path.glob("*.reel")) == []


def test_one_key_for_both_is_said(tmp_path: Path) -> None:
    path = tmp_path / "copy.reel"
    with Studio(tmp_path / "store") as studio:
        session = studio.whole(story())
        with studio.open(session) as recording:
            redact(
                recording, [(5, 8)], path, studio.signer, studio.clock, counted(99),
                by="alice", reason="x",
            )  # fmt: skip
    details = [c.detail for c in check(path).checks if c.name == "redacted"]
    assert "one key signed the original and the copy: this is its holder's word" in details


def test_the_gateways_checkpoints_bind_the_copy_too(tmp_path: Path) -> None:
    path = tmp_path / "copy.reel"
    with Studio(tmp_path / "store") as studio:
        session = studio.whole(story())
        copied(studio, session, "6", path)
        with studio.open(session) as recording:
            salt = next(r.event for r in recording.records() if isinstance(r.event, Salt))
            leaves = [
                merkle.salted_leaf(salt.secret, r.number, r.time, r.raw)
                for r in recording.records()
            ]
    told = {session: {7: merkle.root_of(leaves[:7])}}
    assert verify_reel(path, KEYS, None, told).ok
    told = {session: {7: bytes(32)}}
    failed = [c for c in verify_reel(path, KEYS, None, told).checks if not c.ok]
    assert any("contradict a checkpoint of the original" in c.detail for c in failed)


def test_what_cannot_be_copied_is_said(tmp_path: Path) -> None:
    path = tmp_path / "copy.reel"
    with Studio(tmp_path / "store") as studio:
        session = studio.whole(story())
        copied(studio, session, "5", path)
        with pytest.raises(RedactionError, match="there already"):
            copied(studio, session, "6", path)
        with pytest.raises(RedactionError, match="no such event"):
            copied(studio, session, "5-500", tmp_path / "x.reel")
        with pytest.raises(RedactionError, match="cannot write"):
            copied(studio, session, "5", tmp_path / "no" / "x.reel")
        with Recording.open(path) as copy, pytest.raises(RedactionError, match="already"):
            redact(
                copy, [(6, 6)], tmp_path / "x.reel", AUDITOR, studio.clock, os.urandom,
                by="x", reason="y",
            )  # fmt: skip
        live = studio.begin()
        live.append(story()).result(10)
        with pytest.raises(RedactionError, match="ended"):
            copied(studio, live.id, "5", tmp_path / "x.reel")
    assert [p.name for p in tmp_path.iterdir() if p.is_file()] == ["copy.reel"]


def test_ranges_as_one_types_them() -> None:
    assert parse_ranges(["12", "#e20-22", "21,13..14", "e30"]) == [(12, 14), (20, 22), (30, 30)]
    for wrong in ("", "x", "5-", "9-5", "-1", "1e3", "5 - 6"):
        with pytest.raises(RedactionError):
            parse_ranges([wrong])


def test_a_copy_names_its_original(tmp_path: Path) -> None:
    path = tmp_path / "copy.reel"
    with Studio(tmp_path / "store") as studio:
        session = studio.whole(story())
        done = copied(studio, session, "5", path)
    with Recording.open(path) as copy:
        assert copy.id == done.session != session
        assert copy.header.facts["must"] == ["redacted"]
        assert copy.header.facts[FACT]["session"] == session
