"""SGR: what each form makes of a pen. Agreement with xterm.js is tests/fidelity's business."""

import pytest

from recorder.screen import sgr
from recorder.screen.params import parse
from recorder.screen.pens import DEFAULT_KEY, PROTECTED, Attributes, PenKey, Pens

A = Attributes


@pytest.mark.parametrize(
    ("text", "pen"),
    [
        ("", DEFAULT_KEY),
        ("1;31", (1, None, A.BOLD)),
        ("97;107", (15, 15, 0)),
        ("38;5;200", (200, None, 0)),
        ("38;5;15", (15, None, 0)),
        ("48;2;1;2;3", (None, (1, 2, 3), 0)),
        ("38:2::1:2:3", ((1, 2, 3), None, 0)),
        ("38:5:9;7", (9, None, A.INVERSE)),
        ("4:3", (None, None, A.UNDERLINE | A.UNDERLINE_CURLY)),
        ("4:3;4:0", DEFAULT_KEY),
        ("21", (None, None, A.UNDERLINE | A.UNDERLINE_DOUBLE)),
        ("2;8;9;53", (None, None, A.DIM | A.INVISIBLE | A.STRIKE | A.OVERLINE)),
        ("1;2;22", DEFAULT_KEY),
        ("31;41;39;49", DEFAULT_KEY),
        ("58;5;9;3", (None, None, A.ITALIC)),
        ("38;2", ((0, 0, 0), None, 0)),
        ("999;3", (None, None, A.ITALIC)),
    ],
)
def test_from_the_default_pen(text: str, pen: PenKey) -> None:
    assert sgr.apply(DEFAULT_KEY, parse(text)) == pen


def test_zero_keeps_the_link_and_drops_the_guard() -> None:
    pen = sgr.protect(sgr.link((1, 2, int(A.BOLD)), True), True)
    assert sgr.apply(pen, parse("0")) == (None, None, A.LINK)


def test_guard_and_link() -> None:
    assert sgr.protect(DEFAULT_KEY, True)[2] == PROTECTED
    assert sgr.protect(sgr.protect(DEFAULT_KEY, True), False) == DEFAULT_KEY
    assert sgr.link(sgr.link(DEFAULT_KEY, True), False) == DEFAULT_KEY


def test_plain_is_without_style_and_link() -> None:
    curly = (1, None, int(A.UNDERLINE | A.UNDERLINE_CURLY | A.LINK | A.BOLD))
    assert sgr.plain(curly) == (1, None, A.UNDERLINE | A.BOLD)


@pytest.mark.parametrize("text", ["38;2;1;2;3", "48;2;255;256;999", "38;2;007;0;0"])
def test_the_short_way_is_the_same(text: str) -> None:
    for pen in (DEFAULT_KEY, (1, 2, int(A.BOLD))):
        assert sgr.truecolor(pen, f"\x1b[{text}m") == sgr.apply(pen, parse(text))
    assert sgr.truecolor(DEFAULT_KEY, "\x1b[31m") is None


@pytest.mark.parametrize("first", [38, 48])
@pytest.mark.parametrize("second", [38, 48])
@pytest.mark.parametrize("between", [";", "m\x1b["])
def test_two_colours_are_the_same_in_one_sequence_and_in_two(
    first: int, second: int, between: str
) -> None:
    key = (7, 8, int(A.BOLD))
    one, two = f"{first};2;1;2;300", f"{second};2;4;5;6"
    expected = sgr.apply(sgr.apply(key, parse(one)), parse(two))
    assert sgr.truecolor(key, f"\x1b[{one}{between}{two}m") == expected


def test_restoring_takes_the_line_that_was_saved_in_the_style_of_now() -> None:
    curly = sgr.apply(DEFAULT_KEY, parse("1;4:3"))
    double = sgr.apply(DEFAULT_KEY, parse("21"))
    pens = Pens()
    looks = {
        (curly, double): A.BOLD | A.UNDERLINE | A.UNDERLINE_DOUBLE,
        (curly, DEFAULT_KEY): A.BOLD | A.UNDERLINE,
        (DEFAULT_KEY, double): A.NONE,
        (curly, curly): A.BOLD | A.UNDERLINE | A.UNDERLINE_CURLY,
        (sgr.link(DEFAULT_KEY, True), double): A.UNDERLINE,
        (DEFAULT_KEY, sgr.link(DEFAULT_KEY, True)): A.NONE,
    }
    for (saved, now), look in looks.items():
        restored = sgr.restored(saved, now)
        assert pens.get(restored).attributes == look
        assert sgr.restored(restored, restored) == restored
        assert sgr.apply(restored, parse("22;24")) == (None, None, restored[2] & A.LINK)


def test_what_looks_at_the_style_again_after_restoring() -> None:
    link = sgr.link(DEFAULT_KEY, True)
    restored = sgr.restored(DEFAULT_KEY, link)
    assert restored != link
    assert sgr.apply(restored, parse("59")) == link
    assert sgr.link(restored, True) == link
    assert sgr.link(restored, False) == DEFAULT_KEY
    lined = sgr.restored(sgr.apply(DEFAULT_KEY, parse("4")), DEFAULT_KEY)
    assert sgr.plain(lined) == sgr.apply(DEFAULT_KEY, parse("4"))
