"""Parameters: numbers, what is missing, and their bounds."""

import pytest

from recorder.screen.params import LONGEST_TEXT, MOST_DIGITS, MOST_PARAMETERS, Params, parse


@pytest.mark.parametrize(
    ("text", "params"),
    [
        ("", ((0, ()),)),
        ("5", ((5, ()),)),
        (";", ((0, ()), (0, ()))),
        ("1;;3", ((1, ()), (0, ()), (3, ()))),
        ("4:3", ((4, (3,)),)),
        ("4:", ((4, (-1,)),)),
        ("38:2::1:2:3;1", ((38, (2, -1, 1, 2, 3)), (1, ()))),
        (":5", ((0, (5,)),)),
        ("0007", ((7, ()),)),
        ("2147483648", ((MOST_DIGITS, ()),)),
        ("9" * 50, ((MOST_DIGITS, ()),)),
        ("0" * 50 + "31", ((31, ()),)),
    ],
)
def test_numbers(text: str, params: Params) -> None:
    assert parse(text) == params


def test_bounds() -> None:
    assert len(parse(";".join("1" for _ in range(100)))) == MOST_PARAMETERS
    assert sum(len(subs) for _, subs in parse(";".join("1:2:3" for _ in range(100)))) == 32
    assert parse("1" * (LONGEST_TEXT * 100))[0][0] == MOST_DIGITS
