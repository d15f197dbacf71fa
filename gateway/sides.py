"""What a pump stands between: the recorder, the client's side and the target's side.

Knows: names and promises of the calls. Must never know: who makes them true. Bridges
(`gateway.ssh`) implement the sides, `recorder.journal.Journal` is a recorder, `gateway.pump`
is the only caller.

A side never raises because its peer is gone: it lets the bytes fall and reports `ClientGone`
or `TargetGone` to the pump. Everything happens in the event loop's thread.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from enum import Enum
from typing import Protocol

from recorder.events import Event


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
