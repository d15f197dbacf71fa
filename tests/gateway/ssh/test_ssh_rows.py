"""What no honest client sends, by the rows of the threat list (SSH-05, 06, 09, 10, 15, 17, 20); the
other rows have their tests where what they are about has its own.

Handshakes are changed by somebody in the middle who reads packets while they are in the clear.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import asyncssh
import pytest
from asyncssh.constants import (
    MSG_DEBUG,
    MSG_IGNORE,
    MSG_KEXINIT,
    MSG_NEWKEYS,
    MSG_SERVICE_REQUEST,
    MSG_UNIMPLEMENTED,
    MSG_USERAUTH_REQUEST,
    MSG_USERAUTH_SUCCESS,
)
from asyncssh.packet import Boolean, Byte, String, UInt32

from recorder.events import Event, Input, LoginRefused, Output
from tests.gateway.ssh.doorway import Doorway, a_target, doorway, key_file, target_server
from tests.gateway.ssh.test_connection import Early, proofs
from tests.system.recorded import only

HANDSHAKES = 40
PING = 192
"""Of OpenSSH's chaff between keystrokes."""

STRAY = {
    "ignore": Byte(MSG_IGNORE) + String(b"x"),
    "debug": Byte(MSG_DEBUG) + Boolean(False) + String(b"x") + String(b""),
    "unimplemented": Byte(MSG_UNIMPLEMENTED) + UInt32(0),
    "service": Byte(MSG_SERVICE_REQUEST) + String(b"ssh-userauth"),
    "extension": Byte(7) + UInt32(0),
    "login": Byte(MSG_USERAUTH_REQUEST) + String("box") + String("ssh-connection") + String("none"),
    "success": Byte(MSG_USERAUTH_SUCCESS),
    "keys": Byte(MSG_NEWKEYS),
    "proposal": Byte(MSG_KEXINIT) + bytes(16) + UInt32(0) * 10 + b"\0" + UInt32(0),
    "channel": Byte(90) + String("session") + UInt32(0) + UInt32(1) + UInt32(1),
    "unknown": Byte(250),
}

Change = Callable[[list[bytes]], list[bytes]]
"""What becomes of the client's packets up to its new keys, as far as they have come."""


def wrapped(payload: bytes) -> bytes:
    padding = 8 - (5 + len(payload)) % 8
    padding += 8 if padding < 4 else 0
    return UInt32(1 + len(payload) + padding) + Byte(padding) + payload + bytes(padding)


async def one_packet(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readexactly(4)
    return head + await reader.readexactly(int.from_bytes(head, "big"))


async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError, asyncio.IncompleteReadError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


@asynccontextmanager
async def middle(port: int, at: int, change: Change) -> AsyncIterator[int]:
    """Somebody between client and gateway who changes the client's ``at``th packet: none, one or
    several go on in its place."""

    async def pass_on(client: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            writer.write(await client.readuntil(b"\n"))
            number, packet = 0, b""
            while packet[5:6] != bytes([MSG_NEWKEYS]):
                packet = await one_packet(client)
                for each in change([packet]) if number == at else [packet]:
                    writer.write(each)
                number += 1
        await copy(client, writer)

    ends: list[asyncio.StreamWriter] = []
    serving: set[asyncio.Task[None] | None] = set()

    async def serve(client: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        serving.add(asyncio.current_task())
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        ends.extend((writer, back))
        await asyncio.gather(copy(reader, back), pass_on(client, writer))

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for end in ends:
            end.transport.abort()
        await asyncio.gather(*filter(None, serving))


async def is_turned_away(door: Doorway, at: int, change: Change) -> None:
    async with middle(door.port, at, change) as port:
        # A packet that is missing leaves both sides waiting: then neither is let in either.
        with pytest.raises((asyncssh.Error, OSError, TimeoutError)):
            async with asyncio.timeout(2):
                await door.connect(port=port)
    assert proofs(door) == []


def test_the_middle_changes_nothing_by_itself(tmp_path: Path) -> None:
    async def body() -> None:
        async with (
            doorway(tmp_path) as door,
            middle(door.port, 0, lambda sent: sent) as port,
            await door.connect(port=port),
        ):
            assert len(proofs(door)) == 1

    asyncio.run(body())


@pytest.mark.parametrize("stray", ["ignore", "debug", "unimplemented", "extension"])
def test_ssh_09_what_somebody_puts_before_the_new_keys_ends_the_connection(
    tmp_path: Path, stray: str
) -> None:
    async def body() -> None:
        async with doorway(tmp_path) as door:
            for at in (1, 2):
                await is_turned_away(door, at, lambda sent: [wrapped(STRAY[stray]), *sent])

    asyncio.run(body())


def test_ssh_10_no_other_order_of_a_handshake_lets_anybody_in(tmp_path: Path) -> None:
    """Packets put in, doubled, replaced, cut off, damaged, at every place, by chance."""

    async def body() -> None:
        chance = random.Random(10)
        async with doorway(tmp_path) as door:
            for _ in range(HANDSHAKES):
                # Behind the proposal, which is one of the things that are signed for.
                at = chance.choice((1, 2))
                # New keys in the place of new keys would be no change.
                name = chance.choice(sorted(STRAY.keys() - ({"keys"} if at == 2 else set())))
                stray = wrapped(STRAY[name])
                changes: dict[str, Change] = {
                    "before": lambda sent, stray=stray: [stray, *sent],  # type: ignore[misc]
                    "instead": lambda sent, stray=stray: [stray],  # type: ignore[misc]
                    "twice": lambda sent: [*sent, *sent],
                    "damaged": lambda sent: [sent[0][:5] + b"\xff" + sent[0][6:]],
                }
                how = chance.choice(sorted(changes))
                await is_turned_away(door, at, changes[how])
            async with await door.connect():
                assert len(proofs(door)) == 1

    asyncio.run(body())


@pytest.mark.parametrize("length", [0xFFFFFFFF, 0x7FFFFFFF, 1 << 20, 0])
def test_ssh_05_an_oversized_packet_after_the_login(tmp_path: Path, length: int) -> None:
    async def body() -> None:
        async with doorway(tmp_path) as door:
            connection = await door.connect(encryption_algs=["aes256-gcm@openssh.com"])
            assert connection._transport is not None
            connection._transport.write(length.to_bytes(4, "big") + b"\0" * 64)
            async with asyncio.timeout(20):
                await connection.wait_closed()
            async with await door.connect():
                pass

    asyncio.run(body())


def test_ssh_06_every_message_of_the_connection_before_the_login(tmp_path: Path) -> None:
    async def body() -> None:
        async with doorway(tmp_path) as door:
            for kind in range(80, 128):
                with pytest.raises((asyncssh.Error, OSError)):
                    await door.connect(
                        client_factory=lambda kind=kind: Early(kind, UInt32(0), String("session")),
                        known_hosts=([], [], []),
                        client_keys=None,
                    )
                assert proofs(door) == []
            assert door.sessions() == []

    asyncio.run(body())


def test_ssh_01_no_callback_of_a_login_awaits() -> None:
    """The library may do something else meanwhile, wherever one does."""
    from gateway.ssh.door import Door

    for name in ("begin_auth", "public_key_auth_supported", "validate_public_key"):
        assert not asyncio.iscoroutinefunction(getattr(Door, name))


def files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


@pytest.mark.parametrize("user", ["../box", "~box", "$HOME", "box/..", "%h", "x" * 2000])
def test_ssh_15_a_name_that_is_no_target_leads_nowhere(tmp_path: Path, user: str) -> None:
    async def body() -> None:
        async with doorway(tmp_path, targets=(a_target(9),)) as door:
            before = files(tmp_path)
            with contextlib.suppress(asyncssh.Error, OSError):
                async with await door.connect(username=user) as connection:
                    done = await connection.run("true")
                    assert done.exit_status != 0
            assert door.sessions() == []
            assert files(tmp_path) == before
            await asyncio.wrap_future(door.logbook.login_refused({"error": "the last"}))
            assert len(only(door.own(), LoginRefused)) >= 1

    asyncio.run(body())


async def copies(process: asyncssh.SSHServerProcess[bytes]) -> None:
    while data := await process.stdin.read(65536):
        process.stdout.write(data)
        await process.stdout.drain()
    process.exit(0)


def test_ssh_17_nothing_between_the_two_ends_edits_a_byte(tmp_path: Path) -> None:
    """Neither control characters nor what is no text, on a terminal or none: the same at the
    client, in the record and at the target, though the library can edit lines."""
    data = bytes(range(256)) * 4 + b"\r\n\x7f\x15\x03\x04" + "\u202e漢".encode()
    record(tmp_path, data, data)


def test_ssh_20_chaff_between_keystrokes_leaves_no_trace(tmp_path: Path) -> None:
    found = record(tmp_path, b"abc", b"abc", chaff=50)
    assert len(only(found, Input)) == 3


def record(folder: Path, data: bytes, expected: bytes, chaff: int = 0) -> list[Event]:
    async def body() -> list[Event]:
        with key_file(folder) as (login, public):
            async with (
                target_server(key=public, handler=copies) as (port, pin),
                doorway(folder, targets=(a_target(port, pin, key=login),)) as door,
            ):
                connection = await door.connect()
                process = await connection.create_process("x", encoding=None)
                pieces = [data[n : n + 1] for n in range(len(data))] if chaff else [data]
                heard = b""
                for piece in pieces:
                    for _ in range(chaff):
                        connection.send_packet(PING, String(b"PING!"))
                    process.stdin.write(piece)
                    if chaff:
                        heard += await process.stdout.readexactly(len(piece))
                process.stdin.write_eof()
                assert heard + await process.stdout.read() == expected
                connection.close()
                await connection.wait_closed()
                (session,) = door.sessions()
                found = door.events(session)
                for kind in (Input, Output):
                    pieces = [each.data for each in found if isinstance(each, kind)]
                    assert b"".join(pieces) == expected
                return found

    return asyncio.run(body())


def test_every_row_has_a_test_of_its_name() -> None:
    tests = Path(__file__).parents[2]
    text = "\n".join(path.read_text() for path in tests.rglob("test_*.py"))
    named = {
        int(number)
        for line in re.findall(r"def (test_\w+)\(", text)
        if "ssh_" in line
        for number in re.findall(r"_(\d\d)_", line)
    }
    assert set(range(1, 23)) <= named
