"""A verdict as it is recorded."""

from __future__ import annotations

import pytest

from gateway.errors import Denied, NeedsApproval
from gateway.hold_errors import NotApproved
from gateway.policy import Allow, Deny, Hold, Verdict
from gateway.verdicts import decided, not_approved, notices, refusal, unmet
from recorder.events import Decided


@pytest.mark.parametrize(
    ("verdict", "lacking", "written"),
    [
        (Allow(("a",)), "", Decided(1, 2, 3, "allow", ("a",), "")),
        (Allow(("a",), ("limit:1",), {"policy": b"d"}), "",
         Decided(1, 2, 3, "allow", ("a",), "", {"policy": b"d", "obliged": ["limit:1"]})),
        (Allow(("a",), ("mask",)), "cannot",
         Decided(1, 2, 3, "deny", ("a",), "cannot", {"said": "allow", "obliged": ["mask"]})),
        (Deny(("a",), "no"), "", Decided(1, 2, 3, "deny", ("a",), "no")),
        (Hold(("a",), "wait"), "", Decided(1, 2, 3, "hold", ("a",), "wait")),
    ],
)  # fmt: skip
def test_each_has_one_form(verdict: Verdict, lacking: str, written: Decided) -> None:
    assert decided(1, 2, 3, verdict, lacking) == written


HELD = Hold(("two",), "it cannot be undone", obligations=("notice:hm",), basis={"policy": b"d"})


@pytest.mark.parametrize(
    ("verdict", "kind", "words"),
    [
        (Allow(("a",)), Denied, "policy does not allow exec: cannot"),
        (Deny(("a",), "no"), Denied, "policy does not allow exec: no"),
        (HELD, NeedsApproval, "exec needs a second person's approval: it cannot be undone"),
        (not_approved(HELD, "expired"), NotApproved, "exec was not approved: expired"),
    ],
)
def test_what_the_principal_is_told(verdict: Verdict, kind: type, words: str) -> None:
    error = refusal(verdict, "exec", "cannot")
    assert (type(error), error.person) == (kind, words)


def test_a_hold_that_came_to_nothing_says_what_policy_said() -> None:
    written = decided(1, 2, 3, not_approved(HELD, "denied by bob: no"))
    assert (written.verdict, written.rules, written.reason) == (
        "deny",
        ("two",),
        "denied by bob: no",
    )
    assert written.basis == {"policy": b"d", "said": "hold", "obliged": ["notice:hm"]}


def test_a_notice_is_told_and_the_rest_must_be_done() -> None:
    assert notices(("notice:hello", "mask")) == ["hello"]
    assert unmet(("notice:hello", "near"), ("near",), "it") == ""
    assert unmet(("notice:hello", "mask"), (), "it") == "it asks for mask, which it cannot do"
