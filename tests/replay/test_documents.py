from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.errors import RecordingError
from replay.documents import (
    TARGET,
    folded,
    grouped,
    is_full,
    pack,
    searchable,
    storable,
    unpack,
)
from replay.folding import fold
from replay.passage import Passage
from tests.replay.passages_made import TEXT, any_passage, lines


@given(st.lists(any_passage(), max_size=12))
def test_a_document_comes_back_as_it_was(group: list[Passage]) -> None:
    assert unpack(pack(group)) == group


@given(st.lists(any_passage(), max_size=8), TEXT, st.data())
def test_the_passages_that_hold_all_literals_come_back(
    group: list[Passage], other: str, data: st.DataObject
) -> None:
    """Parts of one text are looked for, and what is nowhere."""
    texts = [p.text for p in group] or [other]
    literals = []
    for _ in range(data.draw(st.integers(1, 3))):
        text = storable(fold(data.draw(st.sampled_from([*texts, other]))))
        begin = data.draw(st.integers(0, len(text)))
        literals.append(text[begin : begin + data.draw(st.integers(1, 6))])
    literals = [literal for literal in literals if literal]
    said = [(p, storable(fold(p.text))) for p in group]
    wanted = [p for p, text in said if all(literal in text for literal in literals)]
    assert unpack(pack(group), literals) == wanted
    if wanted:
        assert all(literal in searchable(group) for literal in literals)


@given(TEXT)
def test_what_is_indexed_is_the_common_form_of_a_text(text: str) -> None:
    assert folded(text) == storable(fold(text))
    folded(text).encode()
    assert "\0" not in folded(text)


def test_groups_are_full_but_for_the_last() -> None:
    told = lines(f"line {n} " * 10 for n in range(500))
    groups = list(grouped(told))
    assert [p for group in groups for p in group] == told
    assert [is_full(group) for group in groups] == [True] * (len(groups) - 1) + [False]
    assert all(len(searchable(group)) < TARGET * 2 for group in groups)
    assert list(grouped([])) == []


@pytest.mark.parametrize("cut", [0, 3, 20, -1])
def test_what_is_cut_off_is_damaged(cut: int) -> None:
    data = pack(lines(["one", "two"]))
    with pytest.raises(RecordingError):
        unpack(data[:cut])


@given(st.binary(max_size=200))
def test_what_is_none_is_damaged(data: bytes) -> None:
    with pytest.raises(RecordingError):
        unpack(data)
    from recorder.format import compress

    with pytest.raises(RecordingError):
        unpack(compress(data))
