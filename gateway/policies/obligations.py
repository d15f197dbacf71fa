"""What a policy's annotations oblige to: hold, limit, notice, record. Pure.

Knows: the annotations and their values. Must never know: Cedar, what is done about them. Called by
`gateway.policies.rule`.

On a policy that permits::

    @hold("dba:2, security")   who must approve: two of dba, and one of security
    @signed                    each approval must carry the approver's own signature
    @expires("15m")            how long a request waits
    @limit("1h")               how long the session may last
    @notice("…")               a line that the principal is told
    @record("full")            of what is typed keep all; "input-withheld": nothing
    @nearby("localhost:5432")  that a forward may lead here, to the gateway's own machine

on any: ``@id`` names it, ``@reason`` says why.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gateway.policy import Approvers, Terms

KNOWN = frozenset({"id", "reason", "hold", "signed", "expires", "limit", "notice", "record"})
NEARBY = "nearby"
RECORDS = ("full", "echoed", "input-withheld")
LINE = 500
"""Characters of a reason or a notice."""

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_GROUP = re.compile(r"\s*([^\s:,]+)\s*(?::\s*([1-9][0-9]?))?\s*")


@dataclass(frozen=True, slots=True)
class Obligations:
    """Of one policy."""

    reason: str = ""
    approvers: tuple[Approvers, ...] = ()
    signed: bool = False
    expires: int = 0
    """Seconds; 0: not said."""
    limit: int = 0
    notice: str = ""
    record: str = ""
    nearby: tuple[str, ...] = ()


def read(annotations: Mapping[str, str], *, permits: bool) -> Obligations:
    """Raises ValueError with a line for whoever wrote it."""
    for name in annotations:
        if name not in KNOWN and name != NEARBY:
            known = ", ".join(f"@{each}" for each in sorted({*KNOWN, NEARBY}))
            raise ValueError(f"there is no annotation @{name}; there are {known}")
        if not permits and name not in ("id", "reason"):
            raise ValueError(f"@{name} belongs to a policy that permits: this one forbids")
    hold = annotations.get("hold")
    for name in ("signed", "expires"):
        if name in annotations and hold is None:
            raise ValueError(f"@{name} says something about @hold, and there is none")
    if annotations.get("signed", "") not in ("", "true"):
        raise ValueError("@signed has no value")
    record = annotations.get("record", "")
    if "record" in annotations and record not in RECORDS:
        raise ValueError(f'@record("{record}") is none of {", ".join(RECORDS)}')
    for name in ("notice", "reason"):
        said = annotations.get(name, "")
        if not said.isprintable() or len(said) > LINE:
            raise ValueError(f"@{name} must be one printable line of at most {LINE} characters")
    return Obligations(
        reason=annotations.get("reason", ""),
        approvers=() if hold is None else _approvers(hold),
        signed="signed" in annotations,
        expires=_duration(annotations, "expires"),
        limit=_duration(annotations, "limit"),
        notice=annotations.get("notice", ""),
        record=record,
        nearby=_places(annotations.get(NEARBY)),
    )


def terms(deciding: Iterable[Obligations]) -> Terms:
    """What all of those that hold ask for together: the strictest of each."""
    holding = [each for each in deciding if each.approvers]
    groups: dict[str, int] = {}
    for each in holding:
        for wanted in each.approvers:
            groups[wanted.group] = max(wanted.count, groups.get(wanted.group, 0))
    return Terms(
        approvers=tuple(Approvers(group, groups[group]) for group in sorted(groups)),
        signed=any(each.signed for each in holding),
        expires=min((each.expires for each in holding if each.expires), default=Terms().expires),
    )


def met(wanted: Terms, approvals: Sequence[str]) -> bool:
    """Whether so many have approved: ``approvals`` is the group of each, one for each person. That
    each of them signed, where that is wanted, is known to whoever counted them (`gateway.holds`).
    """
    return all(approvals.count(each.group) >= each.count for each in wanted.approvers)


def words(deciding: Iterable[Obligations], *, session: bool) -> tuple[str, ...]:
    """What is to be done about an answer. ``session``: it is about connecting, the one decision
    that @limit and @record take effect by; the least that is kept wins over more."""
    found = list(deciding)
    said = [f"notice:{each.notice}" for each in found if each.notice]
    if session:
        limits = [each.limit for each in found if each.limit]
        if limits:
            said.append(f"limit:{min(limits)}")
        records = {each.record for each in found if each.record}
        if records:
            said.append(f"record:{next(each for each in reversed(RECORDS) if each in records)}")
    return tuple(dict.fromkeys(said))


def _approvers(text: str) -> tuple[Approvers, ...]:
    found = []
    for part in text.split(","):
        match = _GROUP.fullmatch(part)
        if match is None:
            raise ValueError(f'@hold("{text}") names no group; write @hold("dba") or "dba:2"')
        found.append(Approvers(match[1], int(match[2] or 1)))
    return tuple(found)


def _duration(annotations: Mapping[str, str], name: str) -> int:
    if name not in annotations:
        return 0
    match = re.fullmatch(r"([1-9][0-9]{0,5})([smhd])", annotations[name])
    if match is None:
        raise ValueError(f'@{name}("{annotations[name]}") is no time; write "15m" or "1h"')
    return int(match[1]) * _SECONDS[match[2]]


def _places(text: str | None) -> tuple[str, ...]:
    if text is None:
        return ()
    places = tuple(part.strip() for part in text.split(","))
    for place in places:
        if not re.fullmatch(r"(localhost|[0-9.]+|\[[0-9a-f:]+\]):([0-9]{1,5}|\*)", place):
            raise ValueError(
                f'@{NEARBY}("{text}"): "{place}" is no very address; write "127.0.0.1:5432"'
            )
    return places
