"""Moments as people write and read them: `12:03`, `-5m`, `14:03Z`, `50%`, `#f12`, `#e99`.

Knows: text and integer microseconds. Must never know: clocks, files, screens. Called by the
command lines, and by replay's go-to dialog and status line.

A moment written down means the same to everybody, whatever is on their screen: `-5m` is five
minutes before the end of the recording, and `14:03Z` is the first such time of day in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from recorder.errors import MomentError

SECOND = 1_000_000
_DAY = 86_400 * SECOND
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS = {"d": _DAY, "h": 3600 * SECOND, "m": 60 * SECOND, "s": SECOND, "ms": 1000, "us": 1}
HELP = "12:03, 1h2m, -5m (before the end), 14:03Z, 50%, #f12 or #e99"


@dataclass(frozen=True, slots=True)
class AtTime:
    """Recorded time, in microseconds since the session's start."""

    time: int


@dataclass(frozen=True, slots=True)
class AtFrame:
    """A frame, by its number."""

    frame: int


@dataclass(frozen=True, slots=True)
class AtEvent:
    """The screen right after an event, by the event's number."""

    event: int


Target = AtTime | AtFrame | AtEvent


@dataclass(frozen=True, slots=True)
class Span:
    """What a moment is looked up in: length, start, and how many frames and events there are."""

    duration: int
    wall_ns: int
    frames: int
    events: int


@dataclass(frozen=True, slots=True)
class _FromEnd:
    before: int


@dataclass(frozen=True, slots=True)
class _Percent:
    millionths: int


@dataclass(frozen=True, slots=True)
class _TimeOfDay:
    time: int


@dataclass(frozen=True, slots=True)
class _Wall:
    microseconds: int
    """Since the Unix epoch."""


Moment = AtTime | AtFrame | AtEvent | _FromEnd | _Percent | _TimeOfDay | _Wall

_NUMBER = re.compile(r"#([ef])([0-9]{1,18})")
_PERCENT = re.compile(r"([0-9]{1,3})(?:\.([0-9]{1,4}))?%")
_COLONS = re.compile(r"(?:([0-9]{1,6}):)?([0-9]{1,9}):([0-9]{2})(?:\.([0-9]{1,6}))?")
_SPELT = re.compile(r"([0-9]{1,12})(?:\.([0-9]{1,6}))?(d|h|ms|us|m|s)")
_OF_DAY = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,6}))?)?Z")
_DATED = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}.*")


def parse(text: str) -> Moment:
    """Read a moment. Raises `MomentError` where it is none."""
    text = text.strip()
    if match := _NUMBER.fullmatch(text):
        number = int(match[2])
        return AtEvent(number) if match[1] == "e" else AtFrame(number)
    if match := _PERCENT.fullmatch(text):
        millionths = int(match[1]) * 10_000 + int((match[2] or "").ljust(4, "0"))
        if millionths <= 1_000_000:
            return _Percent(millionths)
    elif match := _OF_DAY.fullmatch(text):
        hours, minutes, seconds = int(match[1]), int(match[2]), int(match[3] or "0")
        if hours < 24 and minutes < 60 and seconds < 60:
            return _TimeOfDay(_clock(hours, minutes, seconds, match[4]))
    elif _DATED.fullmatch(text):
        try:
            when = datetime.fromisoformat(text)
        except ValueError:
            raise _unreadable(text) from None
        if when.tzinfo is not None:
            return _Wall((when - _EPOCH) // timedelta(microseconds=1))
    elif text.startswith("-"):
        return _FromEnd(_offset(text[1:], text))
    else:
        return AtTime(_offset(text, text))
    raise _unreadable(text)


def resolve(moment: Moment, span: Span) -> Target:
    """Look a moment up in a recording: a time inside it, or a frame or event that it has.

    Raises `MomentError` where the recording has no such moment.
    """
    match moment:
        case AtFrame(number):
            return AtFrame(_within(number, span.frames, "frame", "#f"))
        case AtEvent(number):
            return AtEvent(_within(number, span.events, "event", "#e"))
        case AtTime(time):
            return AtTime(_inside(time, span))
        case _FromEnd(before):
            return AtTime(max(span.duration - before, 0))
        case _Percent(millionths):
            return AtTime(span.duration * millionths // 1_000_000)
        case _TimeOfDay(time):
            start = span.wall_ns // 1000
            return AtTime(_inside((time - start) % _DAY, span))
        case _Wall(microseconds):
            return AtTime(_inside(microseconds - span.wall_ns // 1000, span))


def format_offset(time: int) -> str:
    """Time since the session's start, as in `+00:12:03`."""
    seconds = time // SECOND
    return f"+{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def format_wall(wall_ns: int, time: int = 0) -> str:
    """The wall clock so long after an instant: `2026-11-22 14:03:11.482Z`."""
    milliseconds = (wall_ns // 1000 + time) // 1000
    try:
        when = _EPOCH + timedelta(milliseconds=milliseconds)
    except OverflowError:  # a header can say anything
        return f"{milliseconds} ms since 1970"
    return f"{when:%Y-%m-%d %H:%M:%S}.{milliseconds % 1000:03}Z"


def rfc3339(wall_ns: int, time: int = 0) -> str | None:
    """The instant so many microseconds after ``wall_ns``, or None where no calendar has it."""
    try:
        when = _EPOCH + timedelta(microseconds=wall_ns // 1000 + time)
    except OverflowError:
        return None
    return when.isoformat(timespec="microseconds").replace("+00:00", "Z")


def format_duration(duration: int) -> str:
    """A length of time in its two largest units: `1h02m`, `12m03s`, `3.4s`."""
    seconds = duration // SECOND
    if seconds < 60:
        return f"{seconds}.{duration % SECOND // 100_000}s"
    if seconds < 3600:
        return f"{seconds // 60}m{seconds % 60:02}s"
    if seconds < 86_400:
        return f"{seconds // 3600}h{seconds // 60 % 60:02}m"
    return f"{seconds // 86_400}d{seconds // 3600 % 24:02}h"


def _offset(text: str, whole: str) -> int:
    """Microseconds in `1:02:03.5`, `12:03` or `1h2m3s`; a bare number is seconds."""
    if text.isdecimal() and text.isascii() and len(text) <= 12:
        return int(text) * SECOND
    if match := _COLONS.fullmatch(text):
        hours, minutes, seconds = int(match[1] or "0"), int(match[2]), int(match[3])
        if seconds < 60 and (match[1] is None or minutes < 60):
            return _clock(hours, minutes, seconds, match[4])
        raise _unreadable(whole)
    total, end, last = 0, 0, _DAY + 1
    while end < len(text):
        match = _SPELT.match(text, end)
        if match is None or _UNITS[match[3]] >= last:
            raise _unreadable(whole)
        last = _UNITS[match[3]]
        total += int(match[1]) * last + int((match[2] or "").ljust(6, "0")) * last // SECOND
        end = match.end()
    if not text:
        raise _unreadable(whole)
    return total


def _clock(hours: int, minutes: int, seconds: int, fraction: str | None) -> int:
    whole = (hours * 3600 + minutes * 60 + seconds) * SECOND
    return whole + int((fraction or "").ljust(6, "0"))


def _inside(time: int, span: Span) -> int:
    if not 0 <= time <= span.duration:
        raise MomentError(
            f"the recording has no such time: it runs from {format_wall(span.wall_ns)} "
            f"for {format_duration(span.duration)}"
        )
    return time


def _within(number: int, count: int, what: str, sign: str) -> int:
    if number >= count:
        raise MomentError(
            f"there is no {what} {sign}{number}: the last one is {sign}{count - 1}"
            if count
            else f"the recording has no {what}"
        )
    return number


def _unreadable(text: str) -> MomentError:
    return MomentError(f"{text[:40]!r} is not a moment; say {HELP}")
