"""A range's frames as a film: paced, painted, handed to what encodes them.

Knows: frames in order, the painter, the two encoders. Must never know: stores, command lines.
Called by ``gatereel export``. One picture is held at a time, whatever the length of the recording.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Protocol

from PIL import Image

from recorder.channel_screen import ChannelScreen, Size
from recorder.convert.gif import UNITS, GifWriter
from recorder.convert.looks import writable
from recorder.convert.mp4 import Mp4Writer
from recorder.convert.pacing import Pace, Step, grid, paced
from recorder.convert.painter import FONT_SIZE, Painter
from recorder.convert.walk import Shown
from recorder.reader import Recording
from recorder.screen import Frame, Screen

PIXELS = 1 << 23
"""Of a film's picture, at most: a larger window is drawn with a smaller font."""


@dataclass(frozen=True, slots=True)
class Shooting:
    """How a film is made."""

    size: Size
    """The largest window in it; smaller ones stand at the top left."""
    span: tuple[int, int]
    """The range, in µs."""
    title: str = ""
    """May be any text."""
    pace: Pace = field(default_factory=Pace)
    font_size: int = FONT_SIZE


class _Writer(Protocol):
    def add(self, image: Image.Image, duration: int) -> None: ...


def write_gif(out: BinaryIO, frames: Iterable[Shown], how: Shooting) -> int:
    """An animated GIF; how many pictures it has."""
    painter = _painter(how)
    writer = GifWriter(out, painter.image.size, writable(how.title))
    count = _shoot(writer, painter, frames, how, UNITS)
    writer.finish()
    return count


def write_mp4(path: Path, frames: Iterable[Shown], how: Shooting) -> int:
    """An MP4; how many pictures it has, those that repeat not counted. Raises `FilmError`."""
    painter = _painter(how)
    with Mp4Writer(path, painter.image.size, how.pace.fps, writable(how.title)) as writer:
        count = _shoot(writer, painter, frames, how, how.pace.fps)
        writer.finish()
    return count


def largest(
    recording: Recording, channel: int, default: Size, before: Size | None, span: tuple[int, int]
) -> Size:
    """The most columns and the most rows that a channel's window has in a range while anything is
    shown. ``before`` is its size when the range begins, None where nothing was shown yet."""
    start, end = span
    screen = ChannelScreen(before or default)
    cols, rows = before or (0, 0)
    first = recording.number_at(start - 1) + 1 if start > 0 else 0
    for record in recording.records(first):
        if record.time > end:
            break
        if record.event.channel != channel:
            continue
        if screen.take(record.event) is not None or cols:
            cols, rows = max(cols, screen.screen.cols), max(rows, screen.screen.rows)
    return Size(cols, rows) if cols else before or default


def _painter(how: Shooting) -> Painter:
    return Painter(*how.size, how.font_size, PIXELS)


def _shoot(
    writer: _Writer, painter: Painter, frames: Iterable[Shown], how: Shooting, units: int
) -> int:
    count = 0
    for step in _steps(frames, how):
        painter.paint(step.picture)
        duration = grid(step.until, units) - grid(step.begin, units)
        if duration:
            writer.add(painter.image, duration)
            count += 1
    return count


def _steps(frames: Iterable[Shown], how: Shooting) -> Iterator[Step[Frame]]:
    start, end = how.span

    def pictures() -> Iterator[tuple[int, Frame]]:
        # Nothing is shown until something is; a frame that stood there is at the start too.
        yield start, Screen(*how.size).frame()
        for shown in frames:
            if not shown.again:
                yield shown.ref.closed, shown.screen

    return paced(pictures(), start, end, how.pace)
