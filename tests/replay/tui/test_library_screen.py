from __future__ import annotations

from pathlib import Path

import pytest

from replay.catalog import Put
from replay.sqlite_catalog import SqliteCatalog
from replay.tending import keep_once
from replay.tui.facets import Facets
from replay.tui.library_screen import LibraryScreen
from replay.tui.player_screen import PlayerScreen
from replay.tui.preview import PreviewPane
from replay.tui.results_screen import ResultsScreen
from tests.recorder.recordings import Making
from tests.replay.entries import entry, filled
from tests.replay.tui.driving import Driven, a_session, drive, library_of
from tests.replay.tui.libraries import WIDE, app_on, chosen, library, named, of, shown
from tests.replay.tui.snapshots import SIZES, Size, check, samples

# -- what is shown ---------------------------------------------------------------------------------


@pytest.mark.screens
@pytest.mark.parametrize("size", SIZES)
def test_the_library_as_it_looks(tmp_path: Path, size: Size) -> None:
    store = samples(tmp_path)
    keep_once(store)
    check("library", size, lambda: app_on(store), "down")


@pytest.mark.screens
@pytest.mark.parametrize("size", SIZES)
def test_a_gateways_library_as_it_looks(tmp_path: Path, size: Size) -> None:
    rows = [entry(n) for n in range(300)]
    rows[7:9] = [entry(7, state="live"), entry(8, state="damaged", reason="the seal is torn")]
    store = filled(tmp_path / "store", rows)
    check("library-many", size, lambda: app_on(store), "slash v e r d i c t : d")


def test_sessions_are_listed_live_first_and_opened(making: Making) -> None:
    live = making.begin()
    making.sealed(a_session()).close()

    async def body(driven: Driven) -> None:
        assert [each.state for each in library(driven).table.entries] == ["live", "sealed"]
        assert chosen(driven).id == live.id
        text = driven.text()
        assert "2 sessions, 1 live" in text
        assert "● live" in text
        assert "1m20s" in text
        await driven.pilot.press("down", "enter")
        await driven.until(lambda: isinstance(driven.app.screen, PlayerScreen))
        await driven.settle()
        assert "f0/15" in driven.status()
        await driven.pilot.press("q")
        await driven.until(lambda: isinstance(driven.app.screen, LibraryScreen))
        assert chosen(driven).state == "sealed"

    drive(library_of(making), body, WIDE)


def test_rows_move_on_while_one_watches_and_the_cursor_stays(tmp_path: Path) -> None:
    rows = [entry(n) for n in range(60)]
    rows[5] = entry(5, state="live")
    store = filled(tmp_path / "store", rows)

    async def body(driven: Driven) -> None:
        await driven.pilot.press(*["down"] * 40)
        mine, top = chosen(driven).id, library(driven).table.scroll_offset.y
        line = library(driven).table.cursor - top
        other = SqliteCatalog.open(store.path)
        other.put(Put(entry(5, state="live", commands=4321), "stamp"))
        other.put(Put(entry(70, state="live"), "stamp"))
        other.put(Put(entry(71), "stamp"))
        other.close()
        await driven.until(lambda: "62 sessions, 2 live" in driven.text())
        table = library(driven).table
        assert chosen(driven).id == mine
        assert table.cursor == 42
        assert table.cursor - table.scroll_offset.y == line
        await driven.pilot.press("home")
        assert "4321" in driven.text()
        assert shown(driven)[:2] == [entry(70).id, entry(5).id]

    drive(app_on(store), body, WIDE)


def test_ten_thousand_sessions_are_all_there(tmp_path: Path) -> None:
    store = filled(tmp_path / "store", [])
    catalog = SqliteCatalog.open(store.path)
    for number in range(10_000):
        catalog.put(Put(entry(number), "stamp", over=True))
    catalog.close()

    async def body(driven: Driven) -> None:
        assert "10,000 sessions" in driven.text()
        await driven.pilot.press("end")
        assert chosen(driven).id == entry(0).id
        await driven.pilot.press("slash", *"who:bob masked:yes", "enter")
        await driven.settle()
        assert all(e.principal == "bob" and e.masks for e in library(driven).table.entries)
        assert f"{len(shown(driven)):,} of 10,000 sessions" in driven.text()

    drive(app_on(store), body, (100, 24))


@pytest.mark.parametrize("size", [(20, 5), (80, 24), (140, 40), (30, 60), (300, 8), (10, 3)])
def test_it_can_be_used_at_any_size(tmp_path: Path, size: tuple[int, int]) -> None:
    async def body(driven: Driven) -> None:
        for keys in ("down", "f", "down", "enter", "escape", "p", "down", "p", "f", "f", "s", "S"):
            await driven.pilot.press(keys)
            await driven.settle()
        await driven.pilot.press("escape", "home", "enter")
        await driven.until(lambda: not isinstance(driven.app.screen, LibraryScreen))

    drive(of(tmp_path), body, size)


def test_without_colour_the_cursor_and_the_health_can_be_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")

    async def body(driven: Driven) -> None:
        await driven.pilot.press("down")
        marked = [row for row in driven.rows() if "▸" in row]
        assert len(marked) == 1
        assert any(sign in marked[0] for sign in "●✓!✗")
        colours = {
            segment.style.color.get_truecolor()
            for strip in driven.app.screen._compositor.render_strips()
            for segment in strip
            if segment.style and segment.style.color
        }
        assert all(colour.red == colour.green == colour.blue for colour in colours)

    drive(of(tmp_path), body)


# -- the query -------------------------------------------------------------------------------------


def test_filters_apply_while_they_are_typed(tmp_path: Path) -> None:
    async def body(driven: Driven) -> None:
        await driven.pilot.press("slash", *"who:al")
        await driven.settle()
        assert {each.principal for each in library(driven).table.entries} == {"alice"}
        await driven.pilot.press("tab")
        assert library(driven).bar.text == "who:alice "
        await driven.pilot.press(*"target:web1", "enter")
        await driven.settle()
        assert {each.target for each in library(driven).table.entries} == {"web1"}
        assert "1 of 12 sessions" in driven.text()
        assert library(driven).table.has_focus
        await driven.pilot.press("c")
        await driven.settle()
        assert len(shown(driven)) == 12

    drive(of(tmp_path), body)


def test_an_error_is_shown_where_it_is_and_what_was_shown_stays(tmp_path: Path) -> None:
    async def body(driven: Driven) -> None:
        await driven.pilot.press("slash", *"who:bob state:odd ")
        await driven.settle()
        row = next(row for row in driven.rows() if "▲" in row)
        assert row.index("▲") >= len("who:bob")
        assert {each.principal for each in library(driven).table.entries} == {"bob"}
        await driven.pilot.press("enter")
        assert isinstance(driven.app.screen, LibraryScreen)
        assert driven.app.screen.bar.line.has_focus
        await driven.pilot.press("escape", "escape")
        await driven.settle()
        assert "▲" not in driven.text()

    drive(of(tmp_path), body)


def test_words_and_enter_search_and_one_comes_back_to_the_same_place(tmp_path: Path) -> None:
    async def body(driven: Driven) -> None:
        await driven.pilot.press("down", "down")
        mine = chosen(driven).id
        await driven.pilot.press("slash", *"hello")
        await driven.settle()
        assert "enter searches in them  / query" in driven.text()
        await driven.pilot.press("enter")
        await driven.until(lambda: isinstance(driven.app.screen, ResultsScreen))
        await driven.settle()
        assert "12 hits in 12 sessions" in driven.text()
        await driven.pilot.press("q")
        await driven.until(lambda: isinstance(driven.app.screen, LibraryScreen))
        assert chosen(driven).id == mine
        assert library(driven).bar.text == "hello"

    drive(of(tmp_path), body, WIDE)


# -- facets and preview ----------------------------------------------------------------------------


def test_a_facet_filters_and_is_taken_away_again(tmp_path: Path) -> None:
    async def body(driven: Driven) -> None:
        await driven.pilot.press("f")
        pane = library(driven).query_one(Facets)
        assert pane.has_focus
        rows = [row for row in range(pane.count) if "bob" in pane.draw_row(row, 30).plain]
        pane.move_to(rows[0])
        await driven.pilot.press("enter")
        await driven.settle()
        assert library(driven).bar.text == "who:bob"
        assert {each.principal for each in library(driven).table.entries} == {"bob"}
        assert "✓ bob" in driven.text()
        await driven.pilot.press("enter")
        await driven.settle()
        assert library(driven).bar.text == ""
        await driven.pilot.press("f")
        assert not pane.display
        assert library(driven).table.has_focus

    drive(of(tmp_path), body)


def test_facets_by_mouse(tmp_path: Path) -> None:
    async def body(driven: Driven) -> None:
        row = next(n for n, text in enumerate(driven.rows()) if " carol" in text[:28])
        await driven.pilot.click(offset=(6, row))
        await driven.settle()
        assert library(driven).bar.text == "who:carol"

    drive(of(tmp_path), body, WIDE)


def test_the_preview_is_that_of_the_chosen_session(tmp_path: Path) -> None:
    async def body(driven: Driven) -> None:
        for _ in range(3):
            await driven.pilot.press("down")
            await driven.settle()
            assert f"hello {chosen(driven).id}" in driven.text()
            assert "where the screen was fullest" in driven.text()
        await driven.pilot.press("p")
        assert not library(driven).query_one(PreviewPane).display

    drive(of(tmp_path), body, WIDE)


def test_a_session_is_opened_at_the_screen_of_its_preview(making: Making) -> None:
    making.sealed(a_session()).close()

    async def body(driven: Driven) -> None:
        preview = library(driven).query_one(PreviewPane).preview
        assert preview is not None
        await driven.pilot.press("o")
        await driven.until(lambda: isinstance(driven.app.screen, PlayerScreen))
        await driven.settle()
        assert f"f{preview.frame}/15" in driven.status()

    drive(library_of(making), body, WIDE)


# -- sorting ---------------------------------------------------------------------------------------


def test_every_column_sorts_by_keys(tmp_path: Path) -> None:
    async def body(driven: Driven) -> None:
        table = library(driven).table
        columns = table.columns()
        assert len(columns) == 10
        mine = chosen(driven).id
        for number, column in enumerate(columns, 1):
            await driven.pilot.press(str(number % 10))
            assert table.order.column is column
            assert chosen(driven).id == mine
        way = table.order.reverse
        await driven.pilot.press("S")
        assert table.order.reverse is not way
        await driven.pilot.press("s")
        assert table.order.column is columns[0]

    drive(of(tmp_path), body, (160, 24))


def test_the_head_is_clicked_to_sort(tmp_path: Path) -> None:
    async def body(driven: Driven) -> None:
        head = driven.rows()[1]
        await driven.pilot.click(offset=(head.index("who"), 1))
        names = [each.principal for each in library(driven).table.entries]
        assert names == sorted(names)
        assert "who▴" in driven.rows()[1]
        await driven.pilot.click(offset=(head.index("who"), 1))
        assert [e.principal for e in library(driven).table.entries] == sorted(names, reverse=True)

    drive(of(tmp_path), body)


def test_a_row_is_clicked_to_look_and_twice_to_open(making: Making) -> None:
    first, second = named(making, "alice", "web1"), named(making, "bob", "web1")

    async def body(driven: Driven) -> None:
        assert chosen(driven).id == second
        await driven.pilot.click(offset=(10, 3))
        assert chosen(driven).id == first
        await driven.pilot.click(offset=(10, 3), times=2)
        await driven.until(lambda: isinstance(driven.app.screen, PlayerScreen))

    drive(library_of(making), body)
