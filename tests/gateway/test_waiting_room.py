from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace

import pytest

from gateway import holds, waiting_room
from gateway.hold_errors import NoSuchHold, StateUnavailable
from gateway.holds import Hold, State, Subject
from gateway.policy import Approvers, Terms
from gateway.waiting_room import WaitingRoom
from recorder.errors import GatereelError

HOLD = holds.open_hold(
    "k7m2q9xp", Subject("alice", "person", "exec", "web1", "root"), Terms((Approvers("dba"),)), 0
)


class Answers:
    """A board that says these, one after the other; then the last for ever."""

    def __init__(self, *answers: dict[str, Hold] | GatereelError) -> None:
        self.answers = list(answers)
        self.looks = 0

    async def look(self, identities: Iterable[str]) -> dict[str, Hold]:
        assert list(identities) == [HOLD.id]
        self.looks += 1
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(found, GatereelError):
            raise found
        return found


def heard(board: Answers) -> list[Hold]:
    async def go() -> list[Hold]:
        room = WaitingRoom(board, 0.001)
        found: list[Hold] = []
        async with asyncio.TaskGroup() as group:
            keeping = group.create_task(room.keep())
            try:
                async for each in room.changes(HOLD):
                    found.append(each)  # noqa: PERF401 - what came before an error counts
            finally:
                keeping.cancel()
        assert len(room) == 0
        return found

    try:
        return asyncio.run(asyncio.wait_for(go(), 30))
    except BaseExceptionGroup as group:
        raise group.exceptions[0] from None


def test_each_change_is_heard_once_up_to_its_end() -> None:
    some = replace(HOLD, why="one answered")
    done = replace(HOLD, state=State.APPROVED)
    board = Answers({HOLD.id: HOLD}, {HOLD.id: some}, {HOLD.id: some}, {HOLD.id: done})
    assert heard(board) == [some, done]


def test_a_board_that_fails_now_and_then_is_asked_again() -> None:
    no = StateUnavailable("no")
    done = replace(HOLD, state=State.DENIED)
    assert waiting_room.TRIES == 3
    assert heard(Answers(no, no, {HOLD.id: HOLD}, no, no, {HOLD.id: done})) == [done]


def test_one_that_fails_again_and_again_ends_the_wait() -> None:
    with pytest.raises(StateUnavailable):
        heard(Answers(StateUnavailable("no")))


def test_one_that_does_not_know_it_any_more_ends_the_wait() -> None:
    with pytest.raises(NoSuchHold):
        heard(Answers({}))


def test_nobody_looks_while_nobody_waits() -> None:
    async def go() -> int:
        board = Answers({})
        room = WaitingRoom(board, 0.001)
        async with asyncio.TaskGroup() as group:
            keeping = group.create_task(room.keep())
            for _ in range(20):
                await asyncio.sleep(0.001)
            keeping.cancel()
        return board.looks

    assert asyncio.run(go()) == 0
