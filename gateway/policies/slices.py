"""Of many policies those that could be about a request, ready to be asked. Pure.

Knows: the heads of policies, requests. Must never know: conditions, verdicts. Called by
`gateway.policies.decision`.

Cedar looks at every policy that it is given, which costs as much as there are of them. A policy
whose head names a principal or group that the request's is not (in), or a resource that its is
not (in), is not satisfied and cannot fail: to leave it out changes no answer. What is left is
compiled once for all requests that it is left for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import cedarpy

from gateway.policies import rule
from gateway.policies.rule import Rule
from gateway.policy import Request

FEW = 32
"""Policies of which no slices are made: all of them are asked as fast."""
MOST = 16384
"""Of either, before they are all forgotten: principals on accounts, and sets."""

_Entity = tuple[str, str]
_Who = tuple[str, str, tuple[str, ...], str, str, tuple[tuple[str, str], ...]]


class Slices:
    """Of one set of policies."""

    def __init__(self, rules: Sequence[Rule], whole: cedarpy.PolicySet) -> None:
        self._rules = rules
        self._whole = whole
        heads = [each.document for each in rules]
        self._needs = [(needed(each["principal"]), needed(each["resource"])) for each in heads]
        self._sets: dict[tuple[int, ...], cedarpy.PolicySet] = {}
        self._known: dict[_Who, cedarpy.PolicySet] = {}

    def about(self, request: Request) -> cedarpy.PolicySet:
        """At least all that could be satisfied."""
        if len(self._rules) <= FEW:
            return self._whole
        who = (
            request.kind,
            request.principal,
            request.groups,
            request.target,
            request.account,
            request.place.labels,
        )
        found = self._known.get(who)
        if found is None:
            if len(self._known) >= MOST:
                self._known.clear()
            found = self._known[who] = self._compiled(self._chosen(request))
        return found

    def _chosen(self, request: Request) -> tuple[int, ...]:
        login = f"{request.account}@{request.target}"
        people = {("Person", request.principal), ("Workload", request.principal), None}
        people |= {("Group", each) for each in request.groups}
        things = {("Account", login), ("Target", request.target), ("Session", ""), None}
        things |= {("Label", f"{name}={value}") for name, value in request.place.labels}
        return tuple(
            number
            for number, (person, thing) in enumerate(self._needs)
            if person in people and thing in things
        )

    def _compiled(self, chosen: tuple[int, ...]) -> cedarpy.PolicySet:
        found = self._sets.get(chosen)
        if found is None:
            if len(self._sets) >= MOST:
                self._sets.clear()
            rules = [self._rules[each] for each in chosen]
            found = rule.compiled({each.id: each.document for each in rules})
            self._sets[chosen] = found
        return found


def needed(head: Mapping[str, Any]) -> _Entity | None:
    """What a principal or resource must be or be in; None: that cannot be told by one entity."""
    if head["op"] in ("==", "in") and "entity" in head:
        return head["entity"]["type"], head["entity"]["id"]
    return None
