"""What is not seen in the tests of the screens: the ways that lead nowhere, and say why."""

from __future__ import annotations

import pytest

from recorder.store import Store
from replay.errors import NotAllowed
from replay.scope import LocalScope
from replay.tending import keep_once
from replay.tui.app import ReplayApp
from replay.tui.messages import NextSession, PreviousSession
from replay.tui.player_screen import PlayerScreen
from replay.tui.verify_screen import VerifyScreen
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


class ListsOnly(LocalScope):
    """Somebody served who may list sessions, and look into none."""

    @property
    def served(self) -> bool:
        return True

    def opened(self, session: str) -> None:
        raise NotAllowed(f"{session}: you may not")

    verified = opened


def served(store: Store) -> ReplayApp:
    keep_once(store)
    return ReplayApp(store, scope=ListsOnly())


def test_who_may_only_list_a_session_learns_nothing_from_checking_it(making: Making) -> None:
    making.sealed(a_session()).close()

    async def body(driven: Driven) -> None:
        await driven.pilot.press("v")
        await driven.until(lambda: "you may not" in driven.text())
        assert isinstance(driven.app.screen, VerifyScreen)
        await driven.settle()
        assert "signatures" not in driven.text()

    drive(served(making.store), body, (120, 30))


@pytest.mark.parametrize(("key", "why"), [("b", "no case over SSH"), ("V", "one session is")])
def test_what_is_not_there_over_ssh_says_why(making: Making, key: str, why: str) -> None:
    making.sealed(a_session()).close()

    async def body(driven: Driven) -> None:
        await driven.pilot.press(key)
        await driven.until(lambda: why in driven.text())

    drive(served(making.store), body, (120, 30))


def test_without_a_case_it_is_said_how_one_begins(making: Making) -> None:
    async def body(driven: Driven) -> None:
        await driven.pilot.press("B")
        await driven.until(lambda: "gatereel case new" in driven.text())

    drive(player_of(making.sealed(a_session())), body, (120, 30))
