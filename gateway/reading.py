"""Whether one end of a channel is being read, and every reason why it is not.

Knows: reasons, and the side to tell when the first comes or the last goes. Must never know: who
has which reason when. Called by `gateway.pump` only, once for each end.
"""

from __future__ import annotations

from enum import Flag, auto

from gateway.sides import Side


class Why(Flag):
    """Why an end is not read."""

    QUEUE = auto()
    """Too much of it waits."""
    PEER = auto()
    """The other end cannot take more."""
    RELAY = auto()
    """The relay asked for it."""
    GATE = auto()
    """Recording is interrupted."""
    STALL = auto()
    """The recorder does not answer."""


class Reading:
    """An end whose side may not be there yet."""

    def __init__(self, side: Side | None = None) -> None:
        self._side = side
        self._reasons = Why(0)

    def paused_for(self, why: Why) -> bool:
        return why in self._reasons

    def attach(self, side: Side) -> None:
        """The side is there now; it reads, until it is told otherwise."""
        self._side = side
        if self._reasons:
            side.pause_reading()

    def detach(self) -> None:
        """The side is closed: it is told nothing any more."""
        self._side = None

    def pause(self, why: Why) -> None:
        before, self._reasons = self._reasons, self._reasons | why
        if not before and self._side is not None:
            self._side.pause_reading()

    def resume(self, why: Why) -> None:
        before, self._reasons = self._reasons, self._reasons & ~why
        if before and not self._reasons and self._side is not None:
            self._side.resume_reading()
