"""Where everybody asks: the policies in force, what the configuration says of targets, the time.

Knows: the set in force, targets' labels, a clock. Must never know: what is asked, or why. Made by
`gateway.serve`; exchanged as a whole by `gateway.reload`. Nobody else has policies to ask.
"""

from __future__ import annotations

import datetime
import zoneinfo
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Protocol

from gateway.policies.decision import Policies
from gateway.policy import Place, Request, Verdict


class Placed(Protocol):
    """A target: `gateway.config.Target`."""

    @property
    def name(self) -> str: ...

    @property
    def place(self) -> Place: ...


Moment = tuple[int, int]
"""Microseconds since 1970, UTC; and the seconds by which the gateway's own zone is ahead."""


class DecisionPoint:
    """One for a gateway."""

    def __init__(
        self,
        policies: Policies,
        targets: Iterable[Placed] = (),
        now: Callable[[], Moment] = lambda: (0, 0),
    ) -> None:
        self.policies = policies
        self._places = _places(targets)
        self._now = now

    def take(
        self, policies: Policies, targets: Iterable[Placed], now: Callable[[], Moment]
    ) -> None:
        """From now on these."""
        self.policies, self._places, self._now = policies, _places(targets), now

    def digest(self) -> bytes:
        return self.policies.digest()

    def decide(self, request: Request) -> Verdict:
        """The verdict about this request as of now."""
        at, offset = self._now()
        place = self._places.get(request.target, request.place)
        when = replace(request.when, at=at, offset=offset)
        return self.policies.decide(replace(request, place=place, when=when))


def clock_in(zone: str, wall_ns: Callable[[], int]) -> Callable[[], Moment]:
    """Now, as told in this zone."""
    here = datetime.UTC if zone == "UTC" else zoneinfo.ZoneInfo(zone)

    def now() -> Moment:
        microseconds = wall_ns() // 1000
        local = datetime.datetime.fromtimestamp(microseconds // 1_000_000, here)
        ahead = local.utcoffset()
        return microseconds, 0 if ahead is None else int(ahead.total_seconds())

    return now


def _places(targets: Iterable[Placed]) -> Mapping[str, Place]:
    return {target.name: target.place for target in targets}
