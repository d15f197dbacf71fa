from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay.invisible import hidden, visible


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("plain", "plain"),
        ("\x1b[1m\r\n\t\x7f", "␛[1m␍␊␉␡"),
        ("a\u200bb\u200d\u202e\ufeff", "a⟦ZWSP⟧b⟦ZWJ⟧⟦RLO⟧⟦BOM⟧"),
        ("\u00a0\u3164\ufe0f\U000e0041", "⟦NBSP⟧⟦HF⟧⟦VS16⟧⟦TAG A⟧"),
        ("\x9b\u2003\U000e0001", "⟦U+009B⟧⟦U+2003⟧⟦U+E0001⟧"),
        (b"\xff\x80".decode("utf-8", "surrogateescape"), "⟦0xFF⟧⟦0x80⟧"),
        ("日本 é ünï ✓", "日本 é ünï ✓"),
    ],
)
def test_what_is_not_seen_is_drawn(text: str, drawn: str) -> None:
    assert visible(text) == drawn


@given(st.text() | st.binary().map(lambda raw: raw.decode("utf-8", "surrogateescape")))
def test_nothing_that_comes_out_is_invisible_and_nothing_seen_is_lost(text: str) -> None:
    drawn = visible(text)
    assert not any(map(hidden, drawn))
    assert all(unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Cn") for char in drawn)
    assert [char for char in text if not hidden(char) and char not in "⟦⟧"] == [
        char for char in text if char in drawn and not hidden(char) and char not in "⟦⟧"
    ]
