"""Expressions that cannot hang anybody."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay.folding import plain
from replay.patterns import LONGEST, Pattern, PatternError, quote, unmarked


def test_case_is_alike_unless_it_is_asked_for() -> None:
    assert list(Pattern.compile("pass").spans("PASS pass")) == [(0, 4), (5, 9)]
    assert list(Pattern.compile("pass", "c").spans("PASS pass")) == [(5, 9)]
    assert list(Pattern.compile("pass", "i").spans("PASS")) == [(0, 4)]
    assert list(Pattern.compile("pass", "w").spans("passwd pass")) == [(7, 11)]
    assert list(Pattern.compile("ä.").spans("xäyÄz")) == [(1, 3), (3, 5)]


def test_what_is_empty_is_no_match() -> None:
    assert list(Pattern.compile("a*").spans("bab")) == [(1, 2)]
    assert Pattern.compile("a*").search("b")
    assert not Pattern.compile("a*").matches("b")


@pytest.mark.parametrize(
    "source",
    ["(", "*a", "[a", "(?=a)", r"(a)\1", "a{1001}", "(((a{100}){100}){100})", "a" * (LONGEST + 1),
     "\ud800", "a)|(b"],
)  # fmt: skip
def test_what_is_none_is_said(source: str) -> None:
    with pytest.raises(PatternError):
        Pattern.compile(source)


@pytest.mark.parametrize("source", ["(a+)+$", "(a|aa)+$", "(.*a){20}b", "(x+x+)+y"])
def test_hostile_patterns_are_no_slower_than_others(source: str) -> None:
    pattern = Pattern.compile(source)
    text = "a" * 4000 + "x" * 4000
    begun = time.process_time()
    list(pattern.spans(text))
    # Of a backtracking engine's time this is nothing; of a linear one's, a thousandfold.
    assert time.process_time() - begun < 5


@given(st.text(st.characters(), max_size=10))
def test_quoted_it_is_itself(text: str) -> None:
    printable = text.encode("utf-8", "replace").decode()
    assert Pattern.compile(f"(?s){quote(printable)}", "c").matches(printable)


@given(st.text(max_size=12), st.text(st.characters(), max_size=12))
def test_anything_compiles_or_is_an_error(source: str, text: str) -> None:
    try:
        pattern = Pattern.compile(source)
    except PatternError:
        return
    for start, end in pattern.spans(text):
        assert 0 <= start < end <= len(text)


@given(st.text(max_size=10))
def test_as_an_expression_any_text_finds_itself(text: str) -> None:
    printable = text.encode("utf-8", "replace").decode()
    assert Pattern.compile(f"(?s){unmarked(quote(printable))}", "c").matches(plain(printable))


@pytest.mark.parametrize(
    ("source", "text", "found"),
    [
        ("café", "un café", "cafe"), ("caf[eé]", "café", "cafe"), ("мой", "мой", "мои"),
        ("[а-яё]+", "ещё", "еще"), ("[가-힣]+", "a한글b", "한글"), ("한글?", "한글", "한글"),
        ("が+", "がが", "かか"), ("(é|ﬁ)+", "ﬁé", "fie"), (r"\Qé.\E", "é.", "e."),
        ("[[:digit:]é]+", "1é", "1e"), ("［é］", "［é］", "[e]"), ("[^é]", "é", None),
        ("[à-ÿ]x", "bx", None),
    ],
)  # fmt: skip
def test_marks_on_letters_are_no_more_in_an_expression_than_in_a_text(
    source: str, text: str, found: str | None
) -> None:
    form = plain(text)
    spans = list(Pattern.compile(unmarked(source)).spans(form))
    assert [form[start:end] for start, end in spans] == ([] if found is None else [found])


def test_whole_words_are_those_of_any_language() -> None:
    assert list(Pattern.compile("да", "w").spans("да да дата да")) == [(0, 2), (3, 5), (11, 13)]
    assert list(Pattern.compile("a*", "w").spans("aa b a")) == [(0, 2), (5, 6)]
