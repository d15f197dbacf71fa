from __future__ import annotations

import pytest

from replay.entry import DAMAGED, FACETS, LIVE, Entry


def test_what_nobody_knows_is_empty_and_damaged() -> None:
    entry = Entry("019a")
    assert (entry.state, entry.live, entry.where, entry.weaker) == (DAMAGED, False, "", ())
    assert entry.verdicts == {"allow": 0, "deny": 0, "hold": 0}


@pytest.mark.parametrize(
    ("account", "target", "where"), [("root", "web1", "root@web1"), ("", "ls -l", "ls -l")]
)
def test_where_is_as_one_would_type_it(account: str, target: str, where: str) -> None:
    assert Entry("019a", account=account, target=target).where == where


def test_verdicts_and_life() -> None:
    entry = Entry("019a", allowed=2, denied=1, held=3, state=LIVE)
    assert entry.live
    assert entry.verdicts == {"allow": 2, "deny": 1, "hold": 3}


def test_facets_are_fields() -> None:
    assert set(FACETS) < set(Entry._fields)


def test_they_sort_by_when_they_began_and_by_their_id_where_nobody_can_tell() -> None:
    """What was imported came late and is old; of what cannot be read only the id is known."""
    early, late = "01a0c450-6c00-7d04-a475-4498e06db5a1", "01a0c450-73d0-74ac-977c-db2ef6d98607"
    made = int(early.replace("-", "")[:12], 16)
    imported = Entry(late, wall_ns=(made - 5_000) * 1_000_000)
    readable, unreadable = Entry(early, wall_ns=made * 1_000_000), Entry(late)
    odd = Entry("nothing")
    assert sorted([unreadable, odd, readable, imported], key=lambda each: each.begun) == [
        *(odd, imported, readable, unreadable)
    ]
