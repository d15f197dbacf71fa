"""That values were masked: their part of the one vocabulary.

Knows: which class, by which rule, how, how many and where. Must never know: a value. Called by
`recorder.events` only, which everybody else imports.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from recorder.event import Facts, Recorded


@dataclass(frozen=True, slots=True)
class Masked(Recorded):
    """In the record of output right before this one and before other receipts, so many values of
    a class are not as the target sent them."""

    code: ClassVar[str] = "mask-run"
    data_class: str
    """ "card", "secret", ..., or a pattern of configuration's."""
    rule: str
    """Which shape of that class it was found by."""
    method: str
    """ "full", "last4", "token" or "year"."""
    count: int
    policy: bytes
    """SHA-256 of the policy in force."""
    facts: Facts
    """`offsets`: where in that record's data each of them begins, at most 4096."""
