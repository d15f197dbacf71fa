from __future__ import annotations

import asyncio

import pytest
from textual.app import App

from recorder.moments import AtFrame, AtTime, Span, Target
from replay.tui.dialogs import GoTo, Help
from replay.tui.keys import PLAYER
from replay.tui.library_keys import LIBRARY, RESULTS
from tests.recorder.recordings import Making
from tests.replay.tui.driving import SECOND, Driven, a_session, drive, player_of

SPAN = Span(duration=60 * SECOND, wall_ns=0, frames=10, events=20)


@pytest.mark.parametrize(
    ("keys", "target"),
    [
        ("0 colon 3 0 enter", AtTime(30 * SECOND)),
        ("# f 9 enter", AtFrame(9)),
        ("# f 1 0 enter backspace backspace 8 enter", AtFrame(8)),
        ("escape", None),
        ("5 escape", None),
    ],
)
def test_a_moment_is_asked_for_until_there_is_one(keys: str, target: Target | None) -> None:
    answers: list[Target | None] = []

    async def whole() -> None:
        app: App[None] = App()
        async with app.run_test() as pilot:
            app.push_screen(GoTo(SPAN), answers.append)
            await pilot.pause()
            await pilot.press(*keys.split())
            await pilot.pause()

    asyncio.run(whole())
    assert answers == [target]


def test_help_has_a_line_for_every_key_but_one_for_the_digits() -> None:
    for groups in (PLAYER, LIBRARY, RESULTS):
        text = Help(groups)._text().plain
        for group in groups:
            assert group.title in text
            for binding in group.bindings:
                assert binding.description in text or (binding.key_display or "").isdigit()
    assert "0 – 9" in Help(PLAYER)._text().plain


def test_going_nowhere_is_said_in_the_dialog(making: Making) -> None:
    async def body(driven: Driven) -> None:
        await driven.pilot.press(*"t n e v e r enter".split())
        await driven.pilot.pause()
        assert "'never' is not a moment; say 12:03" in driven.text()
        await driven.pilot.press("escape")
        assert "f0/15" in driven.status()

    drive(player_of(making.sealed(a_session())), body)


@pytest.mark.parametrize("key", ["question_mark", "f1"])
def test_help_lists_every_key_and_goes_away(making: Making, key: str) -> None:
    async def body(driven: Driven) -> None:
        await driven.pilot.press(key)
        await driven.pilot.pause()
        text = driven.text()
        for words in ("Previous frame", "Next stable screen", "Copy the screen's text", "0 – 9"):
            assert words in text
        await driven.press("escape")
        assert "line 0" in driven.text()

    drive(player_of(making.sealed(a_session())), body, size=(90, 60))
