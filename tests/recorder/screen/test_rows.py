"""Editing a row: wide characters live and die whole."""

import pytest

from recorder.screen import rows

H = rows.HALF


def test_write_pads_and_paints() -> None:
    assert rows.write("", "", 2, "ab", "\1") == ("  ab", "\0\0\1\1")
    assert rows.write("abcdef", "", 2, "XY", "\0") == ("abXYef", "")
    assert rows.write("abc", "\1\1\1", 1, "Z", "\0") == ("aZc", "\1\0\1")


@pytest.mark.parametrize(
    ("start", "run", "text"),
    [
        (0, "*", f"* 字{H}"),
        (1, "*", f" *字{H}"),
        (1, "**", " ** "),
        (2, "*", f"漢{H}* "),
        (1, f"日{H}", f" 日{H} "),
    ],
)
def test_write_over_a_half(start: int, run: str, text: str) -> None:
    assert rows.write(f"漢{H}字{H}", "", start, run, "\0")[0] == text


def test_erase() -> None:
    assert rows.erase("abcdef", "", 2, 4, 6, "\0") == ("ab  ef", "")
    assert rows.erase("abcdef", "\1" * 6, 2, 6, 6, "\0") == ("ab", "\1\1")
    assert rows.erase("ab", "", 4, 6, 6, "\2") == ("ab", "\0\0\0\0\2\2")
    assert rows.erase(f"漢{H}字{H}", "", 1, 4, 4, "\0")[0] == "  "[:1]
    assert rows.erase(f"漢{H}字{H}", "", 0, 1, 4, "\0")[0] == f"  字{H}"


def test_erase_leaves_what_a_narrow_window_hides() -> None:
    assert rows.erase("abcdefgh", "\1" * 8, 2, 6, 6, "\0") == ("ab    gh", "\1\1\0\0\0\0\1\1")


def test_insert() -> None:
    assert rows.insert("abcd", "", 1, 2, 4, "\0") == ("a  b", "")
    assert rows.insert("abcd", "", 1, 2, 4, "\3") == ("a  b", "\0\3\3")
    assert rows.insert(f"漢{H}c", "", 1, 1, 4, "\0")[0] == "   c"
    assert rows.insert(f"ab漢{H}", "", 0, 1, 4, "\0")[0] == " ab "
    assert rows.insert("ab", "", 3, 9, 4, "\1") == ("ab", "\0\0\0\1")


def test_delete() -> None:
    assert rows.delete("abcd", "\1\2\3\4", 1, 2, 4, "\0") == ("ad", "\1\4")
    assert rows.delete("abcd", "", 1, 1, 4, "\5") == ("acd", "\0\0\0\5")
    assert rows.delete(f"漢{H}cd", "", 1, 1, 4, "\0")[0] == " cd"
    assert rows.delete(f"a漢{H}d", "", 0, 2, 4, "\0")[0] == " d"
    assert rows.delete("ab", "", 3, 99, 4, "\0") == ("ab", "")


def test_selective_erase_leaves_the_guarded() -> None:
    text, pens = rows.erase_unguarded("abcdef", "\0\1\1", 0, 6, "\0", frozenset("\1"))
    assert text.rstrip() == " bc"
    assert pens.startswith("\0\1\1")


def test_visible_is_cut_and_stripped() -> None:
    assert rows.visible("ab  ", "\1\0\0", 4) == ("ab", "\1")
    assert rows.visible(f"abc漢{H}", "\1" * 6, 4) == ("abc", "\1" * 4)
    assert rows.visible("abcdef", "", 4) == ("abcd", "")
