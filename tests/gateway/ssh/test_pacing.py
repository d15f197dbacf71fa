"""Peers that grant much and take nothing: the memory that they cost is bounded (SSH-03)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncssh
import pytest
from asyncssh.constants import MSG_CHANNEL_DATA, MSG_KEXINIT
from asyncssh.packet import String

from gateway.session import FirstTerminal
from gateway.ssh import pacing
from gateway.ssh.channel import DETAIL
from gateway.ssh.connection import GateConnection
from gateway.ssh.pacing import JOIN, TRANSPORT_FULL, PacedConnection
from recorder.events import End, Input, Refused
from tests.gateway.ssh.doorway import (
    Doorway,
    a_target,
    doorway,
    key_file,
    target_server,
    with_channels,
)
from tests.system.recorded import only

Process = asyncssh.SSHServerProcess[bytes]
Connection = asyncssh.SSHClientConnection
MIB = 1 << 20
WHOLE_WINDOW = 0xFFFFFFFF
BOUND = 4 * MIB
"""What may wait for one client: a transport, a channel and one batch of its pump."""


class Heard(asyncssh.SSHClientSession[bytes]):
    def __init__(self) -> None:
        self.count = 0

    def data_received(self, data: bytes, datatype: asyncssh.DataType) -> None:
        self.count += len(data)


async def floods(process: Process) -> None:
    """Writes as many KiB as it was told to."""
    try:
        for _ in range(int(process.command or "0")):
            process.stdout.write(b"x" * 1024)
            await process.stdout.drain()
        process.exit(0)
    except BrokenPipeError:
        return


async def copies(process: Process) -> None:
    while data := await process.stdin.read(65536):
        process.stdout.write(data)
        await process.stdout.drain()
    process.exit(0)


async def opened(
    connection: Connection, heard: Heard, window: int
) -> asyncssh.SSHClientChannel[bytes]:
    """A session channel on which nothing is asked for yet."""
    loop = asyncio.get_running_loop()
    channel: asyncssh.SSHClientChannel[bytes] = asyncssh.SSHClientChannel(
        connection, loop, "strict", None, "strict", window, 32768
    )
    await channel._open(b"session")
    channel._session = heard
    return channel


def through(
    folder: Path,
    handler: Callable[[Process], Awaitable[None]],
    body: Callable[[Doorway, Connection], Awaitable[None]],
    channels: int = 32,
    target_window: int = 2 * MIB,
) -> None:
    async def run() -> None:
        with key_file(folder) as (login, public):
            async with (
                target_server(key=public, handler=handler, window=target_window) as (port, pin),
                doorway(
                    folder,
                    targets=(a_target(port, pin, key=login),),
                    settings=lambda settings: with_channels(settings, channels),
                ) as door,
            ):
                connection = await door.connect()
                await body(door, connection)
                connection.abort()
                await connection.wait_closed()

    asyncio.run(run())


def gate(door: Doorway) -> GateConnection:
    (visit,) = door.listener._visits
    assert visit._connection is not None
    return visit._connection


def waiting(connection: PacedConnection) -> int:
    """Bytes that the gateway keeps for this peer."""
    transport = connection._transport
    assert transport is not None
    return (
        transport.get_write_buffer_size()
        + sum(len(field) for _, fields in connection._deferred_packets for field in fields)
        + sum(channel._send_buf_len for channel in connection._channels.values())
    )


async def settled(connection: PacedConnection) -> int:
    """What is kept once that does not change any more."""
    before, same = -1, 0
    while same < 20:
        now = waiting(connection)
        assert now < BOUND
        same = same + 1 if now == before and now else 0
        before = now
        await asyncio.sleep(0.02)
    return before


def test_ssh_03_a_huge_window_that_nobody_reads_costs_no_memory(tmp_path: Path) -> None:
    """And when the client reads again it gets all of it."""

    async def body(door: Doorway, connection: Connection) -> None:
        heard = Heard()
        channel = await opened(connection, heard, WHOLE_WINDOW)
        assert connection._transport is not None
        connection._transport.pause_reading()
        channel._send_request(b"exec", String("32768"))
        assert await settled(gate(door)) >= TRANSPORT_FULL
        connection._transport.resume_reading()
        await channel._start_reading()
        await channel.wait_closed()
        assert heard.count == 32 * MIB

    through(tmp_path, floods, body)


def test_ssh_03_a_key_exchange_that_never_ends_costs_no_memory(tmp_path: Path) -> None:
    async def body(door: Doorway, connection: Connection) -> None:
        channel = await opened(connection, Heard(), WHOLE_WINDOW)
        deaf = {**connection._packet_handlers, MSG_KEXINIT: lambda *_: None}
        connection._packet_handlers = deaf
        channel._send_request(b"exec", String("32768"))
        connection._send_kexinit()
        connection._kexinit_sent = True
        await settled(gate(door))
        assert not gate(door).takes_more

    through(tmp_path, floods, body)


def test_a_target_that_grants_much_and_reads_nothing_costs_no_memory(tmp_path: Path) -> None:
    deaf: list[asyncssh.SSHServerConnection] = []

    async def reads_nothing(process: Process) -> None:
        connection = process.channel.get_connection()
        assert isinstance(connection, asyncssh.SSHServerConnection)
        assert connection._transport is not None
        connection._transport.pause_reading()
        deaf.append(connection)

    async def body(door: Doorway, connection: Connection) -> None:
        process = await connection.create_process("x", encoding=None)
        while not deaf:  # noqa: ASYNC110 - what is waited for tells nobody
            await asyncio.sleep(0.01)
        for _ in range(32):
            process.stdin.write(bytes(MIB))
        (visit,) = door.listener._visits
        _, dialler = await visit.stay.session(FirstTerminal())
        assert await settled(dialler._way[-1]) >= TRANSPORT_FULL
        deaf[0].abort()

    through(tmp_path, reads_nothing, body, target_window=WHOLE_WINDOW)


def test_answers_that_nobody_reads_end_the_connection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pacing, "TRANSPORT_FLOOD", TRANSPORT_FULL * 2)

    async def body(door: Doorway, connection: Connection) -> None:
        channel = await opened(connection, Heard(), WHOLE_WINDOW)
        assert connection._transport is not None
        connection._transport.pause_reading()
        channel._send_request(b"exec", String("32768"))
        served = gate(door)
        await settled(served)
        while not served.is_closed():
            for _ in range(1000):
                channel._send_request(b"window-change", bytes(16), want_reply=True)
                channel._send_request(b"keepalive@openssh.com", want_reply=True)
            await asyncio.sleep(0.01)
        while door.listener.desk.live:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.01)
        (session,) = door.sessions()
        (end,) = only(door.events(session), End)
        assert "its answers pile up" in end.reason

    through(tmp_path, floods, body)


def test_small_pieces_that_wait_are_joined_and_arrive_whole(tmp_path: Path) -> None:
    """A list of them would be taken apart in a time that grows with the square of their number."""
    count = 20 * JOIN

    async def body(door: Doorway, connection: Connection) -> None:
        heard = Heard()
        channel = await opened(connection, heard, MIB)
        for number in range(count):
            channel.send_packet(MSG_CHANNEL_DATA, String(bytes([number % 256])))
        channel._send_request(b"auth-agent-req@openssh.com", want_reply=False)
        assert await channel._make_request(b"x11-req") is False
        (served,) = gate(door)._channels.values()
        assert len(served._recv_buf) == 20
        assert await channel._make_request(b"exec", String("copy"))
        await channel._start_reading()
        channel.write_eof()
        await channel.wait_closed()
        assert heard.count == count
        found = door.events(door.sessions()[0])
        typed = b"".join(event.data for event in only(found, Input))
        assert typed == bytes(range(256)) * (count // 256)

    through(tmp_path, copies, body)


def test_of_two_kinds_side_by_side_each_is_taken_at_once() -> None:
    held = pacing._Held()
    for _ in range(200_000):
        held.append((b"o", None))
        held.append((b"e", asyncssh.EXTENDED_DATA_STDERR))
    assert len(held) == 400_000
    taken = 0
    while held:
        taken += len(held.pop(0)[0])
    assert taken == 400_000


def test_of_a_refused_request_only_the_beginning_is_kept(tmp_path: Path) -> None:
    async def body(door: Doorway, connection: Connection) -> None:
        channel = await opened(connection, Heard(), MIB)
        for name in (b"x11-req", b"pty-req"):
            terminal = String("x" * 30_000) + bytes(16) + String("")
            assert await channel._make_request(name, terminal) is False
        assert await channel._make_request(b"exec", String("copy"))
        assert await channel._make_request(b"exec", String("y" * 30_000)) is False
        channel.write_eof()
        await channel._start_reading()
        await channel.wait_closed()
        found = only(door.events(door.sessions()[0]), Refused)
        assert [len(event.detail) for event in found] == [DETAIL] * 3

    through(tmp_path, copies, body)


def test_a_channel_whose_client_does_not_read_counts_until_it_is_closed(tmp_path: Path) -> None:
    async def body(door: Doorway, connection: Connection) -> None:
        channels = [await opened(connection, Heard(), 0) for _ in range(2)]
        for channel in channels:
            assert await channel._make_request(b"exec", String("4"))
        served = gate(door)
        ends = list(served._channels.values())
        while any(end._send_state != "close_pending" for end in ends):  # noqa: ASYNC110 - no event
            await asyncio.sleep(0.01)
        with pytest.raises(asyncssh.ChannelOpenError, match="at most 2 channels"):
            await opened(connection, Heard(), 0)
        channels[0].abort()
        await channels[0].wait_closed()
        await opened(connection, Heard(), 0)

    through(tmp_path, floods, body, channels=2)
