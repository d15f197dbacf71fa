"""An address that cannot be had is one line."""

from __future__ import annotations

import pytest

from gateway.refusals import ListenError
from gateway.ssh.listening import bind


def test_an_address_that_is_taken() -> None:
    with (
        bind("127.0.0.1", 0) as first,
        pytest.raises(ListenError, match="another program listens there"),
    ):
        bind("127.0.0.1", first.getsockname()[1])


def test_an_address_of_another_machine() -> None:
    with pytest.raises(ListenError, match="no such address"):
        bind("192.0.2.1", 2222)
