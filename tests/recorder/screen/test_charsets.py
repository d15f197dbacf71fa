"""Character sets: well-formed, and line drawing as the VT100 has it."""

from recorder.screen.charsets import CHARSETS, DEC_GRAPHICS, PLACES


def test_line_drawing() -> None:
    assert "lqwqk".translate(DEC_GRAPHICS) == "┌─┬─┐"
    assert "mqvqj x".translate(DEC_GRAPHICS) == "└─┴─┘ │"


def test_only_printable_ascii_is_replaced_and_by_one_narrow_character() -> None:
    for charset in CHARSETS.values():
        for place, by in (charset or {}).items():
            assert 0x20 < place < 0x7F
            assert len(by) == 1
            assert by.isprintable()


def test_national_sets() -> None:
    assert "[\\]{|}~".translate(CHARSETS["K"] or {}) == "ÄÖÜäöüß"
    assert "#".translate(CHARSETS["A"] or {}) == "£"
    assert CHARSETS["B"] is None
    assert set(PLACES.values()) == {0, 1, 2, 3}
