"""Whoever comes in finds room, and waits for the recorder's answer, but not for ever.

Knows: a session that is being opened, whose, how long that may take, how many there may be. Must
never know: protocols, why it takes long. Made by `gateway.ssh.server`, called by
`gateway.ssh.visit` for every session.

A disk that does not answer blocks whoever opens a recording on it. The first who meet that are
refused after `ANSWER` seconds, everybody after them at once, until the disk has answered. What it
opens then is closed again: nobody waits for it any more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Protocol, TypeVar

from gateway.limits import Turnstile
from gateway.refusals import NotRecordable, TooMany
from recorder.errors import GatereelError
from recorder.events import Facts

ANSWER = 5.0
"""Seconds that opening a recording may take."""


class Opened(Protocol):
    """A session."""

    async def close(self, reason: str) -> None: ...
    def when_closed(self, tell: Callable[[], None]) -> None: ...


S = TypeVar("S", bound=Opened)


class Doorstep:
    """Of one gateway."""

    def __init__(
        self,
        refused: Callable[[Facts], object],
        turnstile: Turnstile,
        seconds: float = ANSWER,
    ) -> None:
        """``refused`` writes down who was not let in."""
        self._refused = refused
        self._turnstile = turnstile
        self._seconds = seconds
        self._late: set[asyncio.Task[object]] = set()
        """Openings for which nobody waits any more."""

    async def bring(self, opening: Coroutine[object, object, S], principal: str, who: Facts) -> S:
        """What ``opening`` returns or raises; raises TooMany where this principal may have no more,
        NotRecordable where it takes too long."""
        who = {**who, "principal": principal}
        try:
            seat = self._turnstile.sit(principal)
        except TooMany as error:
            opening.close()
            self._tell(error, who)
            raise
        try:
            session = await self._answer(opening, who)
        except BaseException:
            seat.leave()
            raise
        session.when_closed(seat.leave)
        return session

    async def _answer(self, opening: Coroutine[object, object, S], who: Facts) -> S:
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
        self._tell(error, who)
        return error

    def _tell(self, error: GatereelError, who: Facts) -> None:
        self._refused({**who, "error": error.code, "reason": error.operator})

    def _keep(self, work: Coroutine[object, object, None]) -> None:
        late: asyncio.Task[object] = asyncio.get_running_loop().create_task(work)
        self._late.add(late)
        late.add_done_callback(self._late.discard)

    @staticmethod
    async def _close_again(opening: asyncio.Task[S]) -> None:
        await asyncio.wait({opening})
        if not opening.cancelled() and opening.exception() is None:
            await opening.result().close("nobody waited for it any more")
