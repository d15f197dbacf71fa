"""Every recorded decision comes out the same, and one that does not is found and named."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

import gatereel
from gateway.policies.decision import Policies
from gateway.policies.texts import KEPT
from gateway.policy import Hold
from gateway.verdicts import decided, not_approved
from recorder.events import Asked, Decided
from tests.gateway.policies.decided_store import QUESTIONS, TEXT, altered, events_of, store_of

SET = Policies.of(access=TEXT)
EVENTS = events_of(SET)


def verify(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, list[str]]:
    """The exit status, and what is wrong."""
    status = gatereel.main(["verify", "--json", *map(str, words)])
    said = json.loads(capsys.readouterr().out)
    return status, [
        f"{each['name']} {each['where']} {each['detail']}"
        for each in said["checks"]
        if not each["ok"]
    ]


def test_what_was_decided_comes_out_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Allowed, masked in part, forbidden, held, nobody's: all kinds of answers are among them."""
    kinds = {each.verdict for each in EVENTS if isinstance(each, Decided)}
    masks = [each.basis.get("obliged") for each in EVENTS if isinstance(each, Decided)]
    assert kinds == {"allow", "deny", "hold"}
    assert ["mask:email"] in masks
    store_of(tmp_path, EVENTS, kept=SET)
    assert gatereel.main(["verify", str(tmp_path), "--decisions"]) == 0
    said = capsys.readouterr().out
    assert f"{len(QUESTIONS)} come out the same under {SET.digest().hex()[:16]}" in said


def test_a_hold_that_came_to_nothing_comes_out_as_the_hold_that_it_was(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And one that policy never made is found, whatever came of it."""
    question = next(each for each in QUESTIONS if each.facts.get("command") == b"dropdb x")
    held = SET.decide(question)
    assert isinstance(held, Hold)
    asked = Asked(1, 1, 1, question.action, question.facts)
    made = decided(1, 1, 1, not_approved(held, "denied by bob: not today"))
    assert (made.verdict, made.reason) == ("deny", "denied by bob: not today")
    store_of(tmp_path / "a", [asked, made], kept=SET)
    assert verify(capsys, tmp_path / "a", "--decisions") == (0, [])
    forged = replace(made, rules=("sre",))
    store_of(tmp_path / "b", [asked, forged], kept=SET)
    status, wrong = verify(capsys, tmp_path / "b", "--decisions")
    assert status == 1
    assert "recorded is hold by sre" in wrong[0]


@pytest.mark.parametrize(
    ("number", "changes", "said"),
    [
        (1, {"verdict": "deny", "rules": ()}, "recorded is deny, the policies say allow by sre"),
        (3, {"verdict": "allow"}, "recorded is allow by no-reboot, the policies say deny by no-r"),
        (3, {"reason": "because"}, "recorded is the reason 'because', not 'ask first'"),
        (4, {"rules": ("sre",)}, "recorded is hold by sre, the policies say hold by two"),
        (2, {"basis": {}}, "recorded without what it rested on"),
    ],
)
def test_a_decision_that_policy_did_not_make_is_found(
    number: int,
    changes: dict[str, object],
    said: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Sealed as it is, so that only asking again finds it."""
    (session,) = store_of(tmp_path, altered(EVENTS, number, **changes), kept=SET)
    assert verify(capsys, tmp_path) == (0, [])
    status, (problem,) = verify(capsys, tmp_path / f"{session}.reel", "--decisions")
    assert (status, said in problem) == (1, True), problem
    place = problem.split()[1]
    assert place.startswith("#e")


def test_masks_that_were_not_asked_for_are_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shell = next(each for each in EVENTS if isinstance(each, Decided) and each.request == 2)
    basis = {key: value for key, value in shell.basis.items() if key != "obliged"}
    store_of(tmp_path, altered(EVENTS, 2, basis=basis), kept=SET)
    status, (problem,) = verify(capsys, tmp_path, "--decisions")
    assert (status, "say allow by sre, cards with mask:email" in problem) == (1, True), problem


def test_a_question_that_is_gone_is_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    events = [each for each in EVENTS if not (isinstance(each, Asked) and each.request == 5)]
    store_of(tmp_path, events, kept=SET)
    assert verify(capsys, tmp_path, "--decisions")[0] == 1


def test_a_set_that_is_gone_or_altered_is_named_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store_of(tmp_path, EVENTS, kept=SET)
    (path,) = (tmp_path / KEPT).iterdir()
    text = path.read_text()
    path.write_text(text.replace("no-reboot", "no-reload"))
    status, (problem,) = verify(capsys, tmp_path, "--decisions")
    assert (status, f"{path} has been altered" in problem) == (1, True)
    path.unlink()
    status, (problem,) = verify(capsys, tmp_path, "--decisions")
    assert (status, f"{SET.digest().hex()[:16]} are not in" in problem) == (1, True)


def test_what_was_never_decided_needs_no_policies(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store_of(tmp_path, [])
    assert verify(capsys, tmp_path, "--decisions") == (0, [])
    samples = Path(__file__).parents[3] / "sample_sessions"
    assert verify(capsys, samples, "--decisions") == (0, [])
