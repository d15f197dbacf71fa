from __future__ import annotations

from array import array

from hypothesis import given
from hypothesis import strategies as st

from recorder.command_table import Command
from recorder.moments import AtEvent, AtFrame
from replay import lists
from replay.excerpts import EventRow
from replay.invisible import hidden
from replay.lists import Commands, Events, Hits, Notes, Row
from replay.markers import Kind, Mark
from replay.passage import Kind as Said
from replay.passage import Passage
from replay.query_terms import Span
from replay.search import Hit

SECOND = 1_000_000


def command(number: int, text: str, status: str = "", confidence: int = 100) -> Command:
    event = 10 * (number + 1)
    time = number * SECOND
    return Command(
        number, 1, event, event, event + 5, number, time, time + SECOND, text, status, confidence
    )


def hit(event: int, text: str, *spans: tuple[int, int], whole: int = 1, row: int = 0) -> Hit:
    passage = Passage(
        Said.SCREEN, 1, whole, whole, whole, event, event * 1000, event * 1000, row, False, "", text
    )
    return Hit("s", passage, tuple(Span(*span) for span in spans), ())


def test_commands_say_how_they_ended_and_belong_to_positions() -> None:
    found = Commands([command(0, "ls\x1b[m"), command(1, "make", "2"), command(2, "maybe", "", 40)])
    assert [found.row(n) for n in range(3)] == [
        Row("c0", 0, "ls␛[m", "1.0s"),
        Row("c1", SECOND, "make", "✗ 2 1.0s", bad=True),
        Row("c2", 2 * SECOND, "? maybe", "1.0s"),
    ]
    assert [found.at(event) for event in (0, 9, 10, 25, 99)] == [-1, -1, 0, 1, 2]
    assert found.target(1) == AtEvent(20)
    assert len(Commands([command(0, "LS -la"), command(1, "make")], ["la", "ls"])) == 1
    assert Commands([command(0, "vim\0notes.txt")]).row(0).text == "vim notes.txt"


def test_events_are_rows_once_they_are_read() -> None:
    events = Events(1000)
    assert len(events) == 1000
    assert events.unread(range(998, 1004)) == [998, 999]
    assert events.row(998) is None
    events.learn({998: EventRow(998, 5, 1, "o", "x"), 999: EventRow(999, 6, 0, "refused", "x11")})
    assert events.row(998) == Row("e998", 5, "x", "o")
    assert events.row(999) == Row("e999", 6, "x11", "refused", bad=True)
    assert events.unread(range(998, 1004)) == []
    assert (events.at(5), events.at(5000), events.target(7)) == (5, 999, AtEvent(7))


def test_events_that_a_filter_chose() -> None:
    events, chosen = Events(1000), array("q", [5, 50])
    events.choose(chosen)
    chosen.append(500)
    assert len(events) == 3
    assert [events.at(event) for event in (0, 5, 499, 999)] == [-1, 0, 1, 2]
    assert events.target(2) == AtEvent(500)
    assert events.unread(range(10)) == [5, 50, 500]
    events.choose(None)
    assert len(events) == 1000


def test_rows_of_events_are_forgotten_before_they_are_too_many() -> None:
    events = Events(1_000_000)
    for begin in range(0, 3 * lists.MOST_ROWS, 100):
        events.learn({n: EventRow(n, 0, 0, "o", "") for n in range(begin, begin + 100)})
    assert len(events._rows) <= lists.MOST_ROWS
    assert events.row(3 * lists.MOST_ROWS // 100 * 100) is not None


def test_hits_come_in_any_order_and_stand_in_that_of_the_recording() -> None:
    hits = Hits([hit(30, "c", (0, 1), whole=3), hit(10, "a", (0, 1)), hit(10, "b", (0, 1), row=-1)])
    hits.add([hit(20, "typed", (0, 5), whole=-1)])
    assert [hits.row(n).text for n in range(4)] == ["b", "a", "typed", "c"]
    assert [hits.at(event) for event in (9, 10, 25, 30)] == [-1, 1, 2, 3]
    assert (hits.target(3), hits.target(2)) == (AtFrame(3), AtEvent(20))
    assert [(mark.event, mark.kind) for mark in hits.marks()] == [
        (10, Kind.HIT),
        (20, Kind.HIT),
        (30, Kind.HIT),
    ]


def test_too_many_hits_are_counted() -> None:
    hits = Hits()
    few, lists.MOST_HITS = lists.MOST_HITS, 3
    try:
        hits.add(hit(n, "x", (0, 1)) for n in range(5))
    finally:
        lists.MOST_HITS = few
    assert (len(hits), hits.lost) == (3, 2)


@given(st.text(max_size=600), st.lists(st.tuples(st.integers(0, 600), st.integers(0, 600))))
def test_what_was_found_is_where_the_row_says(text: str, spans: list[tuple[int, int]]) -> None:
    inside = sorted((min(s), max(s)) for s in spans if max(s) <= len(text) and s[0] != s[1])
    row = Hits([hit(1, text, *inside)]).row(0)
    assert not any(map(hidden, row.text))
    assert all(0 <= start < end <= len(row.text) for start, end in row.spans)
    assert list(row.spans) == sorted(row.spans)


def test_what_stands_far_to_the_right_is_brought_into_view() -> None:
    row = Hits([hit(1, "x" * 300 + "needle\x1b", (300, 307))]).row(0)
    ((start, end),) = row.spans
    assert row.text[start:end] == "needle␛"
    assert start < 30


def test_notes_are_in_order_and_can_be_filtered() -> None:
    marks = [
        Mark(20, 5, Kind.NOTE, 1, "Two\u200b"),
        Mark(10, 3, Kind.BOOKMARK, 1, "one"),
    ]
    notes = Notes(marks)
    assert notes.row(1) == Row("e5", 20, "Two⟦ZWSP⟧", "note")
    assert (notes.at(4), notes.target(1)) == (0, AtEvent(5))
    assert len(Notes(marks, ["two"])) == 1
