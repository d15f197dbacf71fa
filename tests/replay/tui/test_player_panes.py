from __future__ import annotations

import pytest

from recorder.events import Event, Marker, Requested
from replay.tui.inspector import Inspector
from replay.tui.list_pane import ListPane
from replay.tui.player_screen import PlayerScreen
from replay.tui.stage import Stage
from tests.recorder.recordings import Making, on_terminal
from tests.replay.tui.driving import SECOND, Driven, a_session, drive, player_of


def with_commands() -> list[Event]:
    output = on_terminal([(n * SECOND, b"\x1b[1mline %d\x1b[m\r\n" % n) for n in range(1, 10)])
    more: list[Event] = [
        Requested(2 * SECOND + 1, 1, "exec", b"uptime"),
        Requested(5 * SECOND + 1, 1, "exec", b"rm -rf [@click=app.quit]/srv[/]"),
        Marker(8 * SECOND, 0, "handed over"),
    ]
    return sorted(output + more, key=lambda event: event.at)


def pane_of(driven: Driven) -> ListPane:
    return driven.app.screen.query_one(ListPane)


def focused(driven: Driven) -> object:
    return driven.app.focused


def shown(driven: Driven) -> tuple[bool, ...]:
    """Whether stage, list and inspector can be seen."""
    screen = driven.app.screen
    return (
        screen.query_one(Stage).size.height > 0 and screen.query_one("#showing").display,
        screen.query_one(ListPane).display,
        screen.query_one(Inspector).display and screen.query_one("#showing").display,
    )


def test_a_wide_terminal_has_the_list_beside_the_stage(making: Making) -> None:
    async def body(driven: Driven) -> None:
        assert shown(driven) == (True, True, False)
        assert "commands 2  events 18" in driven.rows()[0]
        assert "c0 uptime" in driven.rows()[1]

    drive(player_of(making.sealed(with_commands())), body, size=(140, 40))


def test_the_list_follows_the_position_and_enter_jumps(making: Making) -> None:
    async def body(driven: Driven) -> None:
        await driven.press("G")
        assert "› " in driven.rows()[2]
        assert "rm -rf [@click=app.quit]" in driven.rows()[2]
        await driven.press("g", "full_stop", "tab", "down")
        status = await driven.press("enter")
        assert "+00:00:05" in status
        assert "▸ " in driven.rows()[2]
        assert "+00:00:02" in await driven.press("up", "enter")
        assert driven.app.is_running

    drive(player_of(making.sealed(with_commands())), body, size=(140, 40))


def test_events_are_read_as_they_come_into_view(making: Making) -> None:
    pieces = [(SECOND + n * 1000, b"%d\r\n" % n) for n in range(5000)]

    async def body(driven: Driven) -> None:
        await driven.press("tab", "right")
        await driven.until(lambda: "e104 99␍␊" in driven.text())
        await driven.press("end")
        await driven.until(lambda: "e5004 4999" in driven.text())
        status = await driven.press("pageup", "enter")
        assert f"e{5005 - pane_of(driven).rows.body + 1}" in status

    drive(player_of(making.sealed(on_terminal(pieces))), body, size=(140, 40))


def test_a_filter_leaves_the_rows_that_have_its_words(making: Making) -> None:
    async def body(driven: Driven) -> None:
        await driven.press("ampersand", "r", "m", "enter")
        assert "commands 1&" in driven.rows()[0]
        await driven.press("right", "ampersand", *"marker", "enter")
        await driven.until(lambda: "label=handed" in driven.text())
        assert "events 1&" in driven.rows()[0]
        assert "+00:00:08" in await driven.press("enter")
        await driven.press("ampersand", *["backspace"] * 6, "enter")
        await driven.until(lambda: "events 18" in driven.rows()[0])
        await driven.press("left", "ampersand", *"nowhere", "enter")
        assert "nothing has “rmnowhere”" in driven.text()

    drive(player_of(making.sealed(with_commands())), body, size=(140, 40))


def test_tab_goes_round_the_panes_and_escape_comes_back(making: Making) -> None:
    async def body(driven: Driven) -> None:
        assert shown(driven) == (True, False, False)
        await driven.press("tab")
        assert shown(driven) == (True, True, False)
        await driven.press("x")
        await driven.press("tab")
        assert shown(driven) == (True, False, True)
        assert focused(driven) is driven.app.screen.query_one(Inspector)
        await driven.press("tab")
        assert focused(driven) is None
        await driven.press("shift+tab", "shift+tab")
        assert shown(driven) == (True, True, True)
        await driven.press("escape")
        assert shown(driven) == (True, False, True)
        await driven.press("escape")
        assert shown(driven) == (True, False, False)
        await driven.pilot.press("escape")
        await driven.pilot.pause()
        assert not isinstance(driven.app.screen, PlayerScreen)

    drive(player_of(making.sealed(with_commands())), body)


def test_plus_gives_one_pane_all_the_room(making: Making) -> None:
    async def body(driven: Driven) -> None:
        await driven.press("x", "plus")
        assert shown(driven) == (True, False, False)
        await driven.press("plus", "tab", "plus")
        assert shown(driven)[1:] == (True, False)
        await driven.press("tab")
        assert shown(driven) == (False, False, True)
        await driven.press("escape", "escape")
        assert shown(driven) == (True, True, True)

    drive(player_of(making.sealed(with_commands())), body, size=(140, 40))


def test_with_the_inspector_open_steps_are_events(making: Making) -> None:
    async def body(driven: Driven) -> None:
        await driven.press("x")
        await driven.until(lambda: "#e5  output" in driven.text())
        assert "␛[1m" in driven.text()
        assert "bold" in driven.text()
        assert "e6 " in await driven.press("full_stop")
        await driven.until(lambda: "#e6  output" in driven.text())
        assert "e7 " in await driven.press("full_stop")
        await driven.until(lambda: "#e7  request" in driven.text())
        assert "e5 " in await driven.press("2", "comma")
        await driven.press("x")
        assert "f1/9" in await driven.press("full_stop")

    drive(player_of(making.sealed(with_commands())), body)


def test_what_is_hidden_on_the_screen_is_in_the_inspector(making: Making) -> None:
    recording = making.sealed(on_terminal([(SECOND, "pass\u200bword\r\n".encode())]))

    async def body(driven: Driven) -> None:
        await driven.press("x")
        await driven.until(lambda: "not to be seen on this screen" in driven.text())
        assert "“pass⟦ZWSP⟧word”" in driven.text()

    drive(player_of(recording), body, size=(100, 40))


@pytest.mark.parametrize("size", [(20, 5), (10, 3), (60, 12), (80, 24)])
def test_every_pane_fits_any_terminal(making: Making, size: tuple[int, int]) -> None:
    async def body(driven: Driven) -> None:
        for key in ("x", "tab", "plus", "tab", "plus", "tab", "tab", "right", "x", "x", "tab"):
            await driven.press(key)
            assert len(driven.rows()) == size[1]
        assert "‖" in driven.rows()[-1]

    drive(player_of(making.sealed(a_session())), body, size=size)
