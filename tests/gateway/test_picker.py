"""The list at a plain terminal: what is typed, what is answered, what never comes back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.picker import LINE, SHOWN, Left, Outcome, Picked, Picker, Say

NAMES = ["deploy@web1", "root@web1", "root@web2", "app@7"]


def said(outcomes: list[Outcome]) -> bytes:
    return b"".join(each.data for each in outcomes if isinstance(each, Say))


def last(typed: bytes, names: list[str] = NAMES) -> Outcome:
    return Picker(names).typed(typed)[-1]


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        (b"1\r", "deploy@web1"),
        (b"3\n", "root@web2"),
        (b"root@web1\r", "root@web1"),
        (b"WEB2\r", "root@web2"),
        (b"ploy\r", "deploy@web1"),
        (b"web3\x7f2\r", "root@web2"),
        (b"nonsense\x154\r", "app@7"),
        (b"\x1b[A\x1bOP2\r", "root@web1"),
        (b" 2 \r", "root@web1"),
    ],
)
def test_a_number_or_a_name_picks(typed: bytes, name: str) -> None:
    assert last(typed) == Picked(name, b"")


@pytest.mark.parametrize("typed", [b"q\r", b"exit\r", b"\x03", b"\x04"])
def test_it_can_be_left(typed: bytes) -> None:
    assert last(typed) == Left()


@pytest.mark.parametrize("typed", [b"0\r", b"9\r", b"web1\r", b"nowhere\r", b"\r"])
def test_what_means_none_or_several_asks_again(typed: bytes) -> None:
    outcomes = Picker(NAMES).typed(typed)
    assert all(isinstance(each, Say) for each in outcomes)
    assert said(outcomes).endswith(b"number or name (q leaves): ")


def test_what_was_typed_ahead_is_for_the_session() -> None:
    assert last(b"1\r\nls\r") == Picked("deploy@web1", b"ls\r")


@given(st.lists(st.binary(max_size=20), max_size=8))
def test_nothing_but_printable_characters_comes_back(pieces: list[bytes]) -> None:
    picker = Picker(NAMES)
    for piece in pieces:
        shown = said(picker.typed(piece))
        assert not set(shown) - {*range(0x20, 0x7F), 0x08, 0x0D, 0x0A}


@given(st.binary(max_size=40), st.integers(0, 40))
def test_splitting_what_is_typed_changes_nothing(typed: bytes, place: int) -> None:
    whole, parted = Picker(NAMES), Picker(NAMES)
    one = whole.typed(typed)
    two = parted.typed(typed[:place])
    if not two or isinstance(two[-1], Say):
        two += parted.typed(typed[place:])
        assert said(one) == said(two)
        assert [e for e in one if not isinstance(e, Say)] == [
            e for e in two if not isinstance(e, Say)
        ]


def test_a_long_answer_and_a_long_list_are_bounded() -> None:
    picker = Picker([f"root@web{n}" for n in range(1000)])
    assert picker.greeting().count(b"\r\n") <= SHOWN + 2
    assert len(said(picker.typed(b"x" * 5000))) == LINE
    assert Picker([]).empty
    assert b"No rule" in Picker([]).greeting()


@given(st.sampled_from([b"\r", b"x\r", b"web\r", b"1234\x15", b"x\x7f", b"\x1b[A"]))
def test_what_is_said_to_a_client_that_reads_nothing_is_bounded(typed: bytes) -> None:
    """It sends on and on, and what it would be told is kept for it."""
    picker = Picker([f"root@web{n}" for n in range(1000)])
    size = 0
    for _ in range(100_000):
        outcomes = picker.typed(typed)
        size += len(said(outcomes))
        if outcomes and outcomes[-1] == Left():
            break
    else:
        raise AssertionError("it goes on for ever")
    assert size < 64 * 1024
