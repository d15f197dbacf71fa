"""What the query bar offers."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay.query_completion import HELP, MOST, complete
from replay.query_parser import FIELDS
from tests.replay.queries import parse

VALUES = {"principal": ["alice", "bob smith", 'eve"x'], "target": ["web1", "db1"]}


def values(field: str) -> Sequence[str]:
    return VALUES.get(field, [])


def offered(text: str) -> list[str]:
    return [each.applied(text)[0] for each in complete(text, len(text), values)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("wh", ["who:"]), ("foo -wh", ["foo -who:"]), ("us", ["who:"]), ("", []), ("x ", []),
        ("who:", ["who:alice", 'who:"bob smith"', r'who:"eve\"x"']),
        ("user:al", ["user:alice"]), ("target:db", ["target:db1"]), ("who:alice", []),
        ("target:web1,d", ["target:web1,db1"]), ('who:"bo', ['who:"bob smith"']),
        ("verdict:", ["verdict:allow", "verdict:deny", "verdict:hold"]),
        ("masked:y", ["masked:yes"]), ("on:yes", ["on:yesterday"]), ("mark:fl", ["mark:flash"]),
        ("cmd:rm", []), ("rm -rf", []),
    ],
)  # fmt: skip
def test_what_is_offered(text: str, expected: list[str]) -> None:
    assert offered(text) == expected


def test_in_the_middle_the_rest_stays() -> None:
    text = "rm who:al target:x"
    (found,) = complete(text, 9, values)
    assert found.applied(text) == ("rm who:alice target:x", 12)


def test_every_field_is_explained() -> None:
    assert set(HELP) == set(FIELDS)


@given(st.text('wha:" -,/\\\tlice', max_size=20), st.integers(-5, 30))
def test_anything_can_be_completed(text: str, cursor: int) -> None:
    found = complete(text, cursor, values)
    assert len(found) <= MOST
    for each in found:
        assert 0 <= each.start <= each.end <= len(text)


@pytest.mark.parametrize("name", ["who", "target", "state", "verdict", "masked", "after", "mark"])
def test_what_is_offered_can_be_read(name: str) -> None:
    for text in offered(f"{name}:"):
        parse(text)
