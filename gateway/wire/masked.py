"""Output of one channel whose values are masked: what goes on when, and the receipts for it.

Knows: maskers, how long their bytes may wait. Must never know: what else a channel does. Driven by
`gateway.wire.terminal`, which gets pieces to record and to deliver, and is woken at `wake`.

Standard output and standard error are masked each by itself. What a masker carries waits for as
much of its value as comes within the hold time: that of a prompt, or, where much comes at once and
where there is no terminal, that of bulk. Then it goes on as it is.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Sequence
from typing import NamedTuple

from gateway.masking.plan import MaskPlan
from gateway.masking.stream import Masked as Went
from recorder.events import Event, Masked

BULK = 1024
"""Bytes within `BURST` that are more than an answer to what somebody types."""
BURST = 20_000
"""µs."""
OFFSETS = 4096
"""Places that one receipt may name."""


def earliest(*wishes: int | None) -> int | None:
    """Of instants at which somebody wants to be woken."""
    return min((wish for wish in wishes if wish is not None), default=None)


class Piece(NamedTuple):
    """Bytes that go to the client now, and the receipts for what was masked in them."""

    data: bytes
    error: bool
    receipts: Sequence[Event]


class _Stream:
    """One direction of bytes, and when they came."""

    def __init__(self, plan: MaskPlan, names: Collection[str], hold: int) -> None:
        self.masker = plan.masker(names)
        self.arrivals: deque[tuple[int, int]] = deque()
        """Counts of bytes that are carried, and the time from which each waits."""
        self.hold = hold
        self.burst = (0, 0)
        """When it began, and its bytes."""

    def came(self, count: int, at: int) -> None:
        began, size = self.burst
        self.burst = (began, size + count) if size and at - began <= BURST else (at, count)
        if self.arrivals and self.arrivals[-1][1] == at:
            count += self.arrivals.pop()[0]
        self.arrivals.append((count, at))

    def went(self) -> None:
        """Only what is carried still waits: the newest."""
        over = sum(count for count, _ in self.arrivals) - self.masker.carried
        while over > 0:
            count, at = self.arrivals.popleft()
            if count > over:
                self.arrivals.appendleft((count - over, at))
            over -= count


class MaskedOutput:
    """What a channel's target sends, on its way to the client."""

    def __init__(
        self, channel: int, plan: MaskPlan, names: Collection[str], terminal: bool
    ) -> None:
        self._channel = channel
        self._plan = plan
        self._terminal = terminal
        self._streams = {
            error: _Stream(plan, names, plan.hold if terminal else plan.hold_bulk)
            for error in (False, True)
        }

    @property
    def wake(self) -> int | None:
        """When `tick` wants to be called, in session time (µs)."""
        return earliest(*map(self._due, self._streams.values()))

    def passed(self, data: bytes, at: int, *, error: bool) -> list[Piece]:
        """These bytes come from the target."""
        stream = self._streams[error]
        stream.came(len(data), at)
        went = stream.masker.feed(data)
        stream.went()
        return self._pieces(went, at, error)

    def tick(self, at: int) -> list[Piece]:
        """It is that late now."""
        pieces: list[Piece] = []
        for error, stream in self._streams.items():
            due = self._due(stream)
            if due is not None and due <= at:
                pieces += self._release(stream, at, error)
        return pieces

    def end(self, at: int) -> list[Piece]:
        """Nothing more comes: all that is carried."""
        pieces: list[Piece] = []
        for error, stream in self._streams.items():
            pieces += self._release(stream, at, error)
        return pieces

    def _due(self, stream: _Stream) -> int | None:
        if not stream.arrivals:
            return None
        bulk = stream.burst[1] >= BULK
        return stream.arrivals[0][1] + (self._plan.hold_bulk if bulk else stream.hold)

    def _release(self, stream: _Stream, at: int, error: bool) -> list[Piece]:
        stream.arrivals.clear()
        return self._pieces(stream.masker.release(), at, error)

    def _pieces(self, went: Went, at: int, error: bool) -> list[Piece]:
        if not went.data:
            return []
        receipts: list[Event] = []
        for name, rule in sorted({(hit.name, hit.rule) for hit in went.hits}):
            places = [hit.offset for hit in went.hits if (hit.name, hit.rule) == (name, rule)]
            for first in range(0, len(places), OFFSETS):
                some = places[first : first + OFFSETS]
                receipts.append(
                    Masked(
                        *(at, self._channel, str(name), rule, self._plan.method(name).value),
                        *(len(some), self._plan.policy, {"offsets": some}),
                    )
                )
        return [Piece(went.data, error, receipts)]
