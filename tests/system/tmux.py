"""A terminal that a test drives as a person would: tmux with a server of its own.

Screens come from `capture-pane`, so what a test sees is what a real terminal shows. Waiting
polls the screen against a deadline; nothing sleeps for a guessed time.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.system.peers import need


class Terminal:
    """One pane of a private tmux server."""

    def __init__(self, program: str, folder: Path) -> None:
        self._tmux = [program, "-S", str(folder / "tmux.sock"), "-f", os.devnull]
        self._status = folder / "status"

    def _run(self, *words: str) -> str:
        done = subprocess.run(
            [*self._tmux, *words], check=True, capture_output=True, text=True, timeout=20
        )
        return done.stdout

    def type(self, text: str) -> None:
        """Exactly this text, no key names."""
        self._run("send-keys", "-l", "--", text)

    def press(self, *keys: str) -> None:
        """Keys by tmux's names: Enter, Escape, C-c, Left, F1, ..."""
        self._run("send-keys", "--", *keys)

    def resize(self, cols: int, rows: int) -> None:
        self._run("resize-window", "-x", str(cols), "-y", str(rows))

    def screen(self, *, escapes: bool = False) -> str:
        """The visible rows as text; ``escapes`` keeps colours as SGR sequences."""
        return self._run("capture-pane", "-p", *(["-e"] if escapes else []))

    def status(self) -> int | None:
        """The exit status of the program; None while it runs."""
        return int(self._status.read_text()) if self._status.exists() else None

    def wait_for(self, wanted: str | Callable[[str], bool], seconds: float = 15) -> str:
        """The first screen that shows ``wanted``; fails the test, with the screen, without it."""
        deadline = time.monotonic() + seconds
        while True:
            shown = self.screen()
            if wanted in shown if isinstance(wanted, str) else wanted(shown):
                return shown
            if time.monotonic() > deadline:
                pytest.fail(f"not on the screen within {seconds} s: {wanted!r}\n{shown}")
            time.sleep(0.02)

    def wait_ended(self, seconds: float = 15) -> int:
        """Waits for the program's end; its exit status."""
        self.wait_for(lambda _: self.status() is not None, seconds)
        status = self.status()
        assert status is not None
        return status


@contextmanager
def terminal(
    folder: Path,
    command: Sequence[str],
    *,
    cols: int = 80,
    rows: int = 24,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Terminal]:
    """``command`` in a fresh terminal of this size, until the block ends."""
    folder.mkdir(parents=True, exist_ok=True)
    pane = Terminal(need("tmux"), folder)
    # The status goes to a file, renamed when it is whole, and the pane stays readable: tmux
    # now and then misses the end of a pane's program.
    status = shlex.quote(str(pane._status))
    words = f"{shlex.join(command)}; echo $? > {status}.new; mv {status}.new {status}; exec cat"
    variables = {**os.environ, "LC_ALL": "C.UTF-8", "TERM": "xterm-256color", **(environment or {})}
    variables.pop("TMUX", None)
    subprocess.run(
        [
            *pane._tmux,
            *("set-option", "-g", "default-shell", "/bin/sh", ";"),
            *("set-option", "-g", "default-terminal", "screen-256color", ";"),
            *("set-option", "-g", "status", "off", ";"),
            *("new-session", "-d", "-x", str(cols), "-y", str(rows), words),
        ],
        check=True,
        env=variables,
        timeout=20,
    )
    try:
        yield pane
    finally:
        subprocess.run([*pane._tmux, "kill-server"], check=False, timeout=20)
