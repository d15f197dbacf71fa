"""Who is one too many is told so before anything is read, and does not wait for ever."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

import asyncssh
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.limits import Limits
from gateway.refusals import TooMany
from gateway.ssh.entrance import LINGER, MOST_LINGERING, disconnect_words
from recorder.events import Authenticated, LoginRefused
from tests.gateway.ssh.doorway import a_target, doorway, key_file, target_server
from tests.gateway.ssh.test_server import until
from tests.system.recorded import only


@given(st.text(max_size=2000))
def test_the_words_are_one_whole_packet_before_any_key_exchange(text: str) -> None:
    line, _, packet = disconnect_words(TooMany(text)).partition(b"\r\n")
    assert line == b"SSH-2.0-gatereel"
    assert int.from_bytes(packet[:4], "big") == len(packet) - 4
    assert len(packet) % 8 == 0
    assert 4 <= packet[4] <= 255
    assert packet[5:10] == b"\x01\0\0\0\x0c"
    length = int.from_bytes(packet[10:14], "big")
    assert packet[14 : 14 + length].startswith(b"GR-225: ")
    assert len(packet) == 14 + length + 4 + 2 + packet[4]


def test_who_is_turned_away_hears_why_though_they_spoke_first_and_is_hung_up_on(
    tmp_path: Path,
) -> None:
    async def body() -> None:
        async with doorway(tmp_path, limits=Limits(per_address=1)) as door:
            inside = await door.connect()
            began = asyncio.get_running_loop().time()
            reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
            writer.write(b"SSH-2.0-x\r\n" + bytes(10_000))
            assert b"at most 1 connections from 127.0.0.1" in await reader.read()
            with contextlib.suppress(ConnectionError):
                while door.listener._lingering:
                    writer.write(b"x")
                    await writer.drain()
                    await asyncio.sleep(0.05)
            writer.close()
            assert asyncio.get_running_loop().time() - began < LINGER + 5
            await until(lambda: not door.listener._lingering)
            inside.close()
            await inside.wait_closed()
            await until(lambda: not door.listener.turnstile.proven)
            async with await door.connect():
                pass
            (refused,) = only(door.own(), LoginRefused)
            assert refused.facts["error"] == "GR-225"
            assert refused.facts["address"].startswith("127.0.0.1:")

    asyncio.run(body())


def test_a_flood_is_counted_and_neither_kept_nor_listed(tmp_path: Path) -> None:
    async def body() -> None:
        async with (
            doorway(tmp_path, limits=Limits(per_address=1)) as door,
            await door.connect(),
        ):
            for _ in range(10):
                streams = [await asyncio.open_connection("127.0.0.1", door.port) for _ in range(30)]
                assert len(door.listener._lingering) <= MOST_LINGERING
                for _, writer in streams:
                    writer.close()
        facts = [event.facts for event in only(door.events(door.logbook.id), LoginRefused)]
        assert len(facts) == 61
        assert facts[-1]["count"] == 300 - 60
        assert facts[-1]["addresses"] == {"127.0.0.1": 240}

    asyncio.run(body())


def test_a_principal_with_too_many_is_told_at_the_moment_of_proof(tmp_path: Path) -> None:
    async def body() -> None:
        limits, people = Limits(per_principal=1), ("alice", "bea")
        async with doorway(tmp_path, limits=limits, people=people, targets=(a_target(1),)) as door:
            async with await door.connect():
                with pytest.raises(asyncssh.DisconnectError, match="alice has 1 connections"):
                    await door.connect()
                async with await door.connect("bea"):
                    pass
            await until(lambda: not door.listener.turnstile.proven)
            async with await door.connect():
                pass
        events = door.events(door.logbook.id)
        (refused,) = only(events, LoginRefused)
        assert (refused.facts["error"], refused.facts["principal"]) == ("GR-225", "alice")
        assert refused.facts["key"].startswith("SHA256:")
        assert len(only(events, Authenticated)) == 3

    asyncio.run(body())


def test_a_place_is_kept_until_the_recording_is_closed(tmp_path: Path) -> None:
    async def body() -> None:
        with key_file(tmp_path) as (login, public):
            async with target_server(key=public) as (port, pin):
                target = a_target(port, pin, key=login)
                async with doorway(tmp_path, targets=(target,)) as door:
                    async with await door.connect() as connection:
                        await connection.run("x", input="y", check=True)
                        assert door.listener.turnstile.proven == 1
                    await until(lambda: not door.listener.turnstile.proven)
                    assert not len(door.listener.desk.live)

    asyncio.run(body())
