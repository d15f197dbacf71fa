from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from recorder.store import Store
from replay.catalog import Put
from replay.sqlite_catalog import SqliteCatalog
from replay.tending import keep_once
from replay.tui.app import ReplayApp
from replay.tui.hit_list import HitList
from replay.tui.library_screen import LibraryScreen
from replay.tui.player_screen import PlayerScreen
from replay.tui.results_screen import ResultsScreen
from tests.recorder.recordings import Making, StandingClock, on_terminal
from tests.replay.entries import entry, filled, passage
from tests.replay.tui.driving import SECOND, Driven, drive, library_of
from tests.replay.tui.snapshots import SIZES, Size, check, samples

WIDE = (120, 30)


def app_on(store: Store) -> ReplayApp:
    return ReplayApp(store, clock=StandingClock())


def results(driven: Driven) -> ResultsScreen:
    screen = driven.app.screen
    assert isinstance(screen, ResultsScreen)
    return screen


async def search(driven: Driven, words: str) -> None:
    await driven.pilot.press("slash", *words, "enter")
    await driven.until(lambda: isinstance(driven.app.screen, ResultsScreen))
    await driven.settle()


def recorded(making: Making, sessions: Sequence[Sequence[str]]) -> ReplayApp:
    """A session for each of these, newest last, with a line a second."""
    for lines in sessions:
        pieces = [((n + 1) * SECOND, f"{line}\r\n".encode()) for n, line in enumerate(lines)]
        making.sealed(on_terminal(pieces)).close()
    return library_of(making)


@pytest.mark.screens
@pytest.mark.parametrize("size", SIZES)
def test_results_as_they_look(tmp_path: Path, size: Size) -> None:
    store = samples(tmp_path)
    keep_once(store)
    check("results", size, lambda: app_on(store), "slash f a i l e d enter n n n")


@pytest.mark.screens
@pytest.mark.parametrize("size", SIZES)
def test_a_hit_in_the_player_as_it_looks(tmp_path: Path, size: Size) -> None:
    store = samples(tmp_path)
    keep_once(store)
    check("results-hit", size, lambda: app_on(store), "slash s h o p . c o n f enter n enter")


def test_hits_are_grouped_newest_session_first_with_times_and_marks(making: Making) -> None:
    app = recorded(making, [["one secret", "two"], ["nothing"], ["\x1b[?1049hsecret\x1b[?1049l"]])

    async def body(driven: Driven) -> None:
        await search(driven, "secret")
        rows = driven.rows()
        assert "2 hits in 2 sessions" in rows[-1]
        assert [n for n, row in enumerate(rows) if "1 hit" in row] == [1, 3]
        assert "one secret" in rows[4]
        assert "+00:00:01–00:00:02" in rows[4]
        assert "flash" in rows[2] or "alt" in rows[2] or "overwritten" in rows[2]

    drive(app, body, WIDE)


def test_a_hit_opens_on_its_frame_and_one_comes_back_to_it(making: Making) -> None:
    app = recorded(making, [["a", "b", "needle 1", "c"], ["needle 2"]])

    async def body(driven: Driven) -> None:
        await search(driven, "needle")
        await driven.pilot.press("n")
        assert "needle 1" in next(row for row in driven.rows() if "▸" in row)
        await driven.pilot.press("enter")
        await driven.until(lambda: isinstance(driven.app.screen, PlayerScreen))
        await driven.settle()
        assert "f2/4" in driven.status()
        assert "needle 1" in driven.text()
        await driven.pilot.press("q")
        await driven.until(lambda: isinstance(driven.app.screen, ResultsScreen))
        assert "needle 1" in next(row for row in driven.rows() if "▸" in row)
        await driven.pilot.press("escape")
        await driven.until(lambda: isinstance(driven.app.screen, LibraryScreen))

    drive(app, body, WIDE)


def test_beyond_the_last_hit_of_a_session_is_the_next_one(making: Making) -> None:
    app = recorded(making, [["x", "needle a"], ["none"], ["needle b", "y", "needle c"]])

    async def body(driven: Driven) -> None:
        await search(driven, "needle")
        await driven.pilot.press("enter")
        await driven.until(lambda: isinstance(driven.app.screen, PlayerScreen))
        await driven.settle()
        first = driven.app.screen
        assert "needle b" in driven.text()
        for _ in range(20):
            await driven.press("n")
            if driven.app.screen is not first:
                break
        await driven.until(lambda: driven.app.screen is not first)
        await driven.settle()
        await driven.until(lambda: "needle a" in driven.text())
        second = driven.app.screen
        assert isinstance(second, PlayerScreen)
        for _ in range(20):
            await driven.press("N")
            if driven.app.screen is not second:
                break
        await driven.settle()
        await driven.until(lambda: "needle c" in driven.text())
        await driven.pilot.press("q")
        await driven.until(lambda: isinstance(driven.app.screen, ResultsScreen))
        assert "needle c" in next(row for row in driven.rows() if "▸" in row)

    drive(app, body, WIDE)


def test_every_key(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "store", create=True)
    catalog = SqliteCatalog.open(store.path)
    for number in range(5):
        lines = [passage(f"hello {n}", time=n * SECOND, frame=n) for n in range(4)]
        catalog.put(Put(entry(number), "stamp", settled=lines, over=True))
    catalog.close()

    async def body(driven: Driven) -> None:
        await search(driven, "hello")
        rows = driven.app.screen.query_one(HitList)
        for keys, row in (
            ("n", 2), ("N", 1), ("down", 2), ("up", 1), ("right_curly_bracket", 6), ("tab", 11),
            ("n", 12), ("left_curly_bracket", 11), ("left_curly_bracket", 6), ("shift+tab", 1),
            ("end", 24), ("home", 1),
        ):  # fmt: skip
            await driven.pilot.press(keys)
            assert rows.cursor == row, keys
        await driven.pilot.press("question_mark")
        await driven.pilot.pause()
        assert "Next hit" in driven.text()
        await driven.pilot.press("escape", "r")
        await driven.settle()
        assert "20 hits in 5 sessions" in driven.text()
        await driven.pilot.press("slash", *" who:alice", "enter")
        await driven.settle()
        assert "8 hits in 2 sessions" in driven.text()
        await driven.pilot.press("slash", "ctrl+u", *"who:bob", "enter", "enter")
        assert "add a word to look for" in driven.text()
        await driven.pilot.press("escape", "escape")
        await driven.pilot.press("escape")
        await driven.until(lambda: isinstance(driven.app.screen, LibraryScreen))

    drive(app_on(store), body, (100, 40))


def test_a_search_is_stopped_by_escape_and_what_was_found_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("replay.hunting.AHEAD", 3)
    store = filled(tmp_path / "store", [entry(n) for n in range(40)])

    async def body(driven: Driven) -> None:
        await driven.pilot.press("slash", *"hello", "enter")
        await driven.until(lambda: isinstance(driven.app.screen, ResultsScreen))
        await driven.settle()
        screen = results(driven)
        assert "more as you go down" in driven.text()
        assert "hits in 3 sessions" in driven.text()
        for _ in range(12):
            await driven.pilot.press("end")
            await driven.settle()
        assert screen.query_one(HitList).count > 20
        screen._last = None
        await driven.pilot.press("escape")
        assert "stopped" in driven.text()
        assert driven.app.screen is screen
        await driven.pilot.press("escape")
        await driven.until(lambda: isinstance(driven.app.screen, LibraryScreen))

    drive(app_on(store), body, WIDE)


def test_nothing_found_and_a_catalog_that_is_gone_are_said(tmp_path: Path) -> None:
    store = filled(tmp_path / "store", [entry(n) for n in range(3)])

    async def body(driven: Driven) -> None:
        await search(driven, "absent")
        assert "nothing found in 3 sessions  enter opens" in driven.text()
        await driven.pilot.press("enter", "down", "n", "N", "tab", "shift+tab", "end")
        (store.path / "catalog.db").write_bytes(b"no database" * 500)
        for name in ("catalog.db-wal", "catalog.db-shm"):
            (store.path / name).unlink(missing_ok=True)
        await driven.pilot.press("r")
        await driven.settle()
        assert driven.rows()[-1].strip()

    drive(app_on(store), body, WIDE)


def test_a_click_looks_and_two_open(making: Making) -> None:
    app = recorded(making, [["needle a"], ["needle b"]])

    async def body(driven: Driven) -> None:
        await search(driven, "needle")
        await driven.pilot.click(offset=(20, 4))
        assert "needle a" in next(row for row in driven.rows() if "▸" in row)
        await driven.pilot.click(offset=(20, 4), times=2)
        await driven.until(lambda: isinstance(driven.app.screen, PlayerScreen))

    drive(app, body, WIDE)


def test_what_was_recorded_is_text_and_nothing_else(tmp_path: Path) -> None:
    hostile = "[@click=app.quit]needle[/] \x1b[2J\u202e[red]"
    store = filled(
        tmp_path / "store",
        [entry(1, principal=hostile, target=hostile, purpose=hostile)],
        hostile.replace("{", "{{"),
    )

    async def body(driven: Driven) -> None:
        await search(driven, "needle")
        assert driven.text().count("[@click=app.quit]needle[/]") >= 3
        assert not any("\x1b" in row or "\u202e" in row for row in driven.rows())
        for y, row in enumerate(driven.rows()):
            if (x := row.find("needle")) >= 0:
                await driven.pilot.click(offset=(x, y))
        assert driven.app.is_running

    app = app_on(store)
    drive(app, body, (200, 20))
    assert app.return_code != 1


@pytest.mark.parametrize("size", [(20, 5), (10, 3), (300, 50)])
def test_it_can_be_used_at_any_size(tmp_path: Path, size: tuple[int, int]) -> None:
    store = filled(tmp_path / "store", [entry(n) for n in range(6)])

    async def body(driven: Driven) -> None:
        await search(driven, "hello")
        await driven.pilot.press("n", "end", "home", "tab")
        assert results(driven).list.chosen is not None
        await driven.pilot.press("q")

    drive(app_on(store), body, size)
