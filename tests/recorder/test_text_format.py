"""Lines as bytes, and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.errors import RecordingError
from recorder.format import compress
from recorder.text import MARKS, PASSED, SHOWN, Seen
from recorder.text_format import pack_texts, unpack_texts

words = st.text(st.characters(exclude_characters="\r\n"), max_size=20)
numbers = st.integers(0, 1 << 40)


@st.composite
def seens(draw: st.DrawFn) -> Seen:
    first, whole, last = sorted(draw(st.tuples(numbers, numbers, numbers)))
    mark = draw(st.sampled_from(MARKS))
    text = "\n".join(draw(st.lists(words, min_size=1, max_size=3))) if mark == PASSED else None
    return Seen(
        draw(st.integers(0, 9)), first, whole, last, draw(st.integers(-1, 999)),
        draw(st.booleans()), mark, draw(words) if text is None else text,
        "" if mark in (SHOWN, PASSED) else draw(words),
    )  # fmt: skip


@given(st.lists(seens(), max_size=10))
def test_what_is_packed_comes_back(told: list[Seen]) -> None:
    assert list(unpack_texts(pack_texts(told))) == told


def test_what_is_in_the_output_anyway_weighs_nothing() -> None:
    lines = [f"line {n * 7919 % 10_000} of a log that nobody reads" for n in range(2000)]
    told = [Seen(1, 1, 1, 1, -1, False, PASSED, "\n".join(lines))]
    output = "\r\n".join(lines).encode()
    packed = pack_texts(told, output)
    assert len(packed) < 200 < len(pack_texts(told)) // 10
    assert list(unpack_texts(packed, output)) == told
    with pytest.raises(RecordingError):
        list(unpack_texts(packed, output[1:]))


def test_marks_are_stored_by_their_place_so_it_never_changes() -> None:
    assert MARKS[:4] == (SHOWN, PASSED, "format", "bidi")


@given(st.binary(max_size=80))
def test_anything_else_is_refused(content: bytes) -> None:
    whole = pack_texts([Seen(1, 2, 3, 4, 5, False, SHOWN, "text")])
    for data in (content, compress(content), whole[:-1]):
        with pytest.raises(RecordingError):
            list(unpack_texts(data))
