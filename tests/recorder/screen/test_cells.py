"""Cells inserted, deleted and erased, also where a narrower window hides them."""

import pytest

from recorder.screen import Screen


@pytest.mark.parametrize(
    ("data", "row"),
    [
        ("\x1b[3G\x1b[2P", "abefghij"),
        ("\x1b[3G\x1b[2@", "ab  cdefgh"),
        ("\x1b[3G\x1b[2X", "ab  efghij"),
        ("\x1b[3G\x1b[K", "ab"),
        ("\x1b[3G\x1b[1K", "   defghij"),
        ("\x1b[3G\x1b[J", "ab"),
        ("\x1b[2J", ""),
        ("\x1b[3G\x1b[2'~", "abefghij"),
        ("\x1b#8", "E" * 10),
    ],
)
def test_edits(data: str, row: str) -> None:
    screen = Screen(10, 2)
    screen.feed(f"abcdefghij{data}".encode())
    assert screen.frame().text(0) == row


@pytest.mark.parametrize(
    ("data", "row"),
    [
        ("\x1b[K", "    efghij"),
        ("\x1b[X", " bcdefghij"),
        ("\x1b[9X", "         j"),
        ("\x1b[P", "bcdefghij"),
        ("\x1b[3@", "   abcdefg"),
        ("\x1b[2J", ""),
        ("\x1b[4hxy", "xyabcdefgh"),
        ("\x1b#8", "E" * 10),
    ],
)
def test_what_a_narrower_window_hides_is_edited_with_the_row(data: str, row: str) -> None:
    screen = Screen(10, 2)
    screen.feed(b"abcdefghij")
    screen.resize(4, 2)
    screen.feed(b"\x1b[H" + data.encode())
    screen.resize(10, 2)
    assert screen.frame().text(0) == row
