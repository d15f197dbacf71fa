"""Pictures as a GIF, read again by another reader than wrote it."""

from __future__ import annotations

import io
import random
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageSequence

from recorder.convert.gif import GifWriter
from tests.system.peers import need

Picture = tuple[Image.Image, int]


def written(pictures: list[Picture], comment: str = "") -> bytes:
    out = io.BytesIO()
    writer = GifWriter(out, pictures[0][0].size, comment)
    for image, duration in pictures:
        writer.add(image, duration)
    writer.finish()
    return out.getvalue()


def read(data: bytes) -> list[Picture]:
    with Image.open(io.BytesIO(data)) as image:
        return [
            (frame.convert("RGB"), frame.info["duration"] // 10)
            for frame in ImageSequence.Iterator(image)
        ]


def flat(colour: tuple[int, int, int], size: tuple[int, int] = (6, 4)) -> Image.Image:
    return Image.new("RGB", size, colour)


def test_pictures_and_durations_are_found_again() -> None:
    one = flat((1, 2, 3))
    two = one.copy()
    two.putpixel((4, 2), (255, 0, 9))
    three = flat((7, 8, 9))
    data = written([(one, 3), (two, 100), (two, 7), (three, 1)], "session \u202e x" * 40)
    assert [(image.tobytes(), duration) for image, duration in read(data)] == [
        (one.tobytes(), 3),
        (two.tobytes(), 107),  # the reader joins what does not differ
        (three.tobytes(), 1),
    ] or [duration for _, duration in read(data)] == [3, 100, 7, 1]
    with Image.open(io.BytesIO(data)) as image:
        assert image.info["comment"] == b"session \\u202e x" * 40
        assert image.info["loop"] == 0


def test_only_what_changed_is_written() -> None:
    noise = Image.new("RGB", (200, 100))
    noise.putdata([(n * 7 % 16, n * 13 % 8, 0) for n in range(200 * 100)])
    dotted = noise.copy()
    dotted.putpixel((100, 50), (255, 255, 255))
    first = len(written([(noise, 5)]))
    assert len(written([(noise, 5), (dotted, 5)])) - first < 60


def test_a_long_pause_is_as_long() -> None:
    data = written([(flat((1, 1, 1)), 150_000), (flat((2, 2, 2)), 1)])
    assert sum(duration for _, duration in read(data)) == 150_001


def test_more_colours_than_there_are_places_come_close() -> None:
    image = Image.new("RGB", (64, 64))
    image.putdata([(x * 4, y * 4, 128) for y in range(64) for x in range(64)])
    (made, _), *_ = read(written([(image, 1)]))
    worst = max(abs(a - b) for a, b in zip(image.tobytes(), made.tobytes(), strict=True))
    assert worst < 48


@settings(max_examples=40)
@given(st.integers(1, 17), st.integers(1, 9), st.integers(1, 255), st.integers(0, 2**32))
def test_up_to_255_colours_are_exact(width: int, height: int, colours: int, seed: int) -> None:
    chance = random.Random(seed)
    palette = [tuple(chance.randrange(256) for _ in range(3)) for _ in range(colours)]
    pictures = []
    for _ in range(3):
        image = Image.new("RGB", (width, height))
        image.putdata([chance.choice(palette) for _ in range(width * height)])
        pictures.append((image, chance.randrange(2, 300)))
    with Image.open(io.BytesIO(written(pictures))) as made:
        shown = iter([frame.convert("RGB").tobytes() for frame in ImageSequence.Iterator(made)])
    expected = [image.tobytes() for image, _ in pictures]
    assert all(any(one == picture for one in shown) for picture in dict.fromkeys(expected))


@pytest.mark.peer
def test_another_program_sees_the_same(tmp_path: Path) -> None:
    need("ffmpeg")
    one = flat((10, 200, 30), (40, 20))
    two = one.copy()
    two.paste((250, 250, 250), (5, 5, 20, 15))
    (tmp_path / "x.gif").write_bytes(written([(one, 10), (two, 10)]))
    program = shutil.which("ffmpeg")
    assert program is not None
    raw = subprocess.run(
        [program, "-v", "error", "-i", str(tmp_path / "x.gif"), "-fps_mode", "passthrough",
         "-f", "rawvideo", "-pix_fmt", "rgb24", "-"],
        check=True, capture_output=True, stdin=subprocess.DEVNULL,
    ).stdout  # fmt: skip
    assert raw == one.tobytes() + two.tobytes()
