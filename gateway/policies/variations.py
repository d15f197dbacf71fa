"""The same request, with one thing about it otherwise. Pure.

Knows: requests, and the words that policies use (groups, labels, literals): what none of them
mentions can change nothing, but for the clock. Must never know: verdicts. Called by
`gateway.policies.explaining`, which asks each.
"""

from __future__ import annotations

import datetime
import ipaddress
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gateway.policies.names import mentioned
from gateway.policies.rule import Rule
from gateway.policies.supposing import command_facts
from gateway.policy import FILE_ACTIONS, FORWARD, Request, Terms, address_of

_CLOCK = frozenset({"time", "weekday", "hour", "minute"})
_SECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class Variation:
    """What is otherwise, in words that follow "if asked"."""

    words: str
    request: Request


def variations(
    request: Request, rules: Sequence[Rule], accounts: Sequence[str]
) -> Iterator[Variation]:
    """Each with one difference. ``accounts``: those of the target."""
    documents = [each.document for each in rules]
    names = {each for document in documents for each in mentioned(document)}
    for group in sorted(name for kind, name in names if kind == "Group"):
        if group in request.groups:
            less = tuple(each for each in request.groups if each != group)
            yield Variation(f"without the group {group}", replace(request, groups=less))
        else:
            more = (*request.groups, group)
            yield Variation(f"in the group {group}", replace(request, groups=more))
    for label in sorted(name for kind, name in names if kind == "Label"):
        yield _labelled(request, label)
    for account in accounts:
        if account != request.account:
            yield Variation(f"as {account}@{request.target}", replace(request, account=account))
    said = {pair for document in documents for pair in literals(document)}
    yield from _circumstances(request, said)
    yield from _facts(request, said)


def approved(request: Request, terms: Terms) -> Variation:
    """With all the approvals that a hold asks for."""
    groups = tuple(each.group for each in terms.approvers for _ in range(each.count))
    who = " and ".join(
        f"{each.count} of {each.group}" if each.count > 1 else each.group
        for each in terms.approvers
    )
    when = replace(request.when, approvals=groups)
    return Variation(f"approved by {who}", replace(request, when=when))


def tells_time(rules: Sequence[Rule]) -> bool:
    """Whether any of them rests on weekdays, hours or minutes."""
    return any(_CLOCK & {*attributes(rule.document)} for rule in rules)


def week(request: Request) -> Iterator[tuple[int, Request]]:
    """The request at each half hour of the local week, from Monday: minutes in it, and it."""
    local = request.when.at + request.when.offset * _SECOND
    day = 24 * 60 * 60 * _SECOND
    # 1970-01-01 was a Thursday.
    monday = local - (local // day + 3) % 7 * day - local % day
    for minute in range(0, 7 * 24 * 60, 30):
        at = monday + minute * 60 * _SECOND - request.when.offset * _SECOND
        yield minute, replace(request, when=replace(request.when, at=at))


def _labelled(request: Request, label: str) -> Variation:
    name, _, value = label.partition("=")
    labels = dict(request.place.labels)
    if labels.get(name) == value:
        del labels[name]
        words = f"on a target without the label {label}"
    else:
        labels[name] = value
        words = f"on a target with the label {label}"
    place = replace(request.place, labels=tuple(sorted(labels.items())))
    return Variation(words, replace(request, place=place))


def _circumstances(request: Request, said: set[tuple[str, str]]) -> Iterator[Variation]:
    when = request.when
    for kind, text in sorted(said):
        if kind == "ip":
            try:
                source = str(ipaddress.ip_network(text, strict=False)[0])
            except ValueError:
                continue
            yield Variation(f"from {text}", replace(request, when=replace(when, source=source)))
        elif kind == "datetime":
            yield from _around(request, text)
        elif kind == "method" and text != when.method:
            words = f"proven by {text}"
            yield Variation(words, replace(request, when=replace(when, method=text)))
    if when.source:
        words = "from an address that is not known"
        yield Variation(words, replace(request, when=replace(when, source="")))
    for text in sorted({text for kind, text in said if kind == "ticket"}):
        ticket = text or "ticket"
        if ticket != when.ticket and (text or not when.ticket):
            words = f"with the ticket {text}" if text else "with a ticket"
            yield Variation(words, replace(request, when=replace(when, ticket=ticket)))
    if any(kind == "reason" for kind, _ in said):
        reason = replace(when, reason=when.reason or "reason")
        yield Variation("with a reason", replace(request, when=reason))


def _around(request: Request, text: str) -> Iterator[Variation]:
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        return
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.UTC)
    at = int(moment.timestamp()) * _SECOND
    for words, other in ((f"before {text}", at - _SECOND), (f"after {text}", at + _SECOND)):
        yield Variation(words, replace(request, when=replace(request.when, at=other)))


def _facts(request: Request, said: set[tuple[str, str]]) -> Iterator[Variation]:
    facts = request.facts
    terminal = bool(facts.get("terminal"))
    if request.action in ("shell", "exec"):
        words = "without a terminal" if terminal else "with a terminal"
        yield Variation(words, replace(request, facts={**facts, "terminal": not terminal}))
    for kind, text in sorted(said):
        if not text:
            continue
        if request.action == "exec" and kind in ("line", "program"):
            changed = command_facts(text.encode(), terminal)
            yield Variation(f"for the command {text}", replace(request, facts=changed))
        elif request.action in FILE_ACTIONS and kind == "path":
            changed = {**facts, "path": text.encode()}
            yield Variation(f"for the path {text}", replace(request, facts=changed))
        elif request.action == FORWARD and kind == "host":
            ports = {other for what, other in said if what == "port"}
            own = str(facts["address"]).rpartition(":")[2]
            for port in sorted({own, *ports}):
                address = address_of(text, int(port))
                changed = {"address": address}
                yield Variation(f"to {address}", replace(request, facts=changed))


def literals(document: Any) -> Iterator[tuple[str, str]]:
    """What attributes are compared with: ("program", "reboot"); a pattern as one text that fits
    it. Networks as "ip", moments as "datetime"; an attribute that is there or not as it with ""."""
    if isinstance(document, list):
        for each in document:
            yield from literals(each)
    if not isinstance(document, dict):
        return
    for name, value in document.items():
        if name in ("ip", "datetime") and isinstance(value, list):
            yield from ((name, str(each["Value"])) for each in value if "Value" in each)
        elif name == "has":
            yield str(value.get("attr", "")), ""
        elif name == "like":
            pattern = "".join(
                each["Literal"] if isinstance(each, dict) else "x" for each in value["pattern"]
            )
            yield from ((attribute, pattern) for attribute in _attribute(value["left"]))
        elif name in ("==", "!=", "contains", "containsAny", "containsAll"):
            for one, other in (("left", "right"), ("right", "left")):
                for attribute in _attribute(value[one]):
                    yield from ((attribute, text) for text in _values(value[other]))
        yield from literals(value)


def _attribute(expression: Any) -> Iterator[str]:
    if isinstance(expression, dict) and "." in expression:
        yield str(expression["."]["attr"])


def _values(expression: Any) -> Iterator[str]:
    if isinstance(expression, dict):
        if "Value" in expression and isinstance(expression["Value"], str | int):
            yield str(expression["Value"])
        for each in expression.get("Set", ()):
            yield from _values(each)


def attributes(document: Any) -> Iterator[str]:
    """The names of all that it looks at."""
    if isinstance(document, dict):
        if isinstance(document.get("attr"), str):
            yield document["attr"]
        for value in document.values():
            yield from attributes(value)
    elif isinstance(document, list):
        for value in document:
            yield from attributes(value)
