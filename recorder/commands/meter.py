"""How far long work has come, on a terminal; nothing where standard error is none.

Knows: a terminal. Must never know: what is being done. Called by
`recorder.commands.export` and `recorder.commands.deriving`.
"""

from __future__ import annotations

import sys
import time
from types import TracebackType

_EVERY_NS = 200_000_000


class Meter:
    """A context; what it wrote is gone when it ends."""

    def __init__(self, what: str, start: int, end: int) -> None:
        self._what, self._start, self._end = what, start, end
        self._shown = sys.stderr.isatty()
        self._next = time.monotonic_ns() + _EVERY_NS
        self._width = 0

    def __enter__(self) -> Meter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._width:
            sys.stderr.write(f"\r{' ' * self._width}\r")
            sys.stderr.flush()

    def at(self, place: int) -> None:
        """Work has come to this place between start and end."""
        if not self._shown or time.monotonic_ns() < self._next:
            return
        self._next = time.monotonic_ns() + _EVERY_NS
        done = min(max(place - self._start, 0), max(self._end - self._start, 1))
        line = f"{self._what}: {100 * done // max(self._end - self._start, 1)} %"
        self._width = max(self._width, len(line))
        sys.stderr.write(f"\r{line}")
        sys.stderr.flush()
