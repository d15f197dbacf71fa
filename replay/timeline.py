"""Recorded time and shown time: where a session idles, and how much of that is played.

Knows: integer microseconds. Must never know: clocks, files, screens. Called by the player
(to play), the scrubber (to hatch) and the workers that open a recording (to find the idles).

An *idle* is a stretch in which no frame closes. It is played as it was for `FREE`; what comes
after that depends on the mode: nothing is left out (`OFF`), the rest is skipped (`CAP`), or each
doubling of the time passed takes `OCTAVE` (`LOG`: an hour takes about nine seconds, and one
still sees that it was long). Recorded time itself is never changed: modes are a way of looking.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from enum import Enum
from itertools import accumulate
from typing import NamedTuple, assert_never

SECOND = 1_000_000
FREE = 2 * SECOND
"""How long every idle is played at its own pace."""
OCTAVE = 600_000
"""Shown time that a doubling of an idle's length takes in `IdleMode.LOG`."""


class IdleMode(Enum):
    """How the app plays idles; the values are what the status line says."""

    OFF = "idle off"
    CAP = "idle≤2s"
    LOG = "idle log"

    def next(self) -> IdleMode:
        """The mode after this one, in a circle."""
        modes = list(IdleMode)
        return modes[(modes.index(self) + 1) % len(modes)]


class Idle(NamedTuple):
    """A stretch of recorded time without a frame, longer than `FREE`."""

    start: int
    end: int


def find_idles(instants: Iterable[int], duration: int) -> list[Idle]:
    """The idles between these instants (ascending: when frames close), 0 and the end."""
    idles: list[Idle] = []
    before = 0
    for instant in instants:
        if instant - before > FREE:
            idles.append(Idle(before, instant))
        before = max(before, instant)
    if duration - before > FREE:
        idles.append(Idle(before, duration))
    return idles


def fold(mode: IdleMode, passed: int) -> int:
    """Shown time after so much of an idle has passed. Never decreases; `passed` up to `FREE`."""
    if passed <= FREE:
        return passed
    match mode:
        case IdleMode.OFF:
            return passed
        case IdleMode.CAP:
            return FREE
        case IdleMode.LOG:
            octave = (passed // FREE).bit_length() - 1
            base = FREE << octave
            return FREE + octave * OCTAVE + (passed - base) * OCTAVE // base
        case _:
            assert_never(mode)


def unfold(mode: IdleMode, shown: int, length: int) -> int:
    """The most that can have passed of an idle of this length when it was shown so long."""
    if shown < FREE:
        return min(shown, length)
    match mode:
        case IdleMode.OFF:
            return min(shown, length)
        case IdleMode.CAP:
            return length
        case IdleMode.LOG:
            octave, rest = divmod(shown - FREE, OCTAVE)
            if octave >= length.bit_length():
                return length
            base = FREE << octave
            return min(base + ((rest + 1) * base - 1) // OCTAVE, length)
        case _:
            assert_never(mode)


class Timeline:
    """The two times of one recording in one idle mode. Immutable.

    ``shown`` never decreases and keeps different instants apart, except inside what `CAP`
    skips; ``recorded`` gives the latest recorded time shown at that instant, so that a folded
    idle ends on the frame that ends it.
    """

    def __init__(self, idles: Sequence[Idle], duration: int, mode: IdleMode = IdleMode.OFF) -> None:
        self.idles = tuple(idles)
        self.duration = duration
        self.mode = mode
        self._starts = [idle.start for idle in self.idles]
        folded = [fold(mode, idle.end - idle.start) for idle in self.idles]
        saved = [idle.end - idle.start - f for idle, f in zip(self.idles, folded, strict=True)]
        self._saved = [0, *accumulate(saved)]
        self._shown_starts = [
            start - saved_before
            for start, saved_before in zip(self._starts, self._saved, strict=False)
        ]

    def with_mode(self, mode: IdleMode) -> Timeline:
        """The same recording in another mode."""
        return Timeline(self.idles, self.duration, mode)

    @property
    def shown_duration(self) -> int:
        """How long the whole recording plays at speed 1."""
        return self.duration - self._saved[-1]

    def shown(self, recorded: int) -> int:
        """The shown time of a recorded time (clamped to the recording)."""
        recorded = min(max(recorded, 0), self.duration)
        index = bisect_right(self._starts, recorded) - 1
        if index < 0:
            return recorded
        idle = self.idles[index]
        if recorded >= idle.end:
            return recorded - self._saved[index + 1]
        return self._shown_starts[index] + fold(self.mode, recorded - idle.start)

    def recorded(self, shown: int) -> int:
        """The latest recorded time whose shown time is at most this one (clamped)."""
        shown = min(max(shown, 0), self.shown_duration)
        index = bisect_right(self._shown_starts, shown) - 1
        if index < 0:
            return shown
        idle = self.idles[index]
        passed = shown - self._shown_starts[index]
        if passed >= fold(self.mode, idle.end - idle.start):
            return shown + self._saved[index + 1]
        return idle.start + unfold(self.mode, passed, idle.end - idle.start)

    def idle_at(self, recorded: int) -> Idle | None:
        """The idle that this instant lies in: from its start up to, not at, its end."""
        index = bisect_right(self._starts, recorded) - 1
        if index >= 0 and recorded < self.idles[index].end:
            return self.idles[index]
        return None
