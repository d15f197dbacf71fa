"""How the gateway holds a helper: as a process that it starts, or at the end of a socket.

Knows: processes, sockets of the file system, how either is begun, told to finish and given up.
Must never know: what a helper says or does. Called by `gateway.supervisor` only.

A process that the gateway starts runs as the gateway's own user. A socket is listened to by a
service manager, which starts the helper as another user for each connection: JSON lines come out
of it as from a process, and the end of what is sent tells it to finish.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

LINE = 1 << 20
"""Bytes of one line; a longer one ends the helper."""
HUNG_UP = "it hung up; its own log says why"


class Held(Protocol):
    """A helper from its start to its end."""

    lines: asyncio.StreamReader
    """What it says."""
    words: asyncio.StreamReader | None
    """What it says to people, where that comes here."""
    pid: int | None
    """Where it is a process of the gateway's."""

    def finish(self) -> None:
        """Ends its input: it shall finish what it is at, and end."""
        ...

    async def ended(self) -> None:
        """Waits for its end."""
        ...

    async def give_up(self) -> None:
        """Has nothing more to do with it, at once: ends it, where that can be done from here."""
        ...

    @property
    def cause(self) -> str:
        """Why it is over, where it is."""
        ...


class Way(Protocol):
    """How one comes to be."""

    async def begin(self) -> Held:
        """Raises OSError with a ``strerror`` for people."""
        ...


class Program(NamedTuple):
    """A process of this user's."""

    arguments: Sequence[str]

    async def begin(self) -> Held:
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            *self.arguments,
            stdin=pipe,
            stdout=pipe,
            stderr=pipe,
            limit=LINE,
            start_new_session=True,
        )
        return _Process(process)


class Socket(NamedTuple):
    """Whatever answers here."""

    path: Path

    async def begin(self) -> Held:
        try:
            reader, writer = await asyncio.open_unix_connection(self.path, limit=LINE)
        except OSError as problem:
            reason = problem.strerror or str(problem)
            raise OSError(problem.errno, f"{self.path}: {reason}") from problem
        return _Connection(reader, writer)


class _Process:
    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        self._process = process
        self.lines = process.stdout
        self.words = process.stderr
        self.pid: int | None = process.pid

    def finish(self) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()

    async def ended(self) -> None:
        await self._process.wait()

    async def give_up(self) -> None:
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
        await self._process.wait()

    @property
    def cause(self) -> str:
        return f"it ended with status {self._process.returncode}"


class _Connection:
    def __init__(self, lines: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.words: asyncio.StreamReader | None = None
        self.pid: int | None = None
        self.lines = lines
        self._writer = writer
        self._over = asyncio.Event()

    def finish(self) -> None:
        with contextlib.suppress(OSError):
            self._writer.write_eof()

    async def ended(self) -> None:
        """Its end is that of its lines, which whoever listens comes to."""
        if not self.lines.at_eof():
            await self._over.wait()

    async def give_up(self) -> None:
        self._over.set()
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()

    @property
    def cause(self) -> str:
        return HUNG_UP
