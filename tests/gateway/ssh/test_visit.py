"""A connection to the gateway itself, with the library's client: the list, kills, refusals."""

from __future__ import annotations

import asyncio
from pathlib import Path

import asyncssh

from recorder.events import Asked, Authenticated, Decided, SessionOpened
from tests.gateway.cedar_rules import policy
from tests.gateway.ssh.doorway import (
    EVERYTHING,
    a_target,
    doorway,
    key_file,
    target_server,
)
from tests.gateway.ssh.test_server import until
from tests.system.recorded import only

LEAD = policy(
    "lead", ("lea",), (), ("*",), ("*",), ("oversight",), when='resource.owner == "alice"'
)


def test_two_channels_of_one_connection_pick_two_sessions(tmp_path: Path) -> None:
    async def run() -> None:
        with key_file(tmp_path) as (login, public):
            async with target_server(key=public) as (port, pin):
                target = a_target(port, pin, key=login)
                async with doorway(tmp_path, targets=(target,)) as door:
                    async with await door.connect(username="alice") as connection:
                        for _ in range(2):
                            process = await connection.create_process(
                                term_type="xterm", encoding=None
                            )
                            process.stdin.write(b"1\rtyped ahead\r")
                            shown = b""
                            async with asyncio.timeout(20):
                                while b"typed ahead" not in shown:
                                    shown += await process.stdout.read(4096)
                            assert len(door.listener.desk.live) == 1
                            process.close()
                            await process.wait_closed()
                            await until(lambda: not len(door.listener.desk.live))
                    assert len(door.sessions()) == 2
                    came = only(door.own(), Authenticated)
                    assert [event.principal for event in came] == ["alice"]
                    assert len(only(door.own(), SessionOpened)) == 2

    asyncio.run(run())


def test_a_killed_session_leaves_no_way_to_open_another_channel_on_it(tmp_path: Path) -> None:
    async def run() -> None:
        with key_file(tmp_path) as (login, public):
            async with target_server(key=public) as (port, pin):
                target = a_target(port, pin, key=login)
                people = ("alice", "lea")
                async with doorway(
                    tmp_path, targets=(target,), people=people, rules=(EVERYTHING, LEAD)
                ) as door:
                    connection = await door.connect()
                    process = await connection.create_process("x", encoding=None)
                    await until(lambda: len(door.listener.desk.live))
                    (session,) = door.listener.desk.live
                    async with await door.connect("lea", username="lea") as other:
                        done = await other.run(f"kill {session.id} --reason late")
                        assert done.exit_status == 0
                    async with asyncio.timeout(20):
                        assert b"lea ended this session: late" in await process.stderr.read()
                        await process.wait()
                        try:
                            again = await connection.run("x")
                            assert again.exit_status == 255
                        except (asyncssh.Error, OSError):
                            pass  # it is hung up already
                        await connection.wait_closed()
                    assert len(door.sessions()) == 1

    asyncio.run(run())


def test_what_no_channel_carries_is_refused_at_the_gateway_too(tmp_path: Path) -> None:
    async def run() -> None:
        async with doorway(tmp_path) as door:
            async with await door.connect(username="gatereel") as connection:
                try:
                    await connection.open_connection("127.0.0.1", 1)
                except asyncssh.ChannelOpenError:
                    pass
                else:
                    raise AssertionError("a forwarding was opened")
                await until(lambda: only(door.own(), Asked))
            (question,), (answer,) = only(door.own(), Asked), only(door.own(), Decided)
            assert question.action == "channel direct-tcpip"
            assert question.facts["principal"] == "alice"
            assert (answer.verdict, answer.reason[:6]) == ("deny", "GR-226")
            assert door.sessions() == []

    asyncio.run(run())
