"""What a direct-tcpip means: a target's login, or nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.config import Target
from gateway.refusals import NoHostAuthority, UnknownTarget
from gateway.ssh.direct import (
    Destination,
    Forwarded,
    Refused,
    Terminated,
    parse_destination,
    what_is,
)
from tests.gateway.ssh.doorway import a_target

BOX = a_target(2022)
ASKED = Destination("box", 22)


def registered(host: str, port: int) -> Target | None:
    return BOX if (host, port) == ("box", 22) else None


def test_a_registered_target_is_a_login_that_ends_here() -> None:
    assert what_is(ASKED, True, True, registered) == Terminated(ASKED, BOX)


def test_through_a_target_it_is_a_forward_that_policy_decides_about() -> None:
    for vouched in (True, False):
        assert what_is(ASKED, False, vouched, registered) == Forwarded(ASKED)


@pytest.mark.parametrize(
    ("asked", "at_gateway", "vouched", "error", "words"),
    [
        (Destination("box", 23), True, True, UnknownTarget, '"box:23" is no target for you here'),
        (Destination("::1", 22), True, True, UnknownTarget, '"[::1]:22"'),
        (ASKED, True, False, NoHostAuthority, "ssh box@GATEWAY"),
        (Destination("x", 22), True, False, UnknownTarget, '"x:22"'),
    ],
)
def test_everything_else_is_refused(
    asked: Destination, at_gateway: bool, vouched: bool, error: type[Exception], words: str
) -> None:
    outcome = what_is(asked, at_gateway, vouched, registered)
    assert isinstance(outcome, Refused)
    assert isinstance(outcome.error, error)
    assert words in outcome.error.person


@pytest.mark.parametrize(
    ("host", "port"),
    [
        (b"", 22),
        (b"a" * 256, 22),
        (b"web 1", 22),
        (b"web\x1b[2J", 22),
        (b"web\xff", 22),
        (b"web\n", 22),
        (b"web1", 0),
        (b"web1", 65536),
    ],
)
def test_what_is_no_destination(host: bytes, port: int) -> None:
    assert parse_destination(host, port) is None


@given(st.binary(max_size=300), st.integers(0, 2**32 - 1))
def test_any_destination_is_plain_text_or_none(host: bytes, port: int) -> None:
    asked = parse_destination(host, port)
    if asked is not None:
        assert asked.host.encode() == host
        assert str(asked).isprintable()
        assert 0 < asked.port < 65536
