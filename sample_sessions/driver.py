"""Drives a program on a real terminal as a person would: types, waits for what it shows, resizes.

Knows: a pseudo-terminal and a script of steps. Must never know: what the program is, or that
it is recorded. `sample_sessions.make` calls it. Steps wait for what the screen says, so a slow
machine makes a longer session, not another one; the pauses between keys are a person's and come
from a seeded generator.
"""

from __future__ import annotations

import fcntl
import os
import pty
import random
import re
import select
import struct
import termios
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never

KEYS = {
    "Enter": b"\r",
    "Escape": b"\x1b",
    "Tab": b"\t",
    "Space": b" ",
    "Backspace": b"\x7f",
    "C-c": b"\x03",
    "C-d": b"\x04",
    "C-l": b"\x0c",
    "C-r": b"\x12",
    "Up": b"\x1b[A",
    "Down": b"\x1b[B",
    "PageDown": b"\x1b[6~",
    "F2": b"\x1bOQ",
    "F5": b"\x1b[15~",
    "F6": b"\x1b[17~",
}


@dataclass(frozen=True, slots=True)
class Type:
    """These characters, one after the other."""

    text: str


@dataclass(frozen=True, slots=True)
class Press:
    """One key by name, so many times."""

    key: str
    times: int = 1


@dataclass(frozen=True, slots=True)
class Expect:
    """Go on when this (a regular expression) was shown since the last `Expect`."""

    shown: str
    seconds: float = 20


@dataclass(frozen=True, slots=True)
class Rest:
    """Read for a while, as a person does."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Window:
    """The window gets this size."""

    cols: int
    rows: int


Step = Type | Press | Expect | Rest | Window


class Unexpected(Exception):
    """The program did not show what the script waits for."""


class Drive:
    """One program on one terminal."""

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        folder: str,
        *,
        cols: int = 80,
        rows: int = 24,
        seed: int = 1,
    ) -> None:
        self._chance = random.Random(seed)
        self._seen = b""
        ready, go = os.pipe()
        self.pid, self._terminal = pty.fork()
        if self.pid == 0:  # the child becomes the program
            os.close(go)
            os.read(ready, 1)
            os.chdir(folder)
            os.execvpe(command[0], list(command), dict(environment))
        os.close(ready)
        self._resize(cols, rows)
        os.close(go)

    def run(self, steps: Sequence[Step]) -> int:
        """Every step in order, then whatever is still shown; the program's exit status."""
        for step in steps:
            match step:
                case Type(text=text):
                    for character in text:
                        self._write(character.encode())
                        self._rest(self._chance.uniform(0.02, 0.09))
                case Press(key=key, times=times):
                    for _ in range(times):
                        self._write(KEYS[key])
                        self._rest(self._chance.uniform(0.08, 0.2))
                case Expect(shown=shown, seconds=seconds):
                    self._expect(shown, seconds)
                case Rest(seconds=seconds):
                    self._rest(seconds)
                case Window(cols=cols, rows=rows):
                    self._resize(cols, rows)
                    self._rest(0.4)
                case _:
                    assert_never(step)
        while self._read(20):
            pass
        _, status = os.waitpid(self.pid, 0)
        os.close(self._terminal)
        return os.waitstatus_to_exitcode(status)

    def _resize(self, cols: int, rows: int) -> None:
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))

    def _write(self, data: bytes) -> None:
        os.write(self._terminal, data)

    def _read(self, seconds: float) -> bool:
        """Takes what the program shows within this time; False when there is no more to come."""
        ready, _, _ = select.select([self._terminal], [], [], max(seconds, 0))
        if not ready:
            return False
        try:
            data = os.read(self._terminal, 65536)
        except OSError:  # EIO: the last process left the terminal
            return False
        self._seen += data
        return bool(data)

    def _rest(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if not self._read(left):
                return

    def _expect(self, shown: str, seconds: float) -> None:
        pattern = re.compile(shown.encode())
        until = time.monotonic() + seconds
        while True:
            found = pattern.search(self._seen)
            if found:
                self._seen = self._seen[found.end() :]
                return
            left = until - time.monotonic()
            if left <= 0 or not self._read(left):
                message = f"{shown!r} was not shown; the last was {self._seen[-600:]!r}"
                raise Unexpected(message)
