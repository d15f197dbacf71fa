from __future__ import annotations

import pytest

from recorder.events import Marker, Output
from replay.tui import scrubber
from replay.tui.scrubber import HATCH, PLACE, Scrubber
from tests.recorder.recordings import Making, on_terminal
from tests.replay.tui.driving import SECOND, Driven, a_session, drive, player_of


def rows_of(driven: Driven) -> tuple[str, str]:
    top = driven.app.screen.query_one(Scrubber).region.y
    rows = driven.rows()
    return rows[top].ljust(80), rows[top + 1].ljust(80)


def test_it_shows_output_idle_marks_and_the_place(making: Making) -> None:
    async def body(driven: Driven) -> None:
        heat, marks = rows_of(driven)
        # 80 s in 80 columns: ten lines, a minute of nothing, a resize, a burst, a last line.
        assert all(glyph in "▁▂▃▄▅▆▇" for glyph in heat[1:10])
        assert heat[12:69] == HATCH * 57
        assert "█" in heat[70:72]
        assert heat[79] != " "
        assert PLACE in marks[:2]
        assert "↔" in marks[69:71]
        assert marks[40] == " "

    drive(player_of(making.sealed(a_session())), body)


def test_markers_and_typing_are_marked(making: Making) -> None:
    events = [
        *on_terminal([(SECOND, b"x")]),
        Marker(40 * SECOND, 0, "here"),
        Output(79 * SECOND, 1, b"y"),
    ]

    async def body(driven: Driven) -> None:
        assert "◆" in rows_of(driven)[1][39:42]

    drive(player_of(making.sealed(events)), body)


def test_of_the_places_dragged_over_the_newest_is_gone_to(
    making: Making, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scrubber, "REST", 3600.0)  # none of it ends by itself

    async def body(driven: Driven) -> None:
        pilot = driven.pilot
        await pilot.mouse_down(Scrubber, offset=(20, 1))
        await driven.settle()
        assert "+00:00:20  f9/15" in driven.status()
        for column in (30, 50, 72, 3):
            await pilot.hover(Scrubber, offset=(column, 0))
        assert driven.app.screen.query_one(Scrubber).behind
        assert "+00:00:20  f9/15" in driven.status()
        await pilot.mouse_up(Scrubber, offset=(3, 0))
        await driven.settle()
        assert "+00:00:03  f2/15" in driven.status()
        # The next drag begins at once.
        await pilot.mouse_down(Scrubber, offset=(79, 0))
        await driven.settle()
        assert "+00:01:20  f14/15" in driven.status()

    drive(player_of(making.sealed(a_session())), body)


def test_a_click_goes_there_and_a_drag_scrubs(making: Making) -> None:
    async def body(driven: Driven) -> None:
        pilot = driven.pilot
        await pilot.click(Scrubber, offset=(5, 0))
        await driven.settle()
        assert "+00:00:05  f4/15" in driven.status()
        await pilot.mouse_down(Scrubber, offset=(20, 1))
        await driven.settle()
        assert "+00:00:20  f9/15" in driven.status()
        for column in (30, 50, 72, 3):
            await pilot.hover(Scrubber, offset=(column, 0))
        await driven.settle()
        assert "+00:00:03  f2/15" in driven.status()
        await pilot.hover(Scrubber, offset=(79, -5))  # the mouse is captured: outside counts too
        await driven.settle()
        assert "+00:01:20  f14/15" in driven.status()
        await pilot.mouse_up(Scrubber, offset=(79, 0))
        await pilot.hover(Scrubber, offset=(10, 0))
        await driven.settle()
        assert "+00:01:20  f14/15" in driven.status()

    drive(player_of(making.sealed(a_session())), body)


def test_the_time_under_the_mouse_is_told_and_taken_back(making: Making) -> None:
    async def body(driven: Driven) -> None:
        await driven.pilot.hover(Scrubber, offset=(40, 0))
        await driven.pilot.pause()
        assert "2026-09-21 14:14:01" in rows_of(driven)[1]
        await driven.press("a")
        assert "+00:00:40" in rows_of(driven)[1]
        await driven.pilot.hover(offset=(1, 1))
        await driven.pilot.pause()
        assert "+00:00:40" not in rows_of(driven)[1]

    drive(player_of(making.sealed(a_session())), body)


def test_a_recording_without_output_or_time_has_a_scrubber_too(making: Making) -> None:
    async def body(driven: Driven) -> None:
        await driven.press("5", "full_stop", "G")
        await driven.pilot.click(Scrubber, offset=(5, 0))
        await driven.settle()
        assert "f–/0" in driven.status()

    drive(player_of(making.sealed([])), body)
