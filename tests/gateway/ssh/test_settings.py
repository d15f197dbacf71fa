from __future__ import annotations

import asyncio
import re
import socket
import subprocess
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from gateway.refusals import CredentialError, LibraryError
from gateway.ssh import settings
from tests.gateway.ssh.doorway import SETTINGS, a_target, doorway, make_key


def options() -> asyncssh.SSHServerConnectionOptions:
    keys = asyncssh.load_keypairs([make_key()])
    return settings.server_options(SETTINGS, keys, asyncssh.SSHServer)


def test_this_library_is_one_that_is_safe() -> None:
    settings.check_library()


def test_a_user_without_a_name_gets_one(monkeypatch: pytest.MonkeyPatch) -> None:
    environment: dict[str, str] = {}
    settings.name_ourselves(environment)
    assert environment == {}

    def nobody() -> str:
        raise KeyError("getpwuid(): uid not found: 64101")

    monkeypatch.setattr("getpass.getuser", nobody)
    settings.name_ourselves(environment)
    assert environment == {"LOGNAME": "gatereel"}


@pytest.mark.parametrize("version", ["2.24.0", "2.9.9", "1.0.0"])
def test_an_older_library_is_refused(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asyncssh, "__version__", version)
    with pytest.raises(LibraryError, match=r"install 2\.24\.1 or later"):
        settings.check_library()


def test_a_library_without_what_ours_builds_on_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "_CHANNEL_PARTS", ("_no_such_part",))
    with pytest.raises(LibraryError, match="has no _no_such_part"):
        settings.check_library()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("line_editor", True),
        ("encoding", "utf-8"),
        ("agent_forwarding", True),
        ("x11_forwarding", True),
        ("allow_scp", True),
        ("password_auth", True),
        ("kbdint_auth", True),
        ("version", b"AsyncSSH_2.24.1"),
        ("compression_algs", [b"zlib@openssh.com", b"none"]),
        ("kex_algs", [b"curve25519-sha256"]),
        ("login_timeout", 120),
        ("login_timeout", 0),
    ],
)
def test_a_setting_that_did_not_take_is_refused(name: str, value: object) -> None:
    live = options()
    settings.check_options(live)
    setattr(live, name, value)
    with pytest.raises(LibraryError):
        settings.check_options(live)


def test_the_live_values_are_the_promised_ones(tmp_path: Path) -> None:
    """What a connection really goes by, after the library has worked its options twice."""

    async def body() -> dict[str, Any]:
        found: dict[str, Any] = {}
        async with doorway(tmp_path) as door, await door.connect() as connection:
            (visit,) = door.listener._visits
            server = visit._connection
            assert server is not None
            found.update(
                {
                    "editor": server._line_editor,
                    "encoding": server._encoding,
                    "agent": server._agent_forwarding,
                    "x11": server._x11_forwarding,
                    "scp": server._allow_scp,
                    "rdns": server._rdns_lookup,
                    "keys": server._authorized_client_keys,
                    "host": server._host_based_auth,
                    "gss": server._gss,
                    "strict": server.strict_key_exchange,
                    "cipher": connection.get_extra_info("send_cipher"),
                    "compression": connection.get_extra_info("recv_compression"),
                    "version": connection.get_extra_info("server_version"),
                    "timer": server._login_timer,
                }
            )
        return found

    live = asyncio.run(body())
    assert live.pop("version") == "SSH-2.0-gatereel"
    assert live.pop("strict") is True
    assert "gcm" in live["cipher"]
    live.pop("cipher")
    assert live.pop("compression") == "none"
    assert {name: value for name, value in live.items() if value} == {}


def test_post_quantum_key_exchange_comes_first(tmp_path: Path) -> None:
    async def body() -> bytes:
        async with doorway(tmp_path) as door:
            with socket.create_connection(("127.0.0.1", door.port)) as peer:
                peer.setblocking(False)
                loop = asyncio.get_running_loop()
                said = b""
                await loop.sock_sendall(peer, b"SSH-2.0-test\r\n")
                while b"none" not in said:
                    more = await loop.sock_recv(peer, 65536)
                    assert more, f"the gateway hung up after {said!r}"
                    said += more
                return said

    said = asyncio.run(body())
    assert said.startswith(b"SSH-2.0-gatereel\r\n")
    offered = re.search(rb"mlkem768x25519-sha256[\w,@.-]*", said)
    assert offered is not None
    names = offered[0].split(b",")
    assert names[: len(settings.KEX)] == [name.encode() for name in settings.KEX]
    assert b"kex-strict-s-v00@openssh.com" in names
    assert not any(b"sha1" in name for name in names)


def test_the_stock_client_agrees_to_modern_algorithms(tmp_path: Path) -> None:
    async def body() -> str:
        async with doorway(tmp_path) as door:
            client = await asyncio.create_subprocess_exec(
                *("ssh", "-F", "/dev/null", "-vvv", "-p", str(door.port), "-o", "BatchMode=yes"),
                *("-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"),
                *("127.0.0.1", "true"),
                stdin=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
            )
            _, said = await client.communicate()
            return said.decode()

    said = asyncio.run(body())
    algorithm = re.search(r"kex: algorithm: (\S+)", said)
    cipher = re.search(r"kex: server->client cipher: (\S+) MAC: (\S+) compression: (\S+)", said)
    assert algorithm is not None
    assert cipher is not None
    assert algorithm[1] in settings.KEX
    assert cipher[1] in settings.CIPHERS
    assert cipher[3] == "none"
    assert "will use strict KEX ordering" in said


def test_the_dialer_takes_nothing_from_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSH_AUTH_SOCK", "/tmp/agent")
    live = settings.client_options(
        a_target(22), "demo", asyncssh.SSHClient, ["ssh-ed25519"], password="x"
    )
    assert live.agent_path is None
    assert not live.config.loaded
    assert list(live.client_keys or ()) == []
    assert live.known_hosts == ([], [], [])
    assert not live.agent_forward_path
    assert not live.x11_forwarding
    assert [name.decode() for name in live.kex_algs] == list(settings.KEX)


def test_a_host_key_that_cannot_be_used_names_its_file(tmp_path: Path) -> None:
    with pytest.raises(CredentialError, match="none cannot be read"):
        settings.load_host_keys([tmp_path / "none"])
    (tmp_path / "bad").write_text("nonsense")
    with pytest.raises(CredentialError, match="bad is no usable host key"):
        settings.load_host_keys([tmp_path / "bad"])
