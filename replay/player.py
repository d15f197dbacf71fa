"""The player: play, pause, speed, seek, step and follow, as a state machine without a clock.

Knows: the frames of a recording (`recorder.frames.FrameRef`, ascending), a `Timeline`, and the
time it is told. Must never know: clocks, files, screens, widgets. Called by the app's player
screen, which passes in the time, and shows what `target` says.

A position is a frame or an event, never "a time inside a frame": what is shown at an instant is
the last frame that was closed then, so that the label beside a screen and its cells always
belong together, whatever the speed or the idle mode.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from enum import Enum
from typing import TYPE_CHECKING, assert_never

from recorder.moments import AtEvent, AtFrame, AtTime, Target
from replay.timeline import IdleMode, Timeline

if TYPE_CHECKING:
    from recorder.frames import FrameRef

NORMAL = 4
"""Speeds are in quarters: 1× is 4."""
SPEEDS = (1, 2, 4, 8, 16, 32, 64, 128, 256)
"""¼× to 64×."""
BEFORE = AtEvent(0)
"""What is shown before the first frame: the screen after the header, empty."""


class State(Enum):
    """What time does to the position."""

    PAUSED = "paused"
    PLAYING = "playing"
    FOLLOWING = "following"
    """At the live edge: a new frame moves the position."""


class Player:
    """One recording being played.

    ``time`` is recorded time, ``target`` the frame or event on show. All commands but
    `advance` and `play` leave the machine at a standstill of its clock: while it plays, the
    next `advance` goes on from the new position.
    """

    def __init__(
        self,
        frames: Sequence[FrameRef],
        timeline: Timeline,
        *,
        last_event: int = 0,
        live: bool = False,
    ) -> None:
        self.frames = frames
        self.timeline = timeline
        self.last_event = last_event
        self.live = live
        self.among: Sequence[int] | None = None
        """The numbers of the frames that steps go through (those of one terminal); None: all."""
        self.state = State.PAUSED
        self.speed = NORMAL
        self.time = 0
        self.target: AtFrame | AtEvent = BEFORE
        self._since: tuple[int, int] | None = None
        """The time told, and shown time then: where playing at this pace began."""
        self.seek(AtTime(0))

    @property
    def duration(self) -> int:
        return self.timeline.duration

    @property
    def frame(self) -> int:
        """Number of the last frame complete on show; -1 before the first."""
        match self.target:
            case AtFrame(number):
                return number
            case AtEvent(event):
                return bisect_right(self.frames, event, key=lambda frame: frame.last) - 1
            case _:
                assert_never(self.target)

    @property
    def event(self) -> int:
        """Number of the last record on show; 0 before the first frame."""
        match self.target:
            case AtFrame(number):
                return self.frames[number].last
            case AtEvent(event):
                return event
            case _:
                assert_never(self.target)

    def frame_at(self, time: int) -> int:
        """Number of the last frame closed at this time; -1 before the first."""
        return bisect_right(self.frames, time, key=lambda frame: frame.closed) - 1

    # -- time ------------------------------------------------------------------------------

    def play(self, now: int) -> None:
        """Play from here; from the end: from the start again, or follow a live session."""
        if self.time >= self.duration:
            if self.live:
                self.follow()
                return
            self._move(AtTime(0))
        self.state = State.PLAYING
        self._since = (now, self.timeline.shown(self.time))

    def pause(self) -> None:
        """Stay here."""
        self.state = State.PAUSED
        self._since = None

    def toggle(self, now: int) -> None:
        """Play where paused, pause where not."""
        match self.state:
            case State.PAUSED:
                self.play(now)
            case State.PLAYING | State.FOLLOWING:
                self.pause()
            case _:
                assert_never(self.state)

    def follow(self) -> None:
        """Go to the end, and with it when it moves (where the session is live).

        The live edge is an event: whether a frame is complete is known only by what comes next.
        """
        self._move(AtTime(self.duration))
        self.state = State.PAUSED
        if self.live:
            self.state = State.FOLLOWING
            self.target = AtEvent(self.last_event)

    def advance(self, now: int) -> bool:
        """Let time pass until ``now`` (µs, never before the last one told).

        Returns whether another target is to be shown. Stops at the end.
        """
        if self.state is not State.PLAYING:
            return False
        if self._since is None:
            self._since = (now, self.timeline.shown(self.time))
        began, shown = self._since
        before = self.target
        shown += (now - began) * self.speed // NORMAL
        self._arrive(max(self.timeline.recorded(shown), self.time))
        if shown >= self.timeline.shown_duration:
            self.follow()
        return self.target != before

    def faster(self, steps: int = 1) -> None:
        """Double the speed so many times (negative: halve), within `SPEEDS`."""
        index = SPEEDS.index(self.speed) + steps
        self._pace(SPEEDS[min(max(index, 0), len(SPEEDS) - 1)])

    def normal_speed(self) -> None:
        """Back to 1×."""
        self._pace(NORMAL)

    def idle(self, mode: IdleMode) -> None:
        """Play idles in this mode from here on."""
        self.timeline = self.timeline.with_mode(mode)
        self._since = None

    # -- position --------------------------------------------------------------------------

    def seek(self, target: Target) -> None:
        """Go to a time, frame or event (clamped); keeps playing, but leaves the live edge."""
        if self.state is State.FOLLOWING:
            self.state = State.PAUSED
        self._move(target)

    def skip(self, delta: int) -> None:
        """Go so many microseconds of recorded time forward (negative: back)."""
        self.seek(AtTime(self.time + delta))

    def step(self, count: int) -> None:
        """Pause, and go so many frames forward (negative: back); stops at either end."""
        self.pause()
        number, way = self._origin(count), 1 if count > 0 else -1
        if self.among is None:
            number += count
        else:
            for _ in range(min(abs(count), len(self.among))):
                number = self._next(number, way)
        self._stand(number)

    def step_stable(self, count: int) -> None:
        """Pause, and go so many stable screens forward (negative: back).

        Where there are fewer, it goes to the last frame or to before the first.
        """
        self.pause()
        number, way = self._origin(count), 1 if count > 0 else -1
        for _ in range(abs(count)):
            number = self._next(number, way)
            while 0 <= number < len(self.frames) and not self.frames[number].stable:
                number = self._next(number, way)
        self._stand(number)

    def step_event(self, count: int) -> None:
        """Pause, and go so many events forward (negative: back); stops at either end."""
        self.pause()
        self._move(AtEvent(min(self.event + count, self.last_event)))

    def step_among(self, events: Sequence[int], count: int) -> bool:
        """Pause, and go to the ``count``-th of these events (ascending) after this position
        (negative: before it), or to the last one that way. Returns whether there was one."""
        self.pause()
        if count > 0:
            index = min(bisect_right(events, self.event) + count, len(events)) - 1
            found = index >= 0 and events[index] > self.event
        else:
            index = max(bisect_left(events, self.event) + count, 0)
            found = index < len(events) and events[index] < self.event
        if found:
            self._move(AtEvent(events[index]))
        return found

    def settle(self, event: int, time: int) -> None:
        """The event that was sought happened at this time (the frames only tell about when)."""
        if self.target == AtEvent(event) and self.target != BEFORE:
            self.time = time

    def extend(
        self, frames: Sequence[FrameRef], timeline: Timeline, *, last_event: int, live: bool
    ) -> bool:
        """The recording has grown, or has ended. Returns whether another target is to be shown."""
        before = self.target
        self.frames, self.last_event, self.live = frames, last_event, live
        self.timeline = timeline.with_mode(self.timeline.mode)
        self._since = None
        if self.state is State.FOLLOWING:
            self.follow()
        return self.target != before

    # -- inside ----------------------------------------------------------------------------

    def _origin(self, count: int) -> int:
        """The frame that steps are counted from: a frame half written counts as between."""
        match self.target:
            case AtFrame(number):
                return number
            case AtEvent(event) if count < 0:
                number = bisect_left(self.frames, event, key=lambda frame: frame.last)
                coming = self._next(number - 1, 1)
                if coming < len(self.frames):
                    begun = self.frames[coming].first <= event
                else:
                    begun = self.live  # what comes may have begun: the edge is provisional
                # Where none has begun, the screen is the last one's: a step goes before it.
                return number if begun else self._next(number, -1)
            case AtEvent():
                return self.frame
            case _:
                assert_never(self.target)

    def _next(self, number: int, way: int) -> int:
        """The number that a step leads to; one that no frame has where there is none."""
        if self.among is None:
            return number + way
        place = bisect_right(self.among, number) if way > 0 else bisect_left(self.among, number) - 1
        if 0 <= place < len(self.among):
            return self.among[place]
        return len(self.frames) if way > 0 else -1

    def _stand(self, number: int) -> None:
        """On this frame; beyond those that are stepped through, on the first or the last."""
        if self.among:
            number = min(max(number, self.among[0]), self.among[-1])
        self._move(AtFrame(number))

    def _move(self, target: Target) -> None:
        self._since = None
        match target:
            case AtTime(time):
                self._arrive(min(max(time, 0), self.duration))
            case AtFrame(number):
                number = min(number, len(self.frames) - 1)
                self.target = AtFrame(number) if number >= 0 else BEFORE
                self.time = self.frames[number].closed if number >= 0 else 0
            case AtEvent(event):
                self.target = AtEvent(max(event, 0))
                index = bisect_left(self.frames, event, key=lambda frame: frame.last)
                if index == len(self.frames):
                    self.time = self.duration
                elif self.frames[index].first <= event:
                    self.time = self.frames[index].closed
                else:
                    self.time = self.frames[index - 1].closed if index else 0
            case _:
                assert_never(target)

    def _arrive(self, time: int) -> None:
        self.time = time
        number = self.frame_at(time)
        self.target = AtFrame(number) if number >= 0 else BEFORE

    def _pace(self, speed: int) -> None:
        self.speed = speed
        self._since = None
