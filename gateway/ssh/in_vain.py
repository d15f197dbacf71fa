"""What a client asks for that no channel carries: refused, counted, written down in its order.

Knows: how many may be asked for, what is still to be written. Must never know: what was asked for,
where it is written. Made by `gateway.ssh.visit`, one for each connection.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable

from recorder.errors import GatereelError

REFUSALS = 2048
"""Requests that a client may make in vain on one connection."""

WriteRefusal = Callable[[str, bytes, GatereelError], Awaitable[object]]


class InVain:
    """Of one connection."""

    def __init__(self, place: Callable[[], Awaitable[WriteRefusal]]) -> None:
        """``place`` says where they are written; it may open a session for them, and fail."""
        self._place = place
        self._asked = 0
        self._waiting: deque[tuple[str, bytes, GatereelError]] = deque()

    @property
    def too_many(self) -> bool:
        return self._asked > REFUSALS

    def asked(self, what: str, detail: bytes, error: GatereelError) -> bool:
        """Takes one in, unless they are too many; whether `write` has to be run for it."""
        self._asked += 1
        if self.too_many:
            return False
        self._waiting.append((what, detail, error))
        return len(self._waiting) == 1

    async def write(self) -> None:
        """Writes down all that wait, and those that come meanwhile."""
        try:
            write = await self._place()
            while self._waiting:
                await write(*self._waiting[0])
                self._waiting.popleft()
        except GatereelError:
            # The session could not be opened, which the logbook says, or its journal failed,
            # which ends it: nothing was let through either way.
            self._waiting.clear()
