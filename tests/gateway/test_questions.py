"""What policy is asked about somebody on a target."""

from __future__ import annotations

from gateway.policy import place_of
from gateway.questions import asked_facts, question
from gateway.targets import Route
from tests.gateway.test_session import ALICE, target


def test_who_and_where_come_from_the_proof_and_the_route() -> None:
    there = target("web1")
    asked = question(ALICE, Route(there, there.accounts["root"]), "connect", {"address": "a:1"})
    assert (asked.principal, asked.kind, asked.groups) == ("alice", "workload", ("sre",))
    assert (asked.target, asked.account, asked.place) == ("web1", "root", place_of("ssh", {}))
    assert asked.when.method == "publickey"
    assert asked_facts(asked)["address"] == "a:1"
