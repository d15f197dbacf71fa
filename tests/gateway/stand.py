"""A test stand for pumps: a recorder that answers when the test says, sides in memory, one log.

Called by the tests of `gateway.pump` and its parts. `Stand.log` holds everything that anybody
was told, in order; `Tape` is the recorder.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from gateway.gate import Gate
from gateway.policy import Allow, Request, Verdict
from gateway.pump import Limits, Pump
from gateway.relay import Opened, OpenTarget, Relay, TerminalSpec
from gateway.sides import TargetSide
from gateway.wire.terminal import TerminalRelay
from recorder.errors import GatereelError
from recorder.events import Event

SUBJECT = Request("alice", "person", (), "connect", "web1", "root")
SHELL = Opened(0, "shell", b"", TerminalSpec("xterm", 80, 24, 0, 0, b""), ())
EXEC = Opened(0, "exec", b"cat", None, ())

Told = tuple[object, ...]


@dataclass
class Tape:
    """A recorder. While ``waits`` it keeps its answers until `release` or `fail`."""

    log: list[Told]
    waits: bool = False
    time: int = 0
    refuses: Exception | None = None
    pending: list[tuple[Sequence[Event], Future[None]]] = field(default_factory=list)
    written: list[Event] = field(default_factory=list)
    appends: int = 0

    def append(self, events: Sequence[Event]) -> Future[None]:
        self.appends += 1
        if self.refuses is not None:
            raise self.refuses
        future: Future[None] = Future()
        self.pending.append((events, future))
        if not self.waits:
            self.release()
        return future

    def now(self) -> int:
        self.time += 1
        return self.time

    def release(self) -> None:
        """The oldest append is written now."""
        events, future = self.pending.pop(0)
        self.written += events
        self.log.append(("written", *(type(event).__name__ for event in events)))
        future.set_result(None)

    def fail(self, error: Exception) -> None:
        """The oldest append fails now."""
        self.pending.pop(0)[1].set_exception(error)


@dataclass
class MemorySide:
    """Either side: every call is a line in the log."""

    name: str
    log: list[Told]
    reading: bool = True
    closed: bool = False

    def _told(self, *what: object) -> None:
        assert not self.closed, f"{what} after close"
        self.log.append((self.name, *what))

    def write(self, data: bytes, error: bool = False) -> None:
        self._told("stderr" if error else "write", data)

    def eof(self) -> None:
        self._told("eof")

    def pause_reading(self) -> None:
        assert self.reading
        self.reading = False
        self._told("pause")

    def resume_reading(self) -> None:
        assert not self.reading
        self.reading = True
        self._told("resume")

    def close(self) -> None:
        self._told("close")
        self.closed = True

    def exit(self, status: int | None, signal: str | None, core: bool, message: str) -> None:
        self._told("exit", signal if status is None else status)

    def resize(self, cols: int, rows: int, width: int, height: int) -> None:
        self._told("resize", cols, rows)

    def signal(self, signal: str) -> None:
        self._told("signal", signal)

    def send_break(self, milliseconds: int) -> None:
        self._told("break", milliseconds)


class Stand:
    """A pump with everything around it; use it in ``async with``."""

    def __init__(
        self,
        *,
        relay: Relay | None = None,
        decide: Callable[[Request], Verdict] | None = None,
        open_target: Callable[[OpenTarget, Pump], Awaitable[TargetSide]] | None = None,
        limits: Limits | None = None,
        gate: Gate | None = None,
    ) -> None:
        self.log: list[Told] = []
        self.tape = Tape(self.log)
        self.client = MemorySide("client", self.log)
        self.target = MemorySide("target", self.log)
        self.gate = gate or Gate()
        self.pump = Pump(
            1,
            relay or TerminalRelay(1, SUBJECT, "id"),
            self.tape,
            self.client,
            decide=decide or (lambda _: Allow(("all",))),
            open_target=open_target or self._open_target,
            gate=self.gate,
            limits=limits,
        )
        self._tasks = asyncio.TaskGroup()
        self._run: asyncio.Task[GatereelError | None] | None = None

    async def _open_target(self, effect: OpenTarget, pump: Pump) -> TargetSide:
        return self.target

    async def __aenter__(self) -> Stand:
        await self._tasks.__aenter__()
        self._run = self._tasks.create_task(self.pump.run())
        return self

    async def __aexit__(self, *exc: object) -> None:
        if self._run is not None and exc[0] is not None:
            self._run.cancel()
        await self._tasks.__aexit__(None, None, None)

    async def open(self, opened: Opened = EXEC) -> None:
        """Until bytes flow; the log is empty then."""
        self.pump.arrive(opened)
        await settle()
        self.log.clear()
        self.tape.written.clear()
        self.tape.appends = 0

    async def ended(self) -> GatereelError | None:
        """What `Pump.run` says in the end."""
        assert self._run is not None
        async with asyncio.timeout(5):
            return await self._run

    def cancel(self) -> None:
        assert self._run is not None
        self._run.cancel()

    @property
    def delivered(self) -> list[Told]:
        """The log without what was written to the record."""
        return [each for each in self.log if each[0] != "written"]

    def names(self) -> list[str]:
        """The kinds of the events that are written."""
        return [type(event).__name__ for event in self.tape.written]


async def settle() -> None:
    """Everything that can happen by itself has happened."""
    for _ in range(30):
        await asyncio.sleep(0)
