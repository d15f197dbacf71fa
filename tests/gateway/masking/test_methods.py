"""What is shown instead: how much, how wide, how stable."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.masking.methods import Method, columns, hidden

KEY = b"0123456789abcdef"


@pytest.mark.parametrize(
    ("method", "value", "shown"),
    [
        (Method.FULL, "4111 1111 1111 1111", "*" * 19),
        (Method.LAST4, "4111 1111 1111 1111", "**** **** **** 1111"),
        (Method.LAST4, "abc123", "****23"),
        (Method.LAST4, "ab", "**"),
        (Method.FULL, "田中", "****"),
        (Method.FULL, "e\u0301a", "**"),
        (Method.YEAR, "1984-02-03", "1984-**-**"),
        (Method.YEAR, "3.2.1984", "*.*.1984"),
        (Method.YEAR, "no date", "** ****"),
        (Method.TOKEN, "short", "*****"),
    ],
)
def test_what_is_shown(method: Method, value: str, shown: str) -> None:
    assert hidden(value.encode(), method, "x", KEY).decode() == shown


@given(st.sampled_from(Method), st.text(max_size=60))
def test_columns_stay(method: Method, value: str) -> None:
    assert columns(hidden(value.encode("utf-8", "replace"), method, "x", KEY).decode()) == columns(
        value.encode("utf-8", "replace").decode()
    )


def test_a_token_is_stable_and_needs_the_key() -> None:
    def token(value: bytes, name: str = "card", key: bytes = KEY) -> bytes:
        return hidden(value, Method.TOKEN, name, key)

    one = token(b"4111111111111111")
    assert one == token(b"4111111111111111")
    assert token(b"4111 1111 1111 1111").startswith(one[:16])
    assert one != token(b"4111111111111111", key=b"x" * 16)
    assert one != token(b"4111111111111111", name="iban")
    assert one != token(b"5500005555555559")
