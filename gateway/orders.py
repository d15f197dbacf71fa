"""What a running gateway is told from outside: to stop, to stop at once, to read its configuration.

Knows: signals, and whether somebody started it on a terminal of theirs. Must never know: what is
done about an order beyond letting people finish. Made by `gateway.serve`.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import Awaitable, Callable

from gateway.live import LiveSessions

log = logging.getLogger(__name__)


class Orders:
    """Those that have come."""

    def __init__(self) -> None:
        self.stop = asyncio.Event()
        self._hurry = asyncio.Event()
        """It was told to stop once more."""
        self._reload = asyncio.Event()
        self._terminals: list[int] = []
        """Where somebody started it on theirs; a service manager gives it none."""

    def listen(self) -> None:
        """SIGTERM and SIGINT end it. A terminal that is closed takes its gateway along, in order;
        else SIGHUP is the word for reading the configuration again."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._told_to_stop)
        self._terminals = [fd for fd in range(3) if os.isatty(fd)]
        loop.add_signal_handler(signal.SIGHUP, self._hung_up)

    async def each_reload(self, reload: Callable[[], Awaitable[None]]) -> None:
        """Calls this for each order to reload; until cancelled."""
        while True:
            await self._reload.wait()
            self._reload.clear()
            await reload()

    async def let_finish(
        self, live: LiveSessions, seconds: int, left: Callable[[float], Awaitable[None]]
    ) -> None:
        """People are told on their terminals, and get so long to end what they do, unless somebody
        tells the gateway to stop once more. ``left`` waits at most so long until all have left."""
        if not seconds:
            return
        log.info("nobody is let in any more; %d sessions may last %d s", len(live), seconds)
        words = f"gatereel: the gateway is shutting down; this session ends in {seconds} s"
        for session in live:
            session.tell(words.encode())
        async with asyncio.TaskGroup() as group:
            leaving = group.create_task(_wait(left, seconds))
            hurried = group.create_task(_cancel_after(self._hurry, leaving))
            await asyncio.wait((leaving,))
            hurried.cancel()

    def _told_to_stop(self) -> None:
        (self._hurry if self.stop.is_set() else self.stop).set()

    def _hung_up(self) -> None:
        """A terminal that was closed is none any more; one that is there had no part in it."""
        if self._terminals and not any(os.isatty(fd) for fd in self._terminals):
            log.info("the terminal was closed")
            self._told_to_stop()
        else:
            self._reload.set()


async def _wait(left: Callable[[float], Awaitable[None]], seconds: float) -> None:
    await left(seconds)


async def _cancel_after(event: asyncio.Event, task: asyncio.Task[None]) -> None:
    await event.wait()
    task.cancel()
