"""What the app looks like, against pictures that were looked at.

After a change that is meant, `GATEREEL_PICTURES=write` makes them anew; look at the difference.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from recorder.moments import AtFrame
from replay.tui.app import ReplayApp
from replay.tui.picture import app_on, picture
from tests.recorder.recordings import Making, on_terminal
from tests.replay.tui.driving import SECOND, a_session, player_of

PICTURES = Path(__file__).parent / "pictures"
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


def compare(app: ReplayApp, name: str, size: tuple[int, int], keys: str = "") -> None:
    svg = asyncio.run(picture(app, size, tuple(keys.split())))
    path = PICTURES / f"{name}-{size[0]}x{size[1]}.svg"
    if os.environ.get("GATEREEL_PICTURES") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(svg, "utf-8")
    assert svg == path.read_text("utf-8"), f"{path.name} looks different now"


@pytest.mark.parametrize("size", [(80, 24), (140, 40)])
def test_player(making: Making, size: tuple[int, int]) -> None:
    compare(player_of(making.sealed(a_session()), AtFrame(12)), "player", size)


@pytest.mark.parametrize("size", [(80, 24), (140, 40)])
def test_library(making: Making, size: tuple[int, int]) -> None:
    making.begin()
    making.sealed(a_session()).close()
    broken = making.sealed(a_session())
    broken.path.write_bytes(b"no recording")
    compare(ReplayApp(making.store, clock=making.clock), "library", size)


def test_colours_and_attributes(making: Making) -> None:
    compare(player_of(making.sealed(on_terminal([(SECOND, COLOURS)]))), "colours", (90, 30))


def test_a_terminal_smaller_than_the_screen(making: Making) -> None:
    compare(player_of(making.sealed(a_session()), AtFrame(8)), "small", (40, 12))


@pytest.mark.parametrize(("keys", "name"), [("question_mark", "help"), ("t x enter", "go-to")])
def test_dialogs(making: Making, keys: str, name: str) -> None:
    compare(player_of(making.sealed(a_session())), name, (80, 24), keys)


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
