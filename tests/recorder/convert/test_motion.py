"""Films of recordings: what is read again from them is what the frames show, when they show it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageSequence

from recorder.channel_screen import Size
from recorder.convert.motion import Shooting, largest, write_gif, write_mp4
from recorder.convert.pacing import Pace
from recorder.convert.painter import Painter
from recorder.convert.walk import Shown, walk
from recorder.events import Event, Output, Resize
from recorder.index import Index
from recorder.reader import Recording
from recorder.screen import Screen
from tests.recorder.convert.test_mp4 import apart, decoded
from tests.recorder.recordings import Making, on_terminal
from tests.system.peers import need

MS = 1000
SIZE = Size(30, 5)
PIECES = [(500 * MS, b"one\r\n"), (1500 * MS, b"\x1b[31mtwo\x1b[m"), (60_000 * MS, "漢".encode())]


@pytest.fixture
def making(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Making]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    made = Making(tmp_path / "store")
    yield made
    made.close()


@pytest.fixture
def recording(making: Making) -> Iterator[Recording]:
    with making.sealed(on_terminal(PIECES, cols=30, rows=5)) as opened:
        yield opened


def shown(recording: Recording) -> list[Shown]:
    with Index.load_or_build(recording) as index:
        return [step for step in walk(recording, index) if isinstance(step, Shown)]


def pictures(frames: list[Shown]) -> list[Image.Image]:
    painter = Painter(*SIZE)
    painter.paint(Screen(*SIZE).frame())
    made = [painter.image.copy()]
    for each in frames:
        painter.paint(each.screen)
        made.append(painter.image.copy())
    return made


def test_a_gif_has_each_frame_for_as_long_as_it_stood(recording: Recording) -> None:
    frames = shown(recording)
    out = io.BytesIO()
    how = Shooting(SIZE, (0, 60_000 * MS), "session x")
    assert write_gif(out, frames, how) == 4
    with Image.open(out) as gif:
        seen = [
            (f.convert("RGB").tobytes(), f.info["duration"]) for f in ImageSequence.Iterator(gif)
        ]
        assert gif.info["comment"] == b"session x"
    expected = zip(pictures(frames), (500, 1000, 5000, 3000), strict=True)
    assert seen == [(picture.tobytes(), duration) for picture, duration in expected]


@pytest.mark.peer
def test_an_mp4_comes_close_to_the_same(recording: Recording, tmp_path: Path) -> None:
    need("ffmpeg")
    frames = shown(recording)
    how = Shooting(
        SIZE, (0, 60_000 * MS), "session x", Pace(idle=1_000_000, last=1_000_000, fps=10)
    )
    assert write_mp4(tmp_path / "x.mp4", frames, how) == 4
    made = decoded(tmp_path / "x.mp4", (270, 90))
    wanted = pictures(frames)
    expected = [wanted[0]] * 5 + [wanted[1]] * 10 + [wanted[2]] * 10 + [wanted[3]] * 10
    assert len(made) == len(expected)
    assert max(apart(one, two) for one, two in zip(made, expected, strict=True)) < 4


def test_the_canvas_is_as_large_as_the_largest_window_of_the_range(making: Making) -> None:
    events: list[Event] = [
        *on_terminal([(0, b"a")], cols=20, rows=4),
        Resize(1000 * MS, 1, 60, 3, 0, 0),
        Resize(2000 * MS, 1, 10, 30, 0, 0),
        Output(3000 * MS, 1, b"b"),
        Resize(4000 * MS, 2, 500, 500, 0, 0),
        Resize(5000 * MS, 1, 90, 90, 0, 0),
    ]
    with making.sealed(events) as recording:
        default, small = Size(80, 24), Size(1, 1)
        # Of the default size nothing was ever shown.
        assert largest(recording, 1, default, None, (0, 4500 * MS)) == (60, 30)
        assert largest(recording, 1, default, small, (1500 * MS, 4500 * MS)) == (10, 30)
        assert largest(recording, 1, default, small, (1000 * MS, 9000 * MS)) == (90, 90)
        assert largest(recording, 7, default, None, (0, 9000 * MS)) == default
        out = io.BytesIO()
        write_gif(out, shown(recording), Shooting(Size(1000, 1000), (0, 5000 * MS)))
    with Image.open(out) as gif:
        assert gif.width * gif.height <= 10_000_000


def test_a_film_of_nothing_is_the_blank_screen(recording: Recording) -> None:
    out = io.BytesIO()
    assert write_gif(out, [], Shooting(SIZE, (0, 0))) == 1
    with Image.open(out) as gif:
        assert gif.info["duration"] == 3000
