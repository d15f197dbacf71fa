"""Holds, kept: each move of `gateway.holds` as one transaction, seen by every gateway on the state.

Knows: the tables of holds and answers, the pure board. Must never know: who may answer what, SSH,
sessions. Called by `gateway.approvals`, `gateway.hold_desk` and whoever builds on them.

Whoever moves a hold reads it for writing first, so that of two answers at one time the second sees
the first, and of two uses the second finds it used. Gateways look at what waits with them several
times a second (`gateway.waiting_room`); nothing is told from one to the other.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Row, select

from gateway import holds
from gateway.hold_errors import NoSuchHold
from gateway.holds import Answer, Hold, State, Subject
from gateway.policy import Approvers, Terms
from gateway.state import tables
from gateway.state.database import Database
from recorder.events import Facts

log = logging.getLogger(__name__)

MOST = 500
"""Holds that one list has."""
KEPT = 30 * 24 * 3600 * 1_000_000
"""µs for which what is over can be looked up; the recordings have it for ever."""


class Board:
    """The hold board of all gateways on one state."""

    def __init__(self, database: Database, run: str, wall_us: Callable[[], int]) -> None:
        """``run`` names this run of this gateway; ``wall_us`` is the time, µs since 1970."""
        self.database = database
        self.run = run
        self._now = wall_us

    def now(self) -> int:
        return self._now()

    async def begin(self, place: str) -> list[Hold]:
        """A gateway starts here: what waited with the one that ran at this place before is
        withdrawn, since nobody waits for it any more. Those are returned."""
        now = self._now()

        def work(connection: Connection) -> list[Hold]:
            runs = tables.gateways
            before = [
                row.run
                for row in connection.execute(select(runs.c.run).where(runs.c.place == place))
            ]
            left = _find(connection, tables.holds.c.gateway.in_(before), *holds.OPEN)
            ended = []
            for hold in left:
                moved = holds.withdraw(hold, "its gateway was stopped while it waited")
                _write(connection, moved)
                ended.append(moved)
            live = tables.live_sessions
            connection.execute(live.delete().where(live.c.gateway.in_(before)))
            connection.execute(runs.delete().where(runs.c.place == place))
            connection.execute(runs.insert().values(run=self.run, place=place, began=now))
            _forget(connection, now - KEPT)
            return ended

        return await self.database.run(work)

    async def open(self, hold: Hold) -> None:
        await self.database.run(lambda connection: _insert(connection, hold))

    async def find(self, identity: str) -> Hold:
        """As it is now. Raises NoSuchHold."""
        now = self._now()
        return await self.database.run(lambda connection: _one(connection, identity, now))

    async def pending(self) -> list[Hold]:
        """All that wait for an answer, oldest first."""
        now = self._now()

        def work(connection: Connection) -> list[Hold]:
            found = _find(connection, tables.holds.c.expires > now, State.PENDING)
            return found[:MOST]

        return await self.database.run(work)

    async def look(self, identities: Iterable[str]) -> dict[str, Hold]:
        """Those of these that there are, as they are now."""
        wanted, now = list(identities), self._now()

        def work(connection: Connection) -> dict[str, Hold]:
            found = _find(connection, tables.holds.c.id.in_(wanted))
            return {each.id: holds.expire(each, now) for each in found}

        return await self.database.run(work)

    async def answer(self, identity: str, given: Answer) -> Hold:
        """Raises NoSuchHold, HoldOver, AnswerRefused."""
        return await self._move(identity, lambda hold, now: holds.answer(hold, given, now))

    async def withdraw(self, identity: str, why: str) -> Hold:
        return await self._move(identity, lambda hold, _: holds.withdraw(hold, why))

    async def expire(self, identity: str) -> Hold:
        """Writes down that its time is over, if it is."""
        return await self._move(identity, holds.expire)

    async def use(self, identity: str, digest: bytes) -> Hold:
        """Once, and only by the gateway at which it waits. Raises as `answer`."""

        def used(hold: Hold, now: int) -> Hold:
            if hold.gateway != self.run:
                raise NoSuchHold("there is no such request here")
            return holds.use(hold, digest, now)

        return await self._move(identity, used)

    async def _move(self, identity: str, move: Callable[[Hold, int], Hold]) -> Hold:
        now = self._now()

        def work(connection: Connection) -> Hold:
            before = _one(connection, identity, now, write=True)
            after = move(before, now)
            _write(connection, after, len(before.answers))
            return after

        return await self.database.run(work)


def _one(connection: Connection, identity: str, now: int, *, write: bool = False) -> Hold:
    found = _find(connection, tables.holds.c.id == identity, write=write)
    if not found:
        raise NoSuchHold("there is no request of this id; `requests` lists those that wait")
    return found[0] if write else holds.expire(found[0], now)


def _find(connection: Connection, where: Any, *states: State, write: bool = False) -> list[Hold]:
    table = tables.holds
    query = select(table).where(where).order_by(table.c.opened, table.c.id)
    if states:
        query = query.where(table.c.state.in_([each.value for each in states]))
    rows = connection.execute(query.with_for_update() if write else query).all()
    given: dict[str, list[Answer]] = {row.id: [] for row in rows}
    if rows:
        told = tables.answers
        asked = select(told).where(told.c.hold.in_(list(given))).order_by(told.c.place)
        for row in connection.execute(asked):
            given[row.hold].append(_answer_of(row))
    found = []
    for row in rows:
        try:
            found.append(_hold_of(row, given[row.id]))
        except NoSuchHold as problem:
            if write:
                raise
            log.warning("%s: %s", problem.code, problem.operator)
    return found


def _insert(connection: Connection, hold: Hold) -> None:
    subject = hold.subject
    values = {
        "id": hold.id,
        "digest": hold.digest,
        "principal": subject.principal,
        "kind": subject.kind,
        "action": subject.action,
        "target": subject.target,
        "account": subject.account,
        "facts": holds.written(subject.facts),
        "terms": _written_terms(hold.terms),
        "reason": hold.reason,
        "opened": hold.opened,
        "expires": hold.expires,
        "session": hold.session,
        "uncovered": holds.written(list(hold.uncovered)),
        "gateway": hold.gateway,
        "state": hold.state.value,
        "why": hold.why,
    }
    connection.execute(tables.holds.insert().values(values))


def _write(connection: Connection, hold: Hold, known: int | None = None) -> None:
    """``known``: how many of its answers are there already; None: all."""
    table = tables.holds
    connection.execute(
        table.update().where(table.c.id == hold.id).values(state=hold.state.value, why=hold.why)
    )
    for place, given in enumerate(hold.answers):
        if known is not None and place >= known:
            values = {
                "hold": hold.id,
                "principal": given.by,
                "place": place,
                "for_group": given.group,
                "approves": int(given.approves),
                "reason": given.reason,
                "at": given.at,
                "how": holds.written(given.how),
                "signature": given.signature,
            }
            connection.execute(tables.answers.insert().values(values))


def _forget(connection: Connection, before: int) -> None:
    old = select(tables.holds.c.id).where(tables.holds.c.expires < before)
    connection.execute(tables.answers.delete().where(tables.answers.c.hold.in_(old)))
    connection.execute(tables.holds.delete().where(tables.holds.c.expires < before))


def _hold_of(row: Row[Any], answers: Sequence[Answer]) -> Hold:
    """A row whose digest is not that of what it says has been tampered with, and is nobody's."""
    subject = Subject(
        row.principal, row.kind, row.action, row.target, row.account, holds.read(row.facts)
    )
    if subject.digest() != bytes(row.digest):
        raise NoSuchHold(
            "this request is not what was asked for: its row in the state has been changed",
            operator=f"hold {row.id}: its digest does not fit",
        )
    return Hold(
        row.id,
        subject,
        _terms_of(row.terms),
        row.reason,
        row.opened,
        row.expires,
        row.session,
        tuple(holds.read(row.uncovered)),
        row.gateway,
        State(row.state),
        tuple(answers),
        row.why,
    )


def _answer_of(row: Row[Any]) -> Answer:
    how: Facts = holds.read(row.how)
    signature = bytes(row.signature)
    return Answer(
        row.principal, row.for_group, bool(row.approves), row.reason, row.at, how, signature
    )


def _written_terms(terms: Terms) -> str:
    wanted = [[each.group, each.count] for each in terms.approvers]
    return holds.written([wanted, terms.signed, terms.expires])


def _terms_of(data: str) -> Terms:
    wanted, signed, expires = holds.read(data)
    return Terms(tuple(Approvers(str(g), int(n)) for g, n in wanted), bool(signed), int(expires))
