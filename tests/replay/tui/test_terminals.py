from __future__ import annotations

import asyncio

from textual.app import App, ComposeResult

from replay.tui.messages import TerminalSought
from replay.tui.terminals import Terminals


class Bare(App[None]):
    """Nothing but the switcher."""

    CSS = "Terminals { height: 1; width: 100%; }"

    def __init__(self) -> None:
        super().__init__()
        self.sought: list[int | None] = []

    def compose(self) -> ComposeResult:
        yield Terminals()

    def on_terminal_sought(self, message: TerminalSought) -> None:
        self.sought.append(message.channel)


def test_what_can_be_chosen_is_said_and_chosen() -> None:
    async def whole() -> None:
        app = Bare()
        async with app.run_test(size=(40, 3)) as pilot:
            terminals = app.query_one(Terminals)
            terminals.show([1], None, 1)
            await pilot.pause()
            assert not terminals.display
            terminals.show([1, 7], 7, 1)
            await pilot.pause()
            strip = app.screen._compositor.render_strips()[0]
            assert strip.text.rstrip() == " auto ●terminal 1  terminal 7"
            for column in (0, 7, 25, 39):
                await pilot.click(Terminals, offset=(column, 0))
            assert app.sought == [None, 1, 7]
            assert [terminals.next(way) for way in (1, -1, 2)] == [None, 1, 1]
            terminals.show([1, 7], 9, 1)  # a terminal that is not there any more
            assert terminals.next(1) == 1

    asyncio.run(whole())
