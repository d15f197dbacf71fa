"""A board with its waiting room, and a matter that waits, for tests of approvals."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from gateway.approvals import Approvals, Matter
from gateway.holds import Answer, Hold
from gateway.identity import Principal
from gateway.policies.decision import Policies
from gateway.policy import Hold as Held
from gateway.policy import Request, Verdict
from gateway.state.board import Board
from gateway.state.database import Database
from recorder.events import Event

PEOPLE = (
    Principal("alice", "person", ("dba",)),
    Principal("bob", "person", ("dba",)),
    Principal("carol", "person", ("dba", "security")),
    Principal("eve", "person", ()),
)
RULES = """
@id("two") @hold("dba") @reason("it cannot be undone")
permit (principal, action == Action::"exec", resource)
when { context has command && context.command.program == "reboot" };
@id("answers") permit (principal in Group::"dba", action == Action::"approve", resource);
"""
QUESTION = Request(
    "alice", "person", ("dba",), "exec", "web1", "root",
    {"command": b"reboot", "terminal": False},
)  # fmt: skip


class Clock:
    """µs since 1970, as the test says."""

    def __init__(self) -> None:
        self.now = 1_790_000_000_000_000

    def __call__(self) -> int:
        return self.now


@dataclass
class Waiter:
    """What waits, and all that it heard."""

    approvals: Approvals
    clock: Clock
    rules: Policies
    events: list[Event] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    late: list[Event] = field(default_factory=list)
    question: Request = QUESTION

    def matter(self) -> Matter:
        verdict = self.rules.decide(self.question)
        assert isinstance(verdict, Held)

        async def late(event: Event) -> None:
            self.late.append(event)

        return Matter(
            self.question, verdict, 3, 7, lambda: 5, self.decide,
            self.hear, late, "s1", {"environment": [[b"LANG", b"C"]]},
        )  # fmt: skip

    def hear(self, events: Sequence[Event], lines: Sequence[str]) -> None:
        self.events += events
        self.lines += lines

    async def waiting(self) -> Hold:
        """Once others can see it."""
        for _ in range(1_000_000):
            if found := await self.approvals.board.pending():
                return found[0]
            await asyncio.sleep(0)
        raise AssertionError("nobody asks")

    async def seated(self) -> None:
        """Once it hears of answers."""
        for _ in range(1_000_000):
            if len(self.approvals.room):
                return
            await asyncio.sleep(0)
        raise AssertionError("nobody waits")

    def decide(self, asked: Request) -> Verdict:
        """By the rules of now."""
        return self.rules.decide(asked)

    async def answer(self, by: str = "bob", *, approves: bool = True, group: str = "dba") -> Hold:
        hold = await self.waiting()
        given = Answer(by, group, approves, "it is due", self.clock.now, {"key": "SHA256:x"})
        after = await self.approvals.board.answer(hold.id, given)
        self.approvals.room.stir()
        return after


@contextlib.asynccontextmanager
async def waiter(folder: Path, rules: str = RULES) -> AsyncIterator[Waiter]:
    """With a room that is kept."""
    clock = Clock()
    database = Database.open("sqlite:///state.db", folder)
    board = Board(database, "run-1", clock)
    policies = Policies.of(access=rules)
    approvals = Approvals(board, policies, lambda: PEOPLE, os.urandom)
    try:
        async with asyncio.TaskGroup() as group:
            keeping = group.create_task(approvals.room.keep())
            yield Waiter(approvals, clock, policies)
            keeping.cancel()
    finally:
        database.close()


def with_command(question: Request, command: bytes) -> Request:
    return replace(question, facts={**question.facts, "command": command})
