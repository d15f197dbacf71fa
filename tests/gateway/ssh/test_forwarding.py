"""Forwards: to where a rule says and nowhere else, byte for byte, each written down first."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

import asyncssh
import pytest

import gatereel as front_door
from gateway.errors import Ended
from gateway.ssh.settings import public_key
from recorder.cues import opaque_words
from recorder.events import (
    Asked,
    ChannelClosed,
    ChannelOpened,
    Decided,
    End,
    Event,
    HalfClose,
    Input,
    Notice,
    Output,
    Refused,
    Requested,
    TargetReached,
)
from recorder.index import Index
from recorder.reader import Recording
from tests.gateway.cedar_rules import forwards
from tests.gateway.ssh.doorway import (
    EVERYTHING,
    Doorway,
    a_target,
    doorway,
    key_file,
    make_key,
    target_server,
)

E = TypeVar("E")


def only(found: list[Event], kind: type[E]) -> list[E]:
    return [event for event in found if isinstance(event, kind)]


def to(*addresses: str) -> str:
    return forwards("forwards", *addresses)


def not_to(*addresses: str) -> str:
    return forwards("not there", *addresses, effect="deny", reason="not there")


@asynccontextmanager
async def listening(
    serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
    host: str = "127.0.0.1",
) -> AsyncIterator[int]:
    """Something that is no target, on loopback."""
    server = await asyncio.start_server(serve, host, 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def shout(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answers when all has been said, in capitals."""
    writer.write((await reader.read()).upper())
    writer.write_eof()
    await writer.drain()
    writer.close()


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@asynccontextmanager
async def a_door(folder: Path, *rules: str) -> AsyncIterator[Doorway]:
    """With a target called box, which no forward leads through."""
    target = a_target(1, public_key(make_key()), key=folder / "none")
    async with doorway(folder, targets=(target,), rules=(EVERYTHING, *rules)) as door:
        yield door


async def ended(door: Doorway) -> list[Event]:
    """The one session's events, once a channel of it is closed."""
    while True:
        found = door.events(door.sessions()[0]) if door.sessions() else []
        if only(found, ChannelClosed):
            return found
        await asyncio.sleep(0.02)


def test_an_allowed_address_is_reached_from_the_gateway_and_every_byte_is_recorded(
    tmp_path: Path,
) -> None:
    async def run() -> None:
        async with listening(shout) as port, a_door(tmp_path, to(f"127.0.0.1:{port}")) as door:
            async with await door.connect() as connection:
                reader, writer = await connection.open_connection("127.0.0.1", port)
                writer.write(b"some \x00\xff bytes" * 10_000)
                writer.write_eof()
                assert await reader.read() == b"SOME \x00\xff BYTES" * 10_000
                found = await ended(door)
            meters = door.logbook.meters
            assert (meters.from_clients, meters.to_clients) == (130_000, 130_000)
            (opened,) = only(found, ChannelOpened)
            assert (opened.kind, opened.side, opened.channel) == ("direct-tcpip", "client", 1)
            (asked,) = only(found, Requested)
            assert (asked.kind, asked.command) == ("forward", f"127.0.0.1:{port}".encode())
            sent = b"".join(event.data for event in only(found, Input))
            got = b"".join(event.data for event in only(found, Output))
            assert (sent, got) == (b"some \x00\xff bytes" * 10_000, sent.upper())
            (reached,) = only(found, TargetReached)
            where = f"127.0.0.1:{port}"
            assert reached.facts == {"opaque": True, "asked": where, "address": where}
            assert [e.side for e in only(found, HalfClose)] == ["client", "target"]
            assert [e.rules for e in only(found, Decided)][1:] == [["forwards"]]

    asyncio.run(run())


@pytest.mark.parametrize("rules", [(), (to("db:5432"),), (not_to("*:*"), to("*"))])
def test_nothing_is_dialled_that_no_rule_names(tmp_path: Path, rules: tuple[str, ...]) -> None:
    knocked = []

    async def knock(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        knocked.append(1)
        writer.close()

    async def run() -> None:
        async with listening(knock) as port, a_door(tmp_path, *rules) as door:
            async with await door.connect() as connection:
                with pytest.raises(asyncssh.ChannelOpenError, match="GR-201") as refusal:
                    await connection.open_connection("127.0.0.1", port)
                assert refusal.value.code == asyncssh.OPEN_ADMINISTRATIVELY_PROHIBITED
                found = await ended(door)
            assert [e.verdict for e in only(found, Decided)] == ["allow", "deny"]
            assert only(found, Asked)[1].facts["address"] == f"127.0.0.1:{port}"
            assert only(found, Notice)[0].data.startswith(b"gatereel: GR-201")
            assert not [*only(found, Input), *only(found, Output), *only(found, TargetReached)]

    asyncio.run(run())
    assert not knocked


@pytest.mark.parametrize("name", ["127.1", "2130706433", "127.0.0.1", "::ffff:127.0.0.1"])
def test_no_name_or_pattern_leads_to_the_gateway_itself(tmp_path: Path, name: str) -> None:
    """Nor does another spelling of the same address."""

    async def run() -> None:
        async with listening(shout) as port, a_door(tmp_path, to(f"*:{port}", "*")) as door:
            async with await door.connect() as connection:
                with pytest.raises(asyncssh.ChannelOpenError, match="GR-256"):
                    await connection.open_connection(name, port)
                found = await ended(door)
            (refused,) = only(found, Refused)
            assert (refused.error, refused.channel) == ("GR-256", 1)
            assert str(port).encode() in refused.detail
            assert not only(found, TargetReached)

    asyncio.run(run())


def test_what_a_name_leads_to_is_found_once_and_asked_about_before_it_is_dialled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that means something else the second time it is asked for gains nothing by it."""
    answers = [[(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("198.51.100.7", 0))]]

    async def run() -> None:
        loop = asyncio.get_running_loop()
        looked = loop.getaddrinfo

        async def look(host: str, port: int, **more: object) -> object:
            if host != "rebind.example.org":
                return await looked(host, port, **more)  # type: ignore[arg-type]
            return answers.pop(0)

        monkeypatch.setattr(loop, "getaddrinfo", look)
        rules = (to("rebind.example.org:80"), not_to("198.51.100.7:*"))
        async with a_door(tmp_path, *rules) as door, await door.connect() as connection:
            with pytest.raises(asyncssh.ChannelOpenError, match=r"GR-201.*not there"):
                await connection.open_connection("rebind.example.org", 80)
            found = await ended(door)
        questions = [(e.request, dict(e.facts)) for e in only(found, Asked) if e.channel]
        assert questions == [
            (1, {"address": "rebind.example.org:80"}),
            (2, {"address": "rebind.example.org:80", "resolved": ["198.51.100.7:80"]}),
        ]
        assert [e.verdict for e in only(found, Decided) if e.channel] == ["allow", "deny"]
        assert not only(found, TargetReached)

    asyncio.run(run())
    assert not answers


def test_an_address_that_does_not_answer_is_told_as_that(tmp_path: Path) -> None:
    async def run() -> None:
        port = closed_port()
        async with a_door(tmp_path, to(f"127.0.0.1:{port}", "nowhere.invalid:1")) as door:
            async with await door.connect() as connection:
                for host, at in (("127.0.0.1", port), ("nowhere.invalid", 1)):
                    with pytest.raises(asyncssh.ChannelOpenError, match="GR-257") as refusal:
                        await connection.open_connection(host, at)
                    assert refusal.value.code == asyncssh.OPEN_CONNECT_FAILED
                found = await ended(door)
            assert b"GR-257" in only(found, Notice)[0].data
            assert not only(found, TargetReached)

    asyncio.run(run())


def test_a_side_that_does_not_read_is_not_read_for(tmp_path: Path) -> None:
    """Bytes wait in the windows, not in memory, and none of them is lost."""
    most = 24 * 1024 * 1024

    async def run() -> None:
        go = asyncio.Event()

        async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await go.wait()
            count = 0
            while data := await reader.read(1 << 16):
                count += len(data)
            writer.write(str(count).encode())
            writer.close()

        async with listening(slow) as port, a_door(tmp_path, to(f"127.0.0.1:{port}")) as door:
            async with await door.connect() as connection:
                reader, writer = await connection.open_connection("127.0.0.1", port)
                writer.write(bytes(most))
                writer.write_eof()
                before = await settled(door)
                assert before < most
                go.set()
                assert int(await reader.read()) == most
                found = await ended(door)
            assert sum(len(event.data) for event in only(found, Input)) == most

    async def settled(door: Doorway) -> int:
        """Bytes recorded, once they are some and grow no more."""
        before = 0
        for _ in range(100):
            await asyncio.sleep(0.5)
            found = door.events(door.sessions()[0]) if door.sessions() else []
            now = sum(len(event.data) for event in only(found, Input))
            if 0 < now == before:
                break
            before = now
        return before

    asyncio.run(run())


def test_a_forward_ends_with_its_session_and_the_far_side_hears_of_it(tmp_path: Path) -> None:
    async def run() -> None:
        heard = asyncio.Event()

        async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"hello")
            await reader.read()
            heard.set()
            writer.close()

        async with listening(listen) as port, a_door(tmp_path, to(f"127.0.0.1:{port}")) as door:
            async with await door.connect() as connection:
                reader, _ = await connection.open_connection("127.0.0.1", port)
                assert await reader.read(5) == b"hello"
                (live,) = door.listener.desk.live
                await live.end(Ended("bob ended this session: enough", operator="ended by bob"))
                assert await reader.read() == b""
                await asyncio.wait_for(heard.wait(), 10)
            found = await ended(door)
            assert only(found, ChannelClosed)[0].reason == "gateway: GR-208"
            assert isinstance(found[-1], End)
            assert found[-1].reason == "ended by bob"

    asyncio.run(run())


def test_a_forward_runs_beside_a_command_in_the_same_recording(tmp_path: Path) -> None:
    async def run() -> None:
        with key_file(tmp_path) as (path, key):
            async with target_server(key=key) as (server, pin), listening(shout) as port:
                target = a_target(server, pin, key=path)
                rules = (EVERYTHING, to(f"127.0.0.1:{port}"))
                async with (
                    doorway(tmp_path, targets=(target,), rules=rules) as door,
                    await door.connect() as connection,
                ):
                    reader, writer = await connection.open_connection("127.0.0.1", port)
                    done = await connection.run("echo", input="in", encoding="utf-8")
                    assert done.stdout == "in"
                    writer.write(b"x")
                    writer.write_eof()
                    assert await reader.read() == b"X"
                    assert len(door.sessions()) == 1
                    found = door.events(door.sessions()[0])
        kinds = [event.kind for event in only(found, ChannelOpened)]
        assert sorted(kinds) == ["direct-tcpip", "session"]

    asyncio.run(run())


def test_what_nobody_reads_is_marked_wherever_the_session_is_told_of(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """In info, exports, the library's entry and the screen of the session."""

    async def run() -> tuple[Doorway, str]:
        async with listening(shout) as port, a_door(tmp_path, to(f"127.0.0.1:{port}")) as door:
            async with await door.connect() as connection:
                reader, writer = await connection.open_connection("127.0.0.1", port)
                writer.write(b"select 1")
                writer.write_eof()
                await reader.read()
            await ended(door)
            return door, f"127.0.0.1:{port}"

    door, where = asyncio.run(run())
    (session,) = door.sessions()
    with Recording(door.store, session) as recording:
        cues = list(Index.load_or_build(recording).cues)
    assert opaque_words(cues) == [f"channel 1 to {where}"]
    place = ["--store", str(door.store.path)]
    assert front_door.main(["info", session, "--json", *place]) == 0
    assert json.loads(capfd.readouterr().out)["opaque"] == [f"channel 1 to {where}"]
    for form, words in (("text", "read by nobody"), ("cast2", "opaque")):
        assert front_door.main(["export", session, "--format", form, *place]) == 0
        told = capfd.readouterr().out
        assert words in told
        assert where in told
        assert "select 1" not in told
        assert "SELECT 1" not in told
