"""Everything in a terminal of 20×5 without colours, and while its size changes all the time."""

from __future__ import annotations

import pytest
from textual import events
from textual.drivers.headless_driver import HeadlessDriver
from textual.geometry import Size

from replay.tui.library_screen import LibraryScreen
from replay.tui.player_screen import PlayerScreen
from replay.tui.results_screen import ResultsScreen
from tests.recorder.recordings import Making
from tests.replay.tui.driving import Driven, a_session, drive, library_of
from tests.replay.tui.test_typed_ahead import at_once

SIZES = [(20, 5), (140, 40), (1, 1), (80, 24), (200, 2), (3, 60), (20, 5), (64, 14)]


async def tour(driven: Driven) -> None:
    """The library, help, a query, results, the player, its panes, its dialogs, and out again."""
    at_once(driven, "?")
    await driven.until(lambda: "Find" in driven.text())
    at_once(driven, "\x1bfj\x1b/line\r")
    await driven.until(lambda: isinstance(driven.app.screen, ResultsScreen))
    await driven.until(lambda: "10 hits" in driven.text())
    at_once(driven, "\r")
    await driven.until(lambda: isinstance(driven.app.screen, PlayerScreen))
    await driven.settle()
    assert "line 0" in driven.text()
    at_once(driven, ".x")
    await driven.until(lambda: "output" in driven.text())
    at_once(driven, "x:next-frame\rtzz\r")
    await driven.until(lambda: "is not a" in driven.text())
    at_once(driven, "\x1bG")
    await driven.until(lambda: "f14/15" in driven.status())
    at_once(driven, "?")
    await driven.until(lambda: "Play" in driven.text())
    at_once(driven, "\x1bqq")
    await driven.until(lambda: isinstance(driven.app.screen, LibraryScreen))


def test_the_smallest_terminal_without_colours(
    making: Making, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    making.sealed(a_session()).close()
    drive(library_of(making), tour, (20, 5))


def test_without_colours_nothing_is_missing_from_a_large_one(
    making: Making, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Panes that are empty are drawn by other code than those with rows."""
    monkeypatch.setenv("NO_COLOR", "1")
    making.sealed(a_session()).close()
    drive(library_of(making), tour, (140, 40))


def resize(driven: Driven, sizes: list[tuple[int, int]]) -> None:
    """One after the other, before anything could be laid out for the one before."""
    driver = driven.app._driver
    assert isinstance(driver, HeadlessDriver)
    for each in sizes:
        driver._size = Size(*each)
        driven.app.post_message(events.Resize(Size(*each), Size(*each)))


def test_a_size_that_changes_all_the_time_changes_nothing_else(making: Making) -> None:
    making.sealed(a_session()).close()

    async def body(driven: Driven) -> None:
        resize(driven, SIZES)
        at_once(driven, "\r")
        await driven.until(lambda: isinstance(driven.app.screen, PlayerScreen))
        await driven.until(lambda: "f0/15" in driven.status())  # it is open: keys move something
        for place, keys in enumerate(("..", "x", "\t", "?", "\x1b", "t")):
            resize(driven, SIZES[place:] + SIZES)
            at_once(driven, keys)
        resize(driven, [*SIZES, (80, 24)])
        at_once(driven, "\x1b")
        await driven.settle()
        await driven.until(lambda: driven.app.size == Size(80, 24))
        await driven.until(lambda: "f2/15" in driven.status())
        assert len(driven.rows()) == 24

    drive(library_of(making), body)
