from __future__ import annotations

import pytest

from recorder.events import Decided, Event, Marker, Refused, Requested
from tests.recorder.recordings import Making, StandingClock, on_terminal
from tests.replay.tui.driving import SECOND, Driven, a_session, drive, player_of

GOING = [
    ("full_stop", "+00:00:02  f1/15"),
    ("full_stop full_stop comma", "+00:00:02  f1/15"),
    ("comma comma", "+00:00:00  f–/15"),
    ("3 full_stop", "+00:00:04  f3/15"),
    ("1 2 full_stop 2 comma", "+00:01:11  f10/15"),
    ("G less_than_sign", "+00:01:11  f13/15"),
    ("1 1 full_stop greater_than_sign", "+00:01:11  f13/15"),
    ("g", "+00:00:00  f–/15"),
    ("G", "+00:01:20  f14/15"),
    ("home", "+00:00:00  f–/15"),
    ("end", "+00:01:20  f14/15"),
    ("1", "+00:00:08  "),
    ("2", "+00:00:16  "),
    ("3", "+00:00:24  "),
    ("4", "+00:00:32  "),
    ("5", "+00:00:40  f9/15"),
    ("6", "+00:00:48  "),
    ("7", "+00:00:56  "),
    ("8", "+00:01:04  "),
    ("9", "+00:01:12  "),
    ("0", "+00:00:00  f–/15"),
    ("right", "+00:00:06  f5/15"),
    ("right right left", "+00:00:06  f5/15"),
    ("ctrl+right", "+00:01:01  f9/15"),
    ("ctrl+right ctrl+left", "+00:00:01  f0/15"),
    ("shift+right", "+00:00:09  f8/15"),
    ("shift+right shift+left", "+00:00:01  f0/15"),
    ("t 0 colon 0 3 enter", "+00:00:03  f2/15"),
    ("t 5 0 % enter", "+00:00:40  f9/15"),
    ("t # f 1 2 enter", "+00:01:11  f12/15"),
    ("t # e 9 enter", "+00:00:05  f4/15"),
    ("t - 1 0 s enter", "+00:01:10  f9/15"),
    ("t escape full_stop", "+00:00:02  f1/15"),
]
"""Keys, each row from frame 0, and what the status line says then."""

HOW = [
    ("right_curly_bracket", "  2×  "),
    ("left_curly_bracket left_curly_bracket", "  0.25×  "),
    ("right_curly_bracket right_curly_bracket backspace", "  1×  "),
    ("z", "  idle log"),
    ("z z", "  idle off"),
    ("a", "‖  +00:00:01.000  of 00:01:20  f0/15"),
    ("a a", "‖  2026-09-21 14:13:22.000Z"),
]


def test_keys_that_go_somewhere(making: Making) -> None:
    async def body(driven: Driven) -> None:
        for keys, place in GOING:
            assert "f0/15" in await driven.hit(*("g", "full_stop"))
            assert place in await driven.hit(*keys.split()), keys

    drive(player_of(making.sealed(a_session())), body)


@pytest.mark.parametrize(("keys", "words"), HOW)
def test_keys_that_change_how_it_is_played(making: Making, keys: str, words: str) -> None:
    async def body(driven: Driven) -> None:
        assert words in await driven.press(*keys.split())

    drive(player_of(making.sealed(a_session())), body)


def test_playing_follows_the_clock_and_skips_the_idle_minute(making: Making) -> None:
    clock = StandingClock()

    async def body(driven: Driven) -> None:
        assert "►" in await driven.press("space")
        clock.ns += 3_000_000_000
        await driven.until(lambda: "+00:00:04  f3/15" in driven.status())
        assert "line 3" in driven.text()
        clock.ns += 8_500_000_000  # six lines more, then two seconds of the idle
        await driven.until(lambda: "f9/15" not in driven.status() and "f13" in driven.status())
        assert "burst 3" in driven.text()
        clock.ns += 60_000_000_000
        await driven.until(lambda: "+00:01:20  f14/15" in driven.status())
        await driven.until(lambda: driven.status().startswith("‖"))

    drive(player_of(making.sealed(a_session()), clock=clock), body)


def test_pausing_stands_still(making: Making) -> None:
    clock = StandingClock()

    async def body(driven: Driven) -> None:
        await driven.press("space")
        clock.ns += 1_500_000_000
        await driven.until(lambda: "f1/15" in driven.status())
        await driven.press("space")
        clock.ns += 60_000_000_000
        await driven.pilot.pause(0.1)
        assert "‖" in driven.status()
        assert "f1/15" in driven.status()

    drive(player_of(making.sealed(a_session()), clock=clock), body)


def with_commands() -> list[Event]:
    """Three commands, a verdict of each colour, a marker."""
    output = on_terminal([(n * SECOND, b"line %d\r\n" % n) for n in range(1, 10)])
    more: list[Event] = [
        Requested(2 * SECOND, 1, "exec", b"uptime"),
        Decided(2 * SECOND, 0, 1, "allow", ["rule 3"], ""),
        Requested(4 * SECOND, 1, "exec", b"rm -rf /srv"),
        Decided(4 * SECOND, 0, 2, "deny", [], "no rule allows it"),
        Refused(6 * SECOND, 1, "x11", b"", "GR-204"),
        Requested(7 * SECOND, 1, "exec", b"id"),
        Marker(8 * SECOND, 0, "handed over"),
    ]
    return sorted(output + more, key=lambda event: event.at)


UNITS = [
    ("right_parenthesis", "+00:00:02  f1/9  e7"),
    ("right_parenthesis right_parenthesis", "+00:00:04  f3/9  e11"),
    ("3 right_parenthesis", "+00:00:07  f6/9  e17"),
    ("3 right_parenthesis left_parenthesis", "+00:00:04  f3/9  e11"),
    ("G 9 left_parenthesis", "+00:00:02"),
    ("right_square_bracket", "+00:00:02"),
    ("2 right_square_bracket", "+00:00:04"),
    ("9 right_square_bracket left_square_bracket", "+00:00:06"),
]


def test_commands_and_markers_are_units_both_ways_with_counts(making: Making) -> None:
    async def body(driven: Driven) -> None:
        for keys, place in UNITS:
            assert "f0/9" in await driven.hit("g", "full_stop")
            assert place in await driven.hit(*keys.split()), keys
        await driven.press("G")
        assert await driven.press("right_parenthesis") == "no command after this"
        assert await driven.press("right_square_bracket") == "no marker after this"
        assert "+00:00:08  f7/9" in await driven.press("left_square_bracket")

    drive(player_of(making.sealed(with_commands())), body)


def test_where_there_is_no_command_it_says_so(making: Making) -> None:
    async def body(driven: Driven) -> None:
        assert await driven.press("right_parenthesis") == "there is no command"
        assert "f1/15" in await driven.press("full_stop")

    drive(player_of(making.sealed(a_session())), body)
