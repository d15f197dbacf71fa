from __future__ import annotations

import asyncio

from textual.app import App, ComposeResult

from replay.inspect import Line, Part
from replay.tui.inspector import Inspector


class Showing(App[None]):
    def compose(self) -> ComposeResult:
        yield Inspector()


def test_lines_are_drawn_as_text_and_only_where_they_can_be_seen() -> None:
    lines = [Line(Part.HEAD, "#e1", "[@click=app.quit]x[/]")]
    lines += [Line(Part.HEX, f"{n:06x}", "00") for n in range(100_000)]

    async def whole() -> None:
        app = Showing()
        async with app.run_test(size=(40, 10)) as pilot:
            inspector = app.query_one(Inspector)
            inspector.show(lines)
            inspector.focus()
            await pilot.pause()
            assert inspector.render_line(0).text.rstrip() == "▸ #e1  [@click=app.quit]x[/]"
            assert inspector.columns == 37
            await pilot.press("end")
            await pilot.pause()
            assert "01869f 00" in inspector.render_line(9).text
            inspector.show(lines[:1])
            await pilot.pause()
            assert "#e1" in inspector.render_line(0).text
            await pilot.click(Inspector, offset=(8, 0))
            assert app.is_running

    asyncio.run(whole())
