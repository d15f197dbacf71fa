"""What a gateway records of itself: its part of the one vocabulary.

Knows: what may happen to a gateway that is no session's. Called by `recorder.events` only, which
everybody else imports.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from recorder.event import Facts, Recorded


@dataclass(frozen=True, slots=True)
class GatewayStarted(Recorded):
    """A gateway process began: build, configuration digest, listeners, weaker modes."""

    code: ClassVar[str] = "gw-start"
    facts: Facts


@dataclass(frozen=True, slots=True)
class GatewayStopped(Recorded):
    """It ended in order, and why."""

    code: ClassVar[str] = "gw-stop"
    reason: str


@dataclass(frozen=True, slots=True)
class GatewayReloaded(Recorded):
    """Its configuration was read again: the cause, digests, whom it put out; or why it stayed."""

    code: ClassVar[str] = "gw-reload"
    facts: Facts


@dataclass(frozen=True, slots=True)
class LoginRefused(Recorded):
    """Somebody was not let in: address, name asked for, method, key, reason."""

    code: ClassVar[str] = "gw-refused"
    facts: Facts


@dataclass(frozen=True, slots=True)
class SessionOpened(Recorded):
    """A session began: its id, principal, target, account."""

    code: ClassVar[str] = "gw-open"
    session: str
    facts: Facts


@dataclass(frozen=True, slots=True)
class SessionClosed(Recorded):
    """A session ended, and why."""

    code: ClassVar[str] = "gw-close"
    session: str
    reason: str


@dataclass(frozen=True, slots=True)
class Checkpointed(Recorded):
    """A session's newest signed checkpoint, so that a shortened recording is noticed."""

    code: ClassVar[str] = "gw-check"
    session: str
    note: str


@dataclass(frozen=True, slots=True)
class Outage(Recorded):
    """A part was down: ``component``, "began" or "ended", and the cause."""

    code: ClassVar[str] = "gw-outage"
    component: str
    phase: str
    cause: str
