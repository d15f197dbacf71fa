"""Own patterns: bounded, or refused with a line that says what to write."""

from __future__ import annotations

import pytest

from gateway.masking.own import OwnPattern


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("a+", "for ever"), (".*x", "for ever"), ("a{3,}", "for ever"), ("^a", "leave it out"),
        ("a$", "leave it out"), (r"\Aa", "cannot be used"), ("(", "no regular expression"),
        ("a{0,3}", "nothing at all"), ("(?i)a", "write (?i:"), ("(?:a{40}){10}", "may match 400"),
        ("(?=a)b", "no regular expression"), ("x(a|b{200})", "may match 201"),
    ],
)  # fmt: skip
def test_refused(source: str, why: str) -> None:
    with pytest.raises(ValueError, match=r"\w") as refused:
        OwnPattern(source)
    assert why in str(refused.value)


@pytest.mark.parametrize(
    ("source", "text", "spans"),
    [
        (r"\bK[0-9]{3}\b", " K123 xK123 K1234 K999", [(1, 5), (18, 22)]),
        ("aa", "-aaa", [(1, 3), (2, 4)]),
        (r"[\d-]{3}", " 1-2", [(1, 4)]),
        ("é{1,2}", " éé", [(1, 5), (3, 5)]),
        (r"a[\s\S]b", " a\nb a.b", [(5, 8)]),
        ("(?:x|yz){1,2}w?", " yzx", [(1, 4), (3, 4)]),
    ],
)
def test_found(source: str, text: str, spans: list[tuple[int, int]]) -> None:
    assert OwnPattern(source).spans(text.encode()) == spans
