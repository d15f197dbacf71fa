"""The library where something is wrong or missing, and how one leaves it."""

from __future__ import annotations

from pathlib import Path

from recorder.store import Store
from replay.tending import keep_once
from replay.tui.app import ReplayApp
from replay.tui.library_screen import LibraryScreen
from replay.tui.query_bar import QueryBar
from replay.tui.results_screen import ResultsScreen
from replay.tui.session_table import SessionTable
from tests.recorder.recordings import Making
from tests.replay.tui.driving import Driven, a_session, drive, library_of
from tests.replay.tui.libraries import WIDE, app_on, chosen, library, named, of, shown


def test_an_empty_store_says_how_to_record(tmp_path: Path) -> None:
    app = app_on(Store.open(tmp_path / "new", create=True))

    async def body(driven: Driven) -> None:
        assert "No session is recorded here yet." in driven.text()
        assert "gatereel record" in driven.text()
        await driven.pilot.press("s", "f", "p", "slash", "x", "enter", "escape", "escape", "r", "o")
        await driven.pilot.press("q", "q")

    drive(app, body)
    assert app.return_code == 0


def test_nothing_that_fits_says_so(tmp_path: Path) -> None:
    async def body(driven: Driven) -> None:
        await driven.pilot.press("slash", *"who:nobody ")
        await driven.settle()
        assert "No session fits." in driven.text()
        await driven.pilot.press("enter", "enter")
        assert isinstance(driven.app.screen, LibraryScreen | ResultsScreen)
        await driven.pilot.press("escape", "escape")
        await driven.settle()
        assert len(shown(driven)) == 12

    drive(of(tmp_path), body)


def test_a_store_that_went_away_is_one_line_and_what_was_listed_stays(making: Making) -> None:
    named(making, "alice", "web1")

    async def body(driven: Driven) -> None:
        elsewhere = making.path.with_name("elsewhere")
        making.path.rename(elsewhere)
        await driven.pilot.press("r")
        await driven.until(lambda: "cannot be read" in driven.rows()[-1])
        assert "alice" in driven.text()
        elsewhere.rename(making.path)
        await driven.pilot.press("r")
        await driven.until(lambda: "1 session" in driven.rows()[-1])

    drive(library_of(making), body, WIDE)


def test_a_damaged_recording_is_a_row_that_says_why(making: Making) -> None:
    recording = making.sealed(a_session())
    recording.path.write_bytes(recording.path.read_bytes()[:50])
    recording.close()

    async def body(driven: Driven) -> None:
        assert "✗ damaged" in driven.text()
        await driven.pilot.press("enter")
        await driven.pilot.pause()
        assert isinstance(driven.app.screen, LibraryScreen)
        assert chosen(driven).reason[:20] in driven.rows()[-1]

    drive(library_of(making), body, WIDE)


def test_a_catalog_that_is_not_there_yet_leaves_the_library_usable(making: Making) -> None:
    named(making, "alice", "web1")
    app = ReplayApp(making.store, clock=making.clock)

    async def body(driven: Driven) -> None:
        assert "alice" in driven.text()
        assert "1 cannot be searched yet" in driven.text()
        keep_once(making.store, making.clock)
        await driven.until(lambda: "cannot be searched yet" not in driven.text())
        assert library(driven).missing == 0

    drive(app, body, WIDE)


def test_names_that_somebody_chose_are_text_and_nothing_else(making: Making) -> None:
    hostile = "[@click=app.quit]eve[/]"
    named(
        making, hostile, "\x1b[2Jweb\u202e[red]1", {"purpose": "[@click=app.bell]why[/] \x1b]0;x\a"}
    )
    named(making, hostile, "web2")
    app = library_of(making)

    async def body(driven: Driven) -> None:
        for keys in ([], ["end"], ["slash", *"who:", "down", "enter"], ["enter"], ["f"]):
            await driven.pilot.press(*keys)
            await driven.settle()
            assert hostile in driven.text()
            assert not any("\x1b" in row or "\x07" in row for row in driven.rows())
        assert "root@␛[2Jweb⟦U+202E⟧[red]1" in driven.text()
        for y, row in enumerate(driven.rows()):
            for x in {row.find("eve"), row.find("why"), row.find("hello"), row.find("world")}:
                if x >= 0:
                    await driven.pilot.click(offset=(x, y))
        await driven.settle()
        assert driven.app.is_running

    drive(app, body, (200, 40))
    assert app.return_value is None
    assert app.return_code != 1


def test_help_and_leaving(tmp_path: Path) -> None:
    app = of(tmp_path)

    async def body(driven: Driven) -> None:
        await driven.pilot.press("question_mark")
        await driven.pilot.pause()
        assert "Write a query" in driven.text()
        await driven.pilot.press("escape", "slash", "x", "escape", "escape")
        assert library(driven).query_one(QueryBar).text == ""
        await driven.pilot.press("q")
        await driven.pilot.pause()

    drive(app, body, (90, 40))
    assert app.return_code == 0


def test_every_row_is_reached_by_every_key_that_moves(tmp_path: Path) -> None:
    async def body(driven: Driven) -> None:
        table = driven.app.screen.query_one(SessionTable)
        for keys, row in (
            ("end", 99), ("home", 0), ("j", 1), ("k", 0), ("G", 99), ("g", 0), ("down", 1),
            ("up", 0), ("up", 0),
        ):  # fmt: skip
            await driven.pilot.press(keys)
            assert table.cursor == row, keys
        await driven.pilot.press("pagedown", "space")
        assert table.cursor == 2 * (table.body - 1)
        assert table.cursor in table.seen
        await driven.pilot.press("pageup", "pageup")
        assert table.cursor == 0

    drive(of(tmp_path, 100), body)


def test_the_clock_of_a_query_is_the_apps(tmp_path: Path) -> None:
    async def body(driven: Driven) -> None:
        await driven.pilot.press("slash", *"on:today", "enter")
        await driven.settle()
        assert 0 < len(shown(driven)) < 50

    drive(of(tmp_path, 50), body)
