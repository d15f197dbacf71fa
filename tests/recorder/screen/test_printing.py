"""Printing: marks, wrapping, lines in bulk."""

from hypothesis import given
from hypothesis import strategies as st

from recorder.screen import Screen
from recorder.screen.clusters import LONGEST


def test_a_million_marks_are_bounded() -> None:
    screen = Screen(10, 2)
    screen.feed(b"e" + "\u0301".encode() * 1_000_000 + b"f")
    assert len(screen.frame().row(0)[0].text) == LONGEST
    assert screen.frame().row(0)[1].text == "f"


def test_marks_join_over_pieces() -> None:
    screen = Screen(10, 2)
    for piece in ("漢", "\u0301", "\u0302", "x"):
        screen.feed(piece.encode())
    cells = screen.frame().row(0)
    assert [cell.text for cell in cells[:3]] == ["漢\u0301\u0302", "", "x"]


def test_a_zero_width_character_drops_nothing_after_it() -> None:
    for char in "\u200b\u200d\ufe0f\u202e\u2060\u00ad":
        screen = Screen(40, 1)
        screen.feed(f"before{char}after".encode())
        assert screen.frame().text(0).replace(char, "") == "beforeafter"


LINES = st.lists(st.text(st.sampled_from("ab c#~"), max_size=25), min_size=40, max_size=80)
STARTS = st.sampled_from(
    """|x|{E}[31m|{E}[44m|{E}[2;3r|{E}[?1049h|{E}[4h|{E}[?7l|{E}(0|a\r\nb{E}[H|{E}[?6h|{E}[5;5H
    |{E}[20h|漢字\r\n{E}[31mred{E}[m\r\n""".replace("{E}", "\x1b").split("|")
)


@given(STARTS, LINES, st.integers(1, 12), st.integers(1, 6))
def test_lines_in_bulk_are_as_if_printed_one_by_one(
    start: str, lines: list[str], cols: int, rows: int
) -> None:
    bulk, single = Screen(cols, rows), Screen(cols, rows)
    data = "\r\n".join([*lines, "x" * 2100, *lines]).encode()
    for screen in (bulk, single):
        screen.feed(start.encode())
    bulk.feed(data)
    for at in range(0, len(data), 500):
        single.feed(data[at : at + 500])
    assert bulk.keyframe() == single.keyframe()
    assert bulk.take_scrolled() == single.take_scrolled()


def test_repeating_in_one_column_goes_down() -> None:
    screen = Screen(1, 5)
    screen.feed(b"a\x1b[3b")
    assert [screen.frame().text(y) for y in range(5)] == ["a", "a", "a", "a", ""]
