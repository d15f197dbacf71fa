"""How long a keystroke's echo takes through the gateway, beyond what a bastion costs.

Two sessions with a terminal stand open at once, one through each door; keys are pressed in one
and the other in turn, each once the echo before it has been seen. The echo is the target's
terminal's own.
"""

from __future__ import annotations

import os
import select
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from bench.doors import Door, two_doors
from bench.figures import Figure, percentile

KEYS = 2000
THINK = 0.004
"""Seconds between two keys: neither side is ever asked while it still works on the last."""


class Session:
    """One interactive session whose terminal echoes."""

    def __init__(self, door: Door) -> None:
        self._client = subprocess.Popen(
            door.command("stty raw echo; printf ready; exec cat > /dev/null", tty=True),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
        )
        assert self._client.stdin
        assert self._client.stdout
        self._in, self._out = self._client.stdin.fileno(), self._client.stdout.fileno()
        seen = b""
        while b"ready" not in seen:
            seen += self._read()

    def key(self, character: bytes) -> float:
        """Presses a key; seconds until its echo."""
        begin = time.perf_counter()
        os.write(self._in, character)
        while character not in self._read():
            pass
        return time.perf_counter() - begin

    def _read(self) -> bytes:
        ready, _, _ = select.select([self._out], [], [], 20)
        data = os.read(self._out, 65536) if ready else b""
        if not data:
            raise RuntimeError("the session ended, or shows nothing")
        return data

    def close(self) -> None:
        self._client.terminate()
        self._client.wait(10)
        assert self._client.stdin
        assert self._client.stdout
        self._client.stdin.close()
        self._client.stdout.close()


def measure(folder: Path) -> Iterator[Figure]:
    with ExitStack() as stack:
        ours, theirs, _ = stack.enter_context(two_doors(folder))
        mine, other = Session(ours), Session(theirs)
        stack.callback(mine.close)
        stack.callback(other.close)
        took: tuple[list[float], list[float]] = ([], [])
        for number in range(KEYS + 100):
            character = bytes([97 + number % 26])
            for session, times in ((mine, took[0]), (other, took[1])):
                time.sleep(THINK)
                value = session.key(character)
                if number >= 100:
                    times.append(value * 1000)
    for percent, bar in ((50, ""), (99, "≤ 2 ms")):
        a, b = percentile(took[0], percent), percentile(took[1], percent)
        yield Figure(
            name=f"a keystroke's echo, added, p{percent}",
            ours=round(a - b, 3),
            unit="ms",
            bar=bar,
            method=f"{a:.2f} ms against {b:.2f} ms; {theirs.name}; {KEYS} keys each, in turn",
        )
