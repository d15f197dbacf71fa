from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from recorder.summary import Summary
from replay.library import Order, matches, ordered, sessions
from tests.recorder.recordings import Making, on_terminal


def row(session: str, state: str = "sealed", duration: int = 1, **facts: str) -> Summary:
    return Summary(id=session, path="", facts=facts, duration=duration, state=state)


ROWS = [
    row("1", principal="bob", target="web2", account="root", duration=50),
    row("2", "live", principal="alice", target="web1", account="root"),
    row("3", principal="Alice", target="db1", account="app", duration=70, protocol="ssh"),
    row("4", "damaged", duration=0),
]


@pytest.mark.parametrize(
    ("order", "ids"),
    [
        (Order.NEWEST, "2431"),
        (Order.LONGEST, "2314"),
        (Order.PRINCIPAL, "2431"),
        (Order.TARGET, "2431"),
    ],
)
def test_live_sessions_come_first_in_every_order(order: Order, ids: str) -> None:
    assert "".join(summary.id for summary in ordered(ROWS, order)) == ids


def test_orders_go_round() -> None:
    order = Order.NEWEST
    for _ in Order:
        order = order.next()
    assert order is Order.NEWEST


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("", "1234"),
        ("ALICE", "23"),
        ("alice db1", "3"),
        ("app@db", "3"),
        ("live", "2"),
        ("damaged", "4"),
        ("ssh", "3"),
        ("alice bob", ""),
        ("[@click=app.quit]", ""),
    ],
)
def test_every_word_must_be_in_the_row(query: str, ids: str) -> None:
    assert "".join(r.id for r in ROWS if matches(r, query)) == ids


@pytest.fixture
def making(tmp_path: Path) -> Iterator[Making]:
    made = Making(tmp_path / "store")
    yield made
    made.close()


def test_a_store_is_listed_newest_first_with_what_is_damaged(making: Making) -> None:
    first = making.sealed(on_terminal([(5, b"x")]))
    broken = making.sealed(on_terminal([(5, b"x")]))
    live = making.begin()
    broken.path.write_bytes(b"not a recording at all")
    for recording in (first, broken):
        recording.close()
    listed = list(sessions(making.store))
    assert [(s.id, s.state) for s in listed] == [
        (live.id, "live"),
        (broken.id, "damaged"),
        (first.id, "sealed"),
    ]
    assert listed[1].reason
