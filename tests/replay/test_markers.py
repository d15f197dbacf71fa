from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from recorder.command_table import Command
from recorder.cues import Cue
from replay.markers import JUMPS, WRITTEN, Kind, Mark, Markers

CUES = [
    Cue("resize", 3, 0, 1, "80x24", 100),
    Cue("verdict", 4, 10, 0, "deny no rule allows it", 100),
    Cue("verdict", 5, 20, 0, "allow", 100),
    Cue("verdict", 6, 25, 0, "hold a second person", 100),
    Cue("command", 7, 30, 1, "ls", 100),
    Cue("prompt", 9, 40, 1, "", 100, since=7),
    Cue("status", 9, 40, 1, "0", 100, since=7),
    Cue("gap", 10, 50, 0, "a disk was full", 100),
    Cue("refused", 11, 50, 0, "x11", 100),
    Cue("told by a later recorder", 12, 60, 0, "?", 100),
]
COMMANDS = [Command(0, 1, 6, 7, 9, 2, 30, 40, "ls", "0", 100)]
MARKS = st.builds(
    Mark,
    time=st.integers(0, 1000),
    event=st.integers(0, 50),
    kind=st.sampled_from(list(Kind)),
    channel=st.just(0),
    text=st.just(""),
)


def test_what_a_recording_has_is_marked_once_each_and_in_order() -> None:
    marks = Markers.of(CUES, COMMANDS).marks
    assert [(mark.kind.value, mark.event) for mark in marks] == [
        ("resize", 3),
        ("denied", 4),
        ("allowed", 5),
        ("held", 6),
        ("command", 7),
        ("gap", 10),
        ("refused", 11),
        ("marker", 12),
    ]


def test_jumps_go_by_the_event_each_once() -> None:
    markers = Markers.of(CUES, COMMANDS).adding(
        [Mark(20, 5, Kind.BOOKMARK, 0, "look"), Mark(20, 5, Kind.NOTE, 0, "there")]
    )
    assert markers.events(JUMPS) == [4, 5, 6, 10, 11, 12]
    assert markers.events((Kind.COMMAND,)) == [7]
    assert markers.events(WRITTEN) == [5]
    assert markers.without(WRITTEN).marks == Markers.of(CUES, COMMANDS).marks


def test_the_most_telling_mark_of_a_column_is_drawn() -> None:
    markers = Markers.of(CUES, COMMANDS).adding([Mark(51, 11, Kind.HIT, 0, "")])
    assert markers.by_column(7, 0, 69) == {
        0: Kind.RESIZE,
        1: Kind.DENIED,
        2: Kind.HELD,
        3: Kind.COMMAND,
        5: Kind.HIT,
        6: Kind.MARKER,
    }
    assert markers.by_column(2, 50, 69) == {0: Kind.HIT, 1: Kind.MARKER}
    assert Markers().by_column(10, 0, 0) == {}


@given(st.lists(MARKS), st.lists(MARKS))
def test_order_and_content_survive_what_is_added(first: list[Mark], more: list[Mark]) -> None:
    whole = Markers().adding(first).adding(more)
    assert sorted(whole.marks, key=lambda mark: mark.order) == list(whole.marks)
    assert sorted(map(repr, whole.marks)) == sorted(map(repr, first + more))


@given(st.lists(MARKS), st.integers(1, 80), st.integers(0, 500), st.integers(0, 500))
def test_every_mark_in_view_has_a_column(
    marks: list[Mark], width: int, start: int, length: int
) -> None:
    markers, end = Markers().adding(marks), start + length
    columns = markers.by_column(width, start, end)
    assert all(0 <= column < width for column in columns)
    assert set(columns.values()) <= {mark.kind for mark in markers.between(start, end)}
    assert bool(columns) == bool(markers.between(start, end))


def test_a_receipt_is_a_mask_mark_that_one_jumps_to() -> None:
    marks = Markers.of([Cue("mask", 4, 10, 1, "2 card (last4)", 100)], [])
    assert marks.events(JUMPS) == [4]
    assert marks.by_column(3, 0, 11) == {2: Kind.MASK}
