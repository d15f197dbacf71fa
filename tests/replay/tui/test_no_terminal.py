from __future__ import annotations

from recorder.events import ChannelOpened, Event, Exit, Output, Requested
from tests.recorder.recordings import Making
from tests.replay.tui.driving import SECOND, Driven, drive, player_of

EVENTS: list[Event] = [
    ChannelOpened(0, 1, "session", "client"),
    Requested(SECOND, 1, "exec", b"cat /etc/hosts"),
    Output(2 * SECOND, 1, b"127.0.0.1 localhost\n"),
    Exit(3 * SECOND, 1, 0),
]


def test_a_session_without_a_terminal_has_every_pane(making: Making) -> None:
    async def body(driven: Driven) -> None:
        await driven.press("G")
        assert "127.0.0.1 localhost" in driven.text()
        assert "cat /etc/hosts" in driven.rows()[1].split("│")[-1]
        await driven.press("g", "right_parenthesis", "x")
        await driven.until(lambda: "command" in driven.text() and "exec" in driven.text())
        await driven.press("x", "slash", *"localhost", "enter")
        await driven.until(lambda: "hits 1" in driven.rows()[0])

    drive(player_of(making.sealed(EVENTS)), body, size=(140, 30))


def test_a_session_in_which_nothing_was_shown_is_one_screen(making: Making) -> None:
    async def body(driven: Driven) -> None:
        for key in ("full_stop", "G", "x", "tab", "n", "m", "asterisk", "y", "u", "space"):
            await driven.press(key)
        assert driven.app.is_running

    drive(player_of(making.sealed([])), body)
