"""What a pump stands between: the recorder, the client's side and the target's side.

Knows: names and promises of the calls, and how much and how long they may take. Must never
know: who makes them true. Bridges (`gateway.ssh`) implement the sides,
`recorder.journal.Journal` is a recorder, `gateway.pump` is the only caller.

A side never raises because its peer is gone: it lets the bytes fall and reports `ClientGone`
or `TargetGone` to the pump. Everything happens in the event loop's thread.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from recorder.events import Event


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one pump: bytes and µs."""

    queue: int = 1024 * 1024
    """Beyond this, reading from that end is paused."""
    flood: int = 16 * 1024 * 1024
    """Beyond this, an end that cannot be paused ends the session."""
    stall: int = 500_000
    """When the recorder has not answered for so long, reading is paused."""
    patience: int = 10_000_000
    """After so long without recording the session ends."""


class End(Enum):
    """The two ends of a channel."""

    CLIENT = "client"
    TARGET = "target"


class Recorder(Protocol):
    """Where events go before anything else does."""

    def append(self, events: Sequence[Event]) -> Future[None]:
        """Hands events over, in order; done when they are written, else raises `JournalError`."""
        ...

    def now(self) -> int:
        """Microseconds since the session's start."""
        ...


class Side(Protocol):
    """What both sides can do. Writing never blocks: a side that has too much in hand says so by
    `Pump.pause_writing`, and `Pump.resume_writing` when it has not any more."""

    def write(self, data: bytes, error: bool = False) -> None:
        """Send these bytes; ``error``: on standard error (client only)."""
        ...

    def eof(self) -> None:
        """Send no more bytes, but go on reading."""
        ...

    def pause_reading(self) -> None:
        """Take nothing more from the peer (what is in flight may still be reported)."""
        ...

    def resume_reading(self) -> None: ...

    def close(self) -> None:
        """Send what was written, then close. Called once; nothing is called after it."""
        ...


class ClientSide(Side, Protocol):
    """The principal's channel."""

    def exit(self, status: int | None, signal: str | None, core: bool, message: str) -> None:
        """Report how the program ended; exactly one of ``status`` and ``signal`` is set.
        `close` follows."""
        ...


class TargetSide(Side, Protocol):
    """The channel to the target, with the program running."""

    def resize(self, cols: int, rows: int, width: int, height: int) -> None: ...

    def signal(self, signal: str) -> None:
        """Send a signal, by its name without SIG."""
        ...

    def send_break(self, milliseconds: int) -> None: ...
