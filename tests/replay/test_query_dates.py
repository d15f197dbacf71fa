"""Days and times, as people write them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay.query_dates import parse_period

NOW = datetime(2026, 11, 23, 19, 40, 5, tzinfo=UTC)  # a Monday
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def start(text: str, now: datetime = NOW) -> str:
    begun = EPOCH + timedelta(microseconds=parse_period(text, now).start)
    return begun.isoformat(sep=" ", timespec="seconds")[:19]


def length(text: str) -> timedelta:
    period = parse_period(text, NOW)
    return timedelta(microseconds=period.end - period.start)


@pytest.mark.parametrize(
    ("text", "expected", "lasts"),
    [
        ("today", "2026-11-23 00:00:00", timedelta(days=1)),
        ("Yesterday", "2026-11-22 00:00:00", timedelta(days=1)),
        ("monday", "2026-11-16 00:00:00", timedelta(days=1)),
        ("sunday", "2026-11-22 00:00:00", timedelta(days=1)),
        ("now", "2026-11-23 19:40:05", timedelta(seconds=1)),
        ("2h", "2026-11-23 17:40:05", timedelta(seconds=1)),
        ("-2h", "2026-11-23 17:40:05", timedelta(seconds=1)),
        ("1h30m-ago", "2026-11-23 18:10:05", timedelta(seconds=1)),
        ("2w", "2026-11-09 19:40:05", timedelta(seconds=1)),
        ("2026", "2026-01-01 00:00:00", timedelta(days=365)),
        ("2026-12", "2026-12-01 00:00:00", timedelta(days=31)),
        ("2026-2-3", "2026-02-03 00:00:00", timedelta(days=1)),
        ("14:03", "2026-11-23 14:03:00", timedelta(minutes=1)),
        ("20:00", "2026-11-22 20:00:00", timedelta(minutes=1)),
        ("14:03:05", "2026-11-23 14:03:05", timedelta(seconds=1)),
        ("2026-11-22T14:03Z", "2026-11-22 14:03:00", timedelta(minutes=1)),
        ("2026-11-22 14:03:05.12+02:00", "2026-11-22 12:03:05", timedelta(milliseconds=10)),
    ],
)
def test_what_is_meant(text: str, expected: str, lasts: timedelta) -> None:
    assert (start(text), length(text)) == (expected, lasts)


def test_days_are_those_of_the_zone() -> None:
    east = NOW.astimezone(timezone(timedelta(hours=5)))
    assert start("today", east) == "2026-11-23 19:00:00"
    assert start("14:03", east) == "2026-11-23 09:03:00"


@pytest.mark.parametrize(
    "text", ["", "x", "2026-02-30", "9999", "0000", "14:99", "25:00", "2026-13", "2026T10:00", "2q"]
)
def test_what_is_none(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        parse_period(text, NOW)


@given(st.text("0123456789-:TZ wdhms.+agotody", max_size=20))
def test_anything_is_a_period_or_an_error(text: str) -> None:
    try:
        period = parse_period(text, NOW)
    except ValueError:
        return
    assert period.start < period.end
