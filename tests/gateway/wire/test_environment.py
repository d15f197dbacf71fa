"""Variables go on by name only (SSH-14): what is not on the list, or not plain, does not."""

from __future__ import annotations

import pytest

from gateway.wire.environment import DEFAULT, VALUE_LIMIT, passes


@pytest.mark.parametrize(
    ("name", "value", "goes_on"),
    [
        (b"LANG", b"de_DE.UTF-8", True),
        (b"LC_ALL", b"C", True),
        (b"LC_", b"", True),
        (b"LANG", b"x" * VALUE_LIMIT, True),
        (b"LANG", b"x" * (VALUE_LIMIT + 1), False),
        (b"LANG", b"C\nPATH=/tmp", False),
        (b"LANG", b"C\x00", False),
        (b"LANG\n", b"C", False),
        (b"LC_A=B", b"C", False),
        (b"LC_\x00", b"C", False),
        ("LC_Ü".encode(), b"C", False),
        (b"LANGUAGE", b"de", False),
        (b"lang", b"C", False),
        (b"", b"C", False),
        (b"LD_PRELOAD", b"/tmp/x.so", False),
        (b"BASH_ENV", b"/tmp/x", False),
        (b"GIT_SSH_COMMAND", b"sh", False),
        (b"*", b"C", False),
    ],
)
def test_the_default_list(name: bytes, value: bytes, goes_on: bool) -> None:
    assert passes(name, value, DEFAULT) is goes_on


def test_a_list_of_ones_own() -> None:
    assert passes(b"GIT_PROTOCOL", b"version=2", ["GIT_PROTOCOL"])
    assert not passes(b"LANG", b"C", ["GIT_PROTOCOL"])
    assert not passes(b"LANG", b"C", [])
    assert passes(b"ANYTHING", b"C", ["*"])
