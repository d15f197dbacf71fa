"""What a served process asks the gateway that started it, as bytes: the tiny language between.

Knows: questions, answers, one JSON line for each. Must never know: sockets, policy, recordings.
Pure. Spoken by `replay.scope` (which asks) and `gateway.served` (which answers): the two packages
never import each other, so what they say to each other is here.

One question is open at a time, and each gets one answer. A line that is none of these, or is
longer than `LINE`, is a `ControlError`: whoever reads it hangs up.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

LINE = 256 * 1024
"""Bytes of one line."""
MOST = 512
"""Sessions that one question may be about."""
TEXT = 1024
"""Characters of one value."""

REPLAY, WATCH, EXPORT = "replay", "watch", "export"
ACTS = (REPLAY, WATCH, EXPORT)
"""What is done with a recording, and written down before it is."""


class ControlError(ValueError):
    """The other end says something that is none of the language."""


@dataclass(frozen=True, slots=True)
class About:
    """Whose session it is and where it was: what policy decides on."""

    principal: str
    kind: str
    target: str
    account: str

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> About:
        """From a recording's header."""
        names = ("principal", "kind", "target", "account")
        return cls(*(str(facts.get(name, ""))[:TEXT] for name in names))


@dataclass(frozen=True, slots=True)
class See:
    """Which of these may be seen? Answered by `Visible`."""

    about: Sequence[About]


@dataclass(frozen=True, slots=True)
class Act:
    """May this be done with this session? Written down before it is answered."""

    action: str
    """One of `ACTS`."""
    session: str
    about: About
    detail: str = ""
    """Of an export: the format. Where a part is shown among others: "preview" or "search"; of a
    check of it: "verify"."""


@dataclass(frozen=True, slots=True)
class MayEnd:
    """Could this session be ended, by whom I serve?"""

    session: str


@dataclass(frozen=True, slots=True)
class End:
    """End this session, for this reason."""

    session: str
    reason: str


Question = See | Act | MayEnd | End


@dataclass(frozen=True, slots=True)
class Visible:
    """In the order of the question."""

    seen: Sequence[bool]


@dataclass(frozen=True, slots=True)
class Yes:
    """It may be, or it is done."""


@dataclass(frozen=True, slots=True)
class No:
    """Refused, with the code and the person's line."""

    code: str
    line: str


Answer = Visible | Yes | No


def write_question(question: Question) -> bytes:
    """One line."""
    match question:
        case See(about):
            return _line({"see": [_row(each) for each in about]})
        case Act(action, session, about, detail):
            return _line({"act": [action, session, _row(about), detail]})
        case MayEnd(session):
            return _line({"may_end": session})
        case End(session, reason):
            return _line({"end": [session, reason]})


def read_question(line: bytes) -> Question:
    """Raises ControlError."""
    match _parsed(line):
        case {"see": [*rows]} if len(rows) <= MOST:
            return See(tuple(_about(row) for row in rows))
        case {"act": [str(action), str(session), [*row], str(detail)]} if action in ACTS:
            return Act(action, _short(session), _about(row), _short(detail))
        case {"may_end": str(session)}:
            return MayEnd(_short(session))
        case {"end": [str(session), str(reason)]}:
            return End(_short(session), _short(reason))
        case _:
            raise _unknown(line)


def write_answer(answer: Answer) -> bytes:
    """One line."""
    match answer:
        case Visible(seen):
            return _line({"visible": list(seen)})
        case Yes():
            return _line({"yes": True})
        case No(code, line):
            return _line({"no": [code, line]})


def read_answer(line: bytes) -> Answer:
    """Raises ControlError."""
    match _parsed(line):
        case {"visible": [*seen]} if all(isinstance(each, bool) for each in seen):
            return Visible(tuple(seen))
        case {"yes": True}:
            return Yes()
        case {"no": [str(code), str(text)]}:
            return No(code, text)
        case _:
            raise _unknown(line)


def _row(about: About) -> list[str]:
    return [about.principal, about.kind, about.target, about.account]


def _about(row: object) -> About:
    match row:
        case [str(principal), str(kind), str(target), str(account)]:
            return About(_short(principal), _short(kind), _short(target), _short(account))
        case _:
            raise ControlError("a session is not described as it must be")


def _short(text: str) -> str:
    if len(text) > TEXT:
        raise ControlError("a value is too long")
    return text


def _line(value: dict[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"


def _parsed(line: bytes) -> object:
    if len(line) > LINE:
        raise ControlError("a line is too long")
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        raise _unknown(line) from None


def _unknown(line: bytes) -> ControlError:
    return ControlError(f"an unknown question or answer: {line[:80]!r}")
