from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from replay.entry import STATES, Entry
from replay.library import Column
from replay.tui.session_table import ROOMS, badge, cell, count, layout, measured, verdicts, when
from tests.replay.entries import entry

WANTED = measured([entry(n) for n in range(60)])


@given(st.integers(1, 400))
def test_columns_never_take_more_than_there_is(width: int) -> None:
    found = layout(width, WANTED)
    assert sum(wide + 1 for _, wide in found) <= max(width, 2) + 1
    assert all(wide >= room.least for room, wide in found)
    columns = [room.column for room, _ in found]
    assert columns == [room.column for room in ROOMS if room.column in columns]


@given(st.integers(1, 300))
def test_more_room_shows_no_less(width: int) -> None:
    narrow = {room.column for room, _ in layout(width, WANTED)}
    assert narrow <= {room.column for room, _ in layout(width + 1, WANTED)}


def test_who_and_where_are_the_last_to_go() -> None:
    assert {room.column for room, _ in layout(18, WANTED)} == {
        Column.HEALTH, Column.WHO, Column.WHERE,
    }  # fmt: skip
    assert len(layout(120, WANTED)) == len(Column)


def test_columns_in_which_nothing_is_are_left_out() -> None:
    plain = measured([Entry("x", "alice", target="web1", wall_ns=5, state="sealed")])
    columns = {room.column for room, _ in layout(200, plain)}
    assert not columns & {Column.MASKS, Column.VERDICTS, Column.PURPOSE, Column.COMMANDS}


def test_every_state_has_a_sign_of_its_own() -> None:
    signs = {badge(entry(1, state=state), 2).plain for state in STATES}
    assert len(signs) == len(STATES)
    assert badge(entry(1, state="live"), 10).plain == "● live"
    assert badge(entry(1, weaker=("strict",)), 2).plain == "✓‼"
    assert badge(entry(1, preserved="x: y"), 2).plain == "✓§"
    both = entry(1, preserved="x: y", redacted="a copy", weaker=("strict",))
    assert badge(both, 2).plain == "✓‼"
    assert cell(both, Column.HEALTH, 11).plain == "✓‼▒§ sealed"
    assert cell(both, Column.HEALTH, 10).plain == "✓‼▒§ ok"
    assert cell(both, Column.HEALTH, 6).plain == "✓‼"
    assert measured([both])[Column.HEALTH] == 11


def test_every_state_has_a_word_in_little_room() -> None:
    words = [badge(entry(1, state=state), 6).plain for state in ("live", "sealed", "interrupted")]
    assert words == ["● live", "✓ ok", "! cut"]
    assert badge(entry(1, state="interrupted"), 13).plain == "! interrupted"
    assert badge(entry(1, state="damaged"), 9).plain == "✗ damaged"
    assert badge(entry(1, state="damaged"), 8).plain == "✗ bad"
    assert badge(entry(1, state="sealed", preserved="x: y"), 4).plain == "✓§"


def test_what_matters_first_is_first() -> None:
    assert verdicts(entry(0, allowed=5, denied=2, refused=1, held=1)).plain == "✗3 ‖1 ✓5"
    assert verdicts(entry(0, allowed=0, denied=0, refused=0, held=0)).plain == ""


def test_instants_and_counts_are_cut_where_they_still_mean_something() -> None:
    one = entry(1)
    assert [when(one, width) for width in (19, 16, 11)] == [
        "2026-09-21 15:13:20", "2026-09-21 15:13", "09-21 15:13",
    ]  # fmt: skip
    assert when(entry(1, wall_ns=0), 19) == "–"
    assert [count(n) for n in (0, 7, 99_999, 123_456, 99_000_000)] == [
        "", "7", "99999", "123k", "99M",
    ]  # fmt: skip


def test_nothing_of_a_name_is_markup_or_a_control() -> None:
    hostile = entry(1, principal="[@click=app.quit]x[/]\x1b[2J", target="\u202eweb", purpose="[b]p")
    for column in Column:
        text = cell(hostile, column, 80)
        assert not text.spans or all("click" not in str(span.style) for span in text.spans)
        assert "\x1b" not in text.plain
    assert cell(hostile, Column.WHO, 80).plain == "[@click=app.quit]x[/]␛[2J"
