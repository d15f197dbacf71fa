"""Days and times as people write them in a query, as ranges of microseconds.

Knows: calendars. Must never know: clocks (what is now is passed in, with its zone), queries.
Called by `replay.query_parser`. Pure.

What is written without a zone is in the zone of ``now``. A time of day alone is the last one that
there was; a day of the week the last such day before today.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_US = timedelta(microseconds=1)
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_UNITS = {"w": 604_800, "d": 86_400, "h": 3600, "m": 60, "s": 1}
_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?", re.ASCII)
_CLOCK = re.compile(
    r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6}))?)?(Z|[+-]\d{2}:?\d{2})?", re.ASCII
)
_AGO = re.compile(r"-?((?:\d{1,6}[wdhms])+)(?:-?ago)?", re.ASCII)
_PART = re.compile(r"(\d+)([wdhms])")
HELP = "2026-11-22, 2026-11, yesterday, monday, 14:03, 2026-11-22T14:03Z, or 2h, 7d for so long ago"
WORDS = ("today", "yesterday", *_DAYS)


class Period(NamedTuple):
    """From ``start`` up to, without, ``end``, in µs since 1970."""

    start: int
    end: int


def parse_period(text: str, now: datetime) -> Period:
    """What a day, a month, a minute or "so long ago" means. Raises `ValueError` where it is none of
    these."""
    word = text.strip().casefold()
    try:
        if word in ("now", *WORDS):
            return _named(word, now)
        if match := _AGO.fullmatch(word):
            seconds = sum(int(n) * _UNITS[unit] for n, unit in _PART.findall(match[1]))
            return _period(now - timedelta(seconds=seconds), timedelta(seconds=1))
        date, _, clock = word.upper().replace(" ", "T").partition("T")
        if match := _DATE.fullmatch(date):
            return _dated(match, clock, now)
        if not clock and (match := _CLOCK.fullmatch(date)):
            begin = _at(now, match)
            if begin.start > _since(now):
                begin = _at(now - timedelta(days=1), match)
            return begin
    except OverflowError:
        raise ValueError("no calendar has it") from None
    raise ValueError("this is no day and no time")


def _named(word: str, now: datetime) -> Period:
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    match word:
        case "now":
            return _period(now, timedelta(seconds=1))
        case "today":
            back = 0
        case "yesterday":
            back = 1
        case _:
            back = (now.weekday() - _DAYS.index(word) - 1) % 7 + 1
    return _period(today - timedelta(days=back), timedelta(days=1))


def _dated(match: re.Match[str], clock: str, now: datetime) -> Period:
    year, month, day = int(match[1]), int(match[2] or 1), int(match[3] or 1)
    begin = datetime(year, month, day, tzinfo=now.tzinfo)
    if clock:
        time = _CLOCK.fullmatch(clock)
        if time is None or not match[3]:
            raise ValueError("this is no time of a day")
        return _at(begin, time)
    if match[3]:
        return _period(begin, timedelta(days=1))
    if match[2]:
        following = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=now.tzinfo)
    else:
        following = datetime(year + 1, 1, 1, tzinfo=now.tzinfo)
    return Period(_since(begin), _since(following))


def _at(day: datetime, time: re.Match[str]) -> Period:
    zone = day.tzinfo
    if time[5]:
        zone = datetime.strptime(time[5].replace(":", ""), "%z").tzinfo
    fraction = int((time[4] or "").ljust(6, "0"))
    begin = day.replace(
        hour=int(time[1]), minute=int(time[2]), second=int(time[3] or 0), microsecond=fraction,
        tzinfo=zone,
    )  # fmt: skip
    if time[4]:
        length = timedelta(microseconds=10 ** (6 - len(time[4])))
    else:
        length = timedelta(seconds=1) if time[3] else timedelta(minutes=1)
    return _period(begin, length)


def _period(begin: datetime, length: timedelta) -> Period:
    start = _since(begin)
    return Period(start, start + length // _US)


def _since(when: datetime) -> int:
    return (when - _EPOCH) // _US
