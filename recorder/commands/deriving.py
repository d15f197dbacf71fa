"""What a verb needs of a recording's index, with a word on a terminal while it is made.

Knows: recordings, their index, moments. Must never know: what is shown of it. Called by the verbs
of `recorder.commands` and of replay that look at one recording.

A recording that nobody has indexed is derived for a screen early in it only as far as that screen
needs; what was derived is kept, and the next verb goes on from there.
"""

from __future__ import annotations

import sys
from typing import assert_never

from recorder.commands.meter import Meter
from recorder.errors import MomentError, RecordingError
from recorder.index import Index
from recorder.moments import AtEvent, AtFrame, AtTime, Moment, Span, Target, resolve
from recorder.reader import Recording

_LOOKS = 64
"""Looks (`Index.refresh` takes one each 64 KiB) until it is seen whether that was far enough."""


def whole(recording: Recording) -> Index:
    """All of its index, told of while it takes long."""
    index = Index.load(recording)
    try:
        with Meter("indexing", 0, max(_records(recording), 1)) as meter:
            index.refresh(lambda done, _: meter.at(done))
    except BaseException:
        index.close()
        raise
    return index


def until(recording: Recording, moment: Moment) -> tuple[Index, Target]:
    """As much of its index as the screen of this moment needs, and which that is. Raises
    `MomentError` where the recording has no such moment."""
    index = Index.load(recording)
    try:
        place = _place(recording, moment)
        with Meter("indexing", index.events, max(_records(recording), 1)) as meter:
            looks = 0

            def enough() -> bool:
                nonlocal looks
                looks += 1
                return looks % _LOOKS == 1  # the first one soon: it may be there already

            index.partial = True
            while index.partial and not (looks and _covers(index, recording, place)):
                index.refresh(lambda done, _: meter.at(done), enough)
        if place is not None and index.partial:
            return index, place
        wall_ns = recording.header.facts["wall"]
        return index, resolve(
            moment, Span(index.duration, wall_ns, len(index.frames), index.events)
        )
    except BaseException:
        index.close()
        raise


def _records(recording: Recording) -> int:
    """How many there are; 0 where that cannot be read."""
    try:
        return recording.last().number + 1
    except RecordingError:
        return 0


def _place(recording: Recording, moment: Moment) -> Target | None:
    """What is to be shown, where that can be said of a recording without an index; None where all
    of it is needed to say."""
    try:
        wall_ns = recording.header.facts["wall"]
        span = Span(recording.duration(), wall_ns, sys.maxsize, _records(recording))
        return resolve(moment, span)
    except (MomentError, RecordingError):
        return None


def _covers(index: Index, recording: Recording, place: Target | None) -> bool:
    """Whether the screen there, and what is said of it, stays what it is now, however much more is
    derived."""
    match place:
        case None:
            return False
        case AtFrame(number):
            return number < len(index.frames)
        case AtEvent(event):
            # Without any frame it is not known which terminal comes first.
            known = len(index.frames) > 0 and index.events > event + 1
            return known and all(frame.first > event for frame in index.edge)
        case AtTime(time):
            # The cheap question first: looking a time up reads a chunk.
            return index.duration > time and _covers(
                index, recording, AtEvent(recording.number_at(time))
            )
        case _:
            assert_never(place)
