"""What entries come to together: own changes count, others' do not, and nothing vanishes unseen."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from recorder import sshsig
from recorder.ssh_keys import FileSigner
from replay.case import (
    NAMESPACE,
    Case,
    Citation,
    Entry,
    Kind,
    Standing,
    canonical,
    in_order,
    name_of,
)
from tests.replay.cases import ALICE, BOB, MALLORY

SESSION = "019a0000-0000-7000-8000-00000000a001"
MOMENT = Citation(SESSION, 12, 3, 1_000_000)


def signature(entry: Entry, signer: FileSigner) -> str:
    return sshsig.sign(signer, NAMESPACE, entry.line())


def signed(case: Case, entry: Entry, signer: FileSigner | None) -> Case:
    return case.with_entry(entry, signature(entry, signer) if signer else "")


def one(signer: FileSigner | None = ALICE) -> tuple[Case, str]:
    """A case with one bookmark, and its name."""
    case = Case.begin("night", "alice", 1)
    entry = case.bookmark(MOMENT, "first", "alice", 2)
    return signed(case, entry, signer), name_of(entry)


def change(
    case: Case, kind: Kind, on: str, signer: FileSigner | None, author: str = "alice"
) -> Case:
    body = {"on": on, "note": "second"} if kind is Kind.EDIT else {"on": on}
    return signed(case, case.entry(kind, author, 10, body), signer)


def test_an_entry_is_named_after_its_bytes() -> None:
    case, name = one()
    written = case.entries[name]
    assert written.entry.line().endswith(b"}\n")
    assert written.entry.case == case.id
    assert written.entry.after == (case.id,)
    assert canonical({"b": 1, "a": "\u00e9"}) == b'{"a":"\\u00e9","b":1}\n'
    assert written.standing is Standing.SIGNED
    assert [s.fingerprint for s in written.signed] == [sshsig.fingerprint(ALICE.public)]


def test_the_authors_changes_count() -> None:
    case, name = one()
    (bookmark,) = change(case, Kind.EDIT, name, ALICE).bookmarks
    assert (bookmark.note, bookmark.pending, bookmark.unsigned) == ("second", None, 0)
    gone = change(case, Kind.WITHDRAW, name, ALICE)
    assert gone.bookmarks[0].withdrawn
    assert gone.bookmarks_of(SESSION) == []
    assert len(gone.bookmarks) == 1, "it stays in the case"


def test_what_nobody_signed_changes_what_nobody_signed() -> None:
    case, name = one(None)
    assert change(case, Kind.EDIT, name, None).bookmarks[0].note == "second"
    assert change(case, Kind.WITHDRAW, name, None).bookmarks_of(SESSION) == []


def test_what_nobody_signed_only_waits_beside_what_is_signed() -> None:
    case, name = one()
    (bookmark,) = change(case, Kind.EDIT, name, None).bookmarks
    assert (bookmark.note, bookmark.pending, bookmark.draft) == ("first", "second", "second")
    assert bookmark.shown == "first (not signed: second)"
    assert bookmark.unsigned == 1
    (bookmark,) = change(case, Kind.WITHDRAW, name, None).bookmarks
    assert not bookmark.withdrawn
    assert bookmark.to_withdraw


def test_nobody_changes_what_another_wrote() -> None:
    case, name = one()
    for kind in (Kind.EDIT, Kind.WITHDRAW):
        for signer, author in ((BOB, "bob"), (MALLORY, "alice"), (None, "bob")):
            (bookmark,) = change(case, kind, name, signer, author).bookmarks
            assert (bookmark.note, bookmark.withdrawn) == ("first", False)
            assert bookmark.pending is None


def test_a_signature_that_does_not_fit_is_none() -> None:
    case, name = one(None)
    other = signature(case.entries[case.id].entry, ALICE)
    forged = case.with_signature(name, other)
    assert forged.entries[name].standing is Standing.FORGED
    assert [w.name for w in forged.unsigned("alice")] == [case.id, name]
    assert forged.with_signature(name, other) is forged


def test_notes_are_on_the_case_or_on_a_bookmark() -> None:
    case, name = one()
    for on in ("", name):
        entry = case.entry(Kind.NOTE, "bob", 5, {"on": on, "note": f"about {on[:4]}"})
        case = signed(case, entry, BOB)
    assert [n.text for n in case.notes] == ["about "]
    assert [n.text for n in case.bookmarks[0].notes] == [f"about {name[:4]}"]
    gone = change(case, Kind.WITHDRAW, case.notes[0].written.name, BOB, "bob")
    assert gone.notes[0].withdrawn


def test_what_is_missing_is_named_by_what_followed_it() -> None:
    case, name = one()
    later = case.entry(Kind.NOTE, "bob", 5, {"on": "", "note": "x"})
    case = case.with_entry(later)
    assert case.missing == {}
    cut = replace(case, entries={k: v for k, v in case.entries.items() if k != name})
    assert cut.missing == {name: (name_of(later),)}


@given(st.lists(st.sampled_from(["alice", "bob"]), max_size=8), st.data())
def test_copies_that_went_apart_come_together(authors: list[str], data: st.DataObject) -> None:
    base, _ = one()
    copies = [base, base]
    for at, author in enumerate(authors):
        which = data.draw(st.integers(0, 1))
        entry = copies[which].bookmark(MOMENT, f"{at}", author, 100 + at)
        signer = {"alice": ALICE, "bob": BOB}[author]
        copies[which] = signed(copies[which], entry, data.draw(st.sampled_from([signer, None])))
    one_way, other_way = copies[0].merged(copies[1]), copies[1].merged(copies[0])
    assert dict(one_way.entries) == dict(other_way.entries)
    assert len(one_way.bookmarks) == 1 + len(authors)
    assert one_way.missing == {}
    assert one_way.merged(copies[1]).entries == one_way.entries
    assert set(one_way.heads) <= set(one_way.entries)


def test_bookmarks_of_a_session_are_in_its_order() -> None:
    case, _ = one()
    early = case.with_entry(case.bookmark(MOMENT._replace(event=1), "earlier", "bob", 9))
    assert [b.note for b in early.bookmarks_of(SESSION)] == ["earlier", "first"]
    assert early.bookmarks_of("another") == []
    assert early.sessions == [SESSION]
    assert in_order(early.entries.values())[0].entry.kind == Kind.CASE
    assert early.find("") == list(early.entries.values())
    bookmark = early.bookmarks[0]
    assert bookmark.screen is None
    assert bookmark.about == {}
    assert bookmark.author == "alice"
