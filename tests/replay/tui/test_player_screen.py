from __future__ import annotations

import pytest

from replay.tui.stage import Stage
from tests.recorder.recordings import Making, on_terminal
from tests.replay.tui.driving import SECOND, Driven, a_session, drive, player_of


def test_it_opens_on_the_first_frame_and_says_where_it_is(making: Making) -> None:
    async def body(driven: Driven) -> None:
        assert driven.rows()[0].rstrip(" │") == "line 0"
        assert driven.status() == (
            "‖  2026-09-21 14:13:22.000Z  +00:00:01  f0/15  e5  sealed 1/1  1×  idle≤2s"
        )

    drive(player_of(making.sealed(a_session())), body)


@pytest.mark.parametrize("size", [(20, 5), (10, 3), (40, 12), (80, 24), (200, 60)])
def test_any_size_of_terminal(making: Making, size: tuple[int, int]) -> None:
    async def body(driven: Driven) -> None:
        status = await driven.press("full_stop", "5", "j", "l", "w")
        assert status.startswith("‖")
        assert len(driven.rows()) == size[1]
        assert driven.rows()[-1].startswith("‖")
        await driven.pilot.press("question_mark", "escape", "t", "escape")

    drive(player_of(making.sealed(a_session())), body, size=size)


def test_recorded_markup_and_titles_do_nothing(making: Making) -> None:
    hostile = (
        "[@click=app.quit]here[/] [red]x[/] \x1b]0;[@click=app.quit]t[/]\x07\x1b]52;c;aGk=\x07"
    )
    recording = making.sealed(on_terminal([(SECOND, hostile.encode())]))
    app = player_of(recording)

    async def body(driven: Driven) -> None:
        assert "[@click=app.quit]here[/] [red]x[/]" in driven.text()
        await driven.pilot.click(Stage, offset=(19, 0))
        await driven.pilot.pause()
        assert driven.app.is_running
        assert driven.app.clipboard == ""

    drive(app, body)
    assert app.return_value is None
