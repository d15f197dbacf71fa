from __future__ import annotations

from gateway.policies.decision import Policies
from gateway.policies.variations import approved, literals, tells_time, variations, week
from gateway.policy import Approvers, Circumstances, Request, Terms, place_of

ASKED = Request(
    "bob", "person", ("sre",), "exec", "web1", "root", {"command": b"id"},
    place=place_of("ssh", {"env": "prod"}),
    when=Circumstances(at=1_795_514_400_000_000, offset=3600, source="192.0.2.7"),
)  # fmt: skip
SET = Policies.of(
    a="""
permit (principal in Group::"dba", action, resource in Label::"env=test") when {
  context has ticket && context.ticket like "CHG-*" && context.time < datetime("2027-01-01") };
forbid (principal in Group::"sre", action == Action::"exec", resource)
unless { context has command && ["df", "ps"].contains(context.command.program) };
"""
)


def test_each_word_of_the_policies_is_tried_once() -> None:
    found = [each.words for each in variations(ASKED, SET.rules, ["root", "app"])]
    assert len(found) == len(set(found))
    assert set(found) == {
        "in the group dba",
        "without the group sre",
        "on a target with the label env=test",
        "as app@web1",
        "before 2027-01-01",
        "after 2027-01-01",
        "from an address that is not known",
        "with a ticket",
        "with the ticket CHG-x",
        "with a terminal",
        "for the command df",
        "for the command ps",
    }


def test_literals_are_told_with_what_they_are_compared_with() -> None:
    said = {pair for rule in SET.rules for pair in literals(rule.document)}
    assert {("ticket", "CHG-x"), ("program", "df"), ("datetime", "2027-01-01")} <= said


def test_a_week_begins_on_monday_in_the_gateways_own_zone() -> None:
    found = list(week(ASKED))
    assert len(found) == 7 * 48
    first = found[0][1].when
    assert (first.at + first.offset * 1_000_000) // 86_400_000_000 % 7 == 4
    assert (first.at + first.offset * 1_000_000) % 86_400_000_000 == 0
    assert 0 <= ASKED.when.at - first.at < 7 * 86_400_000_000


def test_whether_the_clock_matters() -> None:
    assert tells_time(SET.rules)
    assert not tells_time(Policies.of().rules)


def test_approvals_are_as_many_as_are_asked_for() -> None:
    found = approved(ASKED, Terms((Approvers("dba", 2), Approvers("sec"))))
    assert found.request.when.approvals == ("dba", "dba", "sec")
    assert found.words == "approved by 2 of dba and sec"
