"""An explanation is what asking says: each is compared with the decision that it is about."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from gateway.policies.again import outcome_of, repeated
from gateway.policies.decision import Policies
from gateway.policies.explaining import Explanation, as_json, explain, spans_of
from gateway.policy import Allow, Circumstances, Deny, Hold, Request, place_of
from tests.gateway.policies.site import ACCESS

SET = Policies.of(access=ACCESS.replace('@id("all")', '@id("all") @notice("seen")'))
TUESDAY = 1_795_514_400_000_000  # 2026-11-24T10:00Z
ASKED = Request(
    "bob", "person", ("sre",), "exec", "web1", "root",
    {"command": b"uptime", "terminal": False},
    place=place_of("ssh", {"env": "prod"}), when=Circumstances(at=TUESDAY),
)  # fmt: skip


def changes(found: Explanation) -> dict[str, str]:
    return {each.words: str(each.outcome) for each in found.changes}


def test_what_forbids_is_named_with_what_would_be_without_it() -> None:
    night = replace(ASKED, when=Circumstances(at=TUESDAY + 10 * 3600 * 1_000_000))
    found = explain(SET, night, ["root", "app"])
    assert isinstance(found.verdict, Deny)
    assert [(each.id, each.line) for each in found.deciding] == [("day", 5)]
    assert str(found.without) == "allow by sre"
    assert changes(found)["mon-sun 08:00-18:00"] == "allow by sre"
    assert found.near == ()


def test_a_hold_says_what_ends_it() -> None:
    asked = replace(ASKED, facts={"command": b"reboot now", "terminal": False})
    found = explain(SET, asked, ["root"])
    assert isinstance(found.verdict, Hold)
    assert changes(found)["approved by 2 of leads"] == "allow by sre, two"
    assert as_json(found)["approvers"] == {"leads": 2}
    assert as_json(found)["signed"] is True


def test_of_a_policy_that_almost_permits_the_parts_that_fail_are_told() -> None:
    asked = replace(ASKED, action="shell", facts={"terminal": True})
    found = explain(SET, asked, ["root"])
    near = {each.rule.id: each.failing for each in found.near}
    assert near == {
        "leads": ('principal in Group::"leads"',),
        "all": ('when { ((principal).name) == "alice" }',),
    } or near == {
        "leads": ('principal in Group::"leads"',),
        "all": ('when { (principal.name) == "alice" }',),
    }
    assert changes(found)["in the group leads"] == "allow by leads"


def test_what_must_be_named_is_told_where_all_is_permitted() -> None:
    asked = replace(ASKED, principal="alice", action="unmask", facts={"class": "card"})
    (near,) = explain(SET, asked, ["root"]).near
    assert near.rule.id == "all"
    assert "does not name unmask" in near.failing[0]


def test_only_the_first_condition_that_fails_is_told() -> None:
    asked = replace(ASKED, action="forward", facts={"address": "db:5432"})
    near = {each.rule.id: each.failing for each in explain(SET, asked, ["root"]).near}
    assert near["office"] == ("when { context has source }",)
    found = changes(explain(SET, asked, ["root"]))
    assert found["from 192.0.2.0/24"].startswith("allow by office")
    sourced = replace(asked, facts={"address": "x:1"}, when=Circumstances(source="192.0.2.9"))
    found = changes(explain(SET, sourced, ["root"]))
    assert found["to db:5432"].startswith("allow by office")


@given(
    st.sampled_from(["alice", "bob"]),
    st.lists(st.sampled_from(["sre", "leads"]), unique=True).map(tuple),
    st.sampled_from([b"uptime", b"reboot", b"a;b"]),
    st.integers(0, 6 * 24).map(lambda hour: TUESDAY + hour * 3600 * 1_000_000),
)
def test_an_explanation_is_the_decision_and_each_change_is_one(
    principal: str, groups: tuple[str, ...], command: bytes, at: int
) -> None:
    asked = replace(
        ASKED,
        principal=principal,
        groups=groups,
        facts={"command": command, "terminal": False},
        when=Circumstances(at=at),
    )
    found = explain(SET, asked, [])
    assert found.verdict == repeated(SET, asked)
    now = outcome_of(found.verdict).verdict
    assert all(each.outcome.verdict != now for each in found.changes)
    assert all(each.failing for each in found.near)
    assert isinstance(found.verdict, Allow | Deny | Hold)
    for group in groups:
        less = replace(asked, groups=tuple(each for each in groups if each != group))
        other = outcome_of(repeated(SET, less))
        told = [
            each.outcome for each in found.changes if each.words == f"without the group {group}"
        ]
        assert told == ([other] if other.verdict != now else [])


def test_half_hours_are_written_as_a_person_does() -> None:
    day = 24 * 60
    weekdays = [d * day + m for d in range(5) for m in range(480, 1080, 30)]
    assert spans_of(weekdays) == "mon-fri 08:00-18:00"
    assert spans_of(range(5 * day, 7 * day, 30)) == "sat/sun"
    assert spans_of([0, 60, day]) == "mon 00:00-00:30 and 01:00-01:30, tue 00:00-00:30"
