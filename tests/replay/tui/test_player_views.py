from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from textual.events import MouseScrollDown, MouseScrollUp

from recorder.events import ChannelOpened, Event, Gap, Output, Requested, Terminal
from recorder.moments import AtFrame
from replay.scope import LocalScope
from replay.tui.minimap import Minimap
from replay.tui.player_screen import PlayerScreen
from replay.tui.scrubber import HATCH, Scrubber
from replay.tui.stage import Stage
from replay.tui.terminals import Terminals
from tests.recorder.recordings import Making, on_terminal
from tests.replay.tui.driving import SECOND, Driven, a_session, drive, lines_of, player_of
from tests.replay.tui.snapshots import SIZES, Size, check


def stage_of(driven: Driven) -> Stage:
    return driven.app.screen.query_one(Stage)


def scrubber_rows(driven: Driven) -> tuple[str, str]:
    top = driven.app.screen.query_one(Scrubber).region.y
    rows = driven.rows()
    return rows[top].ljust(80), rows[top + 1].ljust(80)


def made(folder: Path) -> bool:
    return folder.exists()


# -- selecting and copying -----------------------------------------------------------------------


def test_a_selection_by_keys_is_copied_and_kept_in_a_file(making: Making, own_cache: Path) -> None:
    async def body(driven: Driven) -> None:
        await driven.press("G")
        status = await driven.press("v", "k", "k", "0", "y")
        assert driven.app.clipboard == "line 1\nline 2\n"
        assert str(own_cache / "copied.txt").startswith(status.split(": ")[-1].rstrip("… ")[:20])
        assert (own_cache / "copied.txt").read_text() == "line 1\nline 2\n"
        assert stage_of(driven).selection is None
        assert await driven.press("comma")  # the player has its keys again
        assert "f1/3" in driven.status() or "copied" in driven.status()

    drive(player_of(making.sealed(lines_of(3))), body, size=(160, 24))


def test_a_block_is_chosen_with_v_and_dropped_with_escape(making: Making) -> None:
    async def body(driven: Driven) -> None:
        await driven.press("G", "v", "up", "up", "home", "v", "o", "right", "right", "y")
        assert driven.app.clipboard == "lin\nlin\n"
        await driven.press("v", "escape")
        assert stage_of(driven).selection is None
        assert isinstance(driven.app.screen, PlayerScreen)

    drive(player_of(making.sealed(lines_of(3))), body)


def test_the_mouse_selects_and_ctrl_makes_it_a_block(making: Making) -> None:
    async def body(driven: Driven) -> None:
        pilot = driven.pilot
        await driven.press("G")
        await pilot.mouse_down(Stage, offset=(2, 0))
        await pilot.hover(Stage, offset=(3, 1))
        await pilot.mouse_up(Stage, offset=(3, 1))
        await driven.settle()
        assert driven.app.clipboard == "ne 0\nline"
        await pilot.mouse_down(Stage, offset=(2, 0), control=True)
        await pilot.hover(Stage, offset=(3, 1))
        await pilot.mouse_up(Stage, offset=(3, 1))
        await driven.settle()
        assert driven.app.clipboard == "ne\nne"
        await pilot.click(Stage, offset=(1, 1))
        await driven.settle()
        assert stage_of(driven).selection is None
        assert driven.app.clipboard == "ne\nne"

    drive(player_of(making.sealed(lines_of(3))), body)


def test_a_selection_pauses_what_plays(making: Making) -> None:
    async def body(driven: Driven) -> None:
        assert "►" in await driven.press("space")
        await driven.press("v")
        await driven.pilot.pause()
        await driven.press("escape")
        assert "‖" in driven.status()

    drive(player_of(making.sealed(a_session())), body)


def test_all_of_the_screen_is_copied(making: Making, own_cache: Path) -> None:
    async def body(driven: Driven) -> None:
        await driven.press("G", "Y")
        assert driven.app.clipboard == "line 0\nline 1\nline 2\n"
        assert (own_cache / "copied.txt").read_text() == driven.app.clipboard

    drive(player_of(making.sealed(lines_of(3))), body)


def test_a_terminal_that_takes_text_needs_no_file(
    making: Making, own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm-kitty")

    async def body(driven: Driven) -> None:
        assert await driven.press("G", "Y") == "copied 80×24 characters to the clipboard"
        assert not made(own_cache)

    drive(player_of(making.sealed(lines_of(3))), body)


@dataclass
class Served(LocalScope):
    """As at the gateway, for somebody elsewhere."""

    @property
    def served(self) -> bool:
        return True


def test_served_no_file_is_written(making: Making, own_cache: Path) -> None:
    async def body(driven: Driven) -> None:
        screen = driven.app.screen
        assert isinstance(screen, PlayerScreen)
        screen.scope = Served()
        assert await driven.press("G", "Y") == "copied 80×24 characters to the clipboard"
        assert driven.app.clipboard.startswith("line 0")
        assert not made(own_cache)

    drive(player_of(making.sealed(lines_of(3))), body)


# -- what scrolled off -----------------------------------------------------------------------------


def test_lines_that_scrolled_off_in_a_frame_are_scrolled_to(making: Making) -> None:
    log = b"".join(b"row %d\r\n" % n for n in range(40))
    events = on_terminal([(SECOND, b"first\r\n"), (2 * SECOND, log), (3 * SECOND, b"end")])

    async def body(driven: Driven) -> None:
        await driven.press("full_stop")
        stage = stage_of(driven)
        await driven.until(lambda: bool(stage.above))
        assert stage.above[0] == "first"
        assert len(stage.above) == 18
        assert driven.rows()[0] == "row 17"
        await driven.press("k")
        assert driven.rows()[0] == "row 13"
        await driven.pilot._post_mouse_events([MouseScrollUp] * 9, Stage, offset=(3, 3))
        await driven.pilot.pause()
        assert driven.rows()[:2] == ["first", "row 0"]
        await driven.press("v", "k", "k", "home", "y")  # what is above can be copied too
        assert driven.app.clipboard
        await driven.press("w")
        assert driven.rows()[0] == "row 17"
        await driven.press("full_stop")  # in the frame after it nothing scrolled off
        assert not stage.above

    drive(player_of(making.sealed(events)), body, size=(80, 27))


# -- viewport and map ------------------------------------------------------------------------------


def test_the_map_shows_where_one_looks_and_leads_there(making: Making) -> None:
    lines = b"".join(b"\x1b[%d;1Hrow %d" % (n, n) for n in range(1, 101))
    events = on_terminal([(SECOND, lines + b"\x1b[1;1H")], cols=300, rows=100)

    async def body(driven: Driven) -> None:
        map_, stage = driven.app.screen.query_one(Minimap), stage_of(driven)
        assert not driven.app.screen.query("Minimap").first().display
        await driven.press("w")
        await driven.until(lambda: map_.display)
        assert any("\u2800" < char <= "\u28ff" for char in driven.text())
        right, below = map_.size.width - 1, map_.size.height - 1
        await driven.pilot.click(Minimap, offset=(right, below))
        await driven.settle()
        assert stage.port.hidden[1] == 0
        assert stage.port.hidden[3] == 0
        await driven.pilot.mouse_down(Minimap, offset=(right, below))
        await driven.pilot.hover(Minimap, offset=(0, 0))
        await driven.pilot.mouse_up(Minimap, offset=(0, 0))
        await driven.settle()
        assert stage.port.origin == (0, 0)
        await driven.press("w")
        await driven.until(lambda: not map_.display)

    drive(player_of(making.sealed(events)), body)


@pytest.mark.parametrize("size", [(20, 5), (7, 3), (1, 1), (140, 40)])
@pytest.mark.parametrize("grid", [(1, 1), (1000, 1000), (1, 1000), (1000, 1)])
def test_every_size_on_every_size(
    making: Making, size: tuple[int, int], grid: tuple[int, int]
) -> None:
    cols, rows = grid
    data = b"".join(b"\x1b[%d;1H%d" % (n, n) for n in range(1, rows + 1)) + "日".encode() * 3
    events = on_terminal([(SECOND, data)], cols=cols, rows=rows)

    async def body(driven: Driven) -> None:
        await driven.press("w", "l", "j", "v", "right", "down", "y", "w", "Y", "equals_sign")
        assert all(len(row) <= size[0] for row in driven.rows())
        assert isinstance(driven.app.screen, PlayerScreen)

    drive(player_of(making.sealed(events, cols=cols, rows=rows), AtFrame(0)), body, size)


# -- terminals -------------------------------------------------------------------------------------


def two_terminals() -> list[Event]:
    return [
        *(ChannelOpened(0, n, "session", "client") for n in (1, 2)),
        *(Terminal(0, n, "xterm-256color", 80, 24, 0, 0, b"") for n in (1, 2)),
        Output(1 * SECOND, 1, b"one a"),
        Output(2 * SECOND, 2, b"two a"),
        Output(3 * SECOND, 1, b" one b"),
        Output(4 * SECOND, 2, b" two b"),
    ]


def test_a_terminal_is_chosen_by_key_and_mouse_or_by_itself(making: Making) -> None:
    async def body(driven: Driven) -> None:
        rows = driven.rows
        assert rows()[0] == " auto ●terminal 1  terminal 2"
        assert rows()[1] == "one a"
        await driven.press("full_stop")
        assert rows()[:2] == [" auto  terminal 1 ●terminal 2", "two a"]
        await driven.press("s")
        assert rows()[:2] == [" auto ●terminal 1  terminal 2", "one a"]
        await driven.press("G")
        assert rows()[1] == "one a one b"
        await driven.press("s")
        assert rows()[1] == "two a two b"
        await driven.press("S", "S")
        assert rows()[1] == "two a two b"  # the last one that was written to
        await driven.pilot.click(Terminals, offset=(9, 0))
        await driven.settle()
        assert rows()[1] == "one a one b"
        await driven.pilot.click(Terminals, offset=(70, 0))
        await driven.settle()
        assert rows()[1] == "one a one b"

    drive(player_of(making.sealed(two_terminals())), body)


def test_steps_stay_in_the_terminal_that_is_chosen(making: Making) -> None:
    async def body(driven: Driven) -> None:
        await driven.press("s")
        assert "f0/4" in driven.status()
        assert "f2/4" in await driven.press("full_stop")
        assert "f2/4" in await driven.press("full_stop")
        assert "f0/4" in await driven.press("comma")
        assert "f2/4" in await driven.press("greater_than_sign")

    drive(player_of(making.sealed(two_terminals())), body)


def test_one_terminal_needs_no_row(making: Making) -> None:
    async def body(driven: Driven) -> None:
        assert not driven.app.screen.query_one(Terminals).display
        assert await driven.press("s") == "this session has one terminal"

    drive(player_of(making.sealed(lines_of(2))), body)


@pytest.mark.screens
@pytest.mark.parametrize("size", SIZES)
def test_how_two_terminals_look(making: Making, size: Size) -> None:
    recording = making.sealed(two_terminals())
    check("player-terminals", size, lambda: player_of(recording), "full_stop s")


@pytest.mark.screens
@pytest.mark.parametrize("size", SIZES)
def test_how_the_map_looks(making: Making, size: Size) -> None:
    lines = b"".join(b"\x1b[%d;%dHrow %d" % (n, 3 * n, n) for n in range(1, 101))
    recording = making.sealed(on_terminal([(SECOND, lines)], cols=300, rows=100))
    check("player-map", size, lambda: player_of(recording), "w l l j equals_sign")


# -- the scrubber ----------------------------------------------------------------------------------


def test_time_is_zoomed_by_wheel_and_keys(making: Making) -> None:
    async def body(driven: Driven) -> None:
        scrubber = driven.app.screen.query_one(Scrubber)
        assert scrubber.scale.end == 80 * SECOND
        for _ in range(3):
            await driven.pilot._post_mouse_events(
                [MouseScrollUp], Scrubber, offset=(5, 0), control=True
            )
        await driven.settle()
        assert scrubber.scale.span < 11 * SECOND
        assert scrubber.scale.start <= 5 * SECOND <= scrubber.scale.end
        await driven.until(lambda: bool(scrubber._finer.output))
        heat, marks = scrubber_rows(driven)
        assert marks[79] == "›"
        assert 3 <= sum(glyph in "▁▂▃▄▅▆▇█" for glyph in heat) <= 12  # each line on its own
        await driven.press("G")  # the place is always in view
        assert scrubber.scale.end == 80 * SECOND
        assert "▲" in scrubber_rows(driven)[1]
        await driven.pilot._post_mouse_events([MouseScrollUp] * 3, Scrubber, offset=(5, 0))
        await driven.pilot.pause()
        assert scrubber.scale.end < 80 * SECOND
        await driven.press(*["minus"] * 8)
        assert (scrubber.scale.start, scrubber.scale.end) == (0, 80 * SECOND)
        await driven.press("equals_sign")
        assert scrubber.scale.span == (80 * SECOND + 1) // 2
        await driven.pilot._post_mouse_events(
            [MouseScrollDown] * 9, Scrubber, offset=(5, 0), control=True
        )
        assert scrubber.scale.span == 80 * SECOND + 1

    drive(player_of(making.sealed(a_session())), body)


def test_the_mouse_is_told_what_ran(making: Making) -> None:
    events: list[Event] = [
        ChannelOpened(0, 1, "session", "client"),
        Requested(10 * SECOND, 1, "exec", b"make [@click=app.quit]test\x1b[2J"),
        Output(20 * SECOND, 1, b"ok"),
        Gap(40 * SECOND, 0, "the disk was full"),
        Output(80 * SECOND, 1, b"done"),
    ]

    async def body(driven: Driven) -> None:
        await driven.press("G")
        heat, marks = scrubber_rows(driven)
        assert "▚" in heat[39:42]
        assert "❯" in marks[9:12]
        assert heat[22:38] == HATCH * 16
        await driven.pilot.hover(Scrubber, offset=(30, 0))
        await driven.pilot.pause()
        assert "❯ make [@click=app.quit]test␛[2J" in scrubber_rows(driven)[1]
        await driven.pilot.hover(Scrubber, offset=(39, 0))
        await driven.pilot.pause()
        assert "▚ the disk was full" in scrubber_rows(driven)[1]

    drive(player_of(making.sealed(events)), body, size=(80, 24))


def test_what_is_not_sealed_yet_is_marked(making: Making) -> None:
    journal = making.begin()
    journal.append(lines_of(10)).result()

    async def body(driven: Driven) -> None:
        assert scrubber_rows(driven)[1].count("┄") > 60

    drive(player_of(making.open(journal)), body)
    journal.close("over").result()
