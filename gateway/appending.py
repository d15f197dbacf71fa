"""Waiting for the recorder without blocking, and not for ever.

Knows: a recorder's futures, which are resolved in another thread, and how long is too long.
Must never know: what is recorded, or what waits for it. Called by `gateway.pump` only.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence

from gateway.errors import RecordingLost
from gateway.sides import Recorder
from recorder.events import Event

_LOST = "this session cannot be recorded any more, so it ends; tell whoever runs the gateway"


class Appending:
    """One append after the other.

    After ``stall`` µs without an answer ``stalled`` is called; after ``patience`` µs the append
    raises `RecordingLost`, as it does when the recorder fails in whatever way.
    """

    def __init__(
        self, recorder: Recorder, stall: int, patience: int, stalled: Callable[[], None]
    ) -> None:
        self._recorder = recorder
        self._stall = stall
        self._patience = patience
        self._stalled = stalled
        self._answer: asyncio.Future[None] | None = None
        self._since = 0.0
        self._watchdog: asyncio.TimerHandle | None = None

    async def append(self, events: Sequence[Event]) -> None:
        """Returns when these are written, or when `interrupt` was called meanwhile."""
        try:
            future = self._recorder.append(events)
            if not future.done():
                loop = asyncio.get_running_loop()
                answer = self._answer = loop.create_future()
                self._since = loop.time()
                if self._watchdog is None:
                    self._watchdog = loop.call_later(self._stall / 2e6, self._watch)
                future.add_done_callback(lambda _: _tell(loop, answer))
                await answer
                self._answer = None
            if future.done():
                future.result()
        except RecordingLost:
            raise
        except Exception as error:
            raise RecordingLost(_LOST, operator=f"{type(error).__name__}: {error}") from error

    def interrupt(self) -> None:
        """Whoever waits waits no more; whether it is written is not known."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(None)

    def hurry(self) -> None:
        """From now on nobody has more patience than for a stall."""
        self._patience = self._stall

    def close(self) -> None:
        if self._watchdog is not None:
            self._watchdog.cancel()

    def _watch(self) -> None:
        """Now and then while the recorder is at work: how long has it been?"""
        self._watchdog = None
        if self._answer is None or self._answer.done():
            return
        loop = asyncio.get_running_loop()
        waited = (loop.time() - self._since) * 1e6
        if waited >= self._patience:
            operator = f"no answer from the journal for {waited / 1e6:.1f} s"
            self._answer.set_exception(RecordingLost(_LOST, operator=operator))
            return
        if waited >= self._stall:
            self._stalled()
        self._watchdog = loop.call_later(self._stall / 2e6, self._watch)


def _tell(loop: asyncio.AbstractEventLoop, answer: asyncio.Future[None]) -> None:
    """In the recorder's thread: let the loop's know."""

    def settle() -> None:
        if not answer.done():
            answer.set_result(None)

    with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
        loop.call_soon_threadsafe(settle)
