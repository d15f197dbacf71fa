"""Policies that can decide nothing in this configuration. Pure.

Knows: policies and the configuration. Must never know: files, what is running. Called by
``gatereel check``, for notes.

Proven by enumeration, or not said: every principal on every account with every action is asked of
each policy, of which the conditions that rest on the request (its context) are taken away, so that
it fits whatever it could fit. What then fits nothing never will, until the configuration changes.
A policy is in the shadow of others where each of the places that it fits is one for another
that has no such condition. Nothing is said of what is about sessions: recordings outlive whoever
made them, and the accounts that they were on. Where there is more to ask than `MOST`, nothing
is said at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cedarpy

from gateway.config import Config
from gateway.identity import Principal
from gateway.policies import asking, rule
from gateway.policies.names import mentioned
from gateway.policies.obligations import Obligations
from gateway.policies.rule import Rule
from gateway.policies.texts import BUILTIN
from gateway.policies.variations import attributes
from gateway.policy import (
    ACTIONS,
    APPROVE,
    FORWARD,
    KUBE_ACTIONS,
    SESSION_ACTIONS,
    SFTP,
    SQL_ACTIONS,
    UNMASK,
    Place,
    Request,
)
from recorder.events import Facts

MOST = 50_000
"""Questions; some seconds."""
MOST_OF_ALL = 5_000_000
"""Questions times policies: Cedar goes through all of them for each."""
_TARGETS = (*ACTIONS, SFTP, *SQL_ACTIONS, *KUBE_ACTIONS, UNMASK, APPROVE)
_NAMED_ONLY = frozenset({FORWARD, UNMASK, APPROVE})
_FACTS: Mapping[str, Facts] = {
    FORWARD: {"address": "0.0.0.0:0"},
    UNMASK: {"class": "none"},
    APPROVE: {"requester": "", "asked": ""},
    SFTP: {"command": SFTP.encode()},
}


@dataclass(frozen=True, slots=True)
class _Place:
    target: str
    account: str
    place: Place


@dataclass(slots=True)
class _Fits:
    """Of one policy, over all that was asked."""

    everywhere_forbidden: bool = True
    places: int = 0
    forbidding: frozenset[str] = frozenset()
    covering: frozenset[str] | None = None
    """Those that fit wherever this one does."""


def unreachable(config: Config) -> list[str]:
    """A line for each policy that decides nothing, with why."""
    rules = [each for each in config.policies.rules if each.file != BUILTIN]
    wide = {each.id: _wide(each) for each in config.policies.rules}
    sure = {each.id for each in config.policies.rules if _whole(each)}
    people, places = _people(config), _places(config)
    questions = len(people) * len(places) * len(_TARGETS)
    if not questions or questions > MOST or questions * len(rules) > MOST_OF_ALL:
        return []
    by_id = {each.id: each for each in config.policies.rules}
    fits = {each.id: _Fits() for each in config.policies.rules}
    set_ = rule.compiled(wide)
    for person in people:
        for place in places:
            for action, matching in _asked(set_, person, place):
                _count(action, [by_id[each] for each in by_id if each in matching], sure, fits)
    about = _about_sessions(rules)
    found: list[str] = []
    redundant: set[str] = set()
    for each in reversed(rules):
        if each.id in about:
            continue
        line = _line(each, fits[each.id], by_id, redundant)
        if line:
            found.append(f'{each.where} ("{each.id}") {line}')
    return found[::-1]


def _count(action: str, matching: Sequence[Rule], sure: set[str], fits: dict[str, _Fits]) -> None:
    speaking = [
        each
        for each in matching
        if not each.permits or each.names_action or action not in _NAMED_ONLY
    ]
    certain = [each for each in speaking if each.id in sure]
    forbidding = frozenset(each.id for each in certain if not each.permits)
    for each in speaking:
        told = fits[each.id]
        told.places += 1
        others = frozenset(
            other.id
            for other in certain
            if other.id != each.id and other.permits == each.permits and _silent(other.obligations)
        )
        told.covering = others if told.covering is None else told.covering & others
        told.everywhere_forbidden &= bool(forbidding)
        told.forbidding |= forbidding


def _line(each: Rule, told: _Fits, by_id: Mapping[str, Rule], redundant: set[str]) -> str:
    if not told.places:
        return "is about nothing here: no principal, account and action fit it"
    if each.permits and told.everywhere_forbidden:
        return f"permits nothing: all of it is forbidden by {', '.join(sorted(told.forbidding))}"
    covering = sorted((told.covering or frozenset()) - redundant)
    if covering and _silent(each.obligations):
        redundant.add(each.id)
        verb = "permits" if each.permits else "forbids"
        return f"{verb} nothing that {by_id[covering[0]].id} does not"
    return ""


def _silent(obliged: Obligations) -> bool:
    """Whether nothing comes of it but the verdict."""
    return obliged == Obligations(reason=obliged.reason)


def _asked(
    set_: cedarpy.PolicySet, person: Principal, place: _Place
) -> Iterator[tuple[str, set[str]]]:
    for action in _TARGETS:
        request = _request(person, place, action)
        (question,) = asking.questions(request)
        (result,) = cedarpy.is_authorized_batch([question], set_, asking.entities_of(request))
        yield action, set(result.diagnostics.reasons)


def _request(person: Principal, place: _Place, action: str) -> Request:
    return Request(
        principal=person.name,
        kind=person.kind,
        groups=tuple(person.groups),
        action="subsystem" if action == SFTP else action,
        target=place.target,
        account=place.account,
        facts=_FACTS.get(action, {}),
        place=place.place,
    )


def _bare(document: Mapping[str, Any]) -> dict[str, Any]:
    heads = {each: document[each] for each in ("principal", "action", "resource")}
    return {"effect": "permit", **heads, "conditions": []}


def _wide(each: Rule) -> dict[str, Any]:
    """As if it permitted, with those conditions alone that rest on principal and resource."""
    conditions = [one for one in each.document["conditions"] if _finite(one)]
    return {**_bare(each.document), "conditions": conditions}


def _whole(each: Rule) -> bool:
    """Whether all of its conditions are among them."""
    return all(_finite(one) for one in each.document["conditions"])


def _finite(expression: Any) -> bool:
    """Neither the request's context nor arithmetic that may fail."""
    if isinstance(expression, dict):
        if expression.get("Var") == "context" or {"+", "-", "*", "neg"} & set(expression):
            return False
        return all(_finite(value) for value in expression.values())
    if isinstance(expression, list):
        return all(_finite(value) for value in expression)
    return True


def _about_sessions(rules: Sequence[Rule]) -> set[str]:
    """Those whose head names no action, or one that is about sessions."""
    oversight = {*SESSION_ACTIONS, "oversight"}
    return {
        each.id
        for each in rules
        if not each.names_action or oversight & {name for _, name in each.scope("action")}
    }


def _people(config: Config) -> list[Principal]:
    """One for each kind and groups; each by name where any policy rests on names."""
    named = _words(config.policies.rules)
    found: dict[object, Principal] = {}
    for each in config.principals:
        alone = each.name if "name" in named or each.name in named else ""
        found.setdefault((each.kind, frozenset(each.groups), alone), each)
    return list(found.values())


def _places(config: Config) -> list[_Place]:
    named = _words(config.policies.rules)
    found: dict[object, _Place] = {}
    for target in config.targets:
        for account in target.accounts:
            login = f"{account}@{target.name}"
            alone = (target.name if target.name in named else "", login if login in named else "")
            place = _Place(target.name, account, target.place)
            found.setdefault((target.place, account, alone), place)
    return list(found.values())


def _words(rules: Sequence[Rule]) -> set[str]:
    """Names of entities, and of attributes that are looked at."""
    return {
        word
        for each in rules
        for word in (*(name for _, name in mentioned(each.document)), *attributes(each.document))
        if each.file != BUILTIN
    }
