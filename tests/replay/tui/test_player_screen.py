from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from recorder.reader import Recording
from replay.tui.app import ReplayApp
from replay.tui.case_screen import CaseScreen
from replay.tui.player_writes import CasePlace
from replay.tui.stage import Stage
from tests.recorder.recordings import Making, on_terminal
from tests.replay.tui.driving import SECOND, Driven, a_session, drive, player_of
from tests.replay.tui.snapshots import FROZEN, SIZES, Size, check, samples, the


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


def test_the_case_is_one_key_away_and_back(making: Making, tmp_path: Path) -> None:
    async def body(driven: Driven) -> None:
        await driven.pilot.press("B")
        await driven.until(lambda: isinstance(driven.app.screen, CaseScreen))
        await driven.pilot.press("escape")
        await driven.until(lambda: not isinstance(driven.app.screen, CaseScreen))
        assert "f0/15" in driven.status()

    case = CasePlace(tmp_path / "night.case", "alice")
    drive(player_of(making.sealed(a_session()), case=case), body)


PICTURES = {
    "player-commands": "3 right_parenthesis tab",
    "player-inspector": "1 4 full_stop x full_stop full_stop",
    "player-search": "slash s h o p enter n n n",
    "player-events": "4 tab right pageup",
}
"""What is pressed on the recording of vim."""


@pytest.mark.screens
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", PICTURES)
def test_what_the_player_looks_like(tmp_path: Path, name: str, size: Size) -> None:
    def app() -> ReplayApp:
        store = samples(tmp_path)
        return ReplayApp(recording=partial(Recording, store, the(store, "vim")), clock=FROZEN)

    check(name, size, app, PICTURES[name])
