"""Policies that are left out could not have answered: held against asking all of them."""

from __future__ import annotations

from dataclasses import replace

import cedarpy
from hypothesis import given
from hypothesis import strategies as st

from gateway.policies import asking, rule
from gateway.policies.decision import Policies
from gateway.policies.slices import FEW, Slices, needed
from gateway.policy import Request, place_of

FILLER = "".join(
    f'@id("f{n}") permit (principal in Group::"f{n}", action, resource in Target::"f{n}");\n'
    for n in range(FEW)
)
heads = st.tuples(
    st.sampled_from(["permit", "forbid"]),
    st.sampled_from(
        [
            "principal",
            'principal == Person::"alice"',
            'principal in Person::"bob"',
            'principal == Workload::"alice"',
            'principal in Group::"sre"',
            "principal is Person",
            'principal is Workload in Group::"sre"',
        ]
    ),
    st.sampled_from(
        [
            "resource",
            'resource == Account::"root@web1"',
            'resource in Account::"app@web1"',
            'resource in Target::"web1"',
            'resource in Label::"env=prod"',
            'resource is Account in Target::"web2"',
            "resource is Session",
        ]
    ),
    st.sampled_from(["", "when { context.hour + 9223372036854775807 > 0 }"]),
)
requests = st.builds(
    Request,
    st.sampled_from(["alice", "bob", "root@web1"]),
    st.sampled_from(["person", "workload"]),
    st.lists(st.sampled_from(["sre", "dev", "alice"]), unique=True).map(tuple),
    st.sampled_from(["connect", "kill"]),
    st.sampled_from(["web1", "web2"]),
    st.sampled_from(["root", "app"]),
    place=st.sampled_from([place_of("ssh", {"env": "prod"}), place_of("ssh", {})]),
    owner=st.sampled_from(["alice", "bob"]),
)


@given(st.lists(heads, max_size=6), st.lists(requests, max_size=4))
def test_what_is_left_out_changes_no_answer(
    rows: list[tuple[str, str, str, str]], asked: list[Request]
) -> None:
    text = FILLER + "\n".join(
        f'@id("p{n}") {effect} ({who}, action, {where}) {when};'
        for n, (effect, who, where, when) in enumerate(rows)
    )
    rules = Policies.of(access=text).rules
    documents = {each.id: each.document for each in rules}

    whole = rule.compiled(documents)
    slices = Slices(rules, whole)
    for each in asked:
        request = each if each.action == "kill" else _without_owner(each)
        entities = asking.entities_of(request)
        questions = asking.questions(request)
        (all_of_them,) = cedarpy.is_authorized_batch(questions, whole, entities)
        (some,) = cedarpy.is_authorized_batch(questions, slices.about(request), entities)
        assert some.decision == all_of_them.decision
        assert set(some.diagnostics.reasons) == set(all_of_them.diagnostics.reasons)
        assert sorted(some.diagnostics.errors) == sorted(all_of_them.diagnostics.errors)
        assert slices.about(request) is slices.about(request), "compiled once"


def _without_owner(request: Request) -> Request:

    return replace(request, owner="")


def test_few_policies_are_asked_together() -> None:
    policies = Policies.of(a='permit (principal in Group::"x", action, resource);')
    whole = object()
    slices = Slices(policies.rules, whole)  # type: ignore[arg-type]  # never asked
    assert slices.about(Request("a", "person", (), "connect", "t", "r")) is whole


def test_what_a_head_needs() -> None:
    assert needed({"op": "All"}) is None
    assert needed({"op": "==", "entity": {"type": "Person", "id": "a"}}) == ("Person", "a")
    assert needed({"op": "is", "entity_type": "Person"}) is None
