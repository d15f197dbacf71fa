from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.widgets import Button

from replay.query import Query, QueryError
from replay.tui.query_bar import QueryBar, read, safe
from tests.recorder.recordings import StandingClock

NAMES = {"principal": ["alice", "albert", "bob"], "target": ["web 1", "db1"]}


class Shell(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.changed: list[Query | None] = []
        self.submitted: list[str] = []
        self.left = 0

    def compose(self) -> ComposeResult:
        yield QueryBar(StandingClock(), lambda field: NAMES.get(field, []))
        yield Button("next")

    def on_query_bar_changed(self, message: QueryBar.Changed) -> None:
        self.changed.append(message.query)

    def on_query_bar_submitted(self, message: QueryBar.Submitted) -> None:
        self.submitted.append(message.query.text)

    def on_query_bar_left(self) -> None:
        self.left += 1


def shell(body: Callable[[Shell, QueryBar, Pilot[None]], Awaitable[None]]) -> Shell:
    app = Shell()

    async def whole() -> None:
        async with app.run_test(size=(100, 14)) as pilot:
            bar = app.query_one(QueryBar)
            bar.line.focus()
            await body(app, bar, pilot)
            await pilot.pause()

    asyncio.run(whole())
    return app


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ("w h o : a tab", "who:alice "),
        ("w h o : a down down tab", "who:albert "),
        ("w h o : a down down up enter", "who:alice "),
        ("w h tab", "who:"),
        ("w h tab b tab", "who:bob "),
        ("t a r g e t : w tab", 'target:"web 1" '),
        ("b o b tab", "who:bob "),
    ],
)
def test_completion_by_keys(keys: str, text: str) -> None:
    async def body(app: Shell, bar: QueryBar, pilot: Pilot[None]) -> None:
        for key in keys.split():
            await pilot.press(key)
            await pilot.pause()
        assert bar.text == text
        assert bar.line.cursor_position == len(text)
        assert app.submitted == []

    shell(body)


def test_completion_by_mouse() -> None:
    async def body(app: Shell, bar: QueryBar, pilot: Pilot[None]) -> None:
        await pilot.press(*"who:a")
        await pilot.pause()
        await pilot.click(bar.suggestions, offset=(4, 1))
        assert bar.text == "who:albert "
        assert bar.line.has_focus

    shell(body)


def test_enter_submits_what_is_written_and_escape_closes_then_leaves() -> None:
    async def body(app: Shell, bar: QueryBar, pilot: Pilot[None]) -> None:
        await pilot.press(*"who:a")
        await pilot.pause()
        assert bar.suggestions.display
        await pilot.press("enter")
        await pilot.pause()
        assert app.submitted == ["who:a"]
        assert bar.suggestions.found == ()
        await pilot.press("l")
        await pilot.pause()
        await pilot.press("escape")
        assert bar.suggestions.found == ()
        assert app.left == 0
        await pilot.press("escape")
        await pilot.pause()
        assert app.left == 1
        await pilot.press("down")
        await pilot.pause()
        assert app.left == 2
        await pilot.press("tab")
        assert not bar.line.has_focus

    shell(body)


def test_an_error_stands_under_its_part_and_submits_nothing() -> None:
    async def body(app: Shell, bar: QueryBar, pilot: Pilot[None]) -> None:
        await pilot.press(*"abc state:odd x", "enter")
        await pilot.pause()
        assert app.changed[-1] is None
        assert app.submitted == []
        assert bar.problem.display
        assert str(bar.problem.render()).index("▲") == 1 + len("abc ")
        assert any("underline" in str(span.style) for span in bar.line._value.spans)
        bar.write("abc")
        await pilot.pause()
        assert not bar.problem.display

    shell(body)


def test_what_is_half_written_stands_for_what_begins_so() -> None:
    async def body(app: Shell, bar: QueryBar, pilot: Pilot[None]) -> None:
        await pilot.press(*"who:al")
        await pilot.pause()
        assert app.changed[-1] is not None
        assert app.changed[-1].text == "who:al*"
        await pilot.press("space")
        await pilot.pause()
        assert app.changed[-1] is not None
        assert app.changed[-1].text == "who:al "

    shell(body)


@given(st.text(max_size=40))
def test_what_is_edited_keeps_its_length_and_nothing_in_it_acts(text: str) -> None:
    shown = safe(text)
    assert len(shown) == len(text)
    assert not any(ord(char) < 32 or 0x7F <= ord(char) < 0xA0 for char in shown)


def test_what_is_pasted_is_shown_as_text() -> None:
    async def body(app: Shell, bar: QueryBar, pilot: Pilot[None]) -> None:
        bar.write("[@click=app.quit]x[/]\x1b[2J\u202e")
        await pilot.pause()
        shown = bar.line.render_line(0).text
        assert "[@click=app.quit]x[/]␛[2J" in shown
        assert "\x1b" not in shown
        await pilot.click(bar.line, offset=(5, 0))
        assert app.is_running

    shell(body)


def test_days_are_meant_in_utc_by_the_apps_clock() -> None:
    assert read("on:today", StandingClock()).filters
    with pytest.raises(QueryError):
        read("on:never", StandingClock())
    assert cell_len(safe("\x00")) == 1
