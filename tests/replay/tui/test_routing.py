"""What is not seen in the tests of the screens: the ways that lead nowhere."""

from __future__ import annotations

from replay.tui.messages import NextSession, PreviousSession
from replay.tui.player_screen import PlayerScreen
from tests.recorder.recordings import Making
from tests.replay.tui.driving import Driven, a_session, drive, library_of, player_of


def test_without_results_there_is_no_other_session_to_go_on_in(making: Making) -> None:
    making.sealed(a_session()).close()

    async def body(driven: Driven) -> None:
        await driven.pilot.press("enter")
        await driven.until(lambda: isinstance(driven.app.screen, PlayerScreen))
        await driven.settle()
        player = driven.app.screen
        for message in (NextSession(), PreviousSession()):
            player.post_message(message)
            await driven.until(lambda: "no more hits in this session" in driven.status())
            assert driven.app.screen is player

    drive(library_of(making), body)


def test_nor_without_a_library(making: Making) -> None:
    async def body(driven: Driven) -> None:
        driven.app.screen.post_message(NextSession())
        await driven.until(lambda: "no more hits in this session" in driven.status())

    drive(player_of(making.sealed(a_session())), body)
