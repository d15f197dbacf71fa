"""Stores of real, sealed sessions whose decisions the decision point made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from gateway.policies.again import repeated
from gateway.policies.decision import Policies
from gateway.policies.texts import keep
from gateway.policy import Circumstances, Request, place_of
from gateway.verdicts import decided
from recorder.events import Asked, Decided, Event
from tests.recorder.builders import Studio

WHEN = Circumstances(at=1_790_000_000_000_000, source="192.0.2.7", method="publickey")
PLACE = place_of("ssh", {"env": "prod"}, ("card", "email"))
ASKED = Request("alice", "person", ("sre",), "connect", "web1", "root", place=PLACE, when=WHEN)
TEXT = """
@id("sre") permit (principal in Group::"sre", action, resource in Label::"env=prod");
@id("cards") permit (principal, action == Action::"unmask", resource)
when { context.class == DataClass::"card" };
@id("no-reboot") @reason("ask first")
forbid (principal, action == Action::"exec", resource)
when { context has command && context.command.program == "reboot" };
@id("two") @hold("leads") permit (principal in Group::"sre", action == Action::"exec", resource)
when { context has command && context.command.program == "dropdb" };
"""
QUESTIONS = (
    ASKED,
    replace(ASKED, action="shell", facts={"terminal": True}),
    replace(ASKED, action="exec", facts={"terminal": False, "command": b"reboot now"}),
    replace(ASKED, action="exec", facts={"terminal": False, "command": b"dropdb x"}),
    replace(ASKED, action="exec", facts={"terminal": False, "command": b"uptime; id"}),
    replace(
        ASKED,
        action="exec",
        facts={"terminal": False, "command": b"dropdb x"},
        when=replace(WHEN, approvals=("leads",)),
    ),
    replace(ASKED, action="read-file", facts={"operation": "open", "path": b"/srv/a"}),
    replace(ASKED, action="forward", facts={"address": "db:5432"}),
    replace(ASKED, action="shell", groups=(), facts={"terminal": True}),
    replace(ASKED, action="kill", owner="alice", facts={"session": "x"}),
)


def events_of(policies: Policies, questions: Iterable[Request] = QUESTIONS) -> list[Event]:
    """As a session records them."""
    found: list[Event] = []
    for number, each in enumerate(questions, 1):
        verdict = repeated(policies, each)
        found.append(Asked(number, 1, number, each.action, each.facts))
        found.append(decided(number, 1, number, verdict))
    return found


def altered(events: Sequence[Event], number: int, **changes: object) -> list[Event]:
    """With the answer to this question another one."""
    return [
        replace(each, **changes)  # type: ignore[arg-type]
        if isinstance(each, Decided) and each.request == number
        else each
        for each in events
    ]


def store_of(folder: Path, *sessions: Sequence[Event], kept: Policies | None = None) -> list[str]:
    """Ids of sealed sessions of these; ``kept`` is the set that the store has."""
    with Studio(folder) as studio:
        if kept is not None:
            keep(kept.texts, folder)
        digest = b"" if kept is None else kept.digest()
        return [studio.whole(events, policy=digest) for events in sessions]
