"""Letters put one by one are words, when something takes them away."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.screen.placed import placed

BACKWARDS = "".join(f"\x1b[3;{n + 1}H{'secret'[n]}" for n in reversed(range(6)))


@pytest.mark.parametrize(
    "end", ["\x1b[2K", "\x1b[2J", "\x1bc", "\x1b[6P", "\x1b[?1049h", "\x1b[3;1Hxxxxxx", "\x1b[M"]
)
def test_a_word_that_was_there(end: str) -> None:
    assert "secret" in list(placed(BACKWARDS + end))


@pytest.mark.parametrize(
    "text",
    [
        "\x1b[5Gt\x1b[6Ge\x1b[7Gs\x1b[8Gt\x1b[2K",
        "t\x1b[Ce\b\bx\x1b[2Cz\x1b[K\x1b[1Gt\x1b[2Ge\x1b[3Gs\x1b[4Gt\x1b[2K",
    ],
)
def test_however_the_cursor_gets_there(text: str) -> None:
    assert "test" in list(placed(text))


def test_nothing_where_nothing_is_taken_away_or_words_are_written_whole() -> None:
    assert list(placed(BACKWARDS)) == []
    assert list(placed("plain text\r\nand more\x1b[2J")) == []


@given(st.lists(st.sampled_from(["\x1b[1;1H", "a", "\x1b[2K", "\r", "\x1b[9999999C", "漢", "\b"])))
def test_anything_can_be_looked_at(pieces: list[str]) -> None:
    for word in placed("".join(pieces)):
        assert len(word) > 1
