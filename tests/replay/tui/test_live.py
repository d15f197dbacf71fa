"""The player on a session that a real ``gatereel record`` is recording, in a process of its own."""

from __future__ import annotations

import contextlib
import os
import pty
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from recorder.clock import SystemClock
from recorder.errors import GatereelError
from recorder.reader import Recording
from recorder.store import Store
from replay.tui.app import ReplayApp
from replay.tui.player_screen import PlayerScreen
from replay.tui.stage import Stage
from tests.replay.tui.driving import Driven, drive

ROOT = Path(__file__).parents[3]
PATIENCE = 30.0
LAG = 0.5


@contextmanager
def recorded(folder: Path) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """``cat`` under ``gatereel record``: what is written to the terminal comes back."""
    environment = {**os.environ, "XDG_DATA_HOME": str(folder / "data"), "TERM": "xterm"}
    command = [sys.executable, "-m", "gatereel", "record", "--store", str(folder / "store")]
    master, slave = pty.openpty()
    termios.tcsetwinsize(slave, (24, 80))
    process = subprocess.Popen(
        [*command, "--", "cat"],
        cwd=ROOT,
        env=environment,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
    )
    os.close(slave)
    drain = threading.Thread(target=_drain, args=(master,), daemon=True)
    drain.start()
    try:
        yield master, process
    finally:
        process.kill()
        process.wait(PATIENCE)
        os.close(master)
        drain.join(PATIENCE)


def _drain(fd: int) -> None:
    with contextlib.suppress(OSError):
        while os.read(fd, 1 << 16):
            pass


def live(folder: Path) -> tuple[Store, str]:
    """The session, once there is one that can be opened."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with contextlib.suppress(GatereelError):
            store = Store.open(folder / "store")
            for session in store.ids():
                Recording(store, session).close()
                return store, session
        time.sleep(0.02)
    raise AssertionError("nothing is recorded")


def test_following_a_recording_process(tmp_path: Path) -> None:
    with recorded(tmp_path) as (terminal, process):
        store, session = live(tmp_path)

        async def body(driven: Driven) -> None:
            stage = driven.app.screen.query_one(Stage)

            def on_show(words: str) -> bool:
                frame = stage.frame
                return frame is not None and any(words in frame.text(y) for y in range(frame.rows))

            assert driven.status().startswith("●")
            lags = []
            for number in range(5):
                os.write(terminal, b"line %d\r" % number)
                begun = time.monotonic()
                await driven.until(lambda n=number: on_show(f"line {n}"))  # type: ignore[misc]
                lags.append(time.monotonic() - begun)
            # A busy machine may delay one; that all are late would be ours.
            assert min(lags) < LAG, lags

            screen = driven.app.screen
            assert isinstance(screen, PlayerScreen)
            await driven.press("g")  # back, while it goes on
            assert not on_show("line 4")
            frames = len(screen.player.frames) if screen.player else 0
            os.write(terminal, b"more\r")
            await driven.until(
                lambda: screen.player is not None and len(screen.player.frames) > frames
            )
            assert not on_show("more")
            await driven.press("f")
            await driven.until(lambda: on_show("more"))
            os.write(terminal, b"\x04")
            await driven.until(lambda: "the session has ended" in driven.status())
            assert on_show("more")

        app = ReplayApp(recording=partial(Recording, store, session), clock=SystemClock())
        drive(app, body)
        process.wait(PATIENCE)
