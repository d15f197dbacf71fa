"""Cells that a hit lights up: they read as what was found."""

from hypothesis import given
from hypothesis import strategies as st

from recorder.screen import Frame, Screen
from recorder.text import PASSED
from replay.folding import fold
from replay.highlight import Cells, cells_of, found_on, lines
from replay.passage import Kind
from replay.query import Span
from tests.replay.queries import parse, passage


def shown(data: str, cols: int = 20, rows: int = 5) -> Frame:
    screen = Screen(cols, rows)
    screen.feed(data.encode())
    return screen.frame()


def read(frame: Frame, cells: tuple[Cells, ...]) -> str:
    return "".join(cell.text for row, a, b in cells for cell in frame.row(row)[a:b])


def test_every_place_on_a_screen() -> None:
    frame = shown("a word\r\nno\r\nWORD word")
    assert found_on(frame, parse("word")) == [
        (Cells(0, 2, 6),), (Cells(2, 0, 4),), (Cells(2, 5, 9),),
    ]  # fmt: skip
    assert found_on(frame, parse("word a")) == [(Cells(0, 0, 1),), (Cells(0, 2, 6),)]
    assert found_on(frame, parse("mark:flash")) == []


def test_across_wrapped_rows() -> None:
    frame = shown("x" * 18 + "password")
    (cells,) = found_on(frame, parse("password"))
    assert cells == (Cells(0, 18, 20), Cells(1, 0, 6))
    assert read(frame, cells) == "password"


def test_wide_and_marked_characters_are_whole_cells() -> None:
    frame = shown("漢字 p\u0336a\u0336ss")
    assert found_on(frame, parse("字")) == [(Cells(0, 2, 4),)]
    assert found_on(frame, parse("pa")) == [(Cells(0, 5, 7),)]


def test_a_hit_is_found_where_it_went() -> None:
    frame = shown("other\r\nthe line\r\nthe line")
    line = passage("the line", row=2)
    assert cells_of(frame, line, [Span(4, 8)]) == [(Cells(2, 4, 8),)]
    assert cells_of(frame, line._replace(row=0), [Span(4, 8)]) == [(Cells(1, 4, 8),)]


def test_a_line_whose_beginning_has_left() -> None:
    frame = shown("a secret" + "x" * 10 + "\x1b[3;1H", cols=6, rows=2)
    screen = Screen(6, 2)
    screen.feed(b"a secret and more")
    frame = screen.frame()
    text = "a secret and more"
    assert cells_of(frame, passage(text), [Span(13, 17)]) == [(Cells(1, 1, 5),)]
    assert cells_of(frame, passage(text), [Span(2, 8)]) == [(Cells(0, 0, 2),)]


def test_a_line_that_was_still_growing() -> None:
    frame = shown("$ ls")
    assert cells_of(frame, passage("$ ls -l"), [Span(2, 7)]) == [(Cells(0, 2, 4),)]


def test_a_concealed_run_and_a_word_with_nothing_in_it() -> None:
    frame = shown("x \x1b[8mpass\x1b[m y\r\npa\u200bss")
    assert cells_of(frame, passage("pass", mark="concealed"), [Span(0, 4)]) == [(Cells(0, 2, 6),)]
    there = cells_of(frame, passage("pass", mark="format", row=1), [Span(0, 4)])
    assert there == [(Cells(1, 0, 4),)]


def test_what_is_on_no_screen_has_no_cells() -> None:
    frame = shown("nothing")
    for line in (passage("title", Kind.TITLE, row=-1), passage("gone", mark=PASSED)):
        assert cells_of(frame, line, [Span(0, 2)]) == []


PIECES = st.sampled_from(
    ["a", "b", "ab ", "é", "漢", "\r\n", "e\u0301", "x" * 9, "\u200b", "\x1b[7m"]
)


@given(st.lists(PIECES, max_size=25).map("".join), st.sampled_from(["a", "ab", "é", "漢", "ba"]))
def test_what_lights_up_reads_as_what_was_found(data: str, word: str) -> None:
    frame = shown(data, cols=7, rows=4)
    found = found_on(frame, parse(word))
    for cells in found:
        assert fold(word) in fold(read(frame, cells))
        assert all(0 <= row < 4 and 0 <= a < b <= 7 for row, a, b in cells)
    assert bool(found) == any(fold(word) in fold(line.text) for line in lines(frame))


def test_a_part_of_a_long_line_that_goes_on_behind_it() -> None:
    words = " ".join(f"w{n:04}" for n in range(100))
    screen = Screen(20, 10)
    screen.feed(words.encode())
    part = words[100:500]
    at = part.index("w0070")
    (cells,) = cells_of(screen.frame(), passage(part), [Span(at, at + 5)])
    assert read(screen.frame(), cells) == "w0070"
    gone = part.index("w0040")
    assert cells_of(screen.frame(), passage(part), [Span(gone, gone + 5)]) == []
