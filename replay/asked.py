"""A request that waits, as lines for whoever is to answer it: exactly what would run. Pure.

Knows: requests as a gateway tells of them. Must never know: gateways, keys, terminals. Called by
``gatereel approve`` and by the app's Requests screen. What was asked for is hostile: every
character that a terminal would not show is drawn, so that a line here is what it looks like.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from recorder.held import Waiting
from replay.errors import NotAllowed
from replay.invisible import visible

Line = tuple[str, str]
"""What it is, and what it says."""


def lines(waiting: Waiting) -> list[Line]:
    """All of it. What is shown last is read best: what would run, and its digest."""
    found: list[Line] = [
        ("request", waiting.id),
        ("by", f"{waiting.principal} ({waiting.kind})"),
        ("where", f"{waiting.account}@{waiting.target}"),
        ("held", waiting.reason or "a policy wants a second person"),
        ("wants", " and ".join(waiting.approvers) + (", signed" if waiting.signed else "")),
    ]
    found += [
        ("approved" if yes else "denied", f"by {by} for {group}: {why}")
        for by, group, yes, why in waiting.answers
    ]
    found += [("until", _time(waiting.expires)), ("action", waiting.action)]
    found += [(key, _shown(value)) for key, value in sorted(waiting.facts.items())]
    found += [("uncovered", each) for each in waiting.uncovered]
    found.append(("digest", waiting.digest.hex()))
    return [(visible(name), visible(text)) for name, text in found]


def one_line(waiting: Waiting) -> str:
    """What a list has of it."""
    command = waiting.facts.get("command", waiting.facts.get("path", b""))
    what = f"{waiting.action} {_shown(command)}" if command else waiting.action
    return visible(f"{waiting.principal} on {waiting.account}@{waiting.target}: {what}")


def honest(waiting: Waiting) -> Waiting:
    """The same. Raises NotAllowed where the digest is of something else than what is told: then
    whoever approves what they see would approve that."""
    if waiting.counted() != waiting.digest:
        raise NotAllowed(
            f"the gateway shows one request and names the digest of another"
            f" ({visible(waiting.id)}): approve nothing, and tell whoever runs it"
        )
    return waiting


def read_list(data: object) -> list[Waiting]:
    """What ``requests --json`` says. Raises ValueError."""
    if not isinstance(data, list):
        raise ValueError("this is no list of requests")  # noqa: TRY004 - it came from outside
    return [Waiting.from_json(each) for each in data]


def _shown(value: Any) -> str:
    """Bytes as the text that they are, else by their values; all else as it is spelled."""
    match value:
        case bytes():
            return visible(value.decode("utf-8", "surrogateescape"))
        case str():
            return value
        case list() | tuple():
            return " ".join(_shown(each) for each in value)
        case dict():
            return " ".join(f"{key}={_shown(each)}" for key, each in sorted(value.items()))
        case bool():
            return "yes" if value else "no"
        case _:
            return str(value)


def _time(at: int) -> str:
    try:
        return datetime.fromtimestamp(at // 1_000_000, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    except (OverflowError, ValueError, OSError):
        return str(at)
