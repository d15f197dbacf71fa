"""The verbs about policy: ``explain`` and ``backtest``.

Knows: arguments, lines, exit statuses. Must never know: how anything is decided. Called by
`gateway.cli` with parsed arguments. What policies and recordings say is shown with its control
characters made visible.
"""

from __future__ import annotations

import argparse
import datetime
import json
import sys
import time
import zoneinfo
from collections.abc import Iterator

from gateway.config import find_config, load_config
from gateway.policies.again import outcome_of
from gateway.policies.errors import NotAsked
from gateway.policies.explaining import Explanation, as_json, explain
from gateway.policies.point import clock_in
from gateway.policies.rule import Rule
from gateway.policies.supposing import Words, suppose
from gateway.policy import Allow, Circumstances, Deny, Hold
from recorder.spelling import visible

DONE, NOT_SO = 0, 1


def explain_(options: argparse.Namespace) -> int:
    """``gatereel explain PRINCIPAL ACTION TARGET [WHAT]``"""
    config = load_config(find_config(options.config))
    at, offset = moment(options.at, config.gateway.zone)
    when = Circumstances(
        at=at,
        offset=offset,
        source=options.source,
        method=options.method,
        ticket=options.ticket,
        reason=options.reason,
        approvals=tuple(options.approved),
    )
    words = Words(
        principal=options.principal,
        action=options.action,
        where=options.target,
        what=" ".join(options.what),
        other=options.other,
        operation=options.operation,
        terminal=options.terminal,
        owner=options.owner,
    )
    request = suppose(config, words, when)
    accounts = [
        name for each in config.targets if each.name == request.target for name in each.accounts
    ]
    found = explain(config.policies, request, accounts)
    if options.json:
        sys.stdout.write(f"{json.dumps(as_json(found))}\n")
    else:
        for line in lines(found):
            sys.stdout.write(f"{visible(line)}\n")
    return DONE if isinstance(found.verdict, Allow) else NOT_SO


def moment(text: str | None, zone: str) -> tuple[int, int]:
    """A time as somebody writes it, else now, as policies are told it. Raises NotAsked."""
    if text is None:
        return clock_in(zone, time.time_ns)()
    try:
        when = datetime.datetime.fromisoformat(text)
        if when.tzinfo is None:
            when = when.replace(tzinfo=zoneinfo.ZoneInfo(zone))
        seconds = int(when.timestamp())
    except (ValueError, OverflowError):
        raise NotAsked(f'"{text}" is no time; write 2026-11-24T08:00, or with +01:00') from None
    return clock_in(zone, lambda: seconds * 1_000_000_000)()


def lines(found: Explanation) -> Iterator[str]:
    """What a person is told."""
    request, verdict = found.request, found.verdict
    outcome = outcome_of(verdict)
    whose = f" of {request.owner}" if request.owner else ""
    where = f"{request.account}@{request.target}"
    yield f"{outcome.verdict}: {request.principal}, {request.action}{whose} on {where}"
    if isinstance(verdict, Deny | Hold):
        yield f"  {verdict.reason}"
    for each in found.deciding:
        yield from _policy("by", each)
    if isinstance(verdict, Hold):
        groups = ", ".join(f"{each.count} of {each.group}" for each in verdict.terms.approvers)
        signed = ", signed" if verdict.terms.signed else ""
        yield f"to approve: {groups}{signed}, within {verdict.terms.expires} seconds"
    for obliged in outcome.obliged:
        yield f"obliges to: {obliged}"
    if found.without is not None:
        yield f"were that not forbidden: {found.without}"
    for near in found.near:
        yield from _policy("almost permitted by", near.rule)
        for part in near.failing:
            yield f"  but not so: {part}"
    if found.changes:
        yield "if it were otherwise in one thing:"
    for change in found.changes:
        yield f"  {change.words}: {change.outcome}"


def _policy(how: str, each: Rule) -> Iterator[str]:
    yield f"{how} {each.id}, {each.where}"
    for line in each.text.splitlines():
        yield f"    {line}"
