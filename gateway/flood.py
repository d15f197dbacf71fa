"""So many of one kind of entry in a minute, and of the rest a number. Pure.

Knows: refusals as they are recorded, times. Must never know: where they are written. Called by
`gateway.logbook`: whoever knocks a thousand times a second must not be able to fill the disk, and
what they did must be told all the same. The first ``MOST`` of each ``SPAN`` are written as they
are; the others become one entry, with how many there were, of which kinds, from where.
"""

from __future__ import annotations

from collections import Counter

from recorder.events import Facts

MOST = 60
"""Entries of one span that are written as they are."""
SPAN = 60_000_000
"""µs."""
NAMED = 20
"""Addresses that an entry about many names; the others are one number."""
_KEPT = 1000
"""Addresses that are told apart at all."""


class Flood:
    """What is let through, and what is only counted."""

    def __init__(self) -> None:
        self._began = 0
        self._let_through = 0
        self._errors: Counter[str] = Counter()
        self._addresses: Counter[str] = Counter()
        self._elsewhere = 0

    def offer(self, now: int, facts: Facts) -> list[Facts]:
        """What is to be written when this happens: perhaps the rest of the span before, then it
        itself, or nothing. ``now`` is µs; one that goes back begins a new span."""
        due = self.due(now)
        if not self._began <= now < self._began + SPAN:
            self._began, self._let_through = now, 0
        if self._let_through < MOST:
            self._let_through += 1
            return [*due, facts]
        self._errors[str(facts.get("error", ""))] += 1
        address = _host(str(facts.get("address", "")))
        if address in self._addresses or len(self._addresses) < _KEPT:
            self._addresses[address] += 1
        else:
            self._elsewhere += 1
        return due

    def due(self, now: int) -> list[Facts]:
        """The entry about those that were only counted, once their span is over."""
        return [] if self._began <= now < self._began + SPAN else self.rest()

    def rest(self) -> list[Facts]:
        """The same at once: the last that is written."""
        count = self._errors.total()
        if not count:
            return []
        named = self._addresses.most_common(NAMED)
        others = self._elsewhere + self._addresses.total() - sum(times for _, times in named)
        facts: Facts = {
            "reason": f"{count} more were refused within a minute, and are not listed one by one",
            "count": count,
            "errors": dict(sorted(self._errors.items())),
            "addresses": dict(named),
            **({"elsewhere": others} if others else {}),
        }
        self._errors.clear()
        self._addresses.clear()
        self._elsewhere = 0
        return [facts]


def _host(address: str) -> str:
    """Without the port, which is another each time."""
    return address.rpartition(":")[0] or address
