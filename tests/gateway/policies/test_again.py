"""What was recorded of a decision is found, with what it rested on, or without."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from gateway.policies.again import Made, Outcome, made_in, outcome_of, repeated
from gateway.policies.decision import Policies
from gateway.policy import Allow, Deny, Hold, Terms, Verdict
from recorder.events import Asked, Decided
from recorder.reader import Recording
from recorder.store import Store
from tests.gateway.policies.decided_store import QUESTIONS, TEXT, altered, events_of, store_of

SET = Policies.of(access=TEXT)
EVENTS = events_of(SET)


def made(folder: Path, *events: Asked | Decided) -> list[Made]:
    (session,) = store_of(folder, events)
    with Recording(Store(folder), session) as recording:
        return list(made_in(recording))


def test_each_decision_is_found_with_the_very_request(tmp_path: Path) -> None:
    (session,) = store_of(tmp_path, EVENTS)
    with Recording(Store(tmp_path), session) as recording:
        found = list(made_in(recording))
    assert [each.request for each in found] == list(QUESTIONS)
    assert [each.action for each in found] == [each.action for each in QUESTIONS]
    assert {each.policy for each in found} == {SET.digest()}
    assert [each.outcome for each in found] == [
        outcome_of(repeated(SET, question)) for question in QUESTIONS
    ]


def test_a_decision_whose_question_is_elsewhere_has_no_request(tmp_path: Path) -> None:
    asked, decided = EVENTS[:2]
    assert isinstance(asked, Asked)
    assert isinstance(decided, Decided)
    elsewhere = replace(decided, channel=decided.channel + 1)
    (alone,) = made(tmp_path / "a", asked, elsewhere)
    assert (alone.request, alone.action) == (None, "")
    (bare,) = made(tmp_path / "b", asked, replace(decided, basis={}))
    assert (bare.request, bare.action, bare.policy) == (None, asked.action, b"")


def test_a_basis_that_is_no_basis_is_no_request(tmp_path: Path) -> None:
    events = altered(EVENTS, 1, basis={"policy": 7, "place": "nowhere"})
    (session,) = store_of(tmp_path, events)
    with Recording(Store(tmp_path), session) as recording:
        first = next(iter(made_in(recording)))
    assert first.request is None
    assert first.policy == b""


def test_an_outcome_says_itself() -> None:
    table: list[tuple[Verdict, str]] = [
        (Allow(("a", "b")), "allow by a, b"),
        (Allow(("a",), ("notice:x",)), "allow by a with notice:x"),
        (Hold(("h",), "why", Terms(())), "hold by h"),
        (Deny((), "why"), "deny"),
    ]
    assert [str(outcome_of(verdict)) for verdict, _ in table] == [said for _, said in table]
    assert outcome_of(table[0][0]) == Outcome("allow", ("a", "b"), ())
