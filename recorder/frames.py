"""What a frame is: the rules by which a channel's output falls into visible states.

Knows: numbers, times and channels of output, and two answers of each channel's screen (`Surface`).
Must never know: bytes, files, clocks, how a screen works. Called by `recorder.tables`, which
feeds the screens; everything else sees only `FrameRef`.

A *run* is consecutive output of one channel. It is complete when

* the next output of that channel would be `GAP` or more after the one before it, or
* it began `SPAN` or more ago, or
* the channel is resized, closes, or the session ends.

Input never ends a run. While the screen is in the middle of something (a synchronized-output
pair, an escape sequence, a character), the first two are put off: until that is over, by `HOLD`
at most. Output at one and the same instant is never torn apart, so that it does not matter in how
many records an instant's bytes were written. A run after which something visible differs from
the channel's previous frame is a **frame**; any other is none.

A frame closes with its last output: ``closed`` is that record's time, and frames are numbered over
the session in the order of their last records. So number, ``last`` and ``closed`` ascend together.
All of this follows from the recording alone; a frame is told as soon as no record to come
can change it or its number, and until then the live edge is provisional.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple, dataclass
from typing import Any, NamedTuple, Protocol

GAP = 16_000
"""Silence that ends a run, in µs."""
SPAN = 100_000
"""The longest run, in µs, unless it is held up."""
HOLD = 150_000
"""For so long at most an unfinished sequence holds a run open, in µs."""
STABLE = 300_000
"""A frame without change for so long could be read by a person, in µs."""


class FrameRef(NamedTuple):
    """Where one frame lies in the recording."""

    number: int
    """From 0, over all channels of the session."""
    channel: int
    first: int
    """Number of the first record of the run."""
    last: int
    """Number of the last one: the screen right after it is this frame."""
    opened: int
    """Time of the first record, in µs since the session's start."""
    closed: int
    """Time of the last one."""
    stable: bool
    """Whether the channel's next frame begins `STABLE` or more later, or never."""


class Surface(Protocol):
    """What the rules ask a channel's screen."""

    def busy(self) -> bool:
        """Whether it waits for the rest of a sequence, a character or a synchronized pair."""
        ...

    def settle(self) -> bool:
        """Whether anything visible differs from when this was last asked (at first: blank)."""
        ...


RunClosed = Callable[[int, int, int, bool], None]
"""Called with channel, last record, its time, and whether the run is a frame."""


@dataclass(slots=True)
class _Run:
    first: int
    last: int
    opened: int
    at: int
    """Time of the last record."""
    held: int = -1
    """When it would have ended but for an unfinished sequence; -1 before that."""

    def due(self) -> int:
        """The instant from which a next output would belong to another run, nothing holding it."""
        return max(self._nominal(), self.at + 1)

    def limit(self) -> int:
        """The instant from which nothing can hold it."""
        return max(self._nominal() + HOLD, self.at + 1)

    def _nominal(self) -> int:
        return self.held if self.held >= 0 else min(self.at + GAP, self.opened + SPAN)


class Closed(NamedTuple):
    """A frame that has no number yet."""

    last: int
    channel: int
    first: int
    opened: int
    closed: int


class FrameRules:
    """The rules over one session, as a state machine: records in, in order; frames out.

    ``surface`` gives a channel's screen; it is asked only about channels told by `output`.
    ``closed`` is told of each run that ends, before anything more is fed. For
    each record: first `advance` to its time, then at most one of the others, then `take`.
    """

    def __init__(self, surface: Callable[[int], Surface], closed: RunClosed | None = None) -> None:
        self._surface = surface
        self._closed = closed
        self._runs: dict[int, _Run] = {}
        self._waiting: list[Closed] = []
        self._next_due = -1
        """No run can end before this instant (-1: there is none). What is due only ever moves
        later, so that output need not correct it."""
        self.count = 0
        """How many frames were told: the number of the next one."""

    def advance(self, now: int) -> None:
        """Time has come to ``now`` (never before the last one told)."""
        if self._next_due < 0 or now < self._next_due:
            return
        for channel, run in list(self._runs.items()):
            if now < run.due():
                continue
            if now >= run.limit() or not self._surface(channel).busy():
                self._close(channel)
        self._reckon()

    def output(self, number: int, at: int, channel: int) -> None:
        """The channel's screen takes record ``number`` now."""
        run = self._runs.get(channel)
        if run is None:
            run = self._runs[channel] = _Run(number, number, at, at)
            due = run.due()
            self._next_due = due if self._next_due < 0 else min(self._next_due, due)
            return
        if run.held < 0 and at >= run.due():
            run.held = run.due()  # it is still open only because the screen was busy
        run.last, run.at = number, at

    def cut(self, channel: int) -> None:
        """The channel is about to be resized, or closed: its run is over."""
        if channel in self._runs:
            self._close(channel)
            self._reckon()

    def finish(self) -> None:
        """The session is over: nothing is provisional any more."""
        for channel in list(self._runs):
            self._close(channel)
        self._reckon()

    def take(self) -> list[FrameRef]:
        """The frames that are certain now, each told once; ``stable`` is not known yet (False)."""
        if not self._waiting:
            return []
        certain = min((run.last for run in self._runs.values()), default=None)
        told = []
        self._waiting.sort()
        while self._waiting and (certain is None or self._waiting[0].last < certain):
            last, channel, first, opened, closed = self._waiting.pop(0)
            told.append(FrameRef(self.count, channel, first, last, opened, closed, stable=False))
            self.count += 1
        return told

    @property
    def open_since(self) -> int | None:
        """Number of the first record that is in no certain frame, None where there is none."""
        firsts = [run.first for run in self._runs.values()]
        firsts += [closed.first for closed in self._waiting]
        return min(firsts, default=None)

    def state(self) -> list[Any]:
        """Everything but the surfaces, as lists of integers, for `restore`."""
        return [
            self.count,
            [[channel, *astuple(run)] for channel, run in sorted(self._runs.items())],
            [list(closed) for closed in self._waiting],
        ]

    def restore(self, state: list[Any]) -> None:
        """Go on from `state` (of trusted shape: the index checks what it reads)."""
        self.count, runs, waiting = state
        self._runs = {channel: _Run(*run) for channel, *run in runs}
        self._waiting = [Closed(*closed) for closed in waiting]
        self._reckon()

    def _close(self, channel: int) -> None:
        run = self._runs.pop(channel)
        changed = self._surface(channel).settle()
        if changed:
            self._waiting.append(Closed(run.last, channel, run.first, run.opened, run.at))
        if self._closed is not None:
            self._closed(channel, run.last, run.at, changed)

    def _reckon(self) -> None:
        self._next_due = min((run.due() for run in self._runs.values()), default=-1)
