"""``ssh -J`` from the client's library: whose it is, what it counts as, when it ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import asyncssh
import pytest

from gateway.errors import Ended
from gateway.ssh.authority import Authorities, HostAuthority
from recorder.clock import SystemClock
from recorder.events import Asked, Authenticated, Decided, End, LoginRefused
from tests.gateway.ssh.doorway import (
    Doorway,
    doorway,
    key_file,
    make_key,
    target_server,
    with_channels,
)
from tests.gateway.ssh.doorway import a_target as a_target_at
from tests.system.recorded import only


@dataclass
class Place:
    """A gateway with a host CA before one target, and a connection to it."""

    door: Doorway
    authority: asyncssh.SSHKey
    outer: asyncssh.SSHClientConnection

    async def inner(self, who: str = "alice", user: str = "demo", host: str = "box") -> Inner:
        known: tuple[list[asyncssh.SSHKey], ...] = ([], [self.authority.convert_to_public()], [])
        return await asyncssh.connect(
            host,
            22,
            tunnel=self.outer,
            config=None,
            username=user,
            client_keys=[self.door.keys[who]] if who else None,
            known_hosts=known,
            agent_path=None,
            preferred_auth="publickey" if who else "none",
        )


Inner = asyncssh.SSHClientConnection


@asynccontextmanager
async def place(
    folder: Path, *, user: str = "gatereel", most: int = 32, who: str = "alice"
) -> AsyncIterator[Place]:
    with key_file(folder) as (login, public):
        async with target_server(key=public) as (port, pin):
            target = replace(a_target_at(port, pin, key=login), aliases=("other.example.org",))
            async with doorway(
                folder,
                targets=(target,),
                people=("alice", "bob"),
                settings=lambda settings: with_channels(settings, most),
            ) as door:
                ca = make_key()
                host = HostAuthority(ca, [door.host_key], SystemClock())
                door.listener.authorities = Authorities(host=host)
                async with await door.connect(who, username=user) as outer:
                    yield Place(door, ca, outer)


async def until(done: Callable[[], object]) -> None:
    while not done():  # noqa: ASYNC110 - what is waited for tells nobody
        await asyncio.sleep(0.01)


def test_a_session_inside_is_the_outer_principals(tmp_path: Path) -> None:
    async def body() -> None:
        async with place(tmp_path) as here:
            async with await here.inner(host="other.example.org") as inner:
                done = await inner.run("hello", stdin=asyncssh.DEVNULL)
                assert done.stderr == "hello"
            (session,) = here.door.sessions()
            await until(lambda: only(here.door.events(session), End))
            found = here.door.events(session)
            assert [each.principal for each in only(found, Authenticated)] == ["alice"]
            connect = only(found, Asked)[0]
            assert connect.facts["jump"] == "other.example.org:22"
            peer = here.outer.get_extra_info("sockname")
            assert connect.facts["address"] == f"{peer[0]}:{peer[1]}"

    asyncio.run(body())


def test_several_inside_one_are_sessions_of_their_own(tmp_path: Path) -> None:
    async def body() -> None:
        async with place(tmp_path) as here:
            inside = [await here.inner() for _ in range(3)]
            done = await asyncio.gather(
                *(each.run(f"{n}", stdin=asyncssh.DEVNULL) for n, each in enumerate(inside))
            )
            assert [each.stderr for each in done] == ["0", "1", "2"]
            assert len(here.door.sessions()) == 3
            for each in inside:
                each.close()

    asyncio.run(body())


@pytest.mark.parametrize("who", ["bob", ""])
def test_nobody_else_gets_in_by_that_way(tmp_path: Path, who: str) -> None:
    async def body() -> None:
        async with place(tmp_path) as here:
            with pytest.raises(asyncssh.PermissionDenied):
                await here.inner(who)
            await until(lambda: only(here.door.own(), LoginRefused))
            (refused,) = only(here.door.own(), LoginRefused)
            assert refused.facts["principal"] == "alice"
            assert refused.facts["jump"] == "box:22"
            assert refused.facts["error"] == "GR-223"
            assert here.door.sessions() == []

    asyncio.run(body())


@pytest.mark.parametrize("user", ["alice", "gatereel", "root"])
def test_the_name_of_whoever_runs_the_client_names_no_account(tmp_path: Path, user: str) -> None:
    """``root`` was said outside too, as a client does that was told nothing else."""

    async def body() -> None:
        async with place(tmp_path, user=user) as here:
            async with await here.inner(user=user) as inner:
                assert (await inner.run("x", stdin=asyncssh.DEVNULL)).stderr == "x"
            async with await here.inner(user="nobody") as inner:
                refused = await inner.run("x", stdin=asyncssh.DEVNULL)
                assert refused.exit_status == 255
                assert "GR-227" in str(refused.stderr)

    asyncio.run(body())


def test_what_is_inside_counts_among_the_channels(tmp_path: Path) -> None:
    async def body() -> None:
        async with place(tmp_path, most=2) as here:
            first, _ = [await here.inner() for _ in range(2)]
            with pytest.raises(asyncssh.ChannelOpenError, match="GR-225"):
                await here.inner()
            first.close()
            await first.wait_closed()
            async with await here.inner() as again:
                assert (await again.run("x", stdin=asyncssh.DEVNULL)).stderr == "x"

    asyncio.run(body())


def test_it_ends_with_the_connection_around_it(tmp_path: Path) -> None:
    async def body() -> None:
        async with place(tmp_path) as here:
            inner = await here.inner()
            process = await inner.create_process("cat")
            process.stdin.write("x")
            await process.stdout.read(1)
            here.outer.abort()
            (session,) = here.door.sessions()
            await until(lambda: only(here.door.events(session), End))
            await until(lambda: not here.door.listener._visits)

    asyncio.run(body())


def test_a_stopping_gateway_tells_those_inside_too(tmp_path: Path) -> None:
    async def body() -> None:
        async with place(tmp_path) as here:
            inner = await here.inner()
            process = await inner.create_process("cat")
            process.stdin.write("x")
            await process.stdout.read(1)
            await here.door.listener.drain(Ended("closing time"), 5)
            assert "closing time" in await process.stderr.read()

    asyncio.run(body())


def test_without_a_host_ca_nobody_jumps(tmp_path: Path) -> None:
    async def body() -> None:
        async with place(tmp_path) as here:
            here.door.listener.authorities = Authorities()
            with pytest.raises(asyncssh.ChannelOpenError, match="GR-241"):
                await here.inner()
            await until(lambda: only(here.door.own(), Decided))
            assert only(here.door.own(), Decided)[-1].reason.startswith("GR-241")

    asyncio.run(body())


def test_through_a_session_on_a_target_nothing_is_reached(tmp_path: Path) -> None:
    async def body() -> None:
        async with place(tmp_path, user="box") as here:
            with pytest.raises(asyncssh.ChannelOpenError, match=r"GR-(233|201)"):
                await here.inner()
        async with place(tmp_path / "again") as here, await here.inner() as inner:
            with pytest.raises(asyncssh.ChannelOpenError, match=r"GR-(233|201)"):
                await inner.open_connection("box", 22)

    (tmp_path / "again").mkdir()
    asyncio.run(body())
