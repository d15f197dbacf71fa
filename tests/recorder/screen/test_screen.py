"""The screen's own face: sizes, versions, scrolled rows, renumbering."""

import pytest

from recorder.screen import EMULATOR_VERSION, Screen
from recorder.screen.operations import MOST_SCROLLED


@pytest.mark.parametrize(
    ("asked", "given"), [((80, 24), (80, 24)), ((0, -5), (1, 1)), ((10**9, 1001), (1000, 1000))]
)
def test_sizes_are_clamped(asked: tuple[int, int], given: tuple[int, int]) -> None:
    screen = Screen(*asked)
    assert (screen.cols, screen.rows) == given
    screen.resize(5, 5)
    screen.resize(*asked)
    assert (screen.columns, screen.lines) == given


def test_the_version_moves_only_with_what_is_visible() -> None:
    screen = Screen(10, 2)
    start = screen.visible_version
    for silent in (
        b"",
        b"\x1b[31m",
        b"\x1b[?2004h",
        b"\x1b7",
        b"\x1b]4;1;rgb:0/0/0\x07",
        b"\x1b[m \b",
    ):
        screen.feed(silent)
        assert screen.visible_version == start, silent
    for number, visible in enumerate((b"x", b"\r", b"\x1b]0;t\x07", b"\x1b[?25l", b"\x1b#8"), 1):
        screen.feed(visible)
        assert screen.visible_version == start + number, visible


def test_rows_that_scroll_off_are_told_once() -> None:
    screen = Screen(10, 2)
    screen.feed("eins\r\n漢字\r\ne\u0301\r\nvier".encode())
    assert screen.take_scrolled() == ["eins", "漢字"]
    assert screen.take_scrolled() == []
    screen.feed(b"\x1b[?1049ha\r\nb\r\nc\r\nd\x1b[?1049l")
    assert screen.take_scrolled() == []
    screen.resize(10, 1)
    assert screen.take_scrolled() == ["e\u0301"]
    screen.feed(b"\x1b[S")
    assert screen.take_scrolled() == ["vier"]


def test_scrolled_rows_are_bounded() -> None:
    screen = Screen(10, 2)
    screen.feed(b"x\n" * (MOST_SCROLLED + 1000))
    taken = screen.take_scrolled()
    assert len(taken) == MOST_SCROLLED + 1
    assert taken[0].startswith("[")


def test_renumbering_shows_the_same() -> None:
    screen = Screen(10, 2)
    screen.feed("\x1b[31mone\r\ntwo e\u0301\r\n\x1b[1;44mthree\x1b7".encode())
    before, version, state = screen.frame(), screen.visible_version, screen.keyframe()
    screen._renumber()
    assert screen.visible_version == version
    assert screen.frame() == before
    assert screen.keyframe() == state
    assert screen.take_scrolled() == ["one"]
    screen.feed(b"\x1b8!")
    assert screen.frame().row(1)[5].bg == 4


def test_pyte_names_for_what_is_shown() -> None:
    screen = Screen(4, 2)
    screen.feed("日x\r\nabcd".encode())
    assert screen.display == ["日x ", "abcd"]
    assert screen.cursor == (4, 1, True)
    assert screen.frame().cursor == (3, 1, True)
    assert EMULATOR_VERSION >= 1


def test_wrapped_rows_that_left_are_one_line() -> None:
    screen = Screen(4, 2)
    screen.feed(b"one\r\nabcdefgh\r\n")
    assert screen.take_left() == (False, ["one", "abcd"])
    screen.feed(b"x  y  \r\n")
    assert screen.take_left() == (True, ["efgh", "x  y"])
    screen.feed(b"z\r\n")
    assert screen.take_left() == (True, [""])
    assert screen.take_left() == (False, [])
    assert screen.rows_left == 5
    bulk = Screen(4, 2)
    bulk.feed(b"0\r\n" * 20 + b"abcdefghij\r\n" * 900)
    continues, lines = bulk.take_left()
    assert not continues
    assert set(lines) == {"0", "abcdefghij", "abcdefgh"}
