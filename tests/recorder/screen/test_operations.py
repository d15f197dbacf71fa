"""Operations: cases that say in one line what is promised; the rest is tests/fidelity's."""

import pytest

from recorder.screen import Screen


def shown(data: str, cols: int = 10, rows: int = 4) -> list[str]:
    screen = Screen(cols, rows)
    screen.feed(data.encode())
    frame = screen.frame()
    return [frame.text(y) for y in range(rows)]


@pytest.mark.parametrize(
    ("data", "rows"),
    [
        ("a\r\nb\r\nc\r\nd\r\ne", ["b", "c", "d", "e"]),
        ("abc\x1b[2D*", ["a*c", "", "", ""]),
        ("a\x1b[2;3Hb\x1b[Ac", ["a  c", "  b", "", ""]),
        ("a\r\nb\r\nc\x1b[2;3r\x1b[3;1H\nd", ["a", "c", "d", ""]),
        ("a\r\nb\r\nc\x1b[2H\x1b[L*", ["a", "*", "b", "c"]),
        ("a\r\nb\r\nc\x1b[2H\x1b[M", ["a", "c", "", ""]),
        ("abcdef\x1b[3G\x1b[2P", ["abef", "", "", ""]),
        ("abcdef\x1b[3G\x1b[2@", ["ab  cdef", "", "", ""]),
        ("abcdef\x1b[3G\x1b[2X", ["ab  ef", "", "", ""]),
        ("\tx\x1b[Z\x1b[Zy", ["y       x", "", "", ""]),
        ("x" * 9 + "漢", ["x" * 9, "漢", "", ""]),
        ("a\x1b[3b", ["aaaa", "", "", ""]),
        ("\x1b(0lqk\x1b(B-", ["┌─┐-", "", "", ""]),
        ("\x0e\x1b)0q\x0fq", ["─q", "", "", ""]),
    ],
)
def test_shown(data: str, rows: list[str]) -> None:
    assert shown(data) == rows


def test_huge_counts_are_cut() -> None:
    for final in "@ABCDEFGHIJKLMPSTXZ`abde":
        shown(f"ab\x1b[2147483647{final}x")
    shown("a" + "\x1b[2147483647;2147483647r\x1b[2147483647'}\x1b[2147483647 A")
