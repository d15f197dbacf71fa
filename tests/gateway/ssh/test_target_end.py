"""The target's side of a channel: how it is opened, and how it fails."""

from __future__ import annotations

import asyncio
from pathlib import Path

import asyncssh
import pytest

from recorder.events import ChannelClosed, Exit, ExitSignal, Notice
from tests.gateway.ssh.doorway import Doorway
from tests.gateway.ssh.test_bridge import Process, through
from tests.system.recorded import only


@pytest.mark.parametrize("status", [0, 3, 255])
def test_the_status_of_the_target_is_the_clients(tmp_path: Path, status: int) -> None:
    async def ends(process: Process) -> None:
        process.exit(status)

    async def body(_door: Doorway, connection: asyncssh.SSHClientConnection) -> None:
        done = await connection.run("x", encoding=None)
        assert done.exit_status == status

    assert [event.status for event in only(through(tmp_path, ends, body), Exit)] == [status]


def test_a_signal_of_the_target_is_the_clients(tmp_path: Path) -> None:
    async def ends(process: Process) -> None:
        process.exit_with_signal("TERM", False, "told to", "en")

    async def body(_door: Doorway, connection: asyncssh.SSHClientConnection) -> None:
        done = await connection.run("x", encoding=None)
        assert done.exit_signal is not None
        assert done.exit_signal[0] == "TERM"

    (event,) = only(through(tmp_path, ends, body), ExitSignal)
    assert (event.signal, event.message) == ("TERM", "told to")


def test_a_connection_that_breaks_is_told_with_what_it_means(tmp_path: Path) -> None:
    async def breaks(process: Process) -> None:
        process.channel.get_connection().abort()
        await asyncio.sleep(0)

    async def body(_door: Doorway, connection: asyncssh.SSHClientConnection) -> None:
        done = await connection.run("x", encoding=None)
        assert "GR-203" in str(done.stderr)
        assert done.exit_status == 255

    found = through(tmp_path, breaks, body)
    assert any(b"GR-203" in event.data for event in only(found, Notice))
    assert only(found, ChannelClosed)
