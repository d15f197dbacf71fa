"""Terms: found where a naive look finds them, and where they are is said of the text as it was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay.folding import fold
from replay.query_terms import Form, Looked, Term


def word(text: str) -> Term:
    return Term.words(None, Form.WORD, text, negated=False)


def said(term: Term, text: str) -> list[str]:
    return [text[start:end] for start, end in term.spans(Looked(text))]


def test_words_are_found_anywhere() -> None:
    assert said(word("passwd"), "cat /etc/passwd PassWD") == ["passwd", "PassWD"]
    assert said(word("aa"), "aaaa") == ["aa", "aa"]
    assert said(word("pass"), "p\u200bass ｐａｓｓ") == ["p\u200bass", "ｐａｓｓ"]
    assert said(word("ss"), "Straße") == ["ß"]


def test_a_blank_in_a_phrase_is_any_number_of_blanks() -> None:
    phrase = Term.words(None, Form.PHRASE, "rm -rf", negated=False)
    assert said(phrase, "rm   -rf rm\u00a0-RF rm-rf") == ["rm   -rf", "rm\u00a0-RF"]
    assert phrase.literals == ("rm", "-rf")


def test_expressions_see_the_case_and_no_hidden_character() -> None:
    term = Term.regex(None, "p.ss", "c", negated=False)
    assert said(term, "p\u200bass PASS pàss") == ["p\u200bass", "pàss"]


def test_nothing_cannot_be_looked_for() -> None:
    with pytest.raises(ValueError, match="nothing"):
        word("\u200b")


some = st.text(st.sampled_from("abAB ßéе\u200b\u0301漢ａ"), max_size=12)


@given(some, some)
def test_it_agrees_with_a_naive_look(text: str, wanted: str) -> None:
    if len(fold(wanted).split()) != 1:
        return
    term, looked = word(wanted), Looked(text)
    spans = list(term.spans(looked))
    literal = fold(wanted).strip()
    assert term.found(looked) == bool(spans) == (literal in fold(text))
    for start, end in spans:
        assert literal in fold(text[start:end])


@given(some, some)
def test_literals_are_in_what_is_found(text: str, wanted: str) -> None:
    if not fold(wanted).split():
        return
    term = Term.words(None, Form.PHRASE, wanted, negated=False)
    if term.found(Looked(text)):
        assert all(literal in fold(text) for literal in term.literals)
