"""How long a session may last: without a sign of life, and in all. Pure.

Knows: two bounds, session time in µs. Must never know: what a sign of life is, clocks, who is
told. Called by `gateway.ssh.stay`, which looks at the instants that this names.

Ahead of either end there are words for whoever sits at a terminal, once: for a minute, or for a
quarter of a bound that is shorter than four.
"""

from __future__ import annotations

from dataclasses import dataclass

from gateway.errors import TimeIsUp

NOTICE = 60
"""Seconds ahead of an end at which a terminal is told of it."""
_UNITS = ((3600, "hour"), (60, "minute"))


@dataclass(frozen=True, slots=True)
class Look:
    """What is so at one instant."""

    words: str = ""
    """For terminals, to be said now."""
    over: TimeIsUp | None = None
    """The session ends now, with these words."""
    again: int | None = None
    """When to look again (µs of session time); None where it never ends by itself."""


class Lifetime:
    """Of one session; bounds in seconds, 0 for none."""

    def __init__(self, idle: int, total: int) -> None:
        self._idle = idle
        self._total = total
        self._told_total = False
        self._told_idle = -1
        """The last sign of life of which it was said that it is long ago."""

    def look(self, now: int, active: int) -> Look:
        """``active``: the session time of the last sign of life."""
        words, again = "", []
        if self._total:
            end, ahead = _instants(0, self._total)
            if now >= end:
                return Look(over=TimeIsUp(f"a session may last {_said(self._total)}, no longer"))
            if now >= ahead and not self._told_total:
                self._told_total = True
                words = f"this session ends in {_left(end - now)}: it may last {_said(self._total)}"
            again.append(end if self._told_total else ahead)
        if self._idle:
            end, ahead = _instants(active, self._idle)
            if now >= end:
                quiet = _said(self._idle)
                return Look(over=TimeIsUp(f"nothing was done here for {quiet}, so it ends"))
            if now >= ahead and self._told_idle != active:
                self._told_idle = active
                words = words or (
                    f"this session ends in {_left(end - now)}, since nothing is done here;"
                    " a key keeps it"
                )
            again.append(end if self._told_idle == active else ahead)
        return Look(words, again=min(again, default=None))


def _left(time: int) -> str:
    return _said(-(-time // 1_000_000))


def _instants(since: int, bound: int) -> tuple[int, int]:
    """The end, and when it is told of (µs)."""
    end = since + bound * 1_000_000
    return end, end - min(NOTICE * 1_000_000, bound * 250_000)


def _said(seconds: int) -> str:
    size, name = next(
        (unit for unit in _UNITS if seconds >= unit[0] and not seconds % unit[0]), (1, "second")
    )
    number = seconds // size
    return f"{number} {name}{'' if number == 1 else 's'}"
