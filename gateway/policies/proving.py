"""Whether each recorded decision comes out the same under the policies that were in force.

Knows: a store's recordings and the sets that it keeps. Must never know: whether a recording is
whole and unaltered: that is verified beside it. Called by ``gatereel verify --decisions``.
"""

from __future__ import annotations

from gateway.policies.again import Made, made_in, outcome_of, repeated
from gateway.policies.decision import Policies
from gateway.policies.errors import PolicyError, PolicySetMissing
from gateway.policies.texts import kept
from gateway.policy import Deny, Hold
from recorder.reader import Recording
from recorder.redacted import is_copy
from recorder.store import Store
from recorder.verify import Report

NAME = "decisions"
"""What the check is called in a report."""


class Prover:
    """For any number of recordings: each set is read once."""

    def __init__(self) -> None:
        self._sets: dict[tuple[Store, bytes], Policies | str] = {}

    def prove(self, recording: Recording, report: Report) -> None:
        """Adds to the report what there is to say; nothing where nothing was decided."""
        sets: set[bytes] = set()
        same = struck = 0
        for made in made_in(recording):
            place = f"#e{made.event}"
            if made.request is None and not made.action and is_copy(recording.header):
                struck += 1
                continue
            if made.request is None:
                report.failed(NAME, "recorded without what it rested on", place)
                continue
            policies = self._set(recording.store, made.policy)
            if isinstance(policies, str):
                if made.policy not in sets:
                    report.failed(NAME, policies, place)
            elif problem := difference(made, policies):
                report.failed(NAME, problem, place)
            else:
                same += 1
            sets.add(made.policy)
        if same or struck:
            beside = f"; {struck} struck from this copy" if struck else ""
            names = ", ".join(sorted(each.hex()[:16] for each in sets))
            report.passed(NAME, f"{same} come out the same under {names or 'no policies'}{beside}")

    def _set(self, store: Store, digest: bytes) -> Policies | str:
        """Or why there is none."""
        found = self._sets.get((store, digest))
        if found is None:
            try:
                found = Policies(kept(store.path, digest))
            except (PolicySetMissing, PolicyError) as problem:
                found = problem.person
            self._sets[store, digest] = found
        return found


def difference(made: Made, policies: Policies) -> str:
    """What comes out otherwise, if anything does."""
    if made.request is None:
        return ""
    verdict = repeated(policies, made.request)
    recorded, now = made.outcome, outcome_of(verdict)
    who = f"{made.request.principal} asked for {made.action}"
    if recorded != now:
        return f"{who}: recorded is {recorded}, the policies say {now}"
    own = "said" not in made.decided.basis
    if own and isinstance(verdict, Deny | Hold) and verdict.reason != made.decided.reason:
        return f"{who}: recorded is the reason {made.decided.reason!r}, not {verdict.reason!r}"
    return ""
