"""The verbs about policy: ``explain`` and ``backtest``.

Knows: arguments, lines, exit statuses. Must never know: how anything is decided. Called by
`gateway.cli` with parsed arguments. What policies and recordings say is shown with its control
characters made visible.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from typing import Any

from gateway.config import find_config, load_config
from gateway.policies.again import outcome_of
from gateway.policies.backtest import Tally, backtest, change_json, tally_json
from gateway.policies.decision import Policies
from gateway.policies.errors import NotAsked
from gateway.policies.explaining import Explanation, as_json, explain
from gateway.policies.point import clock_in
from gateway.policies.rule import Rule
from gateway.policies.supposing import Words, suppose
from gateway.policies.texts import read_folder
from gateway.policies.trials import moment
from gateway.policy import Allow, Circumstances, Deny, Hold
from recorder.places import store_path
from recorder.spelling import visible
from recorder.store import Store

DONE, NOT_SO = 0, 1


def explain_(options: argparse.Namespace) -> int:
    """``gatereel explain PRINCIPAL ACTION TARGET [WHAT]``"""
    config = load_config(find_config(options.config))
    try:
        zone = config.gateway.zone
        at, offset = moment(options.at, zone) if options.at else clock_in(zone, time.time_ns)()
    except ValueError as problem:
        raise NotAsked(str(problem)) from None
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


def backtest_(options: argparse.Namespace) -> int:
    """``gatereel backtest POLICIES [STORE]``"""
    policies = Policies(read_folder(options.policies))
    store = Store.open(options.folder or store_path(options))
    tally = Tally()
    changes: list[dict[str, Any]] = []
    for change in backtest(store, policies, tally):
        if options.json:
            changes.append(change_json(change))
        else:
            request = change.request
            whose = f" of {request.owner}" if request.owner else ""
            sys.stdout.write(
                visible(
                    f"{change.session}#e{change.event}: {request.principal}, {request.action}"
                    f"{whose} on {request.account}@{request.target}: {change.before}"
                    f" would be {change.after}"
                )
                + "\n"
            )
    if options.json:
        sys.stdout.write(f"{json.dumps({**tally_json(tally), 'changes': changes})}\n")
        return NOT_SO if tally.changed else DONE
    for left in tally.left:
        place = left.session if left.event is None else f"{left.session}#e{left.event}"
        sys.stdout.write(visible(f"left out: {place}: {left.reason}") + "\n")
    others = f", {tally.renamed} of them by other policies" if tally.renamed else ""
    sys.stdout.write(
        f"{tally.sessions} sessions: {tally.changed} decisions would change, {tally.same} would"
        f" not{others}; {len(tally.left)} left out\n"
    )
    return NOT_SO if tally.changed else DONE


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
