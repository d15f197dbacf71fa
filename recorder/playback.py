"""The screen at any instant of a recording: restore the keyframe before it, feed the rest.

Knows: a recording and its index. Must never know: who looks, clocks. Called by the command line
and by replay. Holds one screen and one place in the recording, so that playing forwards feeds
only what is new; memory does not grow with the recording. For one thread at a time.

A screen made this way is the screen that feeding from the very start would make.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from recorder.channel_screen import ChannelScreen, default_size
from recorder.format import Packed
from recorder.index import Index
from recorder.reader import Recording
from recorder.screen import Annotation, Frame
from recorder.screen.annotations import concealed


class View(NamedTuple):
    """One screen, and where in the recording it is."""

    screen: Frame
    time: int
    """Time of the record ``event``, in µs since the session's start; as asked for by `at_time`."""
    event: int
    """Everything up to and with this record is on the screen."""
    frame: int
    """Number of the channel's last frame that is complete here; -1 before the first."""
    channel: int


@dataclass(slots=True)
class _Reel:
    """A screen that has taken all of its channel's records before ``event``."""

    channel: int
    screen: ChannelScreen
    event: int
    time: int
    rest: Iterator[Packed] | None = None
    """The records from ``event`` on, where reading has begun already."""
    ahead: Packed | None = None
    """The next record, read but not taken."""


class Playback:
    """Screens of one recording."""

    def __init__(self, recording: Recording, index: Index) -> None:
        self._recording = recording
        self._index = index
        self._reel: _Reel | None = None

    def at_event(self, event: int, channel: int | None = None) -> View:
        """Right after a record (clamped to those there are). Without a channel: the one that was
        last written to by then."""
        event = min(max(event, 0), max(self._index.events - 1, 0))
        if channel is None:
            channel = self.channel_at(event)
        reel = self._roll(channel, event + 1)
        frame = self._index.frames.number_at_event(event, channel)
        return View(reel.screen.frame(), reel.time, event, frame, channel)

    def at_time(self, time: int, channel: int | None = None) -> View:
        """After everything that had happened at a time (µs; clamped to the recording)."""
        time = min(max(time, 0), self._index.duration)
        return self.at_event(self._recording.number_at(time), channel)._replace(time=time)

    def at_frame(self, number: int) -> View:
        """A frame, by its number (clamped); before the first one, the blank screen."""
        frames = self._index.frames
        if number < 0 or not frames:
            return self.at_event(0)
        frame = frames[min(number, len(frames) - 1)]
        return self.at_event(frame.last, frame.channel)

    def scrolled(self, number: int) -> list[str]:
        """The lines that left a frame's screen at the top since its channel's frame before it."""
        frames = self._index.frames
        frame = frames[number]
        before = frames.number_at_event(frame.last - 1, frame.channel)
        begin = frames[before].last + 1 if before >= 0 else 0
        screen = self._roll(frame.channel, begin).screen
        screen.flush()
        screen.screen.take_scrolled()
        self._roll(frame.channel, frame.last + 1, again=False).screen.flush()
        return screen.screen.take_scrolled()

    def hidden(self, event: int, channel: int | None = None) -> list[Annotation]:
        """What the screen right after a record does not show: of all that was written to it since
        the frame before, and what stands on it and cannot be read."""
        channel = self.channel_at(event) if channel is None else channel
        before = self._index.frames.number_at_event(event - 1, channel)
        begin = self._index.frames[before].last + 1 if before >= 0 else 0
        screen = self._roll(channel, begin).screen
        screen.flush()
        screen.screen.take_annotations()
        self._roll(channel, event + 1, again=False).screen.flush()
        taken = screen.screen.take_annotations()
        return list(dict.fromkeys([*taken, *concealed(screen.screen.frame())]))

    def channel_at(self, event: int) -> int:
        """The channel that was last written to at a record; before all, the first there is."""
        frames = self._index.frames
        number = frames.number_at_event(event)
        # A run that goes on at this record began before the frame that is complete after it.
        following = frames[number + 1 : number + 9]
        running = [frame for frame in following if frame.first <= event]
        if running:
            return max(running, key=lambda frame: frame.first).channel
        if number >= 0:
            return frames[number].channel
        channels = self._index.channels
        return channels[0] if channels else 0

    def _roll(self, channel: int, event: int, *, again: bool = True) -> _Reel:
        """The channel's screen after all records before ``event``; ``again``: from the keyframe
        before it, where that is nearer than the place of the reel that is at hand."""
        reel = self._reel
        far = reel is None or reel.channel != channel or reel.event > event
        if reel is None or far or (again and reel.event < self._index.point_before(event)):
            reel = self._reel = self._restore(channel, event)
        while reel.event < event:
            record = reel.ahead or self._next(reel)
            if record is None:
                break
            if record.number >= event:
                reel.ahead, reel.event = record, event
                break
            reel.ahead = None
            reel.event, reel.time = record.number + 1, record.time
            if record.event.channel == channel:
                reel.screen.receive(record.event)
        return reel

    def _next(self, reel: _Reel) -> Packed | None:
        """The record after the reel's place; None where there is none yet."""
        if reel.rest is not None:
            record = next(reel.rest, None)
            if record is not None:
                return record
        # What was read of a live recording has come to its end, but more may be there by now.
        reel.rest = self._recording.records(reel.event)
        return next(reel.rest, None)

    def _restore(self, channel: int, event: int) -> _Reel:
        place = self._index.screen_before(channel, event)
        screen = place.screen
        if screen is None:
            screen = ChannelScreen(default_size(self._recording.header.facts))
        return _Reel(channel, screen, place.event, place.time)
