"""Pens: interned, bounded, and what of them is shown."""

from recorder.screen import pens as module
from recorder.screen.pens import DEFAULT, DEFAULT_KEY, PROTECTED, Attributes, Pens


def test_the_default_pen_is_the_first_character() -> None:
    assert Pens().get(DEFAULT_KEY).char == DEFAULT


def test_equal_pens_are_one() -> None:
    pens = Pens()
    pen = pens.get((1, (2, 3, 4), int(Attributes.BOLD)))
    assert pens.get((1, (2, 3, 4), int(Attributes.BOLD))) is pen
    assert pens.by_char[pen.char] is pen
    assert pen.key == (1, (2, 3, 4), Attributes.BOLD)


def test_erasing_takes_the_background_alone() -> None:
    pens = Pens()
    pen = pens.get((1, 4, int(Attributes.INVERSE)))
    assert pens.by_char[pen.erase].key == (None, 4, 0)
    assert pens.get((1, None, 0)).erase == DEFAULT


def test_no_pen_is_a_surrogate_and_there_is_an_end_to_pens() -> None:
    pens = Pens()
    for red in range(20):
        for green in range(256):
            for blue in range(12):
                pens.get(((red, green, blue), None, 0))
    assert not any("\ud800" <= char <= "\udfff" for char in pens.by_char)
    assert pens.full
    last, module._LAST = module._LAST, 100
    try:
        assert pens.get((1, 1, 1)).key == DEFAULT_KEY
    finally:
        module._LAST = last


def test_what_is_remembered_is_bounded() -> None:
    pens = Pens()
    pen = pens.get(DEFAULT_KEY)
    for number in range(module._MOST_REMEMBERED + 10):
        pens.remember(pen, f"\x1b[{number}m", pen)
    assert len(pen.after) <= module._MOST_REMEMBERED


def test_guards_are_not_shown_and_links_are_underlined() -> None:
    pens = Pens()
    assert pens.get((None, None, PROTECTED)).attributes is not None
    assert pens.get((None, None, PROTECTED)).attributes == Attributes.NONE
    link = pens.get((None, None, int(Attributes.LINK))).attributes
    assert link == Attributes.LINK | Attributes.UNDERLINE
    both = pens.get((None, None, int(Attributes.LINK | Attributes.UNDERLINE))).attributes
    assert both == Attributes.LINK | Attributes.UNDERLINE | Attributes.UNDERLINE_DASHED


def test_what_conceals() -> None:
    pens = Pens()
    assert pens.get((1, 1, 0)).conceals
    assert pens.get((None, None, int(Attributes.INVISIBLE))).conceals
    assert not pens.get((None, None, 0)).conceals


def test_a_pen_of_another_table_erases_and_remembers_in_the_new_one() -> None:
    old, new = Pens(), Pens()
    pen = old.get((1, 4, 0))
    old.remember(pen, "\x1b[1m", pen)
    assert pen.erase == old.get((None, 4, 0)).char
    new.get((9, 9, 0))
    assert new.adopt(pen) is pen
    assert pen.after == {}
    assert new.by_char[pen.erase].key == (None, 4, 0)
    assert old.get((2, 4, 0)).after == {}
