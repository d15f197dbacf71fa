"""Pictures of the player and its dialogs, and the command that makes pictures."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from recorder.moments import AtFrame
from replay.tui.picture import app_on, picture
from tests.recorder.recordings import Making, on_terminal
from tests.replay.tui.driving import SECOND, a_session, player_of
from tests.replay.tui.snapshots import SIZES, Size, check, difference, rows, stable, taken

COLOURS = b"".join(
    [
        b"\x1b[1mbold\x1b[0m \x1b[2mdim\x1b[0m \x1b[3mitalic\x1b[0m \x1b[4munder\x1b[0m ",
        b"\x1b[7minverse\x1b[0m \x1b[9mstrike\x1b[0m\r\n",
        *(b"\x1b[4%dm  \x1b[10%dm  " % (n, n) for n in range(8)),
        b"\x1b[0m\r\n\x1b[38;5;208mpalette \x1b[38;2;90;200;120mtrue\x1b[0m colour\r\n",
        "日本語 and ünïcode ✓ ┌─┐\r\n".encode(),
        b"[@click=app.quit]not a link[/]\r\n",
    ]
)


@pytest.mark.screens
@pytest.mark.parametrize("size", SIZES)
def test_player(making: Making, size: Size) -> None:
    recording = making.sealed(a_session())
    check("player-lines", size, lambda: player_of(recording, AtFrame(12)))


@pytest.mark.screens
def test_colours_and_attributes(making: Making) -> None:
    recording = making.sealed(on_terminal([(SECOND, COLOURS)]))
    check("player-colours", (90, 30), lambda: player_of(recording))


@pytest.mark.screens
def test_a_terminal_smaller_than_the_screen(making: Making) -> None:
    recording = making.sealed(a_session())
    check("player-small", (40, 12), lambda: player_of(recording, AtFrame(8)))


@pytest.mark.screens
@pytest.mark.parametrize(("keys", "name"), [("question_mark", "help"), ("t x enter", "go-to")])
def test_dialogs(making: Making, keys: str, name: str) -> None:
    recording = making.sealed(a_session())
    check(f"player-{name}", (80, 24), lambda: player_of(recording), keys)


def test_a_difference_can_be_read(making: Making) -> None:
    recording = making.sealed(a_session())
    first = taken(lambda: player_of(recording, AtFrame(3)), (60, 16))
    other = taken(lambda: player_of(recording, AtFrame(4)), (60, 16))
    assert first == taken(lambda: player_of(recording, AtFrame(3)), (60, 16))
    assert [row[:6] for row in rows(first)[:4]] == [f"line {n}" for n in range(4)]
    assert "+line 4" in difference(first, other)
    assert "terminal-" not in stable(first)
    bold = first.replace("fill: #d4d7dd }", "fill: #ffffff }", 1)
    assert "(by style)" in difference(first, bold)
    assert "fill: #ffffff" in difference(first, bold)


def test_a_picture_names_no_other_host(making: Making) -> None:
    recording = making.sealed(a_session())
    recording.close()
    svg = asyncio.run(picture(app_on(recording.path), (60, 16)))
    assert "http" not in svg.replace("http://www.w3.org/2000/svg", "")


def test_the_command_that_makes_one(making: Making, tmp_path: Path) -> None:
    recording = making.sealed(a_session())
    recording.close()
    out = tmp_path / "out.svg"
    command = [sys.executable, "-m", "replay.tui.picture", str(recording.path), str(out)]
    subprocess.run(
        [*command, "--at", "50%", "--size", "80x24"],
        check=True,
        timeout=60,
        cwd=Path(__file__).parents[3],
    )
    assert "f9/15" in out.read_text("utf-8")
