"""What a served process and its gateway say to each other: it arrives, and nothing else does."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.control import (
    ACTS,
    LINE,
    MOST,
    TEXT,
    About,
    Act,
    Answer,
    ControlError,
    End,
    MayEnd,
    No,
    Question,
    See,
    Visible,
    Yes,
    read_answer,
    read_question,
    write_answer,
    write_question,
)

texts = st.text(max_size=40)
abouts = st.builds(About, texts, texts, texts, texts)
questions = st.one_of(
    st.builds(See, st.lists(abouts, max_size=5).map(tuple)),
    st.builds(Act, st.sampled_from(ACTS), texts, abouts, texts),
    st.builds(MayEnd, texts),
    st.builds(End, texts, texts),
)
answers = st.one_of(
    st.builds(Visible, st.lists(st.booleans(), max_size=5).map(tuple)),
    st.just(Yes()),
    st.builds(No, texts, texts),
)


@given(questions)
def test_a_question_is_one_line_that_reads_back(question: Question) -> None:
    line = write_question(question)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert read_question(line) == question


@given(answers)
def test_an_answer_is_one_line_that_reads_back(answer: Answer) -> None:
    line = write_answer(answer)
    assert line.count(b"\n") == 1
    assert read_answer(line) == answer


@given(st.binary(max_size=200))
def test_other_bytes_are_a_control_error_or_a_question(data: bytes) -> None:
    for read in (read_question, read_answer):
        try:
            read(data)
        except ControlError:
            pass


@pytest.mark.parametrize(
    "value",
    [
        {"act": ["delete", "id", ["a", "b", "c", "d"], ""]},
        {"act": ["replay", "id", ["a", "b", "c"], ""]},
        {"act": ["replay", 7, ["a", "b", "c", "d"], ""]},
        {"see": [["a", "b", "c", 4]]},
        {"see": [["a", "b", "c", "d"]] * (MOST + 1)},
        {"end": ["id", "r" * (TEXT + 1)]},
        {"may_end": None},
        [],
        7,
    ],
)
def test_what_is_not_of_the_language_is_refused(value: object) -> None:
    with pytest.raises(ControlError):
        read_question(json.dumps(value).encode())


def test_a_line_has_a_bound_that_the_longest_fair_question_keeps() -> None:
    with pytest.raises(ControlError):
        read_question(b" " * (LINE + 1))
    about = About("p" * 64, "person", "t" * 64, "a" * 64)
    assert len(write_question(See([about] * MOST))) <= LINE


def test_a_header_says_whose_a_session_is() -> None:
    facts = {"principal": "alice", "kind": "person", "target": "web1", "account": "root", "x": 1}
    assert About.of(facts) == About("alice", "person", "web1", "root")
    assert About.of({}) == About("", "", "", "")
