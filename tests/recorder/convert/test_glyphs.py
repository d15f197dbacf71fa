"""What a cell's text looks like: from which font, and always of the cell's size."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from recorder.convert import glyphs
from recorder.convert.glyphs import Glyphs, fonts_of_this_machine

MADE = Glyphs(15)


def test_the_shipped_faces_differ_and_share_one_cell() -> None:
    masks = [
        MADE.glyph("g", 1, bold=bold, italic=italic).mask
        for bold in (False, True)
        for italic in (False, True)
    ]
    assert (MADE.width, MADE.height) == (9, 18)
    assert {mask.size for mask in masks} == {(9, 18)}
    assert len({mask.tobytes() for mask in masks}) == 4
    assert (Path(glyphs.__file__).parent / "fonts" / "LICENSE").is_file()


def test_letters_stand_on_one_line_and_in_their_cell() -> None:
    for char in "HxEz":
        box = MADE.glyph(char, 1).mask.getbbox()
        assert box is not None
        assert box[3] == MADE.baseline
    box = MADE.glyph("g", 1).mask.getbbox()
    assert box is not None
    assert box[3] > MADE.baseline


def test_marks_are_drawn_with_what_they_stand_on() -> None:
    plain, marked = MADE.glyph("e", 1).mask, MADE.glyph("e\u0301", 1).mask
    assert marked.tobytes() != plain.tobytes()
    top, other = plain.getbbox(), marked.getbbox()
    assert top is not None
    assert other is not None
    assert other[1] < top[1]


def test_what_no_font_has_is_a_box_of_its_width(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(glyphs, "_found", dict)
    glyphs._fallbacks.cache_clear()
    glyphs._coloured.cache_clear()
    for text, columns in (("漢", 2), ("\U000f0000", 1), ("😀\u200d👩", 2)):
        mask = Glyphs(15).glyph(text, columns).mask
        assert mask.getbbox() == (1, 1, 9 * columns - 1, 17)
        assert mask.getpixel((4, 9)) == 0
    glyphs._fallbacks.cache_clear()
    glyphs._coloured.cache_clear()


def test_wide_characters_come_from_a_font_of_the_system_where_one_is() -> None:
    if not any("CJK" in path.name for path in fonts_of_this_machine()):
        reason = "no font with CJK is installed"
        if os.environ.get("GATEREEL_REQUIRE_PEERS"):
            pytest.fail(reason)
        pytest.skip(reason)
    one, two = MADE.glyph("漢", 2).mask, MADE.glyph("字", 2).mask
    assert one.size == two.size == (18, 18)
    assert one.tobytes() != two.tobytes()


def test_a_file_that_is_no_font_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "x.ttf").write_bytes(b"no font")
    assert list(glyphs._opened(tmp_path / "x.ttf", (15,))) == []


def test_few_shades_are_used() -> None:
    shades: set[int] = set()
    for code in range(0x21, 0x250):
        shades |= set(MADE.glyph(chr(code), 1).mask.tobytes())
    assert len(shades) <= 16
    assert {0, 255} <= shades


@given(st.text(min_size=1, max_size=5), st.integers(1, 2), st.integers(1, 40))
def test_anything_is_drawn_in_its_place(text: str, columns: int, size: int) -> None:
    made = Glyphs(size)
    glyph = made.glyph(text, columns)
    assert glyph.mask.size == (made.width * columns, made.height)
    assert glyph.mask.mode == "L"
    assert glyph.colours is None or isinstance(glyph.colours, Image.Image)


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(glyphs, "_MOST", 10)
    made = Glyphs(15)
    for code in range(0x41, 0x5B):
        made.glyph(chr(code), 1)
    assert len(made._made) <= 10
