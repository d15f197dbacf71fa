"""Every recorded decision of a store under another set of policies: what would change, for whom.

Knows: recordings and sets. Must never know: the command line. Called by
`gateway.policies.commands`. Who asked, in which groups, of a target with which labels, is as it was
recorded: only the policies are others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from gateway.policies.again import Made, Outcome, made_in, outcome_of, repeated
from gateway.policies.decision import Policies
from gateway.policy import Request
from recorder.errors import GatereelError
from recorder.reader import Recording
from recorder.store import Store


@dataclass(frozen=True, slots=True)
class Change:
    """A decision that would be another."""

    session: str
    event: int
    request: Request
    before: Outcome
    after: Outcome


@dataclass(frozen=True, slots=True)
class Left:
    """What cannot be asked again."""

    session: str
    event: int | None
    """None: the recording as a whole."""
    reason: str


@dataclass(slots=True)
class Tally:
    """What was found, when all is read."""

    sessions: int = 0
    same: int = 0
    renamed: int = 0
    """Of these, by other policies than then."""
    changed: int = 0
    left: list[Left] = field(default_factory=list)


def backtest(
    store: Store, policies: Policies, tally: Tally, sessions: Iterable[str] | None = None
) -> Iterator[Change]:
    """What would change, as it is found; the rest is counted."""
    for session in store.ids() if sessions is None else sessions:
        tally.sessions += 1
        try:
            with Recording(store, session) as recording:
                for made in made_in(recording):
                    change = _compared(session, made, policies, tally)
                    if change is not None:
                        yield change
        except GatereelError as problem:
            tally.left.append(Left(session, None, problem.person))


def _compared(session: str, made: Made, policies: Policies, tally: Tally) -> Change | None:
    if made.request is None:
        lacking = "what it rested on" if made.action else "its question"
        tally.left.append(Left(session, made.event, f"recorded without {lacking}"))
        return None
    before, after = made.outcome, outcome_of(repeated(policies, made.request))
    if before.verdict != after.verdict or set(before.obliged) != set(after.obliged):
        tally.changed += 1
        return Change(session, made.event, made.request, before, after)
    tally.same += 1
    tally.renamed += before.rules != after.rules
    return None


def change_json(change: Change) -> dict[str, Any]:
    request = change.request
    return {
        "session": change.session,
        "event": change.event,
        "principal": request.principal,
        "action": request.action,
        "target": request.target,
        "account": request.account,
        "owner": request.owner,
        "before": _outcome(change.before),
        "after": _outcome(change.after),
    }


def tally_json(tally: Tally) -> dict[str, Any]:
    return {
        "sessions": tally.sessions,
        "same": tally.same,
        "by_other_policies": tally.renamed,
        "changed": tally.changed,
        "left_out": [
            {"session": each.session, "event": each.event, "reason": each.reason}
            for each in tally.left
        ],
    }


def _outcome(each: Outcome) -> dict[str, Any]:
    return {
        "verdict": each.verdict,
        "policies": list(each.rules),
        "obligations": list(each.obliged),
    }
