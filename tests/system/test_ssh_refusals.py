"""What the gateway does not do is refused, each with an event, and the session goes on (SSH-11,
SSH-12, SSH-13, SSH-16)."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import asyncssh
import pytest
from asyncssh.packet import String, UInt32

from recorder.events import Asked, Decided, Exit, Input, Output, Refused, Requested
from tests.system.gateways import RunningGateway, running_gateway
from tests.system.peers import Sshd, free_port, need, sshd
from tests.system.recorded import events, newest, only, sessions, wait_until

pytestmark = pytest.mark.peer


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with sshd(tmp_path_factory.mktemp("sshd")) as server:
        yield server


@pytest.fixture(scope="module")
def gateway(target: Sshd, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    with running_gateway(tmp_path_factory.mktemp("gateway"), {"web1": target}) as running:
        yield running


def run(
    gateway: RunningGateway, *words: str, flags: tuple[str, ...] = ()
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        gateway.ssh("web1", *words, flags=flags),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        check=False,
    )


def refusals(gateway: RunningGateway) -> list[str]:
    return [event.what for event in only(newest(gateway.store), Refused)]


def test_ssh_12_agent_forwarding(gateway: RunningGateway, tmp_path: Path) -> None:
    agent = subprocess.Popen(
        [need("ssh-agent"), "-D", "-a", str(tmp_path / "agent")],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until((tmp_path / "agent").exists)
        flags = ("-A", "-o", f"IdentityAgent={tmp_path / 'agent'}")
        done = run(gateway, "echo ${SSH_AUTH_SOCK:-none}", flags=flags)
    finally:
        agent.terminate()
        agent.wait(10)
    assert done.stdout == b"none\n"
    assert refusals(gateway) == ["request auth-agent-req@openssh.com"]


def test_a_remote_forward(gateway: RunningGateway) -> None:
    done = run(gateway, "echo on", flags=("-R", f"{free_port()}:127.0.0.1:9"))
    assert done.stdout == b"on\n"
    wait_until(lambda: refusals(gateway) == ["request tcpip-forward"])


def test_a_local_forward(gateway: RunningGateway, target: Sshd) -> None:
    port = free_port()
    client = subprocess.Popen(
        gateway.ssh(
            "web1",
            "read x",
            flags=("-L", f"{port}:127.0.0.1:{target.port}", "-o", "LogLevel=INFO"),
        ),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )

    async def knock() -> bytes:
        for _ in range(200):
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
                continue
            answer = await reader.read()
            writer.close()
            return answer
        raise AssertionError("the client does not listen")

    assert asyncio.run(knock()) == b""
    _, said = client.communicate(b"\n", timeout=30)
    assert client.returncode == 0
    assert b"GR-201" in said
    # The rule that allows everything allows no forward: it does not say whereto.
    found = newest(gateway.store)
    (asked,) = [event for event in only(found, Asked) if event.action == "forward"]
    assert asked.facts["address"] == f"127.0.0.1:{target.port}"
    (verdict,) = [event for event in only(found, Decided) if event.channel == asked.channel]
    assert verdict.verdict == "deny"


def test_a_subsystem_that_policy_allows_goes_through_and_is_recorded(
    gateway: RunningGateway, tmp_path: Path
) -> None:
    (tmp_path / "here").write_bytes(os.urandom(200_000))
    key = gateway.key
    batch = f"put {tmp_path / 'here'} {tmp_path / 'there'}\n"
    done = subprocess.run(
        [
            *(need("sftp"), "-F", "/dev/null", "-b", "-", "-i", str(key)),
            *("-o", f"UserKnownHostsFile={gateway.known_hosts}", "-o", "IdentitiesOnly=yes"),
            *("-P", str(gateway.port), "-o", "User=web1", "127.0.0.1"),
        ],
        input=batch.encode(),
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "there").read_bytes() == (tmp_path / "here").read_bytes()
    found = newest(gateway.store)
    assert [(event.kind, event.command) for event in only(found, Requested)] == [
        ("subsystem", b"sftp")
    ]
    taken = b"".join(event.data for event in only(found, Input))
    assert (tmp_path / "here").read_bytes()[:1000] in taken


def test_what_no_rule_allows_is_denied_with_the_reason(target: Sshd, tmp_path: Path) -> None:
    deny = (
        '@id("no shells") @reason("commands only")\n'
        'forbid (principal, action == Action::"shell", resource);\n'
    )
    with running_gateway(tmp_path / "gateway", {"web1": target}, policies=deny) as gateway:
        assert run(gateway, "true").returncode == 0
        done = run(gateway)
        assert done.returncode == 126
        assert done.stderr.count(b"\n") == 1
        assert b"GR-201" in done.stderr
        assert b"commands only" in done.stderr
        found = newest(gateway.store)
    assert [event.action for event in only(found, Asked)] == ["connect", "shell"]
    assert [(event.verdict, list(event.rules)) for event in only(found, Decided)] == [
        ("allow", ["everything"]),
        ("deny", ["no shells"]),
    ]


# -- requests that no stock client sends -----------------------------------------------------------


async def connect(gateway: RunningGateway) -> asyncssh.SSHClientConnection:
    return await asyncssh.connect(
        "127.0.0.1",
        gateway.port,
        config=None,
        username="web1",
        client_keys=[str(gateway.key)],
        known_hosts=str(gateway.known_hosts),
        agent_path=None,
    )


CHANNELS = [
    "direct-tcpip",
    "direct-streamlocal@openssh.com",
    "forwarded-tcpip",
    "forwarded-streamlocal@openssh.com",
    "tun@openssh.com",
    "x11",
    "auth-agent@openssh.com",
    "no-such-channel@example.org",
    "",
]


def test_ssh_11_every_other_channel_type(gateway: RunningGateway) -> None:
    async def body() -> list[int]:
        codes = []
        async with await connect(gateway) as connection:
            for kind in CHANNELS[:-1]:
                channel = asyncssh.SSHTCPChannel(
                    connection, asyncio.get_running_loop(), None, "strict", 65536, 32768
                )
                try:
                    await channel._open(kind.encode(), String("127.0.0.1"), UInt32(1))
                except asyncssh.ChannelOpenError as problem:
                    codes.append(problem.code)
            done = await connection.run("echo lives", check=True)
            assert done.stdout == "lives\n"
        return codes

    assert asyncio.run(body()) == [asyncssh.OPEN_ADMINISTRATIVELY_PROHIBITED] * 8
    assert refusals(gateway) == [f"channel {kind}" for kind in CHANNELS[:-1]]


GLOBAL = [
    b"tcpip-forward",
    b"cancel-tcpip-forward",
    b"streamlocal-forward@openssh.com",
    b"cancel-streamlocal-forward@openssh.com",
    b"no-such-request@example.org",
]


def test_every_other_global_request(gateway: RunningGateway) -> None:
    async def body() -> list[int]:
        async with await connect(gateway) as connection:
            answers = [
                (await connection._make_global_request(kind, String("127.0.0.1"), UInt32(0)))[0]
                for kind in GLOBAL
            ]
            done = await connection.run("echo lives", check=True)
            assert done.stdout == "lives\n"
        return answers

    assert asyncio.run(body()) == [82] * len(GLOBAL)  # SSH_MSG_REQUEST_FAILURE
    assert refusals(gateway) == [f"request {kind.decode()}" for kind in GLOBAL]


def test_every_other_channel_request(gateway: RunningGateway) -> None:
    asked = [b"x11-req", b"auth-agent-req@openssh.com", b"xon-xoff", b"no-such@example.org"]

    async def body() -> list[bool | None]:
        async with await connect(gateway) as connection:
            session = Listening()
            channel, _ = await connection.create_session(lambda: session, "cat", encoding=None)
            answers = [await channel._make_request(kind, String("x")) for kind in asked]
            channel.write(b"lives")
            channel.write_eof()
            await channel.wait_closed()
            assert session.heard == b"lives"
        return answers

    assert asyncio.run(body()) == [False] * len(asked)
    assert refusals(gateway) == [f"request {kind.decode()}" for kind in asked]


class Listening(asyncssh.SSHClientSession[bytes]):
    def __init__(self) -> None:
        self.heard = b""

    def data_received(self, data: bytes, datatype: asyncssh.DataType) -> None:
        self.heard += data


def test_ssh_02_a_second_start_on_one_channel(gateway: RunningGateway) -> None:
    """SSH-02: exactly one is run, exactly one is recorded as asked for."""

    async def body() -> list[bool | None]:
        async with await connect(gateway) as connection:
            session = Listening()
            channel, _ = await connection.create_session(lambda: session, "cat", encoding=None)
            answers = [
                await channel._make_request(b"exec", String("echo second")),
                await channel._make_request(b"shell"),
                await channel._make_request(b"subsystem", String("sftp")),
            ]
            channel.write(b"first")
            channel.write_eof()
            await channel.wait_closed()
            assert session.heard == b"first"
        return answers

    assert asyncio.run(body()) == [False, False, False]
    found = newest(gateway.store)
    assert [event.command for event in only(found, Requested)] == [b"cat"]
    assert [event.detail for event in only(found, Refused)] == [b"echo second", b"", b"sftp"]


@pytest.mark.parametrize(
    "command",
    [b"", b"echo one\necho two", b"echo " + b"x" * 30_000, "echo \u202e世界".encode()],
    ids=["empty", "newline", "long", "bidi"],
)
def test_ssh_16_a_command_goes_on_byte_for_byte(gateway: RunningGateway, command: bytes) -> None:
    """SSH-16. An empty command is a command, and never a shell."""

    async def body() -> bytes:
        async with await connect(gateway) as connection:
            channel: asyncssh.SSHClientChannel[bytes] = asyncssh.SSHClientChannel(
                connection, asyncio.get_running_loop(), "strict", None, "strict", 65536, 32768
            )
            session = Listening()
            await channel._open(b"session")
            channel._session = session
            assert await channel._make_request(b"exec", String(command))
            await channel._start_reading()
            channel.write_eof()
            await channel.wait_closed()
        return session.heard

    heard = asyncio.run(body())
    direct = subprocess.run(["/bin/sh", "-c", command], capture_output=True, check=False)
    assert heard == direct.stdout
    session = sessions(gateway.store)[-1]
    wait_until(lambda: only(events(gateway.store, session), Exit))
    found = events(gateway.store, session)
    assert [(event.kind, event.command) for event in only(found, Requested)] == [("exec", command)]
    assert b"".join(event.data for event in only(found, Output)) == direct.stdout


def test_ssh_16_a_command_with_a_nul_is_refused(gateway: RunningGateway) -> None:
    async def body() -> tuple[int | None, str]:
        async with await connect(gateway) as connection:
            done = await connection.run("echo a\0b")
        return done.exit_status, str(done.stderr)

    status, said = asyncio.run(body())
    assert status == 255
    assert "GR-234" in said
    assert only(newest(gateway.store), Requested) == []
