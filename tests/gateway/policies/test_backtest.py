"""Recorded decisions under other policies: each that would change is named, none else is."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

import gatereel
from gateway.policies.again import outcome_of, repeated
from gateway.policies.backtest import Tally, backtest, change_json, tally_json
from gateway.policies.decision import Policies
from recorder.events import Asked
from recorder.store import Store
from tests.gateway.policies.decided_store import QUESTIONS, TEXT, altered, events_of, store_of

SET = Policies.of(access=TEXT)
EVENTS = events_of(SET)
STRICTER = TEXT.replace('@id("sre") permit', '@id("sre") @notice("you are seen") permit') + (
    '@id("none") forbid (principal, action == Action::"shell", resource);'
)


def folder_of(path: Path, text: str) -> Path:
    path.mkdir()
    (path / "access.cedar").write_text(text)
    return path


def test_under_the_same_policies_nothing_changes(tmp_path: Path) -> None:
    store_of(tmp_path, EVENTS, EVENTS)
    tally = Tally()
    assert list(backtest(Store(tmp_path), SET, tally)) == []
    assert (tally.sessions, tally.same, tally.renamed) == (2, 2 * len(QUESTIONS), 0)


def test_each_that_would_change_is_named_with_both_answers(tmp_path: Path) -> None:
    (session,) = store_of(tmp_path, EVENTS)
    other = Policies.of(access=STRICTER)
    expected = [
        (outcome_of(repeated(SET, each)), outcome_of(repeated(other, each))) for each in QUESTIONS
    ]
    wanted = [
        (each, before, after)
        for each, (before, after) in zip(QUESTIONS, expected, strict=True)
        if (before.verdict, before.obliged) != (after.verdict, after.obliged)
    ]
    tally = Tally()
    found = list(backtest(Store(tmp_path), other, tally))
    assert [(each.request, each.before, each.after) for each in found] == wanted
    assert {each.session for each in found} == {session}
    assert len({each.event for each in found}) == len(found) == tally.changed
    assert tally.same + tally.changed == len(QUESTIONS)
    first = change_json(found[0])
    assert (first["principal"], first["before"]["verdict"]) == ("alice", "allow")


def test_other_names_for_the_same_answers_are_no_change(tmp_path: Path) -> None:
    store_of(tmp_path, EVENTS)
    tally = Tally()
    renamed = Policies.of(access=TEXT.replace('@id("sre")', '@id("operators")'))
    assert list(backtest(Store(tmp_path), renamed, tally)) == []
    assert 0 < tally.renamed < tally.same


def test_what_lacks_its_question_or_its_basis_is_counted_and_named(tmp_path: Path) -> None:
    events = [
        each
        for each in altered(EVENTS, 2, basis={})
        if not (isinstance(each, Asked) and each.request == 1)
    ]
    (session,) = store_of(tmp_path, events)
    tally = Tally()
    list(backtest(Store(tmp_path), SET, tally))
    assert [(each.session, each.reason) for each in tally.left] == [
        (session, "recorded without its question"),
        (session, "recorded without what it rested on"),
    ]
    assert tally_json(tally)["left_out"][0]["session"] == session


def test_a_recording_that_cannot_be_read_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    broken, _ = store_of(tmp_path, EVENTS, EVENTS)
    Store(tmp_path).reel(broken).write_bytes(b"nothing")
    tally = Tally()
    assert list(backtest(Store(tmp_path), SET, tally)) == []
    assert (tally.same, [each.session for each in tally.left]) == (len(QUESTIONS), [broken])


def test_the_verb(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = tmp_path / "store"
    store.mkdir()
    (session,) = store_of(store, EVENTS)
    same, other = folder_of(tmp_path / "same", TEXT), folder_of(tmp_path / "other", STRICTER)
    assert gatereel.main(["backtest", str(same), str(store)]) == 0
    assert "0 decisions would change" in capsys.readouterr().out
    assert gatereel.main(["backtest", str(other), "--store", str(store)]) == 1
    said = capsys.readouterr().out
    assert f"{session}#e" in said
    assert "alice, shell on root@web1: allow by sre, cards with mask:email would be deny" in said
    assert gatereel.main(["backtest", str(other), str(store), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["changed"] == len(told["changes"]) > 0


def test_who_asked_stays_as_recorded(tmp_path: Path) -> None:
    """Groups of then count, whatever the configuration says now."""
    nobody = replace(QUESTIONS[0], groups=())
    store_of(tmp_path, events_of(SET, [nobody]))
    (change,) = backtest(
        Store(tmp_path), Policies.of(a="permit(principal, action, resource);"), Tally()
    )
    assert change.request == nobody
    assert (change.before.verdict, change.after.verdict) == ("deny", "allow")
