"""The one vocabulary: everything that can happen in a session, as a closed union of facts.

Knows: the events, their codes and their shape on the wire. Must never know: files, chunks,
clocks, or who records. Called by everything: the gateway makes events, the journal writes
them, replay shows them.

On the wire an event is a msgpack array ``[delta, channel, code, field ...]`` (`recorder.wire`,
`recorder.format`): ``delta`` is microseconds since the record before it in the same chunk or
journal segment, the fields are those of the class below in order. Codes ``o i e r m x`` are
asciicast's. A record with a code that is not listed here is an `Unknown`, kept and shown as such;
fields after the known ones are ignored, so that a later minor version may add some.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, get_args

from recorder.event import SESSION as SESSION
from recorder.event import Facts as Facts
from recorder.event import Recorded
from recorder.gateway_events import Checkpointed as Checkpointed
from recorder.gateway_events import GatewayReloaded as GatewayReloaded
from recorder.gateway_events import GatewayStarted as GatewayStarted
from recorder.gateway_events import GatewayStopped as GatewayStopped
from recorder.gateway_events import LoginRefused as LoginRefused
from recorder.gateway_events import Outage as Outage
from recorder.gateway_events import SessionClosed as SessionClosed
from recorder.gateway_events import SessionOpened as SessionOpened
from recorder.hold_events import HoldAnswered as HoldAnswered
from recorder.hold_events import HoldEnded as HoldEnded
from recorder.hold_events import HoldOpened as HoldOpened
from recorder.keeping_events import Kept as Kept
from recorder.keeping_events import Preserved as Preserved
from recorder.keeping_events import Pruned as Pruned
from recorder.keeping_events import Redacted as Redacted
from recorder.keeping_events import Released as Released
from recorder.mask_events import Masked as Masked
from recorder.sftp_events import SftpClosed as SftpClosed
from recorder.sftp_events import SftpDone as SftpDone
from recorder.sftp_events import SftpLeftOut as SftpLeftOut
from recorder.sftp_events import SftpOpened as SftpOpened
from recorder.transfer_events import Transferred as Transferred

# -- the recording itself ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Header(Recorded):
    """Record 0: what this recording is. On the wire one map, so that keys may be added."""

    code: ClassVar[str] = "header"
    facts: Facts
    """See `recorder.wire.HEADER_KEYS`."""


@dataclass(frozen=True, slots=True)
class Salt(Recorded):
    """Record 1: the 32-byte secret from which every leaf's salt is made. Struck by redaction."""

    code: ClassVar[str] = "salt"
    secret: bytes


@dataclass(frozen=True, slots=True)
class Anchor(Recorded):
    """Where a chunk may begin: the absolute number and time of this record, and both clocks."""

    code: ClassVar[str] = "anchor"
    number: int
    time: int
    wall_ns: int
    mono_ns: int


@dataclass(frozen=True, slots=True)
class End(Recorded):
    """The last event of a session that was closed in order, with the reason."""

    code: ClassVar[str] = "end"
    reason: str


# -- terminal and stream bytes ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Output(Recorded):
    """Bytes from the target's standard output (on a PTY: its terminal), to the principal."""

    code: ClassVar[str] = "o"
    data: bytes


@dataclass(frozen=True, slots=True)
class ErrorOutput(Recorded):
    """Bytes from the target's standard error, to the principal."""

    code: ClassVar[str] = "e"
    data: bytes


@dataclass(frozen=True, slots=True)
class Notice(Recorded):
    """The gateway's own words to the principal; ``error``: on standard error."""

    code: ClassVar[str] = "n"
    data: bytes
    error: bool


@dataclass(frozen=True, slots=True)
class Input(Recorded):
    """Bytes from the principal, recorded in full before they go to the target."""

    code: ClassVar[str] = "i"
    data: bytes


@dataclass(frozen=True, slots=True)
class Typed(Recorded):
    """So many bytes typed on a PTY go to the target now; whether their content may be kept
    is not known yet. `Disclosed` or `Withheld` accounts for them later, in order."""

    code: ClassVar[str] = "k"
    count: int


@dataclass(frozen=True, slots=True)
class Disclosed(Recorded):
    """The content of bytes `Typed` before: the target echoed the whole line."""

    code: ClassVar[str] = "t"
    data: bytes


@dataclass(frozen=True, slots=True)
class Withheld(Recorded):
    """So many bytes `Typed` before stay unknown: the target did not echo them."""

    code: ClassVar[str] = "w"
    count: int


@dataclass(frozen=True, slots=True)
class Resize(Recorded):
    """The principal's window has this size now (characters, and pixels or 0)."""

    code: ClassVar[str] = "r"
    cols: int
    rows: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Marker(Recorded):
    """An instant named by a person or by the gateway."""

    code: ClassVar[str] = "m"
    label: str


@dataclass(frozen=True, slots=True)
class Exit(Recorded):
    """The target's program ended with this status (0-255 and beyond, as it was sent)."""

    code: ClassVar[str] = "x"
    status: int


@dataclass(frozen=True, slots=True)
class ExitSignal(Recorded):
    """The target's program was ended by a signal (RFC 4254, section 6.10)."""

    code: ClassVar[str] = "xs"
    signal: str
    core: bool
    message: str


@dataclass(frozen=True, slots=True)
class HalfClose(Recorded):
    """``side`` ("client" or "target") sends no more bytes on this channel."""

    code: ClassVar[str] = "eof"
    side: str


# -- channels and requests ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ChannelOpened(Recorded):
    """A channel of this kind ("session", "direct-tcpip", ...) was opened by ``side``."""

    code: ClassVar[str] = "open"
    kind: str
    side: str


@dataclass(frozen=True, slots=True)
class ChannelClosed(Recorded):
    """The channel is gone; ``reason`` says who closed it or what broke."""

    code: ClassVar[str] = "close"
    reason: str


@dataclass(frozen=True, slots=True)
class Terminal(Recorded):
    """A PTY was asked for (RFC 4254, section 6.2); ``modes`` as encoded there, section 8."""

    code: ClassVar[str] = "pty"
    term: str
    cols: int
    rows: int
    width: int
    height: int
    modes: bytes


@dataclass(frozen=True, slots=True)
class Environment(Recorded):
    """A variable that the principal sent; ``passed``: the allow-list lets it go on."""

    code: ClassVar[str] = "env"
    name: bytes
    value: bytes
    passed: bool


@dataclass(frozen=True, slots=True)
class Requested(Recorded):
    """What is to run: ``kind`` is "shell", "exec" or "subsystem"; ``command`` the exact bytes."""

    code: ClassVar[str] = "run"
    kind: str
    command: bytes


@dataclass(frozen=True, slots=True)
class Signal(Recorded):
    """The principal sent a signal, by its name without SIG (RFC 4254, section 6.9)."""

    code: ClassVar[str] = "sig"
    signal: str


@dataclass(frozen=True, slots=True)
class Break(Recorded):
    """The principal sent a break of so many milliseconds (RFC 4335)."""

    code: ClassVar[str] = "brk"
    milliseconds: int


@dataclass(frozen=True, slots=True)
class Refused(Recorded):
    """Something was asked that the gateway does not do; nothing of it went on."""

    code: ClassVar[str] = "refused"
    what: str
    detail: bytes
    error: str
    """The error's code, as in docs/errors.md."""


# -- identity and policy -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Authenticated(Recorded):
    """How the principal proved who it is: method, key fingerprint, address, ..."""

    code: ClassVar[str] = "auth"
    principal: str
    facts: Facts


@dataclass(frozen=True, slots=True)
class TargetReached(Recorded):
    """The target's connection stands: address, host key, how the gateway logged in there."""

    code: ClassVar[str] = "target"
    facts: Facts


@dataclass(frozen=True, slots=True)
class Asked(Recorded):
    """Policy is asked: request number, action, and the facts that it is decided on."""

    code: ClassVar[str] = "ask"
    request: int
    action: str
    facts: Facts


@dataclass(frozen=True, slots=True)
class Decided(Recorded):
    """Policy's answer: ``verdict`` is "allow", "deny" or "hold", by these rules."""

    code: ClassVar[str] = "verdict"
    request: int
    verdict: str
    rules: Sequence[str]
    reason: str
    basis: Facts = field(default_factory=dict)
    """What it rested on beside the facts of its `Asked`, so that it can be made again: ``policy``
    (the digest of the set), who asked, about what, when and from where; ``obliged``: what the
    answer obliged to; ``said``: what policy answered where something else came of it."""


# -- the recording's own condition -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Suspended(Recorded):
    """Reading stopped because of ``cause`` (back-pressure, an outage)."""

    code: ClassVar[str] = "suspend"
    cause: str


@dataclass(frozen=True, slots=True)
class Continued(Recorded):
    """Reading goes on after a `Suspended`."""

    code: ClassVar[str] = "continue"
    cause: str


@dataclass(frozen=True, slots=True)
class Gap(Recorded):
    """Something is missing here, and why: nothing is left out silently."""

    code: ClassVar[str] = "gap"
    cause: str


@dataclass(frozen=True, slots=True)
class ClockStep(Recorded):
    """The wall clock moved by so many nanoseconds against the monotonic one."""

    code: ClassVar[str] = "clock"
    delta_ns: int


# -- what this version does not know ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Unknown(Recorded):
    """A record of a later version: its code and fields, kept as they came."""

    code: str
    fields: Sequence[Any] = field(default_factory=tuple)


Event = (
    Header | Salt | Anchor | End
    | Output | ErrorOutput | Notice | Input | Typed | Disclosed | Withheld
    | Resize | Marker | Exit | ExitSignal | HalfClose
    | ChannelOpened | ChannelClosed | Terminal | Environment | Requested | Signal | Break | Refused
    | Authenticated | TargetReached | Asked | Decided
    | Suspended | Continued | Gap | ClockStep
    | GatewayStarted | GatewayStopped | GatewayReloaded | LoginRefused
    | SessionOpened | SessionClosed | Checkpointed | Outage
    | Kept | Redacted | Preserved | Released | Pruned
    | SftpOpened | SftpClosed | SftpLeftOut | SftpDone | Transferred | Masked
    | HoldOpened | HoldAnswered | HoldEnded
    | Unknown
)  # fmt: skip
"""Every event there is; `match` over it ends in `assert_never`."""

EVENT_TYPES: tuple[type[Any], ...] = tuple(kind for kind in get_args(Event) if kind is not Unknown)
"""Every class of the union but `Unknown`."""
