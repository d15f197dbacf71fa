from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from rich.text import Text
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from replay.tui.virtual_rows import VirtualRows

Body = Callable[["Numbers", Pilot[None]], Awaitable[None]]


class Numbers(VirtualRows):
    """Rows that say their numbers; every tenth is a heading. Counts what it is asked to draw."""

    HEAD = 1

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0
        self.headings = False

    def draw_head(self, width: int) -> Text:
        return Text("the head")

    def draw_row(self, row: int, width: int) -> Text:
        self.asked += 1
        return Text(f"row {row}", "bold" if row % 2 else "")

    def selectable(self, row: int) -> bool:
        return not self.headings or row % 10 != 0


class Shell(App[None]):
    CSS = "VirtualRows { scrollbar-gutter: stable; scrollbar-size: 1 1; }"

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[tuple[str, int]] = []

    def compose(self) -> ComposeResult:
        yield Numbers()

    def on_virtual_rows_moved(self, message: VirtualRows.Moved) -> None:
        self.heard.append(("moved", message.row))

    def on_virtual_rows_chosen(self, message: VirtualRows.Chosen) -> None:
        self.heard.append(("chosen", message.row))

    def on_virtual_rows_head_clicked(self, message: VirtualRows.HeadClicked) -> None:
        self.heard.append(("head", message.row))


def shell(body: Body, size: tuple[int, int] = (40, 11)) -> list[tuple[str, int]]:
    app = Shell()

    async def whole() -> None:
        async with app.run_test(size=size) as pilot:
            rows = app.query_one(Numbers)
            rows.focus()
            await body(rows, pilot)
            await pilot.pause()

    asyncio.run(whole())
    return app.heard


def visible(rows: Numbers) -> list[str]:
    return [rows.render_line(y).text.rstrip() for y in range(rows.size.height)]


def test_only_what_is_seen_is_drawn_of_a_million_rows() -> None:
    async def body(rows: Numbers, pilot: Pilot[None]) -> None:
        rows.set_count(1_000_000, 0)
        await pilot.pause()
        assert visible(rows)[:3] == ["the head", "▸ row 0", "  row 1"]
        await pilot.press("end")
        await pilot.pause()
        assert visible(rows)[-1] == "▸ row 999999"
        assert rows.asked < 200

    shell(body)


def test_the_cursor_is_told_and_stays_in_view() -> None:
    async def body(rows: Numbers, pilot: Pilot[None]) -> None:
        rows.set_count(100, 0)
        for keys in ("down", "pagedown", "pagedown", "up", "end", "home"):
            await pilot.press(keys)
            assert rows.cursor in rows.seen

    heard = shell(body)
    assert [row for what, row in heard if what == "moved"] == [0, 1, 10, 19, 18, 99, 0]


def test_headings_are_passed_over_and_shown_with_their_first_row() -> None:
    async def body(rows: Numbers, pilot: Pilot[None]) -> None:
        rows.headings = True
        rows.set_count(100, 0)
        assert rows.cursor == 1
        rows.move_to(9)
        await pilot.press("down")
        assert rows.cursor == 11
        await pilot.press("up")
        assert rows.cursor == 9
        rows.move_to(50)
        await pilot.press("home")
        await pilot.pause()
        assert (rows.cursor, rows.scroll_offset.y) == (1, 0)
        await pilot.click(Numbers, offset=(3, 1))
        assert rows.cursor == 1

    shell(body)


@pytest.mark.parametrize("offset", [0, 30])
def test_what_is_in_view_stays_when_rows_come_before_it(offset: int) -> None:
    async def body(rows: Numbers, pilot: Pilot[None]) -> None:
        rows.set_count(100, 0)
        rows.move_to(offset + 9)
        rows.move_to(offset + 5)
        await pilot.pause()
        line = rows.cursor - rows.scroll_offset.y
        rows.set_count(103, rows.cursor + 3)
        await pilot.pause()
        assert rows.cursor == offset + 8
        if offset:
            assert rows.cursor - rows.scroll_offset.y == line
        else:
            assert rows.scroll_offset.y == 0

    shell(body)


def test_rows_that_come_at_the_end_change_nothing_else() -> None:
    async def body(rows: Numbers, pilot: Pilot[None]) -> None:
        rows.set_count(0, -1)
        assert rows.cursor == -1
        await pilot.press("enter", "down", "end", "pageup")
        rows.grow(5)
        assert rows.cursor == 0
        await pilot.press("down")
        rows.grow(500)
        assert rows.cursor == 1
        rows.set_count(1, 1)
        assert rows.cursor == 0
        rows.set_count(0, 0)
        assert rows.cursor == -1

    shell(body)


def test_mouse() -> None:
    async def body(rows: Numbers, pilot: Pilot[None]) -> None:
        rows.set_count(5, 0)
        await pilot.pause()
        await pilot.click(Numbers, offset=(4, 3))
        await pilot.click(Numbers, offset=(4, 8))
        await pilot.click(Numbers, offset=(7, 0))
        await pilot.click(Numbers, offset=(4, 2), times=2)
        await pilot.press("enter")

    heard = shell(body)
    assert heard == [
        ("moved", 0), ("moved", 2), ("head", 7), ("moved", 1), ("chosen", 1), ("chosen", 1)
    ]  # fmt: skip


def test_the_wheel_moves_the_rows_and_not_the_cursor() -> None:
    async def body(rows: Numbers, pilot: Pilot[None]) -> None:
        rows.set_count(100, 0)
        await pilot.pause()
        rows.scroll_to(y=20, animate=False)
        await pilot.pause()
        assert visible(rows)[1] == "  row 20"
        assert rows.cursor == 0

    shell(body)


def test_a_row_s_own_style_is_kept_and_the_cursor_shows_where_the_keys_go() -> None:
    async def body(rows: Numbers, pilot: Pilot[None]) -> None:
        rows.set_count(5, 0)
        await pilot.pause()
        bold = [segment.style and segment.style.bold for segment in rows.render_line(2)]
        assert True in bold
        pilot.app.set_focus(None)
        await pilot.pause()
        assert visible(rows)[1] == "› row 0"

    shell(body)
