"""Pictures as an MP4: decoded again they are what was painted; without ffmpeg there is a word."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

from recorder.convert.mp4 import Mp4Writer, ffmpeg
from recorder.errors import FilmError
from tests.system.peers import need


def decoded(path: Path, size: tuple[int, int]) -> list[Image.Image]:
    raw = subprocess.run(
        [need("ffmpeg"), "-v", "error", "-i", str(path),
         "-f", "rawvideo", "-pix_fmt", "rgb24", "-"],
        check=True, capture_output=True, stdin=subprocess.DEVNULL,
    ).stdout  # fmt: skip
    step = 3 * size[0] * size[1]
    return [Image.frombytes("RGB", size, raw[at : at + step]) for at in range(0, len(raw), step)]


def apart(one: Image.Image, two: Image.Image) -> float:
    """The mean difference of a channel, of 255."""
    return max(ImageStat.Stat(ImageChops.difference(one, two)).mean)


@pytest.mark.peer
def test_what_is_decoded_is_what_was_written(tmp_path: Path) -> None:
    need("ffmpeg")
    path = tmp_path / "x.mp4"
    one = Image.new("RGB", (64, 32), (20, 23, 28))
    one.paste((212, 215, 221), (8, 8, 40, 24))
    two = one.copy()
    two.paste((13, 188, 121), (8, 8, 40, 24))
    title = "alice=\u202e; $(id) `x` -i /etc/passwd"
    with Mp4Writer(path, one.size, 10, title) as writer:
        writer.add(one, 3)
        writer.add(two, 5)
        writer.finish()
    frames = decoded(path, one.size)
    assert len(frames) == 8
    for frame, wanted in zip(frames, [one] * 3 + [two] * 5, strict=True):
        assert apart(frame, wanted) < 4
    probe = [need("ffprobe"), "-v", "error", "-show_entries", "format_tags=title:format=duration",
             "-of", "default=noprint_wrappers=1", str(path)]  # fmt: skip
    told = subprocess.run(probe, check=True, capture_output=True, text=True).stdout
    assert f"TAG:title={title}" in told
    assert "duration=0.800000" in told


def test_without_ffmpeg_one_line_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FilmError, match="not installed here: install it, or export a GIF") as told:
        ffmpeg()
    assert told.value.code == "GR-109"


def fake(tmp_path: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "ffmpeg"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")


LAST_WORDS = "echo 'no \033[31mencoder' >&2"


@pytest.mark.parametrize(
    "script", [f"echo one >&2; {LAST_WORDS}; exit 1", f"cat >&-; {LAST_WORDS}; exit 3"]
)
def test_its_last_words_are_told_harmlessly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    fake(tmp_path, script, monkeypatch)
    image = Image.new("RGB", (640, 480))

    def write() -> None:
        with Mp4Writer(tmp_path / "x.mp4", image.size, 30) as writer:
            writer.add(image, 50)
            writer.finish()

    with pytest.raises(FilmError) as told:
        write()
    assert str(told.value) == "ffmpeg cannot encode this film: no  [31mencoder"


def test_one_that_cannot_be_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "ffmpeg"
    program.write_bytes(b"\x7fELFnot really")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FilmError, match="cannot be started"):
        Mp4Writer(tmp_path / "x.mp4", (2, 2), 30)


def test_left_with_an_error_it_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake(tmp_path, "exec cat >/dev/null", monkeypatch)
    writer = Mp4Writer(tmp_path / "x.mp4", (2, 2), 30)

    def break_off() -> None:
        with writer:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        break_off()
    assert writer._process.returncode == -9
