from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.errors import MomentError
from recorder.moments import (
    AtEvent,
    AtFrame,
    AtTime,
    Span,
    Target,
    format_duration,
    format_offset,
    format_wall,
    parse,
    resolve,
)

SECOND = 1_000_000
MINUTE = 60 * SECOND
START = 1_795_356_191_482_000_000  # 2026-11-22 14:03:11.482 UTC
SPAN = Span(duration=2 * 3600 * SECOND, wall_ns=START, frames=2210, events=4000)


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("12:03", AtTime(12 * MINUTE + 3 * SECOND)),
        ("0:00", AtTime(0)),
        ("1:12:03", AtTime(72 * MINUTE + 3 * SECOND)),
        ("12:03.5", AtTime(12 * MINUTE + 3_500_000)),
        ("90:00", AtTime(90 * MINUTE)),
        ("1h2m", AtTime(62 * MINUTE)),
        ("1h", AtTime(60 * MINUTE)),
        ("2m3.25s", AtTime(2 * MINUTE + 3_250_000)),
        ("1500ms", AtTime(1_500_000)),
        ("90", AtTime(90 * SECOND)),
        (" 12:03 ", AtTime(12 * MINUTE + 3 * SECOND)),
        ("-5m", AtTime(115 * MINUTE)),
        ("-0:30", AtTime(120 * MINUTE - 30 * SECOND)),
        ("-9h", AtTime(0)),
        ("0%", AtTime(0)),
        ("50%", AtTime(60 * MINUTE)),
        ("12.5%", AtTime(15 * MINUTE)),
        ("100%", AtTime(120 * MINUTE)),
        ("14:13Z", AtTime(10 * MINUTE - 11_482_000)),
        ("14:03:11.482Z", AtTime(0)),
        ("2026-11-22T14:04:11.482Z", AtTime(MINUTE)),
        ("2026-11-22 15:04:11.482+01:00", AtTime(MINUTE)),
        ("#f12", AtFrame(12)),
        ("#f0", AtFrame(0)),
        ("#e99", AtEvent(99)),
    ],
)
def test_moments_that_are_understood(text: str, target: Target) -> None:
    assert resolve(parse(text), SPAN) == target


@pytest.mark.parametrize(
    "text",
    [
        *("", "-", "soon", "12:60", "1:60:00", "101%", "25:00Z", "12:60Z", "#f", "#f-1", "#x3"),
        *("f12", "1m2h", "1m1m", "1h2", "5 m", "١٢:٠٣", "--5m", "2026-11-22T14:04:11"),
        *("2026-13-22T14:04Z", "[@click=app.quit]x", "\x1b[31m", "9" * 400, "9" * 400 + "h"),
    ],
)
def test_what_is_no_moment_gets_one_line(text: str) -> None:
    with pytest.raises(MomentError) as caught:
        parse(text)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("#f2210", "there is no frame #f2210: the last one is #f2209"),
        ("#e4000", "there is no event #e4000: the last one is #e3999"),
        (
            "14:03Z",
            "the recording has no such time: it runs from 2026-11-22 14:03:11.482Z for 2h00m",
        ),
        ("3h", "the recording has no such time: it runs from 2026-11-22 14:03:11.482Z for 2h00m"),
    ],
)
def test_a_moment_outside_the_recording_is_refused(text: str, line: str) -> None:
    with pytest.raises(MomentError) as caught:
        resolve(parse(text), SPAN)
    assert str(caught.value) == line


def test_a_recording_without_frames_says_so() -> None:
    with pytest.raises(MomentError, match="the recording has no frame"):
        resolve(parse("#f0"), Span(0, START, 0, 2))


def test_a_time_of_day_may_be_after_midnight() -> None:
    evening = Span(4 * 3600 * SECOND, START + 9 * 3600 * 10**9, 1, 1)  # 23:03:11.482
    assert resolve(parse("00:03:11.482Z"), evening) == AtTime(60 * MINUTE)


@given(st.text(max_size=40))
def test_any_text_is_a_moment_or_an_error(text: str) -> None:
    try:
        target = resolve(parse(text), SPAN)
    except MomentError:
        return
    match target:
        case AtTime(time):
            assert 0 <= time <= SPAN.duration
        case AtFrame(frame):
            assert 0 <= frame < SPAN.frames
        case AtEvent(event):
            assert 0 <= event < SPAN.events


@given(st.integers(0, 2 * 3600 * SECOND))
def test_the_status_lines_clocks_can_be_typed_back(time: int) -> None:
    offset = resolve(parse(format_offset(time)[1:]), SPAN)
    assert offset == AtTime(time // SECOND * SECOND)
    wall = resolve(parse(format_wall(START, time)), SPAN)
    assert isinstance(wall, AtTime)
    assert 0 <= time - wall.time < 1000


@pytest.mark.parametrize(
    ("duration", "text"),
    [
        (0, "0.0s"),
        (3_490_000, "3.4s"),
        (723 * SECOND, "12m03s"),
        (3720 * SECOND, "1h02m"),
        (90_000 * SECOND, "1d01h"),
    ],
)
def test_durations(duration: int, text: str) -> None:
    assert format_duration(duration) == text


def test_a_clock_from_a_hostile_header_is_still_a_line() -> None:
    assert format_wall(2**63 - 1).startswith("2262-")
    assert format_wall(2**80) == f"{2**80 // 10**6} ms since 1970"
