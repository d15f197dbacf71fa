"""Recorded decisions, made again: under the policies that they were made by, or under others.

Knows: recordings, evidence, sets of policies. Must never know: the configuration of now: what a
decision rested on is all in its recording and in the set that the recording names. Called by
`gateway.policies.proving` and `gateway.policies.backtest`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gateway.admission import in_full
from gateway.policies.decision import Policies
from gateway.policies.evidence import request_of
from gateway.policy import Deny, Hold, Request, Verdict
from recorder.events import Asked, Decided
from recorder.reader import Recording


@dataclass(frozen=True, slots=True)
class Made:
    """A decision as it is recorded."""

    event: int
    """The number of its record."""
    action: str
    """Empty where the question is not there."""
    decided: Decided
    request: Request | None
    """None where the record lacks what would make it again."""

    @property
    def policy(self) -> bytes:
        """The digest of the set that it was made by; empty where none is named."""
        digest = self.decided.basis.get("policy", b"")
        return digest if isinstance(digest, bytes) else b""

    @property
    def outcome(self) -> Outcome:
        """What policy said, whatever came of it."""
        basis = self.decided.basis
        said = str(basis.get("said", self.decided.verdict))
        return Outcome(said, tuple(self.decided.rules), tuple(basis.get("obliged", ())))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is compared."""

    verdict: str
    rules: tuple[str, ...]
    obliged: tuple[str, ...]
    """What it obliges to."""

    def __str__(self) -> str:
        by = f" by {', '.join(self.rules)}" if self.rules else ""
        obliged = f" with {', '.join(self.obliged)}" if self.obliged else ""
        return f"{self.verdict}{by}{obliged}"


def made_in(recording: Recording) -> Iterator[Made]:
    """Every decision in it."""
    open_: dict[tuple[int, int], Asked] = {}
    for record in recording.records():
        event = record.event
        if isinstance(event, Asked):
            open_[event.channel, event.request] = event
        elif isinstance(event, Decided):
            asked = open_.pop((event.channel, event.request), None)
            action = "" if asked is None else asked.action
            yield Made(record.number, action, event, _request(asked, event))


def _request(asked: Asked | None, decided: Decided) -> Request | None:
    if asked is None or "policy" not in decided.basis:
        return None
    try:
        return request_of(asked.action, asked.facts, decided.basis)
    except (KeyError, TypeError, ValueError):
        return None


def repeated(policies: Policies, request: Request) -> Verdict:
    """What these policies say of it, with what they say about masks."""
    return in_full(policies.decide(request), policies.decide, request)


def outcome_of(verdict: Verdict) -> Outcome:
    if isinstance(verdict, Deny):
        return Outcome("deny", verdict.rules, ())
    word = "hold" if isinstance(verdict, Hold) else "allow"
    return Outcome(word, verdict.rules, verdict.obligations)
