"""What has arrived at a pump and waits for the relay: in order, counted, joined where it may be.

Knows: arrivals, how much of memory they take. Must never know: what they mean, who reads them
next. Called by `gateway.pump` only.
"""

from __future__ import annotations

from collections import deque

from gateway import relay as of
from gateway.relay import Arrival
from gateway.sides import End

JOIN_TIME = 20_000
"""µs between two pieces that may still become one; so far a time in the record may be early."""
JOIN_SIZE = 256 * 1024
ARRIVAL_COST = 256
"""Bytes that an arrival takes beside its data."""

_FROM_TARGET = (of.FromTarget, of.TargetOpened, of.TargetEof, of.Exited, of.TargetGone)


class Inbox:
    """First in, first out."""

    def __init__(self) -> None:
        self._arrivals: deque[Arrival] = deque()
        self._held = {End.CLIENT: 0, End.TARGET: 0}

    def __bool__(self) -> bool:
        return bool(self._arrivals)

    def held(self, end: End) -> int:
        """Bytes of memory that wait here from that end."""
        return self._held[end]

    def put(self, arrival: Arrival) -> End:
        """Behind all others. Says from which end it is; the gateway's own count as client's."""
        self._arrivals.append(arrival)
        end = _end_of(arrival)
        self._held[end] += _cost(arrival)
        return end

    def put_alone(self, arrival: Arrival) -> None:
        """Instead of all others."""
        self._arrivals.clear()
        self._held = {End.CLIENT: 0, End.TARGET: 0}
        self.put(arrival)

    def take(self) -> Arrival:
        """The next one, joined with those behind it that go on where it ends."""
        first = self._pop()
        if not isinstance(first, of.FromClient | of.FromTarget):
            return first
        pieces, size = [first.data], len(first.data)
        while self._arrivals:
            following = self._arrivals[0]
            if not (
                isinstance(following, of.FromClient | of.FromTarget)
                and _stream(following) == _stream(first)
                and following.at <= first.at + JOIN_TIME
                and size + len(following.data) <= JOIN_SIZE
            ):
                break
            self._pop()
            pieces.append(following.data)
            size += len(following.data)
        if len(pieces) == 1:
            return first
        data = b"".join(pieces)
        if isinstance(first, of.FromTarget):
            return of.FromTarget(first.at, data, first.error)
        return of.FromClient(first.at, data)

    def _pop(self) -> Arrival:
        arrival = self._arrivals.popleft()
        self._held[_end_of(arrival)] -= _cost(arrival)
        return arrival


def _end_of(arrival: Arrival) -> End:
    return End.TARGET if isinstance(arrival, _FROM_TARGET) else End.CLIENT


def _cost(arrival: Arrival) -> int:
    if isinstance(arrival, of.FromClient | of.FromTarget):
        return ARRIVAL_COST + len(arrival.data)
    if isinstance(arrival, of.Unserved):
        return ARRIVAL_COST + len(arrival.detail)
    return ARRIVAL_COST


def _stream(arrival: of.FromClient | of.FromTarget) -> tuple[End, bool]:
    if isinstance(arrival, of.FromTarget):
        return End.TARGET, arrival.error
    return End.CLIENT, False
