"""Whether recording is possible now: one gate for all sessions, shut while a part is down.

Knows: open or shut, and why. Must never know: what is down, or how anybody noticed. Shut and
opened by `gateway.serve`, asked by `gateway.session` before it lets anybody in, watched by
every `gateway.pump`.
"""

from __future__ import annotations

from collections.abc import Callable

Watcher = Callable[[str | None], None]
"""Called with the cause when the gate was shut, with None when it was opened."""


class Gate:
    """Open at first."""

    def __init__(self) -> None:
        self._cause: str | None = None
        self._watchers: set[Watcher] = set()

    @property
    def is_open(self) -> bool:
        return self._cause is None

    @property
    def cause(self) -> str | None:
        """Why it is shut; None while it is open."""
        return self._cause

    def shut(self, cause: str) -> None:
        """Nothing goes on from here, for this reason. While it is shut, the first one stands."""
        if self._cause is None:
            self._cause = cause
            self._tell()

    def open(self) -> None:
        if self._cause is not None:
            self._cause = None
            self._tell()

    def watch(self, watcher: Watcher) -> None:
        self._watchers.add(watcher)

    def forget(self, watcher: Watcher) -> None:
        self._watchers.discard(watcher)

    def _tell(self) -> None:
        for watcher in list(self._watchers):
            watcher(self._cause)
