from __future__ import annotations

import asyncio

from textual.app import App, ComposeResult
from textual.pilot import Pilot

from replay.library import facets
from replay.tui.facets import FEW, Facets
from tests.replay.entries import entry


class Shell(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.picked: list[str] = []

    def compose(self) -> ComposeResult:
        yield Facets()

    def on_facets_picked(self, message: Facets.Picked) -> None:
        self.picked.append(message.written)


def texts(pane: Facets) -> list[str]:
    return [pane.draw_row(row, 28).plain.rstrip() for row in range(pane.count)]


def test_values_are_counted_chosen_and_shown_in_full_when_asked() -> None:
    app = Shell()

    async def body(pilot: Pilot[None]) -> None:
        pane = app.query_one(Facets)
        rows = [entry(n, principal=f"user{n % 20:02}") for n in range(40)]
        pane.show(facets(rows), {"who:user03"})
        await pilot.pause()
        said = texts(pane)
        assert said[0] == "State"
        more = next(n for n, text in enumerate(said) if text == f"… {20 - FEW} more")
        assert sum("user" in text for text in said) == FEW
        assert any(text.startswith("✓ user03") and text.endswith("2") for text in said)
        pane.focus()
        pane.move_to(more)
        await pilot.press("enter")
        assert sum("user" in text for text in texts(pane)) == 20
        pane.move_to(next(n for n, text in enumerate(texts(pane)) if "user19" in text))
        await pilot.press("enter")
        await pilot.pause()
        before = texts(pane)[pane.cursor]
        pane.show(facets(rows[:30]), ())
        assert texts(pane)[pane.cursor][:6] == before[:6]

    async def whole() -> None:
        async with app.run_test(size=(40, 30)) as pilot:
            await body(pilot)

    asyncio.run(whole())
    assert app.picked == ["who:user19"]


def test_a_value_that_somebody_chose_is_quoted_and_drawn_as_text() -> None:
    app = Shell()
    hostile = '[@click=app.quit]x[/] "y"\x1b'

    async def whole() -> None:
        async with app.run_test(size=(60, 30)) as pilot:
            pane = app.query_one(Facets)
            pane.show(facets([entry(1, principal=hostile)]), ())
            await pilot.pause()
            row = next(n for n, text in enumerate(texts(pane)) if "@click" in text)
            assert "\x1b" not in texts(pane)[row]
            await pilot.click(Facets, offset=(8, row))
            await pilot.pause()
            assert app.is_running

    asyncio.run(whole())
    assert app.picked == ['who:"[@click=app.quit]x[/] \\"y\\"\x1b"']
