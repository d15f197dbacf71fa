"""One spelling of a request and of an answer, on every side; nothing else reads as one."""

from __future__ import annotations

import contextlib
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.held import FORM, Said, Waiting, digest_of, read, tagged, untagged, written

NAMES = st.text(max_size=12)


def told(waiting: Waiting) -> dict[str, Any]:
    """As a gateway tells of it."""
    subject = (waiting.principal, waiting.kind, waiting.action, waiting.target, waiting.account)
    people = {name: [each.split(":") for each in getattr(waiting, name)]
              for name in ("approvers", "lacking")}  # fmt: skip
    return {
        "id": waiting.id,
        "written": written([FORM, *subject, waiting.facts]),
        "digest": waiting.digest.hex(),
        **people,
        **{name: getattr(waiting, name) for name in _PLAIN},
        "uncovered": list(waiting.uncovered),
        "answers": [
            dict(zip(("by", "group", "approves", "reason"), each, strict=True))
            for each in waiting.answers
        ],
    }


_PLAIN = (
    *("signed", "opened", "expires", "gateway", "reason", "session", "state", "you", "group"),
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | NAMES | st.binary(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)
FACTS = st.dictionaries(NAMES, VALUES, max_size=4)
WAITING = Waiting(
    "k7m2q9xp", "alice", "person", "exec", "web1", "root",
    {"command": b"rm \xff \xe2\x80\xae", "terminal": False},
    digest_of("alice", "person", "exec", "web1", "root",
              {"command": b"rm \xff \xe2\x80\xae", "terminal": False}),
    ("dba:2",), ("dba:1",), True, 10, 20, "run", "because", ("stdin",), "s1", "pending",
    "bob", "dba", (("carol", "dba", True, "fine"),),
)  # fmt: skip


@given(VALUES)
def test_a_value_is_read_as_it_was_written(value: Any) -> None:
    assert read(written(value)) == value
    assert untagged(json.loads(json.dumps(tagged(value)))) == value
    assert written(value).isascii()


@given(FACTS, FACTS)
def test_two_requests_have_two_digests(one: dict[str, Any], other: dict[str, Any]) -> None:
    digests = [digest_of("a", "person", "exec", "t", "r", facts) for facts in (one, other)]
    assert (digests[0] == digests[1]) is (written(one) == written(other))


@given(FACTS)
def test_a_request_comes_back_from_json(facts: dict[str, Any]) -> None:
    waiting = replace(WAITING, facts=facts)
    back = Waiting.from_json(json.loads(json.dumps(told(waiting))))
    assert (back, back.counted()) == (waiting, waiting.counted())


@given(VALUES | st.fixed_dictionaries(dict.fromkeys(told(WAITING), VALUES)))
def test_nothing_else_reads_as_a_request(value: Any) -> None:
    """One exit for all that a gateway could say."""
    with contextlib.suppress(ValueError):
        assert isinstance(Waiting.from_json(value), Waiting)


def test_what_is_told_falsely_is_noticed() -> None:
    assert WAITING.counted() == WAITING.digest
    assert replace(WAITING, facts={"command": b"ls"}).counted() != WAITING.digest
    assert replace(WAITING, target="web2").counted() != WAITING.digest


def test_the_words_that_are_signed() -> None:
    assert WAITING.said(True, "looked at it", 15).statement().decode().splitlines() == [
        "gatereel-answer-1",
        "answer: approve",
        "gateway: run",
        "hold: k7m2q9xp",
        f"digest: {WAITING.digest.hex()}",
        "expires: 20",
        "by: bob",
        "for: dba",
        "reason: looked at it",
        "at: 15",
    ]


@pytest.mark.parametrize("field", ["hold", "gateway", "by", "group", "reason"])
def test_no_word_can_hold_a_line_of_its_own(field: str) -> None:
    """A reason that goes on as another line would say what nobody has said."""
    said = Said(True, "h", b"", 1, "g", "b", "f", "r", 2)
    forged = replace(said, **{field: "x\nby: mallory\u2028"})  # type: ignore[arg-type]
    assert len(forged.statement().decode().splitlines()) == 10


@given(st.integers(0, 8), st.integers(0, 8))
def test_another_answer_is_another_statement(one: int, other: int) -> None:
    said = Said(True, "h", b"d", 1, "g", "b", "f", "r", 2)
    changes: list[dict[str, Any]] = [
        {"approves": False}, {"hold": "i"}, {"digest": b"e"}, {"expires": 3}, {"gateway": "x"},
        {"by": "x"}, {"group": "x"}, {"reason": "x"}, {"at": 3},
    ]  # fmt: skip
    first, second = (replace(said, **changes[each]).statement() for each in (one, other))
    assert (first == second) is (one == other)
    assert said.statement() not in (first, second)
