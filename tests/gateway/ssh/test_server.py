"""Bounds, names and channels of a connection, with the library's own client."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import asyncssh
import pytest
from asyncssh.constants import MSG_GLOBAL_REQUEST
from asyncssh.packet import Boolean, String

from gateway.limits import Limits
from gateway.ssh.in_vain import REFUSALS
from gateway.ssh.settings import public_key
from gateway.ssh.visit import OFFERS
from recorder.events import Authenticated, Decided, End, LoginRefused, Refused
from tests.gateway.cedar_rules import policy
from tests.gateway.ssh.doorway import (
    EVERYTHING,
    a_target,
    doorway,
    key_file,
    make_key,
    target_server,
    with_channels,
)
from tests.system.recorded import only


async def until(done: Callable[[], object]) -> None:
    """Polls against a deadline, letting the loop go on."""
    async with asyncio.timeout(10):
        while not done():  # noqa: ASYNC110 - what is waited for tells nobody
            await asyncio.sleep(0.01)


def test_only_so_many_strangers_at_a_time(tmp_path: Path) -> None:
    async def body() -> None:
        async with doorway(tmp_path, limits=Limits(unproven=2)) as door:
            loop = asyncio.get_running_loop()
            strangers = [socket.create_connection(("127.0.0.1", door.port)) for _ in range(2)]
            for stranger in strangers:
                stranger.setblocking(False)
                assert await loop.sock_recv(stranger, 64)
            with pytest.raises(asyncssh.DisconnectError, match="GR-225: too many are logging in"):
                await door.connect()
            for stranger in strangers:
                stranger.close()
            await until(lambda: not door.listener.turnstile.unproven)
            async with await door.connect():
                pass
            (flood,) = only(door.own(), LoginRefused)
            assert flood.facts["error"] == "GR-225"

    asyncio.run(body())


def test_who_does_not_log_in_in_time_is_told_and_hung_up_on(tmp_path: Path) -> None:
    async def body() -> None:
        async with doorway(tmp_path, settings=lambda s: replace(s, login_timeout=1)) as door:
            reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
            async with asyncio.timeout(20):
                said = await reader.read(-1)
            assert b"GR-285: a login may take 1 s, and this one took longer" in said
            writer.close()
            await until(lambda: not door.listener.turnstile.unproven)
            (refused,) = only(door.own(), LoginRefused)
            assert refused.facts["error"] == "GR-285"
            assert refused.facts["address"].startswith("127.0.0.1:")
            async with await door.connect():
                await asyncio.sleep(1.2)  # who has logged in may stay
                assert door.listener.turnstile.proven == 1

    asyncio.run(body())


def test_only_so_many_keys_may_be_tried(tmp_path: Path) -> None:
    async def body() -> None:
        async with doorway(tmp_path) as door:
            keys = [make_key() for _ in range(OFFERS + 5)]
            with pytest.raises(asyncssh.PermissionDenied):
                await door.connect(client_keys=[*keys, door.keys["alice"]])
            await until(lambda: only(door.own(), LoginRefused))
            (refused,) = only(door.own(), LoginRefused)
            assert len(refused.facts["keys"]) == OFFERS + 1
            assert refused.facts["user"] == "box"
            async with await door.connect(client_keys=[*keys[:3], door.keys["alice"]]):
                pass

    asyncio.run(body())


def test_only_so_many_channels_at_a_time(tmp_path: Path) -> None:
    async def body() -> None:
        with key_file(tmp_path) as (login, public):
            async with target_server(key=public) as (port, pin):
                target = a_target(port, pin, key=login)
                async with doorway(
                    tmp_path, targets=(target,), settings=lambda s: with_channels(s, 2)
                ) as door:
                    connection = await door.connect()
                    first = await connection.create_process("one")
                    second = await connection.create_process("two")
                    with pytest.raises(asyncssh.ChannelOpenError, match="GR-225"):
                        await connection.create_process("three")
                    for process in (first, second):
                        process.stdin.write_eof()
                        await process.wait()
                    await connection.run("four", input="x", check=True)
                    (session,) = door.sessions()
                    assert [e.what for e in only(door.events(session), Refused)] == [
                        "channel session"
                    ]
                    connection.close()
                    await connection.wait_closed()

    asyncio.run(body())


def test_a_principal_has_so_many_sessions_and_hears_it(tmp_path: Path) -> None:
    async def body() -> None:
        with key_file(tmp_path) as (login, public):
            async with (
                target_server(key=public) as (port, pin),
                doorway(
                    tmp_path,
                    targets=(a_target(port, pin, key=login),),
                    limits=Limits(sessions_per_principal=1),
                ) as door,
            ):
                async with await door.connect() as connection, await door.connect() as other:
                    first = await connection.create_process("one")
                    await until(lambda: len(door.listener.desk.live) == 1)
                    second = await other.run("two", check=False)
                    assert "GR-225: alice has 1 sessions open and may have 1" in str(second.stderr)
                    first.stdin.write_eof()
                    await first.wait()
                (refused,) = only(door.own(), LoginRefused)
                assert (refused.facts["error"], refused.facts["principal"]) == ("GR-225", "alice")
                await until(lambda: not len(door.listener.desk.live))
                async with await door.connect() as connection:
                    await connection.run("three", input="x", check=True)

    asyncio.run(body())


def test_who_asks_in_vain_too_often_is_told_and_hung_up_on(tmp_path: Path) -> None:
    async def body() -> None:
        async with doorway(tmp_path, targets=(a_target(1),)) as door:
            connection = await door.connect()
            for _ in range(REFUSALS + 1):
                connection.send_packet(MSG_GLOBAL_REQUEST, String("no-such"), Boolean(False))
            async with asyncio.timeout(20):
                await connection.wait_closed()
            await until(lambda: door.sessions() and only(door.events(door.sessions()[0]), End))
            (session,) = door.sessions()
            (end,) = only(door.events(session), End)
            assert end.reason.startswith(f"GR-225: more than {REFUSALS} requests")

    asyncio.run(body())


def test_a_shut_gate_lets_nobody_in(tmp_path: Path) -> None:
    async def body() -> None:
        async with doorway(tmp_path, targets=(a_target(1),)) as door:
            door.gate.shut("a test")
            async with await door.connect() as connection:
                done = await connection.run("x")
                assert done.exit_status == 255
                assert "GR-235" in str(done.stderr)
            assert door.sessions() == []

    asyncio.run(body())


def test_a_connection_that_policy_denies_is_told_and_written_down(tmp_path: Path) -> None:
    deny = policy("never", ("alice",), (), ("box",), ("*",), ("connect",), "hold", "ask first")

    async def body() -> None:
        async with doorway(tmp_path, targets=(a_target(1),), rules=(EVERYTHING, deny)) as door:
            async with await door.connect() as connection:
                done = await connection.run("x")
                assert done.exit_status == 255
                assert "GR-202" in str(done.stderr)
                assert "ask first" in str(done.stderr)
            assert door.sessions() == []
            (verdict,) = only(door.own(), Decided)
            assert (verdict.verdict, list(verdict.rules)) == ("hold", ["never"])
            (refused,) = only(door.own(), LoginRefused)
            assert refused.facts["principal"] == "alice"

    asyncio.run(body())


def test_a_drained_listener_leaves_no_visit(tmp_path: Path) -> None:
    async def body() -> None:
        async with doorway(tmp_path) as door:
            idle = await door.connect()
            stranger = socket.create_connection(("127.0.0.1", door.port))
        async with asyncio.timeout(10):
            await idle.wait_closed()
        stranger.close()
        assert door.listener._visits == set()

    asyncio.run(body())


def test_f4_a_failed_sync_ends_a_session_in_which_nobody_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was written last was delivered: nobody may wait for the next byte to be told."""

    def fails(_fd: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    async def says_it_once(process: asyncssh.SSHServerProcess[bytes]) -> None:
        await process.stdin.readline()
        monkeypatch.setattr(os, "fdatasync", fails)
        process.stdout.write(b"last\n")
        await process.stdin.read()

    async def body() -> None:
        with key_file(tmp_path) as (login, public):
            async with (
                target_server(key=public, handler=says_it_once) as (port, pin),
                doorway(tmp_path, targets=(a_target(port, pin, key=login),)) as door,
            ):
                connection = await door.connect()
                process = await connection.create_process("x")
                process.stdin.write("go\n")
                done = await process.wait()
                assert done.stdout == "last\n"
                assert "GR-205" in str(done.stderr)
                await connection.wait_closed()
                monkeypatch.undo()

    asyncio.run(body())


def test_who_proves_a_key_and_asks_for_nothing_is_written_down(tmp_path: Path) -> None:
    async def body() -> None:
        async with doorway(tmp_path, targets=(a_target(1),)) as door:
            connection = await door.connect()
            connection.close()
            await connection.wait_closed()
            await until(lambda: only(door.own(), Authenticated))
            (seen,) = only(door.own(), Authenticated)
            assert seen.principal == "alice"
            assert seen.facts["key"] == public_key(door.keys["alice"]).fingerprint
            assert door.sessions() == []

    asyncio.run(body())


def test_requests_out_of_place_are_refused_with_an_event(tmp_path: Path) -> None:
    """Before the start, or on no terminal, they have nothing to act upon."""
    early = (b"window-change", bytes(16)), (b"signal", String("INT")), (b"break", bytes(4))
    late = (b"window-change", bytes(16)), (b"signal", String("\x1b")), (b"signal", String("NO"))

    async def body() -> None:
        with key_file(tmp_path) as (login, public):
            async with (
                target_server(key=public) as (port, pin),
                doorway(tmp_path, targets=(a_target(port, pin, key=login),)) as door,
                await door.connect() as connection,
            ):
                loop = asyncio.get_running_loop()
                channel: asyncssh.SSHClientChannel[bytes] = asyncssh.SSHClientChannel(
                    connection, loop, "strict", None, "strict", 65536, 32768
                )
                await channel._open(b"session")
                channel._session = asyncssh.SSHClientSession()
                for name, fields in early:
                    assert await channel._make_request(name, fields) is False
                assert await channel._make_request(b"exec", String("x"))
                for name, fields in late:
                    await channel._make_request(name, fields)
                channel.write_eof()
                await channel._start_reading()
                await channel.wait_closed()
                (session,) = door.sessions()
                assert sorted(event.what for event in only(door.events(session), Refused)) == [
                    "request break",
                    "request signal",
                    "request signal",
                    "request window-change",
                    "request window-change",
                    "signal",
                ]

    asyncio.run(body())
