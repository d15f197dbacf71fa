"""Modes: the alternate screen, resets, titles."""

from recorder.screen import Screen


def fed(data: str) -> Screen:
    screen = Screen(10, 3)
    screen.feed(data.encode())
    return screen


def test_the_alternate_screen_comes_and_goes() -> None:
    screen = fed("main\x1b[?1049halt")
    assert screen.frame().alternate
    assert "main" not in screen.frame().text(0)
    screen.feed(b"\x1b[?1049l!")
    assert not screen.frame().alternate
    assert screen.frame().text(0) == "main!"
    screen.feed(b"\x1b[?47h")
    assert screen.frame().text(0) == ""


def test_synchronized_output_is_busy() -> None:
    screen = fed("\x1b[?2026hx")
    assert screen.busy
    screen.feed(b"\x1b[?2026l")
    assert not screen.busy


def test_titles() -> None:
    assert fed("\x1b]0;one\x07").frame().title == "one"
    assert fed("\x1b]2;one\x1b\\\x1b[22t\x1b]2;two\x07\x1b[23t").title == "one"
    assert fed("\x1b[23t").title == ""
    assert len(fed("\x1b]2;t\x07" + "\x1b[22t" * 1000)._titles) == 10
    assert fed("\x1b]0;kept\x07\x1bc").title == "kept"


def test_reset_is_a_new_screen() -> None:
    screen = fed("abc\x1b[31m\x1b[?6h\x1b[2;3r\x1b[4h\x1b(0\x1bc")
    assert screen.keyframe() == Screen(10, 3).keyframe()


def test_soft_reset_keeps_cells_and_cursor() -> None:
    screen = fed("abc\x1b[31m\x1b[?6h\x1b[4h\x1b[2;2H\x1b[!p")
    assert screen.frame().text(0) == "abc"
    assert (screen.cursor.x, screen.cursor.y) == (1, 1)
    screen.feed(b"x")
    assert screen.frame().row(1)[1].fg is None


def test_links_mark_cells() -> None:
    cells = fed("\x1b]8;;http://a\x07x\x1b[my\x1b]8;;\x07z").frame().row(0)
    assert [bool(cell.attributes) for cell in cells[:3]] == [True, True, False]
