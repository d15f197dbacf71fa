"""A helper process of the gateway: started, listened to, started again the moment it ends.

Knows: lines of JSON, signs of life. Must never know: what a helper does, whose process it is
(`gateway.helper_links`). Called by `gateway.serve` for the sealer and the indexer. A helper speaks
JSON lines, ends when its input does, and gets no signal meant for the gateway's terminal.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import deque
from collections.abc import Callable
from typing import Any

from gateway.helper_links import Held, Way

FIRST_SIGN = 20.0
"""Seconds that a helper may take to say its first word."""
PATIENCE = 5.0
"""Seconds for which a silent helper may be hard at work, or stopped, before it is ended."""
STOP = 20.0
"""Seconds that it may take to finish its work when told to stop, unless it is said otherwise."""
GRACE = 0.5
"""Seconds in which a process that closed its output, or fell silent, may end by itself."""
_DELAYS = (0.0, 0.1, 0.5, 2.0)
"""Seconds before the next start, by how many failed in a row."""


class Helper:
    """One helper at a time, come to be in this ``way``, until `stop`.

    ``heard`` gets each line's object; ``up`` is called at the first line of each process,
    ``down`` with the cause when it ends or says nothing for ``silence`` seconds, and ``up`` again
    when it speaks after all; one that is silent for ``PATIENCE`` seconds more is ended. Told to
    stop, it has ``finish`` seconds for what it is at.
    """

    def __init__(
        self,
        way: Way,
        *,
        heard: Callable[[dict[str, Any]], None],
        up: Callable[[], None],
        down: Callable[[str], None],
        silence: float | None = None,
        finish: float = STOP,
    ) -> None:
        self._way = way
        self._heard = heard
        self._up = up
        self._down = down
        self._silence = silence
        self._finish = finish
        self._held: Held | None = None
        self._stopping = asyncio.Event()
        self._is_up = False
        self._said: deque[str] = deque(maxlen=20)
        self.first_sign = asyncio.Event()

    @property
    def pid(self) -> int | None:
        """Of the process that runs now, where it is the gateway's own."""
        return self._held.pid if self._held is not None else None

    @property
    def last_words(self) -> str:
        """The last that it said to people, or what is known of its end."""
        return self._said[-1] if self._said else "it says nothing"

    async def run(self, *, once: bool = False) -> None:
        """Keeps the helper running; with ``once``, returns when the first process ends before
        any sign of life (whoever starts the gateway wants to know at once)."""
        failures = 0
        while not self._stopping.is_set():
            lived = await self._live()
            if self._stopping.is_set() or (once and not self.first_sign.is_set()):
                return
            failures = 0 if lived else failures + 1
            delay = _DELAYS[min(failures, len(_DELAYS) - 1)]
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), delay or 0.001)

    async def stop(self) -> None:
        """Ends its input, so that it finishes its work, and waits; ends it hard if need be."""
        self._stopping.set()
        held = self._held
        if held is None:
            return
        held.finish()
        await self._bury(held, self._finish)

    async def _live(self) -> bool:
        """One helper from start to end; whether it ever gave a sign of life."""
        try:
            held = await self._way.begin()
        except OSError as problem:
            self._said.append(f"it cannot be started: {problem.strerror}")
            return False
        self._held = held
        lived = False
        try:
            if self._stopping.is_set():
                held.finish()
            async with asyncio.TaskGroup() as group:
                group.create_task(self._keep_words(held))
                lived = await self._listen(held)
                await self._bury(held, self._finish if self._stopping.is_set() else GRACE)
        finally:
            await held.give_up()
            if held.words is None:
                self._said.append(held.cause)
                self._lower(held.cause)
            else:
                self._lower(f"{held.cause}: {self.last_words}")
            self._held = None
        return lived

    async def _bury(self, held: Held, patience: float) -> None:
        """Waits for the end of one that has said its last line, or makes it end."""
        try:
            await asyncio.wait_for(held.ended(), patience)
        except TimeoutError:
            await held.give_up()

    async def _listen(self, held: Held) -> bool:
        """Its lines until it ends, or falls silent while it should not."""
        lived = False
        while True:
            patience: float | None = FIRST_SIGN
            if lived:
                patience = self._silence if self._is_up else PATIENCE
            if self._stopping.is_set():
                patience = None
            try:
                line = await asyncio.wait_for(held.lines.readline(), patience)
            except TimeoutError:
                if lived and self._is_up:
                    self._lower("it gives no sign of life")
                    continue
                return lived
            except ValueError:
                self._lower("it writes no lines")
                return lived
            except OSError:
                return lived
            if not line:
                return lived
            try:
                fact = json.loads(line)
            except ValueError:
                self._said.append(line.decode("utf-8", "replace").strip())
                continue
            lived = True
            self._raise()
            if isinstance(fact, dict):
                self._heard(fact)

    async def _keep_words(self, held: Held) -> None:
        if held.words is None:
            return
        with contextlib.suppress(ValueError):
            while line := await held.words.readline():
                self._said.append(line.decode("utf-8", "replace").strip())

    def _raise(self) -> None:
        self.first_sign.set()
        if not self._is_up:
            self._is_up = True
            self._up()

    def _lower(self, cause: str) -> None:
        if self._is_up:
            self._is_up = False
            self._down(cause)
