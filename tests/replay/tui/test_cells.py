from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.color import Color

from recorder.screen import Screen
from replay.tui.cells import Ink, drawable, label, plain, row_segments

INK = Ink(Color.from_rgb(200, 200, 200), Color.from_rgb(0, 0, 0))
ACTIVE = {"Cc", "Cf", "Cs", "Cn", "Zl", "Zp"}


def text_of(screen: Screen, y: int) -> str:
    return "".join(segment.text for segment in row_segments(screen.frame(), y, INK))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("alice", "alice"),
        ("\x1b[31mred", "␛[31mred"),
        ("a\tb\nc\x7f", "a␉b␊c␡"),
        ("ab\u202edc", "ab⟦U+202E⟧dc"),
        ("pass\u200bword", "pass⟦U+200B⟧word"),
        ("\x9b2J", "⟦U+009B⟧2J"),
        ("日本 é", "日本 é"),
        ("e\u0301 \u0301", "e\u0301 ⟦U+0301⟧"),
        ("\u0301x", "⟦U+0301⟧x"),
        ("\x07\u0301", "␇⟦U+0301⟧"),
        ("[@click=app.quit]x[/]", "[@click=app.quit]x[/]"),
    ],
)
def test_text_from_outside_is_made_plain(text: str, shown: str) -> None:
    assert plain(text) == shown
    assert label(text).plain == shown
    assert not label(text).spans


@given(st.text())
def test_nothing_active_is_left_in_plain_text(text: str) -> None:
    made = plain(text)
    assert not any(unicodedata.category(char) in ACTIVE for char in made)
    assert made == text or not text.isascii() or not text.isprintable()


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("a", 1, "a"),
        ("日", 2, "日"),
        ("e\u0301", 1, "e\u0301"),
        ("❤\ufe0f", 2, "❤ "),
        ("\x1b", 1, "\ufffd"),
        ("\u202e", 1, "\ufffd"),
        ("", 1, " "),
        ("日", 1, "\ufffd"),
        ("x", 2, "x "),
        ("👨\u200d👩", 2, "👨"),
        ("\u093f", 1, "◌\u093f"),
        ("\u0301", 1, "◌\u0301"),
        ("\U0001f3fd", 2, "\ufffd "),
    ],
)
def test_a_cell_is_drawn_in_its_own_width(text: str, width: int, shown: str) -> None:
    assert drawable(text, width) == shown


@given(st.text(max_size=8), st.sampled_from([1, 2]))
def test_any_cell_is_harmless_and_keeps_its_width(text: str, width: int) -> None:
    shown = drawable(text, width)
    assert cell_len(shown) == width
    assert not any(unicodedata.category(char) in ACTIVE for char in shown)


@given(st.binary(max_size=300), st.integers(1, 20))
def test_any_recorded_bytes_make_rows_of_the_screens_width(data: bytes, cols: int) -> None:
    screen = Screen(cols=cols, rows=3)
    screen.feed(data)
    for y in range(3):
        shown = text_of(screen, y)
        segments = row_segments(screen.frame(), y, INK)
        assert sum(cell_len(segment.text) for segment in segments) == cols
        assert not any(unicodedata.category(char) in ACTIVE for char in shown)


JOINING = st.text(
    st.sampled_from(
        "a e\u0301\u0308क\u094dष\u093f🇯🇵👩🏽\u200d🔬❤\ufe0f日\u1112\u1161\u11ab한ไท\u0e33 -"
    )
    | st.characters(),
    max_size=30,
)


@given(JOINING, st.integers(4, 30), st.booleans())
def test_characters_that_would_join_keep_their_columns(text: str, cols: int, cursor: bool) -> None:
    screen = Screen(cols=cols, rows=2)
    screen.feed(text.encode("utf-8", "replace") + (b"" if cursor else b"\x1b[?25l"))
    for y in range(2):
        segments = row_segments(screen.frame(), y, INK)
        assert sum(cell_len(segment.text) for segment in segments) == cols
        assert not any(unicodedata.category(c) in ACTIVE for s in segments for c in s.text)


def test_pens_become_styles_without_links_or_meta() -> None:
    screen = Screen(cols=12, rows=1)
    screen.feed(b"\x1b[?25l\x1b[1;31mA\x1b[0;3;4;9;38;5;200mB\x1b[0;48;2;1;2;3;7mC\x1b[0;2mD")
    screen.feed(b"\x1b]8;;http://example.org\x1b\\L\x1b]8;;\x1b\\")
    segments = row_segments(screen.frame(), 0, INK)
    red, fancy, inverse, dim = (segment.style for segment in segments[:4])
    assert red is not None
    assert (red.bold, red.color) == (True, Color.from_ansi(1))
    assert fancy is not None
    assert (fancy.italic, fancy.underline, fancy.strike) == (True, True, True)
    assert fancy.color == Color.from_ansi(200)
    assert inverse is not None
    assert (inverse.reverse, inverse.bgcolor) == (True, Color.from_rgb(1, 2, 3))
    assert dim is not None
    assert (dim.dim, dim.color) == (True, INK.foreground)
    assert all(s.style is not None and not s.style.link and not s.style.meta for s in segments)


def test_the_cursor_inverts_one_cell_also_a_wide_one() -> None:
    screen = Screen(cols=6, rows=1)
    screen.feed("a日b\x1b[1;3H".encode())
    cursor = [s.text for s in row_segments(screen.frame(), 0, INK) if s.style and s.style.reverse]
    assert cursor == ["日"]
    screen.feed(b"\x1b[?25l")
    assert not any(s.style and s.style.reverse for s in row_segments(screen.frame(), 0, INK))


def test_what_was_invisible_stays_so_and_markup_is_text() -> None:
    screen = Screen(cols=30, rows=2)
    screen.feed(b"\x1b[8mhidden\x1b[0m seen\r\n[@click=app.quit]here[/]")
    assert text_of(screen, 0).rstrip() == "       seen"
    assert text_of(screen, 1).rstrip() == "[@click=app.quit]here[/]"
