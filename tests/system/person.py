"""A person at a terminal, byte for byte: a program on a PTY of its own, typed at and looked at.

Unlike `tests.system.tmux` nothing is drawn: what a test waits for is what the program wrote.
Waiting reads against a deadline; nothing sleeps for a guessed time.
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from tests.system.peers import need

PATIENCE = 30.0


class Person:
    """Whoever sits there."""

    def __init__(self, main: int, process: subprocess.Popen[bytes]) -> None:
        self._main = main
        self._process = process
        self._looked = 0
        self.seen = b""
        """All that was written."""

    def type(self, data: bytes) -> None:
        os.write(self._main, data)

    def resize(self, cols: int, rows: int) -> None:
        fcntl.ioctl(self._main, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))

    def wait_for(self, text: bytes, seconds: float = PATIENCE) -> None:
        """Until this was written since what was waited for before; fails the test without it."""
        deadline = time.monotonic() + seconds
        while (found := self.seen.find(text, self._looked)) < 0:
            if not self._look(0.05) or time.monotonic() > deadline:
                pytest.fail(f"not written: {text!r}\nbut: {self.seen[self._looked :]!r}")
        self._looked = found + len(text)

    def wait_ended(self, seconds: float = PATIENCE) -> int:
        """Looks on until nobody writes any more; the exit status."""
        deadline = time.monotonic() + seconds
        while self._look(0.05):
            if time.monotonic() > deadline:
                pytest.fail(f"it goes on: {self.seen[self._looked :]!r}")
        return self._process.wait(seconds)

    def _look(self, seconds: float) -> bool:
        """Whether there may be more to see."""
        ready, _, _ = select.select([self._main], [], [], seconds)
        if not ready:
            return True
        try:
            data = os.read(self._main, 1 << 16)
        except OSError:  # nobody has the terminal any more
            return False
        self.seen += data
        return bool(data)


@contextmanager
def at_a_terminal(command: Sequence[str], *, cols: int = 80, rows: int = 24) -> Iterator[Person]:
    """The program on a terminal of its own; it ends with the block."""
    main, side = pty.openpty()
    process = subprocess.Popen(
        # A session of its own, of which this is the terminal.
        [need("setsid"), "--ctty", "--wait", *command],
        stdin=side,
        stdout=side,
        stderr=side,
        env={**os.environ, "TERM": "xterm-256color"},
    )
    os.close(side)
    person = Person(main, process)
    person.resize(cols, rows)
    try:
        yield person
    finally:
        os.close(main)  # hangs up
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
