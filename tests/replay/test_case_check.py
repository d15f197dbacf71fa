"""Checks of a case: every kind of tampering is found and named; gone recordings are no failure."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import pytest

from recorder import sshsig
from recorder.attest import Verifier
from recorder.reader import Recording
from replay.case import NAMESPACE, Entry, Kind, canonical
from replay.case_check import Author, Finding, Trust, author_of, check_case
from replay.case_file import CaseFile
from replay.case_lines import signature_line
from tests.recorder.builders import Studio
from tests.replay.cases import (
    ALICE,
    BOB,
    MALLORY,
    SIGNERS,
    TickingClock,
    begun,
    kept,
    opened,
    recorded,
)  # fmt: skip


class Bench:
    """A case of alice's with one signed bookmark, and bob's note on it."""

    def __init__(self, folder: Path) -> None:
        self.studio = Studio(folder / "store")
        self.session = recorded(self.studio)
        self.file = begun(folder)
        self.name = self.file.add(kept(self.studio, self.session), "look").name
        self.file.sign(ALICE)
        bob = opened(self.file, "bob")
        self.note = bob.note("seen", self.name)
        bob.sign(BOB)
        self.studio.writer.close()

    @property
    def verifiers(self) -> list[Verifier]:
        return [self.studio.signer.verifier]

    def check(self, *, offline: bool = False) -> list[Finding]:
        opener = None if offline else partial(Recording, self.studio.store)
        file = CaseFile(self.file.path, "eve", TickingClock())
        return list(check_case(file, Trust(SIGNERS, self.verifiers), opener))

    def failed(self, *, offline: bool = False) -> list[tuple[str, str]]:
        return [(f.name, f.entry) for f in self.check(offline=offline) if not f.ok]

    def lines(self) -> list[bytes]:
        return self.file.path.read_bytes().splitlines(keepends=True)

    def write(self, lines: list[bytes]) -> None:
        self.file.path.write_bytes(b"".join(lines))


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_a_sound_case(bench: Bench) -> None:
    findings = bench.check()
    assert [f for f in findings if not f.ok] == []
    assert {f.name for f in findings} == {
        "file", "order", "signature", "seal", "recording", "frame",
    }  # fmt: skip
    assert bench.failed(offline=True) == []


def test_a_recording_that_has_gone_is_no_failure(bench: Bench) -> None:
    bench.studio.store.reel(bench.session).unlink()
    findings = bench.check()
    assert all(f.ok for f in findings)
    assert [f.detail[:13] for f in findings if f.name == "recording"] == ["not looked at"]


def test_another_recording_under_its_name_is_found(bench: Bench, tmp_path: Path) -> None:
    with Studio(tmp_path / "other") as other:
        session = other.whole([])
        other.store.reel(session).rename(bench.studio.store.reel(bench.session))
    assert ("recording", bench.name) in bench.failed()


def test_every_changed_entry_is_found(bench: Bench) -> None:
    before = bench.lines()
    for at, line in enumerate(before[1:], 1):
        values = json.loads(line)
        if "signs" in values:
            continue
        values["body"]["note"] = "altered"
        bench.write([*before[:at], canonical(values), *before[at + 1 :]])
        assert bench.failed(), f"line {at}"
        bench.write(before)
    assert bench.failed() == []


def test_a_changed_screen_is_found_even_where_it_is_signed_anew(bench: Bench) -> None:
    screen = dict(kept(bench.studio, bench.session).screen)
    screen["lines"] = [["$ exit"], *screen["lines"][1:]]
    bench.file.reload()
    moment = kept(bench.studio, bench.session)._replace(screen=screen)
    forged = bench.file.add(moment, "innocent").name
    bench.file.sign(ALICE)
    assert bench.failed() == [("frame", forged)]
    assert bench.failed(offline=True) == [], "without the recording it is alice's word"


def test_a_moment_of_somebody_elses_session_is_found(bench: Bench) -> None:
    bench.file.reload()
    moment = kept(bench.studio, bench.session)
    forged = bench.file.add(moment._replace(about={**moment.about, "principal": "bob"})).name
    bench.file.sign(ALICE)
    assert bench.failed() == [("recording", forged)]


def test_what_was_kept_before_it_was_sealed_needs_a_known_seal_by_now(bench: Bench) -> None:
    """Else anybody's recording, laid beside the case, would prove it."""
    bench.file.reload()
    moment = kept(bench.studio, bench.session)
    early = {**moment.evidence, "note": "", "proof": []}
    live = bench.file.add(moment._replace(evidence=early)).name
    bare = bench.file.add(moment._replace(evidence={})).name
    bench.file.sign(ALICE)
    assert bench.failed() == []
    file = CaseFile(bench.file.path, "eve", TickingClock())
    opener = partial(Recording, bench.studio.store)
    stranger = [bench.studio.signer.generate("stranger").verifier]
    failed = {(f.name, f.entry) for f in check_case(file, Trust(SIGNERS, stranger), opener)
              if not f.ok}  # fmt: skip
    assert {("seal", live), ("seal", bare)} <= failed


def test_evidence_of_another_event_is_found(bench: Bench) -> None:
    bench.file.reload()
    moment, other = (kept(bench.studio, bench.session, frame) for frame in (1, 2))
    forged = bench.file.add(moment._replace(evidence=other.evidence), "x").name
    bare = bench.file.add(moment._replace(evidence={}), "x").name
    odd = bench.file.add(moment._replace(evidence={"root": 1}), "x").name
    blank = bench.file.add(moment._replace(screen={"size": 1}), "x").name
    bench.file.sign(ALICE)
    failed = bench.failed(offline=True)
    assert failed == [("seal", forged), ("seal", bare), ("seal", odd), ("frame", blank)]


def test_every_removed_line_is_found_but_the_newest_entry(bench: Bench) -> None:
    before = bench.lines()
    for at in range(1, len(before)):
        bench.write([*before[:at], *before[at + 1 :]])
        newest = "signs" not in json.loads(before[at]) and bench.note in str(before[at + 1 :])
        failed = bench.failed()
        assert failed or newest, f"line {at}"


def test_who_wrote_it(bench: Bench) -> None:
    clock = TickingClock()
    clock.advance(10**9)
    for author, signer, author_is in (
        ("alice", MALLORY, Author.UNKNOWN),
        ("alice", BOB, Author.ANOTHER),
        ("alice", None, Author.UNSIGNED),
        ("bob", BOB, Author.KNOWN),
    ):
        file = CaseFile(bench.file.path, author, clock)
        name = file.note(f"{author} {signer}")
        if signer is not None:
            line = file.case.entries[name].entry.line()
            file._append_lines([signature_line(name, sshsig.sign(signer, NAMESPACE, line))])
        found = author_of(file.case.entries[name], SIGNERS)
        assert found.author is author_is
        assert (found.who != "") is (signer is not None)
        assert (name in {entry for _, entry in bench.failed()}) is (author_is is not Author.KNOWN)


def test_a_signature_from_elsewhere_is_forged(bench: Bench) -> None:
    file = opened(bench.file, "alice")
    name = file.note("mine")
    line = file.case.entries[name].entry.line()
    for armored in (sshsig.sign(ALICE, "file", line), sshsig.sign(ALICE, NAMESPACE, line + b"x")):
        file._append_lines([signature_line(name, armored)])
    assert author_of(file.case.entries[name], SIGNERS).author is Author.FORGED
    assert ("signature", name) in bench.failed()


def test_an_entry_of_another_case_is_left_out(bench: Bench, tmp_path: Path) -> None:
    other = CaseFile.begin(tmp_path / "other.case", "other", "alice", TickingClock())
    other.note("what alice said elsewhere")
    other.sign(ALICE)
    bench.write([*bench.lines(), *other.path.read_bytes().splitlines(keepends=True)])
    assert ("file", "") in bench.failed()
    assert [n.text for n in CaseFile(bench.file.path, "x", TickingClock()).case.notes] == []


def test_changes_by_others_are_named(bench: Bench) -> None:
    file = opened(bench.file, "bob")
    made = []
    for author, kind, signer in (("bob", Kind.EDIT, BOB), ("alice", Kind.WITHDRAW, MALLORY)):
        entry = Entry(
            kind, file.case.id, file.case.heads, author, 10**16, {"on": bench.name, "note": "x"}
        )
        name = file._append(entry)
        file._append_lines([signature_line(name, sshsig.sign(signer, NAMESPACE, entry.line()))])
        made.append(("author", name))
    failed = bench.failed(offline=True)
    assert set(made) <= set(failed)
    assert CaseFile(bench.file.path, "x", TickingClock()).case.bookmarks[0].note == "look"


def test_a_moment_that_was_not_sealed_is_proven_by_its_recording(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.file.reload()
    moment = kept(bench.studio, bench.session)
    live = {**moment.evidence, "note": "", "proof": []}
    name = bench.file.add(moment._replace(evidence=live), "while it ran").name
    bench.file.sign(ALICE)
    assert bench.failed() == []
    assert bench.failed(offline=True) == [("seal", name)]
