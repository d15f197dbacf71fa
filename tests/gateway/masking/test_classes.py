"""What is a value of a class, and what only looks like one."""

from __future__ import annotations

import pytest

from gateway.masking.classes import LONGEST, DataClass, Detectors

EVERY = Detectors(list(DataClass))


def found(text: bytes) -> list[tuple[str, bytes]]:
    data = b"\n" + text
    return [(each.rule, data[each.start : each.end]) for each in EVERY.find(data)]


@pytest.mark.parametrize(
    "text",
    [
        b"4111111111111112",  # no check digit
        b"1700000000000",  # a time in milliseconds
        b"41111111111111111111111",  # too long
        b"0.4111111111111111",
        b"4111 1111-1111 1111",  # two ways of grouping
        b"DE89370400440532013001",
        b"XX89370400440532013000",
        b"ADE89370400440532013000",
        b"a@b",
        b"@example.org",
        b"000-45-6789",
        b"2026-11-23 10:11:12.131415",
        b"10.0.12.134:55555",
        b"AKIAshort",
        b"ghp_short",
        b"+1 2",
        b"555-1234",
    ],
)
def test_not_one(text: bytes) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "rule", "value"),
    [
        (b"pan=4111111111111111;", "card", b"4111111111111111"),
        (b"2223003122003222", "card", b"2223003122003222"),
        (b"iban:GB82WEST12345698765432.", "iban", b"GB82WEST12345698765432"),
        (b"<o'neil@ex-am.ple.org>", "email", b"neil@ex-am.ple.org"),
        (b'"dob": "1984-02-03"', "birthdate", b"1984-02-03"),
        (b"born on 3.2.1984", "birthdate", b"3.2.1984"),
        (b"+442071838750", "phone", b"+442071838750"),
        (
            b"aws_secret_access_key = wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEYaa",
            *("aws-secret", b"wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEYaa"),
        ),
        (b"token:glpat-01234567890123456789", "gitlab-token", b"glpat-01234567890123456789"),
    ],
)
def test_one(text: bytes, rule: str, value: bytes) -> None:
    assert (rule, value) in found(text)


def test_what_lies_behind_a_failed_beginning_is_found() -> None:
    assert found(b"AA41 4111111111111111") == [("card", b"4111111111111111")]


def test_no_value_is_longer_than_is_carried() -> None:
    text = b"a." * 5000 + b"@" + b"b." * 5000 + b"org " + b"eyJ" + b"a" * 5000
    data = b"\n" + text
    assert all(each.end - each.start <= LONGEST for each in EVERY.find(data))


def test_only_what_was_chosen() -> None:
    assert not list(Detectors(["card"]).find(b"\n a@b.example 123-45-6789"))
    assert not list(Detectors([]).find(b"\n 4111111111111111"))
