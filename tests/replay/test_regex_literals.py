"""Literals of expressions: what is promised is in every match."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay.folding import fold
from replay.patterns import Pattern, PatternError
from replay.regex_literals import required


@pytest.mark.parametrize(
    ("pattern", "literals"),
    [
        ("password", ("password",)), ("pass.*word", ("pass", "word")), ("a+bc", ("a", "abc")),
        ("x{3}y", ("xxxy",)), ("a{2,}b", ("aa", "aab")), ("colou?r", ("colo", "r")),
        ("(foo|bar)baz", ("baz",)), ("(?:ab)+c", ("ab", "c")), ("(?P<n>ab)c", ("ab", "c")),
        (r"\.conf$", (".conf",)), ("[abc]de", ("de",)), ("[[:alpha:]]x", ("x",)), ("[]a]x", ("x",)),
        ("ab|ab", ("ab",)),
        ("a|b", ()), ("(ab)?", ()), ("(ab)*c", ("c",)), ("", ()), ("(?i)x", ()), (r"\pLx", ()),
        (r"\x41b", ()), ("(a", ()), ("[a", ()),
    ],
)  # fmt: skip
def test_what_is_required(pattern: str, literals: tuple[str, ...]) -> None:
    assert required(pattern) == literals


atoms = st.sampled_from(
    ["a", "b", "Ab", ".", "[ab]", "[^a]", r"\d", r"\.", "^", "$", r"\b", "ß", "é", "K"]
)
patterns = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{0,2}", "{2,}", "+?"])).map(
            lambda pair: f"(?:{pair[0]}){pair[1]}" if len(pair[0]) > 1 else "".join(pair)
        ),
        st.lists(inner, min_size=1, max_size=3).map("".join),
        st.lists(inner, min_size=2, max_size=3).map(lambda many: f"({'|'.join(many)})"),
    ),
    max_leaves=8,
)


@given(patterns, st.lists(st.text("abAB.1 ßéKk\u212a", max_size=12), min_size=1, max_size=5))
def test_every_match_holds_what_is_required(pattern: str, texts: list[str]) -> None:
    try:
        compiled = Pattern.compile(pattern)
    except PatternError:
        return
    for text in texts:
        if compiled.search(text):
            assert all(literal in fold(text) for literal in compiled.literals)


@given(st.text(max_size=20))
def test_anything_is_answered(pattern: str) -> None:
    assert isinstance(required(pattern), tuple)
