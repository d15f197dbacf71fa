from __future__ import annotations

import pytest
from rich.text import Text

from replay.scope import LocalScope
from replay.tui.keys import PLAYER_BINDINGS
from replay.tui.library_keys import LIBRARY_BINDINGS
from replay.tui.library_screen import LibraryScreen
from replay.tui.player_screen import PlayerScreen
from tests.recorder.recordings import Making
from tests.replay.tui.driving import Driven, a_session, drive, library_of, player_of


def test_the_palette_has_every_command(making: Making) -> None:
    async def body(driven: Driven) -> None:
        screen = driven.app.screen
        titles = {command.title for command in driven.app.get_system_commands(screen)}
        assert {binding.description for binding in PLAYER_BINDINGS} <= titles
        assert {"To the end", "Theme", "Quit"} <= titles
        await driven.pilot.press("ctrl+p", *"to the end", "enter")
        await driven.until(lambda: isinstance(driven.app.screen, PlayerScreen))
        await driven.until(lambda: "f14/15" in driven.status())

    drive(player_of(making.sealed(a_session())), body)


def test_leaving_ends_an_app_that_has_no_library(making: Making) -> None:
    app = player_of(making.sealed(a_session()))

    async def body(driven: Driven) -> None:
        await driven.pilot.press("q")
        await driven.pilot.pause()

    drive(app, body)
    assert app.return_code == 0


def test_from_the_library_to_a_session_and_back_and_out(making: Making) -> None:
    making.sealed(a_session()).close()
    app = library_of(making)

    async def body(driven: Driven) -> None:
        commands = {command.title for command in app.get_system_commands(app.screen)}
        assert {binding.description for binding in LIBRARY_BINDINGS} <= commands
        for _ in range(2):
            await driven.pilot.press("enter")
            await driven.until(lambda: isinstance(app.screen, PlayerScreen))
            await driven.settle()
            await driven.pilot.press("escape")
            await driven.until(lambda: isinstance(app.screen, LibraryScreen))
        await driven.pilot.press("q")
        await driven.pilot.pause()

    drive(app, body)
    assert app.return_code == 0


def test_a_key_can_be_moved(making: Making) -> None:
    async def body(driven: Driven) -> None:
        driven.app.set_keymap({"player.next-frame": "ctrl+n"})
        assert "f1/15" in await driven.press("ctrl+n")
        assert "f1/15" in await driven.press("full_stop")

    drive(player_of(making.sealed(a_session())), body)


def working(driven: Driven) -> list[str]:
    return [worker.name for worker in driven.app.workers if worker.is_running]


def test_a_recording_is_let_go_when_its_screen_is_left(making: Making) -> None:
    making.sealed(a_session()).close()
    app = library_of(making)

    async def body(driven: Driven) -> None:
        await driven.pilot.press("enter")
        await driven.until(lambda: isinstance(app.screen, PlayerScreen))
        await driven.settle()
        assert "projector" in {worker.name for worker in app.workers if worker.is_running}
        await driven.pilot.press("q")
        await driven.until(lambda: working(driven) == ["catalog"])

    drive(app, body)


def test_a_fault_shows_nothing_of_our_insides_to_whoever_is_served(
    making: Making, capsys: pytest.CaptureFixture[str]
) -> None:
    class Served(LocalScope):
        @property
        def served(self) -> bool:
            return True

    for scope, shown in ((LocalScope(), True), (Served(), False)):
        app = player_of(making.sealed(a_session()))
        app._scope = scope
        app._exception = RuntimeError("a fault")
        app._exit_renderables = [Text("secret = 'of ours'")]
        app._print_error_renderables()
        said = capsys.readouterr().err
        assert ("of ours" in said) is shown
        assert ("GR-343" in said) is not shown
