"""The library: the sessions of a store, listed, filtered and sorted.

Knows: summaries (`recorder.summary`). Must never know: payloads, screens, widgets. Called by the
library screen, on a worker's thread. One bad recording is one row that says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Enum
from typing import assert_never

from recorder.store import Store
from recorder.summary import Summary, summarise


class Order(Enum):
    """How the library can be sorted; live sessions are always first."""

    NEWEST = "newest first"
    LONGEST = "longest first"
    PRINCIPAL = "by principal"
    TARGET = "by target"

    def next(self) -> Order:
        """The order after this one, in a circle."""
        orders = list(Order)
        return orders[(orders.index(self) + 1) % len(orders)]


def sessions(store: Store) -> Iterator[Summary]:
    """Every session of the store, newest first."""
    for session in store.ids():
        yield summarise(store, session)


def fact(session: Summary, name: str) -> str:
    """What the header says, as text; "" where it says nothing."""
    return str(session.facts.get(name, ""))


def matches(session: Summary, query: str) -> bool:
    """Whether every word of the query is somewhere in the row (upper and lower case alike)."""
    facts = (fact(session, name) for name in ("principal", "kind", "protocol"))
    row = " ".join((session.id, *facts, session.where, session.state, session.reason)).casefold()
    return all(word in row for word in query.casefold().split())


def ordered(rows: Iterable[Summary], order: Order) -> list[Summary]:
    """Rows in this order, live ones first, newer ones before older where the order says nothing."""
    newest = sorted(rows, key=lambda row: row.id, reverse=True)
    match order:
        case Order.NEWEST:
            pass
        case Order.LONGEST:
            newest.sort(key=lambda row: -row.duration)
        case Order.PRINCIPAL:
            newest.sort(key=lambda row: fact(row, "principal").casefold())
        case Order.TARGET:
            newest.sort(key=lambda row: (fact(row, "target"), fact(row, "account")))
        case _:
            assert_never(order)
    newest.sort(key=lambda row: row.state != "live")
    return newest
