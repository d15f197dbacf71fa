"""Why a request is answered as it is, and what would change it: found by asking. Pure.

Knows: policies, requests and their variations. Must never know: the command line. Called by
`gateway.policies.commands`.

Nothing here reads what a policy means. Each part of one (who, what, where, each condition) is made
a policy of its own and asked; each variation of the request is asked of the whole set.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cedarpy

from gateway.policies import asking, rule
from gateway.policies.again import Outcome, outcome_of, repeated
from gateway.policies.decision import Policies
from gateway.policies.rule import Rule
from gateway.policies.variations import approved, tells_time, variations, week
from gateway.policy import Deny, Hold, Request, Verdict

MOST = 5
"""Policies that are told as almost permitting."""
_ALL: Mapping[str, Any] = {"op": "All"}
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = 24 * 60
_HEADS = ("principal", "action", "resource")


@dataclass(frozen=True, slots=True)
class Near:
    """A policy that would permit, but for this."""

    rule: Rule
    failing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """What would be otherwise, and what would come of it."""

    words: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Explanation:
    request: Request
    verdict: Verdict
    deciding: tuple[Rule, ...]
    without: Outcome | None
    """Where policies forbid: what would be if they were not there."""
    near: tuple[Near, ...]
    changes: tuple[Change, ...]


def explain(policies: Policies, request: Request, accounts: Sequence[str]) -> Explanation:
    """``accounts``: those of the target, to ask as each."""
    verdict = repeated(policies, request)
    denied = isinstance(verdict, Deny)
    forbids = verdict.rules if denied else ()
    without = outcome_of(repeated(policies.without(forbids), request)) if forbids else None
    return Explanation(
        request=request,
        verdict=verdict,
        deciding=tuple(policies.find(each) for each in verdict.rules),
        without=without,
        near=tuple(_near(policies, request)) if denied and _needs_permit(without) else (),
        changes=tuple(_changes(policies, request, verdict, accounts)),
    )


def _needs_permit(without: Outcome | None) -> bool:
    return without is None or without.verdict == "deny"


def _changes(
    policies: Policies, request: Request, verdict: Verdict, accounts: Sequence[str]
) -> Iterator[Change]:
    now = outcome_of(verdict).verdict
    if isinstance(verdict, Hold):
        other = approved(request, verdict.terms)
        yield Change(other.words, outcome_of(repeated(policies, other.request)))
    for each in variations(request, policies.rules, accounts):
        outcome = outcome_of(repeated(policies, each.request))
        if outcome.verdict != now:
            yield Change(each.words, outcome)
    if tells_time(policies.rules):
        times: dict[Outcome, list[int]] = {}
        for minute, moment in week(request):
            times.setdefault(outcome_of(repeated(policies, moment)), []).append(minute)
        for outcome, minutes in times.items():
            if outcome.verdict != now:
                yield Change(spans_of(minutes), outcome)


def spans_of(minutes: Iterable[int]) -> str:
    """Half hours of a week as a person writes them: "mon-fri 08:00-18:00"."""
    days: dict[str, list[int]] = {}
    by_day: dict[int, list[int]] = {}
    for minute in minutes:
        by_day.setdefault(minute // _DAY, []).append(minute % _DAY)
    for day, found in sorted(by_day.items()):
        days.setdefault(_hours(found), []).append(day)
    return ", ".join(f"{_day_names(found)} {hours}".strip() for hours, found in days.items())


def _hours(minutes: list[int]) -> str:
    found: list[list[int]] = []
    for minute in minutes:
        if found and found[-1][1] == minute:
            found[-1][1] = minute + 30
        else:
            found.append([minute, minute + 30])
    if found == [[0, _DAY]]:
        return ""
    return " and ".join(
        "-".join(f"{each // 60:02}:{each % 60:02}" for each in pair) for pair in found
    )


def _day_names(days: list[int]) -> str:
    if len(days) > 2 and days == list(range(days[0], days[-1] + 1)):
        return f"{_DAYS[days[0]]}-{_DAYS[days[-1]]}"
    return "/".join(_DAYS[each] for each in days)


def _near(policies: Policies, request: Request) -> Iterator[Near]:
    """Those of which the fewest parts fail, in the order in which they are written."""
    found = []
    for each in policies.rules:
        if each.permits and _is_so(_alone(each.document, "action"), request):
            failing = failing_parts(each.document, request)
            if not failing:
                failing = (f"it does not name {request.action}, and what permits that must",)
            found.append(Near(each, failing))
    least = min((len(each.failing) for each in found), default=0)
    yield from [each for each in found if len(each.failing) == least][:MOST]


def failing_parts(document: Mapping[str, Any], request: Request) -> tuple[str, ...]:
    """The parts of a policy that are not so about this request, as Cedar writes them. Of what
    stands behind a condition that fails nothing is said: it may have no meaning then."""
    found = [
        _head(alone, part)
        for part in ("principal", "action", "resource")
        if not _is_so(alone := _alone(document, part), request)
    ]
    for condition in document["conditions"]:
        if condition["kind"] == "unless":
            if not _is_so(_alone(document, "", [condition]), request):
                found.append(f"unless {{ {_body(condition)} }}")
            continue
        so_far: list[Mapping[str, Any]] = []
        for part in _conjuncts(condition["body"]):
            so_far.append({"kind": "when", "body": part})
            if not _is_so(_alone(document, "", so_far), request):
                found.append(f"when {{ {_body(so_far[-1])} }}")
                break
    return tuple(found)


def _conjuncts(body: Any) -> Iterator[Any]:
    if isinstance(body, dict) and "&&" in body:
        yield from _conjuncts(body["&&"]["left"])
        yield from _conjuncts(body["&&"]["right"])
    else:
        yield body


def _alone(
    document: Mapping[str, Any], part: str, conditions: Sequence[Mapping[str, Any]] = ()
) -> dict[str, Any]:
    """A policy of this part of its head alone, or of these conditions."""
    heads = {each: document[each] if each == part else _ALL for each in _HEADS}
    return {"effect": "permit", **heads, "conditions": list(conditions)}


def _is_so(document: Mapping[str, Any], request: Request) -> bool:
    try:
        question = asking.questions(request)[0]
        (result,) = cedarpy.is_authorized_batch(
            [question], rule.compiled({"it": document}), asking.entities_of(request)
        )
    except (KeyError, ValueError, TypeError):
        return False
    return bool(result.decision is cedarpy.Decision.Allow)


def _head(document: Mapping[str, Any], part: str) -> str:
    rest = [each for each in _HEADS if each != part]
    text = _written(document)
    inside = text[text.index("(") + 1 : text.rindex(")")]
    if part == "principal":
        return inside.removesuffix(f", {rest[0]}, {rest[1]}")
    if part == "action":
        return inside.removeprefix("principal, ").removesuffix(", resource")
    return inside.removeprefix("principal, action, ")


def _body(condition: Mapping[str, Any]) -> str:
    document = {"effect": "permit", **dict.fromkeys(_HEADS, _ALL), "conditions": [condition]}
    text = _written(document)
    return text[text.index("{") + 1 : text.rindex("}")].strip()


def _written(document: Mapping[str, Any]) -> str:
    return " ".join(cedarpy.policies_from_json_str(rule.as_json({"it": document})).split())


def as_json(found: Explanation) -> dict[str, Any]:
    """For programs: stable keys."""
    verdict = found.verdict
    outcome = outcome_of(verdict)
    told: dict[str, Any] = {
        "verdict": outcome.verdict,
        "reason": verdict.reason if isinstance(verdict, Deny | Hold) else "",
        "policies": [_rule(each) for each in found.deciding],
        "obligations": list(outcome.obliged),
        "without": None if found.without is None else _outcome(found.without),
        "almost": [{**_rule(each.rule), "but": list(each.failing)} for each in found.near],
        "changes": [{"if": each.words, **_outcome(each.outcome)} for each in found.changes],
    }
    if isinstance(verdict, Hold):
        told["approvers"] = {each.group: each.count for each in verdict.terms.approvers}
        told["signed"], told["expires"] = verdict.terms.signed, verdict.terms.expires
    return told


def _rule(each: Rule) -> dict[str, Any]:
    return {"id": each.id, "file": each.file, "line": each.line, "text": each.text}


def _outcome(each: Outcome) -> dict[str, Any]:
    return {
        "verdict": each.verdict,
        "policies": list(each.rules),
        "obligations": list(each.obliged),
    }
