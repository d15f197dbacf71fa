from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from textual.app import App, ComposeResult
from textual.pilot import Pilot

from recorder.command_table import Command
from recorder.moments import AtEvent
from replay.lists import Commands, Row, Tab
from replay.tui.list_pane import ListPane, Tabs, row_text


class Showing(App[None]):
    AUTO_FOCUS = ""
    CSS = "Tabs { height: 1; } Rows { height: 1fr; }"

    def __init__(self) -> None:
        super().__init__()
        self.sought: list[tuple[Tab, int, object]] = []

    def compose(self) -> ComposeResult:
        yield ListPane(lambda time: f"{time}")

    def on_list_pane_sought(self, message: ListPane.Sought) -> None:
        self.sought.append((message.tab, message.row, message.target))


def run(body: Callable[[Showing, ListPane, Pilot[None]], Awaitable[None]], width: int = 60) -> None:
    async def whole() -> None:
        app = Showing()
        async with app.run_test(size=(width, 10)) as pilot:
            await body(app, app.query_one(ListPane), pilot)

    asyncio.run(whole())


def commands(count: int) -> Commands:
    return Commands(
        Command(n, 1, n * 10, n * 10, -1, n, n, -1, f"command [red]{n}[/]", "", 100)
        for n in range(count)
    )


def test_a_row_leaves_out_what_has_no_room() -> None:
    row = Row("c1", 0, "make all", "✗ 2 3.4s", bad=True)
    assert (
        row_text(row, "12:03:00", 40).plain.rstrip() == "12:03:00 c1 make all            ✗ 2 3.4s"
    )
    assert row_text(row, "12:03:00", 24).plain.rstrip() == "c1 make all     ✗ 2 3.4s"
    assert row_text(row, "12:03:00", 12).plain.startswith("c1 make al")
    lit = row_text(Row("f1", 0, "[b]found", spans=((3, 8),)), "0", 40)
    assert "[b]found" in lit.plain
    assert any(span.end - span.start == 5 for span in lit.spans)


def test_of_a_million_rows_those_in_view_are_drawn() -> None:
    async def body(_app: Showing, pane: ListPane, pilot: Pilot[None]) -> None:
        pane.put(Tab.COMMANDS, commands(5))
        pane.events.grow(1_000_000)
        pane.open(Tab.EVENTS)
        await pilot.pause()
        assert pane.unread()[:3] == [0, 1, 2]
        pane.follow(777_777)
        await pilot.pause()
        assert 777_777 in pane.unread()
        assert len(pane.unread()) < 100
        assert "…" in pane.rows.render_line(0).text

    run(body)


def test_tabs_are_turned_by_key_and_mouse_and_rows_are_chosen() -> None:
    async def body(app: Showing, pane: ListPane, pilot: Pilot[None]) -> None:
        pane.put(Tab.COMMANDS, commands(5))
        pane.rows.focus()
        open_ones = []
        await pilot.press("down", "enter", "right")
        open_ones.append(pane.tab)
        await pilot.press("left", "left")
        open_ones.append(pane.tab)
        assert "no bookmarks" in pane.rows.render_line(0).text
        await pilot.click(Tabs, offset=(3, 0))
        assert [*open_ones, pane.tab] == [Tab.EVENTS, Tab.NOTES, Tab.COMMANDS]
        await pilot.click(pane.rows, offset=(20, 3))
        await pilot.pause()
        assert app.sought == [
            (Tab.COMMANDS, 1, AtEvent(10)),
            (Tab.COMMANDS, 3, AtEvent(30)),
        ]
        assert "command [red]3[/]" in pane.rows.render_line(3).text

    run(body)


def test_the_row_of_the_position_is_marked() -> None:
    async def body(_app: Showing, pane: ListPane, pilot: Pilot[None]) -> None:
        pane.put(Tab.COMMANDS, commands(5))
        pane.follow(25)
        await pilot.pause()
        assert pane.rows.render_line(2).text.startswith("› ")

    run(body)


def test_narrow_tabs_are_cut_to_what_tells_them_apart() -> None:
    async def body(_app: Showing, pane: ListPane, pilot: Pilot[None]) -> None:
        pane.put(Tab.COMMANDS, commands(5), more="+")
        await pilot.pause()
        assert pane.query_one(Tabs).render().plain == " commands 5+  eve  hit  not "

    run(body, width=30)
