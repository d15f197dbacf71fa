"""A buffer: scrolling, tab stops, resizing."""

import pytest

from recorder.screen.buffer import BASE_LIMIT, ROWS_BACK, Buffer


def filled(rows: int = 5) -> Buffer:
    buffer = Buffer(10, rows, scrollback=True)
    buffer.text = [str(n) for n in range(rows)]
    return buffer


def test_scrolling_a_region() -> None:
    buffer = filled()
    buffer.scroll_up(1, 3, 1, "\0")
    assert buffer.text == ["0", "2", "3", "", "4"]
    buffer.scroll_down(1, 3, 2, "\2")
    assert buffer.text == ["0", "", "", "2", "4"]
    assert buffer.pens == ["", "\2" * 10, "\2" * 10, "", ""]
    buffer.scroll_up(0, 4, 10**9, "\0")
    assert buffer.text == [""] * 5


def test_rows_that_leave_are_kept_up_to_a_bound() -> None:
    buffer = filled(1)
    for _ in range(BASE_LIMIT + 50):
        buffer.push_back()
    assert len(buffer.back) == ROWS_BACK
    assert buffer.base == BASE_LIMIT


def test_tabs() -> None:
    buffer = Buffer(20, 1, scrollback=True)
    assert [buffer.next_tab(x) for x in (0, 7, 8, 16, 19)] == [8, 8, 16, 19, 19]
    assert [buffer.previous_tab(x) for x in (0, 1, 8, 9, 19)] == [0, 0, 0, 8, 16]


def test_a_lower_window_drops_rows_below_the_cursor_first() -> None:
    buffer = filled()
    buffer.y = 2
    assert buffer.resize(10, 3) == []
    assert buffer.text == ["0", "1", "2"]
    assert buffer.resize(10, 1) == ["0", "1"]
    assert (buffer.text, buffer.y, buffer.base) == (["2"], 0, 2)


def test_a_taller_window_brings_rows_back_if_the_cursor_is_at_the_bottom() -> None:
    buffer = filled()
    buffer.y = 4
    buffer.resize(10, 2)
    buffer.resize(10, 4)
    assert (buffer.text, buffer.y) == (["1", "2", "3", "4"], 3)
    buffer.resize(10, 6)
    assert (buffer.text, buffer.y) == (["0", "1", "2", "3", "4", ""], 4)


@pytest.mark.parametrize("start", [{0, 8}, set()])
def test_a_wider_window_has_tab_stops(start: set[int]) -> None:
    buffer = Buffer(10, 1, scrollback=True)
    buffer.tabs = start
    buffer.resize(30, 1)
    assert {8, 16, 24} <= buffer.tabs


def test_a_narrower_window_hides_and_does_not_cut() -> None:
    buffer = filled(1)
    buffer.text[0] = "abcdefghij"
    buffer.resize(4, 1)
    buffer.resize(10, 1)
    assert buffer.text == ["abcdefghij"]


def test_an_alternate_buffer_keeps_what_it_had_room_for_before_it_was_lowered() -> None:
    buffer = Buffer(10, 4, scrollback=False)
    assert not buffer.keeps
    buffer.resize(10, 2, used=False)
    assert buffer.room == 2
    buffer.text = ["a", "b"]
    buffer.push_back()
    buffer.scroll_one("\0", wrapped=False)
    buffer.y = 1
    buffer.resize(10, 3)
    assert buffer.text == ["a", "b", ""]
    assert (buffer.room, buffer.base) == (0, 0)
    buffer.resize(10, 2, used=False)
    buffer.leave()
    assert not buffer.keeps


def test_rows_above_go_narrow_and_wide_with_the_window() -> None:
    buffer = filled(2)
    buffer.push_back()
    buffer.resize(4, 2)
    assert buffer.back[0][0] == "0".ljust(10)
    buffer.resize(12, 2)
    buffer.resize(5, 2)
    buffer.resize(6, 2)
    assert buffer.back[0][0] == "0".ljust(6)
