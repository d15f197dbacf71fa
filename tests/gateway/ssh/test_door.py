"""What the library asks of a connection's visit, it asks without waiting."""

from __future__ import annotations

import asyncio

import pytest

from gateway.ssh.door import Door

ASKED = ("begin_auth", "validate_public_key", "public_key_auth_supported", "session_requested")


@pytest.mark.parametrize("name", ASKED)
def test_no_answer_awaits(name: str) -> None:
    """Else another login could come between the question and the answer."""
    assert name in vars(Door), "or the library's own answer is given"
    assert not asyncio.iscoroutinefunction(getattr(Door, name))
