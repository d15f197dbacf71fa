"""Widths: the stated table, and the kinds of tokens."""

import re
import unicodedata

import pytest

from recorder.screen.clusters import FIRST
from recorder.screen.width import WIDTH_TABLE_VERSION, character_class, kind, width
from recorder.screen.width_table import WIDE, ZERO


@pytest.mark.parametrize(
    ("char", "columns"),
    [
        ("a", 1), ("é", 1), ("─", 1), ("ｱ", 1), ("\xad", 1), ("\u093e", 1), ("\ue0b0", 1),
        ("漢", 2), ("한", 2), ("Ａ", 2), ("😀", 2), ("\u3000", 2), ("\U00020000", 2), ("\u4dbf", 2),
        ("\u0301", 0), ("\u200b", 0), ("\u200d", 0), ("\ufe0f", 0), ("\u202e", 0), ("\u1160", 0),
        ("\U000e0041", 0), ("\u094d", 0),
    ],
)  # fmt: skip
def test_widths(char: str, columns: int) -> None:
    assert width(char) == columns


def test_the_table_names_its_version() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", WIDTH_TABLE_VERSION)


def test_ranges_are_in_order_and_apart() -> None:
    for table in (ZERO, WIDE):
        flat = [code for pair in table for code in pair]
        assert flat == sorted(flat)
    assert not {low for low, _ in ZERO} & {low for low, _ in WIDE}


def test_the_table_follows_its_rule_where_this_python_knows_the_character() -> None:
    for code in range(0xA0, 0x30000):
        char = chr(code)
        category = unicodedata.category(char)
        if category in ("Cn", "Cs") or code == 0xAD:
            continue
        if category in ("Mn", "Me", "Cf") or 0x1160 <= code <= 0x11FF:
            assert width(char) == 0, hex(code)
        elif category != "Co":
            wide = unicodedata.east_asian_width(char) in "WF"
            assert width(char) == 1 + wide, hex(code)


def test_kinds() -> None:
    assert [kind(char) for char in ("\x85", "\u0301", chr(FIRST), "é", "漢")] == [-1, 0, 0, 1, 2]


def test_a_class_is_cut_to_its_bounds() -> None:
    found = re.compile(f"[{character_class(((0x41, 0x5A),), 0x43, 0x44)}]+")
    assert found.findall("ABCDEF") == ["CD"]
