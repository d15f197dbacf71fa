"""Who waits for a second person at this gateway, and hears what becomes of it.

Knows: the board, how often it is looked at. Must never know: what is asked for, who may answer.
One for a gateway; `gateway.approvals` waits in it, `gateway.hold_desk` stirs it.

The board may be answered at another gateway on the same state, so it is looked at again and again:
one look for all that wait here, `EVERY` seconds apart, and at once when somebody answers here.
While nobody waits, nobody looks.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from typing import Protocol

from gateway.hold_errors import NoSuchHold, StateUnavailable
from gateway.holds import Hold, State
from recorder.errors import GatereelError

EVERY = 0.3
"""Seconds between two looks."""
TRIES = 3
"""Looks in a row that may fail before nobody waits any longer."""


class Looking(Protocol):
    """`gateway.state.board.Board`."""

    async def look(self, identities: list[str]) -> dict[str, Hold]: ...


class WaitingRoom:
    def __init__(self, board: Looking, every: float = EVERY) -> None:
        self._board = board
        self._every = every
        self._waiting: dict[str, asyncio.Queue[Hold | GatereelError]] = {}
        self._stir = asyncio.Event()

    def __len__(self) -> int:
        return len(self._waiting)

    def stir(self) -> None:
        """Something was answered here: look now."""
        self._stir.set()

    async def changes(self, hold: Hold) -> AsyncGenerator[Hold, None]:
        """The hold each time that something has become of it, until it is pending no more. Raises
        StateUnavailable, NoSuchHold."""
        heard: asyncio.Queue[Hold | GatereelError] = asyncio.Queue()
        self._waiting[hold.id] = heard
        self.stir()
        last = hold
        try:
            while last.state is State.PENDING:
                now = await heard.get()
                if isinstance(now, GatereelError):
                    raise now
                if now != last:
                    last = now
                    yield now
        finally:
            del self._waiting[hold.id]

    async def keep(self) -> None:
        """Looks, until cancelled."""
        failed = 0
        while True:
            self._stir.clear()
            if waiting := list(self._waiting):
                try:
                    found = await self._board.look(waiting)
                except StateUnavailable as problem:
                    failed += 1
                    if failed >= TRIES:
                        self._tell_all(problem)
                else:
                    failed = 0
                    for each in waiting:
                        gone = NoSuchHold("this request is not in the gateway's state any more")
                        self._tell(each, found.get(each, gone))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._every if self._waiting else None):
                    await self._stir.wait()

    def _tell_all(self, problem: GatereelError) -> None:
        for each in list(self._waiting):
            self._tell(each, problem)

    def _tell(self, identity: str, what: Hold | GatereelError) -> None:
        if identity in self._waiting:
            self._waiting[identity].put_nowait(what)
