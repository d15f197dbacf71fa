"""Where everybody asks: with the time and the target as they are now."""

from __future__ import annotations

from gateway.policies.decision import Policies
from gateway.policies.point import DecisionPoint, clock_in
from gateway.policy import Allow, Deny, Request
from tests.gateway.cedar_rules import policies
from tests.gateway.test_session import target

ASKED = Request("alice", "person", (), "connect", "web1", "root")
LATE = "permit (principal, action, resource) when { context.hour == 22 };"


def test_the_zone_of_the_gateway_tells_the_hour() -> None:
    now = clock_in("UTC", lambda: 22 * 3600 * 10**9)
    assert now() == (22 * 3600 * 10**6, 0)
    assert isinstance(DecisionPoint(policies(LATE), (), now).decide(ASKED), Allow)
    east = clock_in("Asia/Tokyo", lambda: 22 * 3600 * 10**9)
    assert east()[1] == 9 * 3600
    assert isinstance(DecisionPoint(policies(LATE), (), east).decide(ASKED), Deny)


def test_what_is_taken_is_in_force() -> None:
    point = DecisionPoint(policies())
    before = point.digest()
    assert isinstance(point.decide(ASKED), Deny)
    point.take(policies("permit (principal, action, resource);"), [target("web1")], lambda: (0, 0))
    verdict = point.decide(ASKED)
    assert isinstance(verdict, Allow)
    assert verdict.basis["policy"] == point.digest() != before


def test_a_clock_that_jumps_is_followed_both_ways_and_no_answer_outlives_it() -> None:
    """Each decision is as of its own moment: what had expired is open again only for as long as
    the clock says so, and the record has the time that was believed."""
    text = """permit (principal, action == Action::"connect", resource)
    when { context.time < datetime("2026-11-24T12:00:00Z") && context.hour >= 8 };"""
    noon = 1_795_521_600 * 1_000_000_000
    hour = 3600 * 1_000_000_000
    wall = noon - hour
    asked = Request("alice", "person", (), "connect", "web1", "root")
    table = DecisionPoint(Policies.of(a=text), (), clock_in("UTC", lambda: wall))
    answers = []
    for wall in (noon - hour, noon, noon + 9000 * hour, noon - 1, noon - 5 * hour, 0, noon - hour):
        verdict = table.decide(asked)
        answers.append(isinstance(verdict, Allow))
        assert verdict.basis.get("at", 0) == wall // 1000
    assert answers == [True, False, False, True, False, False, True]
