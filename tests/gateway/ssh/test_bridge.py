"""One channel through everything in this process: early bytes, broken targets, vanished clients."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncssh
import pytest

from gateway.ssh.bridge import EARLY
from recorder.events import (
    ChannelClosed,
    End,
    Event,
    HalfClose,
    Input,
    Notice,
    Output,
    Refused,
    Resize,
    Signal,
    Terminal,
)
from tests.gateway.ssh.doorway import Doorway, a_target, doorway, key_file, target_server
from tests.system.recorded import only

Process = asyncssh.SSHServerProcess[bytes]


def through(
    folder: Path,
    handler: Callable[[Process], Awaitable[None]],
    body: Callable[[Doorway, asyncssh.SSHClientConnection], Awaitable[None]],
) -> list[Event]:
    """A client, the gateway and a target that does what ``handler`` says; what was recorded."""

    async def run() -> list[Event]:
        with key_file(folder) as (login, public):
            async with target_server(key=public, handler=handler) as (port, pin):
                target = a_target(port, pin, key=login)
                async with doorway(folder, targets=(target,)) as door:
                    connection = await door.connect()
                    await body(door, connection)
                    connection.close()
                    await connection.wait_closed()
                (session,) = door.sessions()
                return door.events(session)

    return asyncio.run(run())


async def echo(process: Process) -> None:
    while data := await process.stdin.read(65536):
        process.stdout.write(data)
        await process.stdout.drain()
    process.exit(0)


def test_what_is_sent_at_once_arrives_whole(tmp_path: Path) -> None:
    """More than every window on the way, before the target has been reached."""
    sent = bytes(range(256)) * 40_000

    async def body(_door: Doorway, connection: asyncssh.SSHClientConnection) -> None:
        done = await connection.run("x", input=sent, encoding=None, check=True)
        assert done.stdout == sent

    found = through(tmp_path, echo, body)
    assert b"".join(event.data for event in only(found, Input)) == sent
    assert b"".join(event.data for event in only(found, Output)) == sent
    assert [event.side for event in only(found, HalfClose)] == ["client"] or [
        event.side for event in only(found, HalfClose)
    ] == ["client", "target"]


def test_a_target_that_breaks_off_is_told_to_the_client(tmp_path: Path) -> None:
    async def breaks(process: Process) -> None:
        process.stdout.write(b"half a line")
        await process.stdout.drain()
        await asyncio.sleep(0.1)
        process.channel.get_connection().abort()

    async def body(_door: Doorway, connection: asyncssh.SSHClientConnection) -> None:
        done = await connection.run("x", encoding=None)
        assert done.stdout == b"half a line"
        assert b"GR-203" in bytes(done.stderr or b"")  # type: ignore[arg-type]
        assert done.exit_status == 255

    found = through(tmp_path, breaks, body)
    assert b"GR-203" in only(found, Notice)[-1].data
    assert len(only(found, ChannelClosed)) == 1


def test_after_a_broken_target_the_next_channel_dials_again(tmp_path: Path) -> None:
    async def first_breaks(process: Process) -> None:
        if process.command == "break":
            process.channel.get_connection().abort()
        else:
            process.stdout.write(b"lives")
            process.exit(0)

    async def body(_door: Doorway, connection: asyncssh.SSHClientConnection) -> None:
        assert (await connection.run("break")).exit_status == 255
        assert (await connection.run("again")).stdout == "lives"

    through(tmp_path, first_breaks, body)


def test_a_vanished_client_closes_the_target(tmp_path: Path) -> None:
    ended = asyncio.Event()

    async def waits(process: Process) -> None:
        process.stdout.write(b"on")
        try:
            await process.stdin.read()
        finally:
            ended.set()

    async def body(_door: Doorway, connection: asyncssh.SSHClientConnection) -> None:
        process = await connection.create_process("x")
        assert await process.stdout.read(2) == "on"
        connection.abort()
        async with asyncio.timeout(10):
            await ended.wait()

    found = through(tmp_path, waits, body)
    (closed,) = only(found, ChannelClosed)
    assert closed.reason.startswith("client: ")


def test_a_terminal_its_size_and_its_signals(tmp_path: Path) -> None:
    seen: list[object] = []

    async def notes(process: Process) -> None:
        seen.append((process.term_type, process.term_size[:2]))
        process.stdout.write(b"READY")
        for _ in range(2):
            try:
                await process.stdin.read(1)
            except asyncssh.TerminalSizeChanged as change:
                seen.append((change.width, change.height))
            except asyncssh.SignalReceived as signal:
                seen.append(signal.signal)
        process.exit(0)

    async def body(_door: Doorway, connection: asyncssh.SSHClientConnection) -> None:
        process = await connection.create_process(
            term_type="vt220", term_size=(90, 30), request_pty="force"
        )
        seen_by_client = ""
        while "READY" not in seen_by_client:
            seen_by_client += await process.stdout.read(400)
        process.change_terminal_size(120, 40)
        process.send_signal("USR1")
        await process.wait()

    found = through(tmp_path, notes, body)
    assert seen == [("vt220", (90, 30)), (120, 40), "USR1"]
    (terminal,) = only(found, Terminal)
    assert (terminal.term, terminal.cols, terminal.rows) == ("vt220", 90, 30)
    assert [(event.cols, event.rows) for event in only(found, Resize)] == [(120, 40)]
    assert [event.signal for event in only(found, Signal)] == ["USR1"]


def test_a_channel_that_comes_to_nothing_still_tells_what_it_asked(tmp_path: Path) -> None:
    async def body(door: Doorway, connection: asyncssh.SSHClientConnection) -> None:
        loop = asyncio.get_running_loop()
        channel: asyncssh.SSHClientChannel[bytes] = asyncssh.SSHClientChannel(
            connection, loop, "strict", None, "strict", 65536, 32768
        )
        await channel._open(b"session")
        assert await channel._make_request(b"auth-agent-req@openssh.com") is False
        channel.close()
        await channel.wait_closed()
        async with asyncio.timeout(10):
            while not door.sessions():  # noqa: ASYNC110 - what is waited for tells nobody
                await asyncio.sleep(0.01)

    found = through(tmp_path, echo, body)
    assert [event.what for event in only(found, Refused)] == ["request auth-agent-req@openssh.com"]


def test_a_flood_of_requests_before_the_start_ends_the_connection(tmp_path: Path) -> None:
    async def body(_door: Doorway, connection: asyncssh.SSHClientConnection) -> None:
        loop = asyncio.get_running_loop()
        channel: asyncssh.SSHClientChannel[bytes] = asyncssh.SSHClientChannel(
            connection, loop, "strict", None, "strict", 65536, 32768
        )
        await channel._open(b"session")
        for _ in range(EARLY + 10):
            channel._send_request(b"x11-req")
        async with asyncio.timeout(10):
            await connection.wait_closed()

    found = through(tmp_path, echo, body)
    assert len(only(found, Refused)) <= EARLY
    (end,) = only(found, End)
    assert end.reason.startswith(f"GR-225: more than {EARLY} requests")


@pytest.mark.parametrize("count", [1, 5])
def test_channels_side_by_side_do_not_mix(tmp_path: Path, count: int) -> None:
    async def body(_door: Doorway, connection: asyncssh.SSHClientConnection) -> None:
        sent = [bytes([number]) * 300_000 for number in range(count)]
        done = await asyncio.gather(
            *(connection.run(str(n), input=data, encoding=None) for n, data in enumerate(sent))
        )
        assert [each.stdout for each in done] == sent

    found = through(tmp_path, echo, body)
    by_channel: dict[int, set[int]] = {}
    for event in only(found, Output):
        by_channel.setdefault(event.channel, set()).update(event.data)
    assert sorted(map(len, by_channel.values())) == [1] * count


def test_ssh_03_a_flood_past_the_window_is_not_kept(tmp_path: Path) -> None:
    """The target reads nothing; the client sends on as if its window had no end."""
    mega = 1 << 20
    seen: list[int] = []

    async def deaf(process: Process) -> None:
        process.channel.pause_reading()
        await process.wait_closed()

    async def body(door: Doorway, connection: asyncssh.SSHClientConnection) -> None:
        process = await connection.create_process("x", encoding=None)
        process.channel._send_window = 1 << 40
        with contextlib.suppress(BrokenPipeError):  # the gateway has had enough
            for _ in range(64):
                process.channel.write(bytes(mega))
                await asyncio.sleep(0)
        async with asyncio.timeout(20):
            await connection.wait_closed()
        seen.append(len(door.sessions()))

    found = through(tmp_path, deaf, body)
    assert seen == [1]
    assert sum(len(event.data) for event in only(found, Input)) < 16 * mega
    assert len(only(found, ChannelClosed)) == 1
