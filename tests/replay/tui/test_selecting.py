"""Selecting on a stage: by keys from the cursor and by dragging, told with its text."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from textual.app import App, ComposeResult
from textual.pilot import Pilot

from recorder.screen import Screen
from replay.tui.stage import Stage

LINES = b"alpha beta\r\ngamma [@click=app.quit]x[/]\r\n\xe6\xbc\xa2\xe5\xad\x97 wide"


class Listening(App[None]):
    """A stage, and who hears what it tells."""

    CSS = "Stage { width: 100%; height: 100%; }"

    def __init__(self) -> None:
        super().__init__()
        self.stage = Stage()
        self.begun = 0
        self.selected: list[str] = []

    def compose(self) -> ComposeResult:
        yield self.stage

    def on_selecting_begun(self) -> None:
        self.begun += 1

    def on_selecting_selected(self, message: Stage.Selected) -> None:
        self.selected.append(message.text)


def on_stage(
    body: Callable[[Listening, Pilot[None]], Awaitable[None]], cursor: bytes = b"\x1b[H"
) -> Listening:
    screen = Screen(40, 5)
    screen.feed(LINES + cursor)
    app = Listening()

    async def whole() -> None:
        async with app.run_test(size=(50, 10)) as pilot:
            app.stage.show(screen.frame())
            await pilot.pause()
            await body(app, pilot)
            await pilot.pause()

    asyncio.run(whole())
    return app


def test_keys_select_from_the_cursor_and_tell_the_text() -> None:
    async def body(app: Listening, pilot: Pilot[None]) -> None:
        app.stage.begin_selection()
        await pilot.press("right", "right", "right", "right", "enter")

    app = on_stage(body)
    assert (app.begun, app.selected) == (1, ["alpha"])
    assert app.stage.selection is None
    assert not app.stage.can_focus


def test_a_selection_goes_on_over_lines_and_text_is_no_markup() -> None:
    async def body(app: Listening, pilot: Pilot[None]) -> None:
        app.stage.begin_selection()
        await pilot.press("down", "end", "enter")

    app = on_stage(body)
    assert app.selected == ["alpha beta\ngamma [@click=app.quit]x[/]"]


def test_a_block_takes_its_columns_and_a_wide_character_whole() -> None:
    async def body(app: Listening, pilot: Pilot[None]) -> None:
        app.stage.begin_selection()
        app.stage.action_select_shape()
        for _ in range(2):
            app.stage.action_select_move(0, 1)
        app.stage.action_select_move(1, 0)
        app.stage.action_select_copy()

    assert on_stage(body).selected == ["al\nga\n漢"]


def test_it_stays_on_the_screen_and_is_dropped_by_escape() -> None:
    async def body(app: Listening, pilot: Pilot[None]) -> None:
        app.stage.begin_selection()
        app.stage.action_select_move(-9, -9)
        assert app.stage.selection is not None
        assert app.stage.selection.head == (0, 0)
        await pilot.press("escape")

    app = on_stage(body)
    assert app.stage.selection is None
    assert app.selected == []


def test_dragging_selects_and_a_click_does_not() -> None:
    async def body(app: Listening, pilot: Pilot[None]) -> None:
        await pilot.click(app.stage, offset=(2, 0))
        assert app.selected == []
        await pilot.mouse_down(app.stage, offset=(6, 0))
        await pilot.hover(app.stage, offset=(9, 0))
        await pilot.mouse_up(app.stage, offset=(9, 0))

    app = on_stage(body)
    assert (app.begun, app.selected) == (1, ["beta"])


def test_other_keys_for_the_rows_end_and_for_a_block() -> None:
    async def body(app: Listening, pilot: Pilot[None]) -> None:
        app.stage.begin_selection()
        await pilot.press("dollar_sign")
        assert app.stage.selection is not None
        assert app.stage.selection.head.x == 39
        await pilot.press("ctrl+v")
        assert app.stage.selection.block

    on_stage(body)
