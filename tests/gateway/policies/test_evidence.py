"""What a decision rested on, there and back; the property is in test_decision."""

from __future__ import annotations

from gateway.policies.evidence import basis_of, request_of
from gateway.policy import Circumstances, Request, place_of

WHOLE = Request(
    "alice", "workload", ("a", "b"), "kill", "web1", "root", {"session": "x"}, "bob",
    place_of("ssh", {"env": "prod"}, ("email",)),
    Circumstances(5, -3600, "::1", "publickey", "T", "why", ("dba",)),
)  # fmt: skip


def test_all_of_it_comes_back() -> None:
    assert request_of("kill", WHOLE.facts, basis_of(WHOLE, b"d")) == WHOLE


def test_only_what_is_there_is_recorded() -> None:
    least = basis_of(Request("a", "person", (), "connect", "t", "l"), b"d")
    assert sorted(least) == ["account", "kind", "policy", "principal", "target", "type"]
