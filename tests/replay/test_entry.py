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
