from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.screen import Screen
from replay.tui.selection import Glyph, Place, Selection, glyphs_in, glyphs_of, text_of


def copied(data: str, anchor: tuple[int, int], head: tuple[int, int], *, block: bool) -> str:
    screen = Screen(cols=10, rows=4)
    screen.feed(data.encode())
    frame = screen.frame()
    selection = Selection(Place(*anchor), Place(*head), block)
    return text_of(selection, lambda y: glyphs_of(frame.row(y)), frame.wrapped)


@pytest.mark.parametrize(
    ("anchor", "head", "block", "text"),
    [
        ((0, 0), (4, 0), False, "hello"),
        ((4, 0), (0, 0), False, "hello"),
        ((3, 0), (1, 1), False, "lo\nwo"),
        ((1, 1), (3, 0), False, "lo\nwo"),
        ((1, 0), (3, 2), True, "ell\norl\n日本"),
        ((3, 2), (1, 0), True, "ell\norl\n日本"),
        ((1, 2), (1, 2), False, "日"),
        ((0, 0), (9, 3), False, "hello\nworld\n日本\n"),
        ((7, 0), (9, 1), True, "\n"),
    ],
)
def test_in_reading_order_or_as_a_block(
    anchor: tuple[int, int], head: tuple[int, int], block: bool, text: str
) -> None:
    assert copied("hello\r\nworld\r\n日本", anchor, head, block=block) == text


def test_wrapped_rows_are_one_line_in_reading_order_only() -> None:
    assert copied("0123456789abc\r\nx", (2, 0), (0, 2), block=False) == "23456789abc\nx"
    assert copied("0123456789abc\r\nx", (0, 0), (1, 2), block=True) == "01\nab\nx"
    assert copied("abcdefgh  next", (0, 0), (3, 1), block=False) == "abcdefgh  next"


def test_what_is_copied_is_plain() -> None:
    assert copied("a\u200bb\u202ec", (0, 0), (9, 0), block=False).isprintable()


@given(st.lists(st.sampled_from("ab日é\u0301"), max_size=12).map("".join))
def test_a_line_has_a_glyph_for_each_column(line: str) -> None:
    glyphs = glyphs_in(line)
    assert len(glyphs) == sum(glyph.width for glyph in glyphs)
    assert "".join(glyph.text for glyph in glyphs) == line.lstrip("\u0301")


places = st.builds(Place, st.integers(0, 9), st.integers(0, 3))


@given(places, places, st.booleans())
def test_a_wide_character_is_selected_as_a_whole(anchor: Place, head: Place, block: bool) -> None:
    row: Sequence[Glyph] = [Glyph("日", 2), Glyph("", 0)] * 5
    selection = Selection(anchor, head, block)
    for y in range(4):
        start, end = selection.span(y, row)
        assert start % 2 == 0
        assert end % 2 == 0
        assert (start < end) == (y in selection.rows)
        assert selection.swapped().span(y, row) == (start, end)
