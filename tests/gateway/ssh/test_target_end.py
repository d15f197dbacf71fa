"""The target's side of a channel: how it is opened, and how it fails."""

from __future__ import annotations

import asyncio
from pathlib import Path

import asyncssh
import pytest

from gateway.session import FirstTerminal
from recorder.events import ChannelClosed, Exit, ExitSignal, Notice, Output
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


@pytest.mark.parametrize("status", [0, None])
def test_what_a_target_sent_before_it_hung_up_arrives_however_slowly_it_is_read(
    tmp_path: Path, status: int | None
) -> None:
    """tinysshd hangs up as soon as its program has ended; one that dies has sent no status."""
    sent = bytes(range(250)) * 6_000
    gone = asyncio.Event()

    async def hangs_up(process: Process) -> None:
        process.stdout.write(sent)
        await process.stdout.drain()
        connection = process.channel.get_connection()
        if status is not None:
            process.exit(status)
            await process.wait_closed()
        connection.abort()
        gone.set()

    async def body(door: Doorway, connection: asyncssh.SSHClientConnection) -> None:
        process = await connection.create_process("x", encoding=None, window=32_768)
        (visit,) = door.listener._visits
        _, dialler = await visit.stay.session(FirstTerminal())
        await gone.wait()
        while not dialler._way[-1].is_closed():  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.01)
        assert await process.stdout.read() == sent
        await process.wait_closed()
        assert process.exit_status == (255 if status is None else status)

    found = through(tmp_path, hangs_up, body)
    assert b"".join(event.data for event in only(found, Output)) == sent
    assert [b"GR-203" in each.data for each in only(found, Notice)] == [True] * (status is None)
