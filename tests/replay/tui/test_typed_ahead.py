from __future__ import annotations

import pytest

from replay.tui.library_screen import LibraryScreen
from replay.tui.player_screen import PlayerScreen
from replay.tui.results_screen import ResultsScreen
from replay.tui.typed_ahead import TypedAhead
from tests.recorder.recordings import Making
from tests.replay.tui.driving import Driven, a_session, drive, library_of, player_of

NAMES = {"\r": "enter", "\t": "tab", "\x1b": "escape"}


def at_once(driven: Driven, text: str) -> None:
    """All of it in one packet."""
    driven.packet(*(NAMES.get(char, char) for char in text))


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("...", "f3/15"),
        ("t0:03\r", "f2/15"),
        ("t50%\r.", "f10/15"),
        (":go 50%\r.", "f10/15"),
        ("/burst\r", "f10/15"),
        ("/burst\x1b.", "f1/15"),
        ("?\x1b..", "f2/15"),
        ("t\x1b..", "f2/15"),
    ],
)
def test_a_packet_of_keys_does_what_they_do_one_by_one(
    making: Making, text: str, place: str
) -> None:
    async def body(driven: Driven) -> None:
        at_once(driven, text)
        await driven.until(lambda: place in driven.status())

    drive(player_of(making.sealed(a_session())), body)


def test_from_the_library_to_a_hit_in_one_packet(making: Making) -> None:
    making.sealed(a_session()).close()

    async def body(driven: Driven) -> None:
        at_once(driven, "/line\r")
        await driven.until(lambda: isinstance(driven.app.screen, ResultsScreen))
        await driven.until(lambda: "10 hits" in driven.text())
        at_once(driven, "\r")
        await driven.until(lambda: isinstance(driven.app.screen, PlayerScreen))
        at_once(driven, "qqq")
        await driven.until(lambda: isinstance(driven.app.screen, LibraryScreen))
        assert driven.app.is_running  # two to the library, the third takes the query back

    drive(library_of(making), body)


def test_a_key_that_nobody_ends_holds_up_no_others(
    making: Making, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A widget that goes away may take what it was told with it."""
    monkeypatch.setattr(TypedAhead, "_climb", lambda *_: None)

    async def body(driven: Driven) -> None:
        driven.app.patience = 0.01
        at_once(driven, "..")
        await driven.until(lambda: "f2/15" in driven.status())

    drive(player_of(making.sealed(a_session())), body)
