"""That a request waits for a second person, and what came of it: part of the one vocabulary.

Knows: holds by their ids and digests. Must never know: who may answer what, where holds are kept.
Called by `recorder.events` only, which everybody else imports.

In a session's recording they stand between the `Decided` that holds a request and the second
`Asked` of the same number, which is decided with the approvals. In the gateway's own recording
`HoldAnswered` is the approver's connection saying so, before it counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from recorder.event import Facts, Recorded


@dataclass(frozen=True, slots=True)
class HoldOpened(Recorded):
    """The request waits now."""

    code: ClassVar[str] = "hold-open"
    request: int
    """The number of its `Asked`."""
    hold: str
    digest: bytes
    """SHA-256 over all that an approval is for: docs/approvals.md says how."""
    facts: Facts
    """``approvers`` ("dba:2", ...), ``signed``, ``opened`` and ``expires`` (µs since 1970),
    ``uncovered`` (what no approval of this covers), ``beside`` (what goes to the target with the
    request beside the facts of its `Asked`)."""


@dataclass(frozen=True, slots=True)
class HoldAnswered(Recorded):
    """An approver said yes or no to exactly this."""

    code: ClassVar[str] = "hold-answer"
    request: int
    """As in `HoldOpened`; 0 in the gateway's own recording."""
    hold: str
    digest: bytes
    approves: bool
    by: str
    """The principal, as proven."""
    facts: Facts
    """``group`` on whose behalf, ``reason``, ``at`` (µs since 1970); ``key``, ``method``,
    ``address`` of their connection and ``recording``, the gateway's own one that has it;
    ``signature`` (SSHSIG) where they signed."""


@dataclass(frozen=True, slots=True)
class HoldEnded(Recorded):
    """The request waits no more."""

    code: ClassVar[str] = "hold-end"
    request: int
    hold: str
    state: str
    """ "used" (approved, and let go on, once), "denied", "withdrawn" or "expired"."""
    reason: str
