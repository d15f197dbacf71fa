from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay.hunting import Found, Hits
from replay.passage import Kind
from replay.query import Span
from replay.search import Hit
from replay.tui.hit_list import HitList, context, heading, line, times
from tests.replay.entries import entry, passage


def hit(text: str, *spans: tuple[int, int], marks: tuple[str, ...] = (), **more: Any) -> Hit:
    return Hit(entry(1).id, passage(text, **more), tuple(Span(*s) for s in spans), marks)


def highlighted(text: str, *spans: tuple[int, int], width: int = 40) -> list[str]:
    found = context(hit(text, *spans), width)
    return [found.plain[s.start : s.end] for s in found.spans if "reverse" in str(s.style)]


def test_every_match_in_the_line_is_highlighted() -> None:
    assert highlighted("a needle, a needle", (2, 8), (12, 18)) == ["needle", "needle"]
    assert highlighted("overlapping", (0, 4), (2, 6)) == ["over", "la"]


def test_a_match_far_into_the_line_is_in_view() -> None:
    found = context(hit("x" * 500 + "needle" + "y" * 500, (500, 506)), 40)
    assert found.plain.startswith("…")
    assert "needle" in found.plain
    assert found.cell_len <= 40


@given(st.text(min_size=1, max_size=300), st.integers(8, 120), st.data())
def test_a_line_takes_no_more_than_there_is_and_nothing_in_it_acts(
    text: str, width: int, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    found = line(hit(text, (start, end), marks=("flash",)), width)
    assert found.cell_len <= width or found.cell_len <= 22
    assert not any(ord(char) < 32 or char == "\x7f" for char in found.plain)


def test_marks_and_kinds_are_told() -> None:
    text = line(hit("rm -rf /", (0, 2), marks=("typed", "flash"), kind=Kind.COMMAND), 100).plain
    assert "cmd rm -rf /" in text
    assert text.endswith(" typed flash")


def test_first_and_last_time_are_told() -> None:
    assert times(hit("x", (0, 1)), both=True) == "+00:00:02–00:00:07"
    assert times(hit("x", (0, 1)), both=False) == "+00:00:02"
    assert times(hit("x", (0, 1), until=2_000_000), both=True).strip() == "+00:00:02"


def test_a_heading_says_whose_session_it_is() -> None:
    text = heading(entry(1), 3, 100).plain
    assert text.startswith("✓ bob on root@web2")
    assert "3 hits" in text
    assert "ticket 1" in text
    assert "ticket" not in heading(entry(1), 1, 60).plain


@pytest.mark.parametrize("width", range(12, 60))
def test_a_heading_never_cuts_the_number_of_hits(width: int) -> None:
    assert heading(entry(1), 1234, width).plain.endswith("  1234 hits")


@pytest.mark.parametrize("width", [1, 5, 20])
def test_a_heading_fits(width: int) -> None:
    assert heading(entry(1), 3, width).cell_len <= width


def test_the_cursor_stands_on_hits_alone() -> None:
    hits = Hits()
    hits.add(Found(1, [hit("x", (0, 1))], [entry(1)], 1, 1))
    rows = HitList()
    rows.found = hits
    assert [rows.selectable(row) for row in range(2)] == [False, True]
    assert rows.chosen is None
