"""Logins as an attacker would try them (SSH-01, SSH-04 to SSH-09), and who they end up as."""

from __future__ import annotations

import asyncio
import os
import random
from pathlib import Path

import asyncssh
import pytest
from asyncssh.constants import (
    MSG_CHANNEL_OPEN,
    MSG_GLOBAL_REQUEST,
    MSG_USERAUTH_REQUEST,
    MSG_USERAUTH_SUCCESS,
)
from asyncssh.packet import Boolean, String, UInt32

from gateway.identity import Proof
from recorder.events import Authenticated, LoginRefused
from tests.gateway.ssh.doorway import Doorway, a_target, doorway, key_file, target_server
from tests.system.recorded import only

SCHEDULES = int(os.environ.get("GATEREEL_SCHEDULES", "60"))


class Racer(asyncssh.SSHClient):
    """Logs in honestly, and meanwhile asks to be somebody else, again and again."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._connection: asyncssh.SSHClientConnection | None = None

    def connection_made(self, conn: asyncssh.SSHClientConnection) -> None:
        self._connection = conn
        loop = asyncio.get_running_loop()
        for _ in range(self._chance.randint(1, 4)):
            loop.call_later(self._chance.random() * 0.03, self._become)

    def _become(self) -> None:
        connection = self._connection
        if connection is not None and connection._send_encryption and not connection.is_closed():
            user = self._chance.choice(["other", "box", "root@box"])
            method = self._chance.choice([b"none", b"password", b"publickey"])
            connection.send_packet(
                MSG_USERAUTH_REQUEST,
                String(user),
                String("ssh-connection"),
                String(method),
                *((Boolean(False), String("x")) if method != b"none" else ()),
            )


def proofs(door: Doorway) -> list[tuple[Proof, str, str]]:
    return [
        (visit.proof, visit._user, visit._connection.user)
        for visit in door.listener._visits
        if visit.proof is not None and visit._connection is not None
    ]


def test_ssh_01_a_login_is_never_somebody_elses(tmp_path: Path) -> None:
    """Whatever is asked meanwhile: who is let in is whose key was proven, under one name."""

    async def once(door: Doorway, seed: int) -> bool:
        chance = random.Random(seed)
        who = chance.choice(["alice", "mallory"])
        try:
            connection = await door.connect(who, client_factory=lambda: Racer(chance))
        except (asyncssh.Error, OSError):
            return False
        try:
            for proof, asked, library in proofs(door):
                assert proof.principal.name == who
                assert asked == library
        finally:
            connection.abort()
            await connection.wait_closed()
        return True

    async def body() -> int:
        async with doorway(tmp_path, people=("alice", "mallory")) as door:
            return sum([await once(door, seed) for seed in range(SCHEDULES)])

    assert asyncio.run(body()) > 0


def test_the_record_names_whom_the_key_proves(tmp_path: Path) -> None:
    async def body() -> None:
        with key_file(tmp_path) as (login, public):
            async with target_server(key=public) as (port, pin):
                target = a_target(port, pin, key=login)
                async with doorway(tmp_path, targets=(target,), people=("alice", "bob")) as door:
                    async with await door.connect("bob", username="demo@box") as connection:
                        await connection.run("hello", input="x", check=True)
                    (session,) = door.sessions()
                    (who,) = only(door.events(session), Authenticated)
                    assert who.principal == "bob"

    asyncio.run(body())


class Forged(asyncssh.SSHKeyPair):
    """Shows one key and signs with another."""

    _key_type = "local"

    def __init__(self, shown: asyncssh.SSHKey, own: asyncssh.SSHKey) -> None:
        public = shown.convert_to_public()
        name = public.algorithm
        super().__init__(name, name, [name], [name], public.public_data, b"")
        self._own = asyncssh.load_keypairs([own])[0]

    def sign(self, data: bytes) -> bytes:
        return self._own.sign(data)


def test_ssh_08_only_the_proven_key_counts(tmp_path: Path) -> None:
    """Offer alice's key without being able to sign for it, then prove bob's."""

    async def body() -> None:
        async with doorway(tmp_path, people=("alice", "bob")) as door:
            forged = Forged(door.keys["alice"], door.keys["bob"])
            async with await door.connect(client_keys=[forged, door.keys["bob"]]):
                assert [proof.principal.name for proof, _, _ in proofs(door)] == ["bob"]

    asyncio.run(body())


def test_a_signature_by_another_key_proves_nothing(tmp_path: Path) -> None:
    async def body() -> None:
        async with doorway(tmp_path, people=("alice", "bob")) as door:
            forged = Forged(door.keys["alice"], door.keys["bob"])
            with pytest.raises(asyncssh.PermissionDenied):
                await door.connect(client_keys=[forged])
            assert proofs(door) == []

    asyncio.run(body())


@pytest.mark.parametrize("method", ["none", "password", "keyboard-interactive"])
def test_no_other_method_lets_anybody_in(tmp_path: Path, method: str) -> None:
    async def body() -> None:
        async with doorway(tmp_path) as door:
            with pytest.raises(asyncssh.PermissionDenied):
                await door.connect(client_keys=None, password="x", preferred_auth=method)

    asyncio.run(body())


def test_an_rsa_signature_with_sha_1_is_refused(tmp_path: Path) -> None:
    async def body() -> None:
        async with doorway(tmp_path) as door:
            key = asyncssh.generate_private_key("ssh-rsa", key_size=2048)
            door.keys["alice"] = key
            from gateway.ssh.settings import public_key

            (principal,) = {*door.listener.register._owners.values()}
            door.listener.register._owners = {public_key(key).blob: principal}
            with pytest.raises(asyncssh.PermissionDenied):
                await door.connect(signature_algs=["ssh-rsa"])
            connection = await door.connect(signature_algs=["rsa-sha2-256"])
            connection.close()
            await connection.wait_closed()

    asyncio.run(body())


class Early(asyncssh.SSHClient):
    """Sends something before it has logged in."""

    def __init__(self, kind: int, *fields: bytes) -> None:
        self._kind, self._fields = kind, fields

    def connection_made(self, conn: asyncssh.SSHClientConnection) -> None:
        self._conn = conn

    def validate_host_public_key(
        self, host: str, addr: str, port: int, key: asyncssh.SSHKey
    ) -> bool:
        asyncio.get_running_loop().call_soon(self._send)
        return True

    def public_key_auth_requested(self) -> asyncssh.SSHKey | None:
        return None

    def _send(self) -> None:
        if not self._conn.is_closed():
            self._conn._auth_complete = True
            self._conn.send_packet(self._kind, *self._fields)
            self._conn._auth_complete = False


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (MSG_USERAUTH_SUCCESS, ()),
        (MSG_GLOBAL_REQUEST, (String("tcpip-forward"), Boolean(True), String(""), UInt32(0))),
        (
            MSG_CHANNEL_OPEN,
            (String("session"), UInt32(0), UInt32(1 << 20), UInt32(1 << 15)),
        ),
        *((kind, (UInt32(0),)) for kind in range(90, 101)),
    ],
)
def test_ssh_06_and_07_nothing_before_the_login(
    tmp_path: Path, kind: int, fields: tuple[bytes, ...]
) -> None:
    async def body() -> None:
        async with doorway(tmp_path) as door:
            with pytest.raises((asyncssh.Error, OSError)):
                await door.connect(
                    client_factory=lambda: Early(kind, *fields),
                    known_hosts=([], [], []),
                    client_keys=None,
                )
            assert proofs(door) == []
            assert door.sessions() == []
            async with await door.connect():
                assert len(proofs(door)) == 1

    asyncio.run(body())


def test_ssh_04_a_packet_size_of_zero_ends_the_connection(tmp_path: Path) -> None:
    async def body() -> None:
        async with doorway(tmp_path) as door:
            connection = await door.connect()
            connection.send_packet(
                MSG_CHANNEL_OPEN, String("session"), UInt32(0), UInt32(1 << 20), UInt32(0)
            )
            async with asyncio.timeout(5):
                await connection.wait_closed()

    asyncio.run(body())


@pytest.mark.parametrize("length", [0xFFFFFFFF, 0x7FFFFFFF, 1 << 20])
def test_ssh_05_an_oversized_packet_before_the_key_exchange(tmp_path: Path, length: int) -> None:
    async def body() -> None:
        async with doorway(tmp_path) as door:
            reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
            writer.write(b"SSH-2.0-test\r\n" + length.to_bytes(4, "big") + b"\x00" * 64)
            async with asyncio.timeout(5):
                while await reader.read(65536):
                    pass
            writer.close()

    asyncio.run(body())


@pytest.mark.parametrize("user", ["box", ""])
def test_ssh_09_a_client_without_strict_key_exchange_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, user: str
) -> None:
    """Under no name too, about which the library asks nobody."""
    from asyncssh.connection import SSHConnection

    honest = SSHConnection._get_extra_kex_algs

    def without(self: SSHConnection) -> list[bytes]:
        names = honest(self)
        return [name for name in names if self.is_server() or b"strict" not in name]

    monkeypatch.setattr(SSHConnection, "_get_extra_kex_algs", without)

    async def body() -> None:
        async with doorway(tmp_path) as door:
            with pytest.raises(asyncssh.Error, match="GR-224" if user else None):
                await door.connect(username=user)
            assert proofs(door) == []
            if user:
                await asyncio.wrap_future(door.logbook.login_refused({"error": "the last"}))
                refused, _ = only(door.own(), LoginRefused)
                assert refused.facts["error"] == "GR-224"

    asyncio.run(body())
