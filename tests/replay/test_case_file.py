"""A case on disk: added to by several at once, never written over, torn writes mended."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from recorder import sshsig
from recorder.errors import SignatureError
from replay import case_file
from replay.case import NAMESPACE
from replay.case_file import CaseFile, default_path, write_new
from replay.case_lines import SIGNATURES_LIMIT, parse
from replay.errors import CaseError
from tests.recorder.builders import Studio
from tests.replay.cases import ALICE, BOB, TickingClock, begun, kept, opened, recorded


def test_a_bookmark_is_in_the_file_at_once(tmp_path: Path) -> None:
    with Studio(tmp_path / "store") as studio:
        moment = kept(studio, recorded(studio))
    file = begun(tmp_path)
    bookmark = file.add(moment, "look")
    again = opened(file, "bob").case.bookmarks_of(moment.cites.session)
    assert [b.name for b in again] == [bookmark.name]
    assert again[0].note == "look"
    assert again[0].about["principal"] == "alice"
    assert file.path.stat().st_mode & 0o777 == 0o600


def test_nothing_is_ever_written_over(tmp_path: Path) -> None:
    with Studio(tmp_path / "store") as studio:
        moment = kept(studio, recorded(studio))
    file = begun(tmp_path)
    seen = [file.path.read_bytes()]

    def grown() -> None:
        data = file.path.read_bytes()
        assert data.startswith(seen[-1])
        assert len(data) > len(seen[-1])
        seen.append(data)

    name = file.add(moment, "one").name
    grown()
    file.edit(name, "two")
    grown()
    opened(file, "bob").note("three", name)
    grown()
    file.sign(ALICE)
    grown()
    file.withdraw(name)
    grown()


def test_several_add_at_once(tmp_path: Path) -> None:
    file = begun(tmp_path)
    others = [opened(file, f"author {n}") for n in range(6)]

    def write(one: CaseFile) -> None:
        for n in range(10):
            one.note(f"{n}")

    threads = [threading.Thread(target=write, args=(one,)) for one in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert file.reload()
    assert not file.reload()
    assert len(file.case.notes) == 60
    assert file.faults == ()
    assert file.case.missing == {}


def test_an_interrupted_write_is_cut_off_by_the_next(tmp_path: Path) -> None:
    file = begun(tmp_path)
    with file.path.open("ab") as out:
        out.write(b'{"after":["')
    other = opened(file, "bob")
    assert other.faults == ()
    other.note("after it")
    read = parse(file.path.read_bytes())
    assert (read.torn, read.faults) == (0, ())
    assert [n.text for n in read.case.notes] == ["after it"]


def test_only_ones_own_is_changed(tmp_path: Path) -> None:
    file = begun(tmp_path)
    name = opened(file, "bob").note("mine")
    file.reload()
    with pytest.raises(CaseError, match="bob's"):
        file.edit(name, "x")
    with pytest.raises(CaseError, match="bob's"):
        file.withdraw(name)
    with pytest.raises(CaseError, match="no such entry"):
        file.edit("0" * 64, "x")


def test_each_signs_what_is_theirs(tmp_path: Path) -> None:
    file = begun(tmp_path)
    other = opened(file, "bob")
    other.note("bob's")
    assert file.sign(ALICE) == 1
    assert other.sign(BOB) == 1
    assert other.sign(BOB) == 0
    file.reload()
    assert file.case.unsigned() == []


class Refusing:
    """An agent that nobody touched."""

    public, comment = ALICE.public, "refusing"

    def sign(self, data: bytes) -> bytes:
        raise SignatureError("not touched in time")


def test_where_signing_fails_nothing_is_written(tmp_path: Path) -> None:
    file = begun(tmp_path)
    before = file.path.read_bytes()
    with pytest.raises(SignatureError):
        file.sign(Refusing())
    assert file.path.read_bytes() == before


def test_copies_are_put_together(tmp_path: Path) -> None:
    file = begun(tmp_path)
    copy = tmp_path / "copy.case"
    copy.write_bytes(file.path.read_bytes())
    theirs = CaseFile(copy, "bob", TickingClock())
    theirs.note("theirs")
    theirs.sign(BOB)
    file.note("ours")
    assert file.take_in(theirs.case) == 2
    assert file.take_in(theirs.case) == 0
    assert {n.text for n in file.case.notes} == {"ours", "theirs"}
    (tmp_path / "other").mkdir()
    with pytest.raises(CaseError, match="another case"):
        file.take_in(CaseFile.begin(tmp_path / "other.case", "x", "bob", TickingClock()).case)


def test_signatures_that_do_not_fit_are_not_taken_in(tmp_path: Path) -> None:
    """A copy full of them would leave no room for the author's own."""
    file = begun(tmp_path)
    name = file.note("mine")
    theirs = file.case
    for at in range(SIGNATURES_LIMIT + 4):
        theirs = theirs.with_signature(name, sshsig.sign(BOB, NAMESPACE, b"%d" % at))
    assert file.take_in(theirs) == 0
    file.sign(ALICE)
    assert file.case.entries[name].keys == {ALICE.public}


def test_half_a_character_is_not_written(tmp_path: Path) -> None:
    file = begun(tmp_path)
    file.note("a\ud800b")
    assert file.faults == ()
    assert file.case.notes[0].text == "a?b"
    with pytest.raises(CaseError, match="at most"):
        file.note("x" * 70_000)


def test_what_cannot_be_used_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CaseError, match="no case at"):
        CaseFile(tmp_path / "nothing.case", "a", TickingClock())
    file = begun(tmp_path)
    with pytest.raises(CaseError, match="there already"):
        begun(tmp_path)
    with pytest.raises(CaseError, match="cannot be used"):
        CaseFile(tmp_path, "a", TickingClock())
    (tmp_path / "junk.case").write_bytes(b"junk\n")
    with pytest.raises(CaseError, match="no case file"):
        CaseFile(tmp_path / "junk.case", "a", TickingClock())
    monkeypatch.setattr(case_file, "FILE_LIMIT", file.path.stat().st_size + 10)
    with pytest.raises(CaseError, match="full"):
        file.note("too much")


def test_the_case_that_is_there_without_being_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    path = default_path()
    first = CaseFile.open_or_begin(path, "alice", TickingClock())
    assert first.case.title == "bookmarks"
    assert CaseFile.open_or_begin(path, "alice", TickingClock()).case.id == first.case.id


def test_a_new_file_is_new(tmp_path: Path) -> None:
    write_new(tmp_path / "x", b"1")
    with pytest.raises(CaseError):
        write_new(tmp_path / "x", b"2")
    with pytest.raises(CaseError):
        write_new(tmp_path / "no" / "x", b"2")
    assert (tmp_path / "x").read_bytes() == b"1"
