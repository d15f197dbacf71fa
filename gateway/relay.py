"""Arrivals in, effects out: the one shape of every protocol's core.

Knows: what may arrive, what may be done about it. Must never know: sockets, tasks, clocks,
files, or which protocol it serves. Relays in `gateway.wire` implement `Relay`; `gateway.pump`
is the only driver.

Promises of every relay, tested over random arrivals:

P1  every byte in a `ToTarget` or `ToClient` is accounted for by a `Record` before it;
P2  between an `Ask` and its `Answered` nothing of that request reaches the target;
P3  a masked value is in no effect;
P4  splitting the input anywhere, at equal times, changes no effect but where pieces end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.policy import Request, Verdict
from recorder.errors import GatereelError
from recorder.events import Event

# -- arrivals: what happened, each with its session time in microseconds --------------------------


@dataclass(frozen=True, slots=True)
class Opened:
    """The client asked to run something: the relay's first arrival."""

    at: int
    kind: str
    """ "shell", "exec" or "subsystem"."""
    command: bytes
    terminal: TerminalSpec | None
    environment: Sequence[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class TerminalSpec:
    """A PTY as the client asked for it (RFC 4254, section 6.2)."""

    term: str
    cols: int
    rows: int
    width: int
    height: int
    modes: bytes


@dataclass(frozen=True, slots=True)
class FromClient:
    at: int
    data: bytes


@dataclass(frozen=True, slots=True)
class FromTarget:
    at: int
    data: bytes
    error: bool = False
    """On standard error."""


@dataclass(frozen=True, slots=True)
class Resized:
    at: int
    cols: int
    rows: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Signalled:
    at: int
    signal: str


@dataclass(frozen=True, slots=True)
class Broke:
    at: int
    milliseconds: int


@dataclass(frozen=True, slots=True)
class Answered:
    """Policy's answer to the `Ask` with the same request number."""

    at: int
    request: int
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Waits:
    """The request that was asked last waits for a second person: this has happened to it, is
    recorded, and told. `Answered` follows."""

    at: int
    events: Sequence[Event]
    lines: Sequence[str]
    """For a person; printable."""


@dataclass(frozen=True, slots=True)
class Unserved:
    """The client asked on this channel for something that the gateway does not do, and was
    told no."""

    at: int
    what: str
    detail: bytes
    error: str
    """The code of the error that stands for it."""


@dataclass(frozen=True, slots=True)
class TargetOpened:
    """What `OpenTarget` asked for runs now."""

    at: int


@dataclass(frozen=True, slots=True)
class ClientEof:
    """The client sends no more bytes, but still reads."""

    at: int


@dataclass(frozen=True, slots=True)
class TargetEof:
    """The target sends no more bytes, but still reads."""

    at: int


@dataclass(frozen=True, slots=True)
class Exited:
    """The target's program ended; exactly one of ``status`` and ``signal`` is set."""

    at: int
    status: int | None
    signal: str | None = None
    core: bool = False
    message: str = ""


@dataclass(frozen=True, slots=True)
class Tick:
    """The instant asked for by a `WakeAt` has come."""

    at: int


@dataclass(frozen=True, slots=True)
class ClientGone:
    at: int
    reason: str


@dataclass(frozen=True, slots=True)
class TargetGone:
    """The target's side is closed, or (``error``) could not be opened or broke."""

    at: int
    reason: str
    error: GatereelError | None = None


@dataclass(frozen=True, slots=True)
class Stopped:
    """The gateway ends this channel; ``error`` is what the principal is told."""

    at: int
    error: GatereelError


@dataclass(frozen=True, slots=True)
class Told:
    """The gateway has something to say to whoever sits at this channel's terminal, if one does."""

    at: int
    line: bytes
    """Printable, without an end."""


Arrival = (
    Opened | FromClient | FromTarget | Resized | Signalled | Broke | Unserved | Answered | Waits
    | Told | TargetOpened | ClientEof | TargetEof | Exited | Tick | ClientGone | TargetGone
    | Stopped
)  # fmt: skip

# -- effects: what is to be done, in this order ----------------------------------------------------


@dataclass(frozen=True, slots=True)
class Record:
    """Write this event; nothing after it happens before the journal has it."""

    event: Event


@dataclass(frozen=True, slots=True)
class OpenTarget:
    """Open the target's side and start there what `Opened` asked, with this environment.

    Answered by `TargetOpened`, or by `TargetGone` with an error.
    """

    environment: Sequence[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class ToTarget:
    data: bytes


@dataclass(frozen=True, slots=True)
class ToClient:
    data: bytes
    error: bool = False


@dataclass(frozen=True, slots=True)
class ResizeTarget:
    cols: int
    rows: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class SignalTarget:
    signal: str


@dataclass(frozen=True, slots=True)
class BreakTarget:
    milliseconds: int


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask policy; the answer comes back as `Answered` with this number, counted per channel."""

    request: int
    question: Request


@dataclass(frozen=True, slots=True)
class EofToTarget:
    """No more bytes go to the target; it may go on writing."""


@dataclass(frozen=True, slots=True)
class EofToClient:
    """No more bytes go to the client; it may go on writing."""


STATUS_BROKEN = 255
"""What ssh says when the connection, not the program, failed."""


@dataclass(frozen=True, slots=True)
class ExitToClient:
    status: int | None
    signal: str | None = None
    core: bool = False
    message: str = ""


@dataclass(frozen=True, slots=True)
class PauseClient:
    """Read no more from the client until `ResumeClient`; what was read may still arrive."""


@dataclass(frozen=True, slots=True)
class ResumeClient:
    """Read from the client again."""


@dataclass(frozen=True, slots=True)
class WakeAt:
    """Send a `Tick` at this session time (µs); replaces an earlier wish. None: no wish."""

    at: int | None


@dataclass(frozen=True, slots=True)
class Close:
    """Close both sides of this channel; the relay takes nothing more."""

    reason: str


Effect = (
    Record | OpenTarget | ToTarget | ToClient | ResizeTarget | SignalTarget | BreakTarget
    | Ask | EofToTarget | EofToClient | ExitToClient | PauseClient | ResumeClient | WakeAt | Close
)  # fmt: skip


class Relay(Protocol):
    """A protocol's core: state in itself, no side effects."""

    def receive(self, arrival: Arrival) -> list[Effect]:
        """What is to be done about this arrival, in order."""
        ...
