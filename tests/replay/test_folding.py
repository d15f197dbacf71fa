"""The form in which texts are compared: nothing hides in how a word is written."""

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay.folding import fold, folded, plain, plained

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@pytest.mark.parametrize(
    "text",
    [
        "PASSWORD", "ｐａｓｓｗｏｒｄ", "p\u200ba\u200bssword", "p\u0336a\u0336s\u0336sword",
        "раssword", "pàsswörd", "𝐩𝐚𝐬𝐬𝐰𝐨𝐫𝐝", "ⓟⓐⓢⓢⓦⓞⓡⓓ", "pas\u00adsword", "p\u2066assword\u2069",
        "paſſword", "pass\ufffdword",
    ],
)  # fmt: skip
def test_written_otherwise_it_is_the_same_word(text: str) -> None:
    assert fold(text) == "password"


def test_what_is_not_alike_stays_apart() -> None:
    assert fold("пароль") != fold("parol")
    assert fold("漢字") == "漢字"
    assert fold("Straße") == "strasse" == fold("STRASSE")
    assert plain("Straße") == "Straße"
    assert plain("ПАРОЛЬ") == "ПАРОЛЬ"
    assert fold("a\u00a0b") == "a b"


@given(texts, texts)
def test_every_character_is_folded_by_itself(one: str, two: str) -> None:
    assert fold(one + two) == fold(one) + fold(two)
    assert plain(one + two) == plain(one) + plain(two)


def test_folding_twice_is_folding_once() -> None:
    for number in range(sys.maxunicode + 1):
        char = chr(number)
        if unicodedata.category(char) == "Cs":
            continue
        once = fold(char)
        assert fold(once) == once
        assert fold(plain(char)) == once


@given(texts, st.data())
def test_the_way_back(text: str, data: st.DataObject) -> None:
    for form, change in ((folded(text), fold), (plained(text), plain)):
        assert form.text == change(text)
        start = data.draw(st.integers(0, len(form.text)))
        end = data.draw(st.integers(start, len(form.text)))
        first, after = form.span(start, end)
        assert 0 <= first <= after <= len(text)
        assert form.text[start:end] in change(text[first:after])


def test_marks_belong_to_their_letter() -> None:
    text = "x p\u0336a\u0336 y"
    start = folded(text).text.index("pa")
    assert folded(text).span(start, start + 2) == (2, 6)
