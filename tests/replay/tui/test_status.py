from __future__ import annotations

from dataclasses import replace

import pytest

from replay.tui.status import Position, format_speed, line

POSITION = Position(
    playing="►",
    wall_ns=1_795_355_468_482_000_000,
    time=723_000_000,
    duration=3_600_000_000,
    frame=977,
    frames=2210,
    event=1842,
    sealed=(41, 41),
    speed=4,
    idle="idle≤2s",
    absolute=True,
    health="",
)


@pytest.mark.parametrize(
    ("width", "text"),
    [
        (
            200,
            "►  2026-11-22 14:03:11.482Z  +00:12:03  f977/2210  e1842  sealed 41/41  1×  idle≤2s",
        ),
        (80, "►  2026-11-22 14:03:11.482Z  +00:12:03  f977/2210  e1842  sealed 41/41  1×"),
        (62, "►  2026-11-22 14:03:11.482Z  +00:12:03  f977/2210  e1842  1×"),
        (59, "►  2026-11-22 14:03:11.482Z  +00:12:03  f977/2210  e1842"),
        (50, "►  2026-11-22 14:03:11.482Z  +00:12:03  f977/2210"),
        (30, "►  +00:12:03  f977/2210"),
        (10, "►  +00:12:"),
        (1, "►"),
    ],
)
def test_a_narrow_line_leaves_out_the_least_needed(width: int, text: str) -> None:
    assert line(POSITION, width).plain == text


def test_the_clock_can_be_the_sessions_own() -> None:
    relative = replace(POSITION, absolute=False)
    assert line(relative, 200).plain == (
        "►  +00:12:03.000  of 01:00:00  f977/2210  e1842  sealed 41/41  1×  idle≤2s"
    )


def test_what_is_not_sealed_or_not_whole_is_said() -> None:
    careful = replace(POSITION, sealed=(3, 5), health="interrupted", frame=-1)
    text = line(careful, 200)
    assert "f–/2210" in text.plain
    assert "sealed 3/5" in text.plain
    assert text.plain.endswith("interrupted")


@pytest.mark.parametrize(
    ("quarters", "text"), [(1, "0.25×"), (2, "0.5×"), (4, "1×"), (8, "2×"), (256, "64×")]
)
def test_speeds(quarters: int, text: str) -> None:
    assert format_speed(quarters) == text
