"""Whoever comes in waits for the recorder's answer, but not for ever.

Knows: a session that is being opened, how long that may take. Must never know: protocols, why it
takes long. Made by `gateway.ssh.server`, called by `gateway.ssh.visit` for every session.

A disk that does not answer blocks whoever opens a recording on it. The first who meet that are
refused after `ANSWER` seconds, everybody after them at once, until the disk has answered. What it
opens then is closed again: nobody waits for it any more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Protocol, TypeVar

from gateway.refusals import NotRecordable
from recorder.events import Facts

ANSWER = 5.0
"""Seconds that opening a recording may take."""


class Closable(Protocol):
    async def close(self, reason: str) -> None: ...


S = TypeVar("S", bound=Closable)


class Doorstep:
    """Of one gateway."""

    def __init__(self, refused: Callable[[Facts], object], seconds: float = ANSWER) -> None:
        """``refused`` writes down who was not let in."""
        self._refused = refused
        self._seconds = seconds
        self._late: set[asyncio.Task[object]] = set()
        """Openings for which nobody waits any more."""

    async def bring(self, opening: Coroutine[object, object, S], who: Facts) -> S:
        """What ``opening`` returns or raises; raises NotRecordable where that takes too long."""
        if self._late:
            opening.close()
            raise self._too_late(who)
        task = asyncio.get_running_loop().create_task(opening)
        try:
            done, _ = await asyncio.wait({task}, timeout=self._seconds)
        except asyncio.CancelledError:
            self._keep(self._close_again(task))
            raise
        if done:
            return task.result()
        self._keep(self._close_again(task))
        raise self._too_late(who)

    def _too_late(self, who: Facts) -> NotRecordable:
        error = NotRecordable(
            "the disk that sessions are recorded to does not answer, so nobody is let in; try"
            " again shortly"
        )
        self._refused({**who, "error": error.code, "reason": error.operator})
        return error

    def _keep(self, work: Coroutine[object, object, None]) -> None:
        late: asyncio.Task[object] = asyncio.get_running_loop().create_task(work)
        self._late.add(late)
        late.add_done_callback(self._late.discard)

    @staticmethod
    async def _close_again(opening: asyncio.Task[S]) -> None:
        await asyncio.wait({opening})
        if not opening.cancelled() and opening.exception() is None:
            await opening.result().close("nobody waited for it any more")
