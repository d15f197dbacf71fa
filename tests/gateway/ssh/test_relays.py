"""Which relay a channel gets: SFTP where it is asked for by name, a terminal's for all else."""

from __future__ import annotations

import pytest

from gateway.relay import TerminalSpec
from gateway.ssh.relays import is_sftp, terminal_for

PTY = TerminalSpec("xterm", 80, 24, 0, 0, b"")


@pytest.mark.parametrize(
    ("kind", "command", "expected"),
    [
        ("subsystem", b"sftp", True),
        ("subsystem", b"netconf", False),
        ("subsystem", b"sftp ", False),
        ("exec", b"sftp", False),
        ("shell", b"", False),
    ],
)
def test_sftp_by_its_one_name(kind: str, command: bytes, expected: bool) -> None:
    assert is_sftp(kind, command) == expected
    assert terminal_for(kind, command, PTY) == (None if expected else PTY)
