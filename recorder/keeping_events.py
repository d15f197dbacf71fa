"""What is done to recordings afterwards: their part of the one vocabulary.

Knows: the events of a redacted copy, of legal holds and of retention. Called by `recorder.events`
only, which everybody else imports.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from recorder.event import Facts, Recorded


@dataclass(frozen=True, slots=True)
class Kept(Recorded):
    """In a redacted copy: a record of the original as it was, and the salt of its leaf."""

    code: ClassVar[str] = "kept"
    salt: bytes
    record: bytes


@dataclass(frozen=True, slots=True)
class Redacted(Recorded):
    """In a redacted copy: a record of the original was struck; the hash of its leaf is left."""

    code: ClassVar[str] = "redacted"
    leaf: bytes


@dataclass(frozen=True, slots=True)
class Preserved(Recorded):
    """A legal hold: this session is not to be removed, by whose word and why."""

    code: ClassVar[str] = "preserved"
    session: str
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Released(Recorded):
    """The hold on this session is over, by whose word and why."""

    code: ClassVar[str] = "released"
    session: str
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Pruned(Recorded):
    """This session is being removed, and what it was: its newest checkpoint, who, where, when, how
    much; by which rule. Recorded before the first of its files goes."""

    code: ClassVar[str] = "pruned"
    session: str
    facts: Facts
