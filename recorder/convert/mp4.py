"""Pictures as an MP4 film, encoded by ffmpeg where it is installed.

Knows: how to start ffmpeg and feed it. Must never know: frames, terminals, recordings. Called by
`recorder.convert.motion`.

ffmpeg is started without a shell, reads raw pictures from a pipe and writes one file; nothing
recorded is among its arguments but a title, as the value of one. The film has a fixed rate: a
picture that stands long is sent again and again, and costs next to nothing in the file.
"""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import IO

from PIL import Image

from recorder.errors import FilmError

_COLOURS = (
    "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p",
    *("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709"),
    *("-color_range", "tv"),
)
_LAST_WORDS = 4096


def ffmpeg() -> str:
    """Where it is; raises `FilmError` where it is not."""
    found = shutil.which("ffmpeg")
    if found is None:
        raise FilmError(
            "an MP4 is encoded by ffmpeg, which is not installed here: install it, or export a GIF"
        )
    return found


class Mp4Writer:
    """Writes to ``path``, which may be there. A context: left with an error, ffmpeg is ended."""

    def __init__(self, path: Path, size: tuple[int, int], fps: int, title: str = "") -> None:
        self._said: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115
        width, height = size
        command = [
            *(ffmpeg(), "-hide_banner", "-loglevel", "error", "-y"),
            *("-f", "rawvideo", "-pix_fmt", "rgb24", "-video_size", f"{width}x{height}"),
            *("-framerate", str(fps), "-i", "pipe:0", "-an", "-vf", *_COLOURS),
            *("-c:v", "libx264", "-preset", "medium", "-tune", "animation", "-crf", "16"),
            *("-movflags", "+faststart", "-metadata", f"title={title}"),
            *("-f", "mp4", f"file:{path.absolute()}"),
        ]
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=self._said,
                start_new_session=True,  # ctrl-c is ours: it must not end ffmpeg first
            )
        except OSError as error:
            self._said.close()
            raise FilmError(f"ffmpeg cannot be started: {error.strerror}") from error

    def __enter__(self) -> Mp4Writer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
        self._process.wait()
        self._said.close()

    def add(self, image: Image.Image, duration: int) -> None:
        """The next picture (RGB, of the whole size), so many times. Raises `FilmError`."""
        data = image.tobytes()
        into = self._process.stdin
        assert into is not None
        try:
            for _ in range(duration):
                into.write(data)
        except OSError:
            raise self._failed() from None

    def finish(self) -> None:
        """There are no more: waits until the film is written. Raises `FilmError`."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.close()
        except OSError:
            raise self._failed() from None
        if self._process.wait() != 0:
            raise self._failed()

    def _failed(self) -> FilmError:
        status = self._process.wait()
        end = self._said.seek(0, 2)
        self._said.seek(max(0, end - _LAST_WORDS))
        lines = self._said.read().decode("utf-8", "replace").strip().splitlines()
        last = "".join(c if c.isprintable() else " " for c in lines[-1]) if lines else "no word"
        return FilmError(
            f"ffmpeg cannot encode this film: {last[:200]}",
            operator=f"ffmpeg ended with {status}: {lines!r}",
        )
