"""A range of a recording in order: its records, and each frame with the record that completes it.

Knows: records, frames, channel screens. Must never know: any format. Called by the exports that
tell what was on the screen. Feeds each record once, whatever the length of the recording.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from recorder.channel_screen import ChannelScreen, default_size
from recorder.format import Packed
from recorder.frames import FrameRef
from recorder.index import Index
from recorder.playback import Playback
from recorder.reader import Recording
from recorder.screen import Frame

_AHEAD = 8
"""Frames of other channels that may close while one that began earlier goes on."""


class Shown(NamedTuple):
    """One frame."""

    ref: FrameRef
    screen: Frame
    scrolled: list[str]
    """The rows that left the main screen at its top since the channel's frame before."""
    again: bool = False
    """Whether this is the channel's last frame once more, at the recording's end, for the sake of
    rows that left since and changed nothing that one sees."""


def walk(
    recording: Recording,
    index: Index,
    start: int = 0,
    end: int | None = None,
    channel: int | None = None,
) -> Iterator[Packed | Shown]:
    """The records from ``start`` to ``end`` (µs, both included), and the frames that close then;
    of one channel or of all. A record of the session itself is of every channel.

    Raises `RecordingError` where the recording is damaged.
    """
    frames = index.frames
    first = recording.number_at(start - 1) + 1 if start > 0 else 0
    number = frames.number_at_event(first - 1) + 1
    begin = min([first, *(frame.first for frame in frames[number : number + _AHEAD])])
    begin = index.point_before(begin)
    number = frames.number_at_event(begin - 1) + 1
    screens: dict[int, ChannelScreen] = {}
    default = default_size(recording.header.facts)
    last: dict[int, FrameRef] = {}
    for record in recording.records(begin):
        if end is not None and record.time > end:
            return  # the rows of a frame that is not over belong to it
        of = record.event.channel
        wanted = channel is None or of == channel
        if record.number >= first and (wanted or of == 0):
            yield record
        if wanted:
            if of not in screens:
                screens[of] = index.screen_before(of, begin).screen or ChannelScreen(default)
            screens[of].receive(record.event)
        if number < len(frames) and frames[number].last == record.number:
            ref = frames[number]
            number += 1
            if wanted:
                screens[of].flush()
                scrolled = screens[of].screen.take_scrolled()
                last[of] = ref
                if record.number >= first:
                    yield Shown(ref, screens[of].screen.frame(), scrolled)
        elif wanted and of in last and record.number >= first:
            last[of] = last[of]._replace(closed=record.time)
    for of, ref in sorted(last.items()):
        screens[of].flush()
        scrolled = screens[of].screen.take_scrolled()
        if scrolled and ref.closed >= start:
            yield Shown(ref, screens[of].screen.frame(), scrolled, again=True)


def standing(
    recording: Recording, index: Index, start: int, channel: int | None = None
) -> Iterator[Shown]:
    """What stood on the screen when a range begins: the frame of each channel before it, of one or
    of all, as if it closed then."""
    if start <= 0:
        return
    before = recording.number_at(start - 1)
    playback = Playback(recording, index)
    for of in index.channels if channel is None else [channel]:
        number = index.frames.number_at_event(before, of)
        if number >= 0:
            ref = index.frames[number]._replace(closed=start)
            yield Shown(ref, playback.at_frame(number).screen, [])
