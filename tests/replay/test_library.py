from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from replay.entry import Entry
from replay.library import (
    Column,
    Order,
    admitted,
    completions,
    day,
    facets,
    ordered,
    toggled,
    values_of,
    written,
)
from replay.query import parse
from tests.replay.entries import entry

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def test_live_sessions_are_first_and_newer_ones_before_older() -> None:
    rows = [entry(1), entry(2, state="live"), entry(3), entry(4, state="live")]
    assert [row.id for row in ordered(rows, Order())] == [
        each.id for each in (rows[3], rows[1], rows[2], rows[0])
    ]


def test_every_column_sorts_both_ways_with_live_ones_first() -> None:
    rows = [entry(n) for n in range(40)] + [entry(99, state="live")]
    for column in Column:
        first = Order(Column.HEALTH if column is not Column.HEALTH else Column.WHO).by(column)
        there, back = ordered(rows, first), ordered(rows, first.by(column))
        assert there[0].live
        assert back[0].live
        assert sorted(there) == sorted(back) == sorted(rows)
        assert there != back
        assert first.by(column).by(column) == first


def test_numbers_are_sorted_largest_first_and_names_from_a() -> None:
    rows = [entry(n) for n in range(30)]
    longest = ordered(rows, Order().by(Column.LENGTH))
    assert [row.duration for row in longest] == sorted((r.duration for r in rows), reverse=True)
    names = [row.principal for row in ordered(rows, Order().by(Column.WHO))]
    assert names == sorted(names)


def test_facets_count_what_is_there() -> None:
    rows = [entry(n) for n in range(12)]
    found = {facet.field: dict(facet.values) for facet in facets(rows)}
    assert found["who"] == {"alice": 3, "bob": 3, "carol": 3, "deploy-bot": 3}
    assert sum(found["state"].values()) == 12
    assert sum(found["on"].values()) == 12
    assert list(found["on"]) == sorted(found["on"], reverse=True)
    assert "masked" not in {facet.field for facet in facets([entry(1)])}
    assert facets([]) == []


@given(st.text(min_size=1, max_size=20).filter(lambda text: text.strip() == text))
def test_a_facet_as_it_is_written_finds_its_own_session(name: str) -> None:
    mine = entry(1, principal=name)
    query = parse(written("who", name), NOW)
    assert query.filters
    assert not query.asks
    assert query.admits(mine)
    assert "*" in name or "?" in name or not query.admits(entry(2, principal="somebody else"))


def test_a_filter_is_added_once_and_taken_away_again() -> None:
    assert toggled("", "who:alice") == "who:alice"
    assert toggled("passwd ", "who:alice") == "passwd who:alice"
    assert toggled("passwd who:alice state:live", "who:alice") == "passwd state:live"
    assert toggled("who:alice2", "who:alice") == "who:alice2 who:alice"


def test_a_part_of_a_name_is_completed_to_its_filter() -> None:
    rows = [entry(n) for n in range(8)]
    found = completions("ali", 3, lambda field: values_of(rows, field))
    assert [each.applied("ali") for each in found] == [("who:alice", 9)]
    known = completions("x who:", 6, lambda field: values_of(rows, field))
    assert {each.text for each in known} == {"alice", "bob", "carol", "deploy-bot"}
    assert completions("", 0, lambda field: values_of(rows, field)) == []


def test_days_that_no_calendar_has_are_none() -> None:
    assert day(Entry("x")) == ""
    assert day(Entry("x", wall_ns=1 << 80)) == ""
    assert day(Entry("x", wall_ns=1_790_000_000_000_000_000)) == "2026-09-21"


def test_filters_let_the_same_through_however_they_are_asked() -> None:
    rows = [entry(n) for n in range(60)]
    for text in (
        "who:al*", "target:web1 state:sealed", "verdict:deny", "-masked:yes kind:person",
        f"id:{rows[3].id}", "on:2026-09-21", "account:root protocol:ssh purpose:ticket client:x",
    ):  # fmt: skip
        query = parse(text, NOW)
        assert admitted(query, rows) == [row for row in rows if query.admits(row)], text
