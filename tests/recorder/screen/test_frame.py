"""Frames: cells, runs, text, and what changed."""

from recorder.screen import Attributes, Cell, Screen


def fed(data: str, cols: int = 10, rows: int = 3) -> Screen:
    screen = Screen(cols, rows)
    screen.feed(data.encode())
    return screen


def test_cells() -> None:
    cells = fed("\x1b[1;31ma漢\x1b[m").frame().row(0)
    bold = Attributes.BOLD
    assert cells[0] == Cell("a", 1, 1, None, bold)
    assert cells[1] == Cell("漢", 2, 1, None, bold)
    assert cells[2] == Cell("", 0, 1, None, bold)
    assert cells[3] == Cell(" ", 1, None, None, Attributes.NONE)


def test_runs_join_what_looks_alike() -> None:
    runs = fed("ab\x1b[31m漢c\x1b[m").frame().runs(0)
    assert [(run.text, run.columns, run.fg) for run in runs] == [
        ("ab", 2, None),
        ("漢c", 3, 1),
        (" " * 5, 5, None),
    ]


def test_a_frame_does_not_change_and_shares_rows() -> None:
    screen = fed("one\r\ntwo")
    first = screen.frame()
    assert screen.frame() is first
    screen.feed(b"!")
    second = screen.frame()
    assert (first.text(1), second.text(1)) == ("two", "two!")
    assert second.lines[0] is first.lines[0]
    assert second.changed_rows(first) == {1}
    assert second.changed_rows(None) is None
    screen.resize(9, 3)
    assert screen.frame().changed_rows(second) is None


def test_frames_of_different_screens_compare_by_what_they_show() -> None:
    one, two = fed("\x1b[32mx\x1b[31mab"), fed("\x1b[1;4m\x1b[m\x1b[32mx\x1b[31mab")
    assert one.frame() == two.frame()
    assert hash(one.frame()) == hash(two.frame())
    assert one.frame() != fed("xab").frame()
    assert one.frame() != "something else"
    assert one.frame().lines[0] != "something else"


def test_soft_wraps_are_told() -> None:
    frame = fed("x" * 12 + "\r\ny").frame()
    assert [frame.wrapped(y) for y in range(3)] == [False, True, False]
    assert "xx" in repr(frame)


def test_what_may_conceal() -> None:
    frame = fed("plain\r\n\x1b[8mhidden\r\n\x1b[0;31;41mred").frame()
    assert [line.may_conceal for line in frame.lines] == [False, True, True]
