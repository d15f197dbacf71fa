"""A helper process of the gateway: started, listened to, started again the moment it ends.

Knows: processes, lines of JSON, signs of life. Must never know: what a helper does. Called by
`gateway.serve` for the sealer and the indexer. A helper speaks JSON lines on its standard output,
ends when its standard input does, and gets no signal meant for the gateway's terminal.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

LINE = 1 << 20
"""Bytes of one line; a longer one ends the helper."""
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
    """One helper process at a time, until `stop`.

    ``heard`` gets each line's object; ``up`` is called at the first line of each process,
    ``down`` with the cause when it ends or says nothing for ``silence`` seconds, and ``up`` again
    when it speaks after all; one that is silent for ``PATIENCE`` seconds more is ended. Told to
    stop, it has ``finish`` seconds for what it is at.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        *,
        heard: Callable[[dict[str, Any]], None],
        up: Callable[[], None],
        down: Callable[[str], None],
        silence: float | None = None,
        finish: float = STOP,
    ) -> None:
        self._arguments = arguments
        self._heard = heard
        self._up = up
        self._down = down
        self._silence = silence
        self._finish = finish
        self._process: asyncio.subprocess.Process | None = None
        self._stopping = asyncio.Event()
        self._is_up = False
        self._said: deque[str] = deque(maxlen=20)
        self.first_sign = asyncio.Event()

    @property
    def pid(self) -> int | None:
        """Of the process that runs now."""
        return self._process.pid if self._process is not None else None

    @property
    def last_words(self) -> str:
        """The last line that it wrote to standard error."""
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
        process = self._process
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), self._finish)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def _live(self) -> bool:
        """One process from start to end; whether it ever gave a sign of life."""
        pipe = asyncio.subprocess.PIPE
        try:
            process = await asyncio.create_subprocess_exec(
                *self._arguments,
                stdin=pipe,
                stdout=pipe,
                stderr=pipe,
                limit=LINE,
                start_new_session=True,
            )
        except OSError as problem:
            self._said.append(f"it cannot be started: {problem.strerror}")
            return False
        self._process = process
        lived = False
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._keep_words(process))
                lived = await self._listen(process)
                await self._bury(process)
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
            self._lower(f"it ended with status {process.returncode}: {self.last_words}")
            self._process = None
        return lived

    async def _bury(self, process: asyncio.subprocess.Process) -> None:
        """Waits for the end of a process that has said its last line, or makes it end."""
        try:
            patience = self._finish if self._stopping.is_set() else GRACE
            await asyncio.wait_for(process.wait(), patience)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def _listen(self, process: asyncio.subprocess.Process) -> bool:
        """Its lines until it ends, or falls silent while it should not."""
        assert process.stdout is not None
        lived = False
        while True:
            patience: float | None = FIRST_SIGN
            if lived:
                patience = self._silence if self._is_up else PATIENCE
            if self._stopping.is_set():
                patience = None
            try:
                line = await asyncio.wait_for(process.stdout.readline(), patience)
            except TimeoutError:
                if lived and self._is_up:
                    self._lower("it gives no sign of life")
                    continue
                return lived
            except ValueError:
                self._lower("it writes no lines")
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

    async def _keep_words(self, process: asyncio.subprocess.Process) -> None:
        assert process.stderr is not None
        with contextlib.suppress(ValueError):
            while line := await process.stderr.readline():
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
