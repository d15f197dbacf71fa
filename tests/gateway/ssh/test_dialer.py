"""Targets that are not what they should be: each its own error, and no credential for them."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from asyncssh.connection import SSHConnection

from gateway.config import Target
from gateway.identity import PublicKey
from gateway.refusals import (
    CredentialError,
    HostKeyMismatch,
    TargetLoginFailed,
    TargetRefused,
    TargetUnreachable,
)
from gateway.ssh.authority import Errand
from gateway.ssh.dialer import Dialler, fetch_host_keys
from gateway.ssh.settings import public_key
from gateway.targets import Route
from tests.gateway.ssh.doorway import a_target, key_file, make_key, target_server


def dial(target: Target) -> dict[str, Any]:
    """Connects once and hangs up; the facts."""

    async def body() -> dict[str, Any]:
        return await facts_of(target)

    return asyncio.run(body())


async def facts_of(target: Target) -> dict[str, Any]:
    async with asyncio.timeout(30):
        dialler = Dialler(Route(target, target.accounts["demo"]), Errand("id", "alice"), None)
        _, facts = await dialler.connect()
        again, nothing = await dialler.connect()
        assert nothing is None
        assert not again.is_closed()
        await dialler.close()
        with pytest.raises(TargetRefused, match="over"):
            await dialler.connect()
        assert facts is not None
        return dict(facts)


def test_the_pinned_key_and_the_own_credential(tmp_path: Path) -> None:
    async def body() -> None:
        with key_file(tmp_path) as (login, public):
            async with target_server(key=public) as (port, pin):
                facts = await facts_of(a_target(port, pin, key=login))
                assert facts["host_key"] == pin.fingerprint
                assert facts["method"] == "publickey"
                assert facts["strict_key_exchange"] is True

    asyncio.run(body())


def test_a_password(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("hunter2\n")

    async def body() -> None:
        async with target_server(password="hunter2") as (port, pin):
            facts = await facts_of(a_target(port, pin, password=tmp_path / "password"))
            assert facts["method"] == "password"
            assert "hunter2" not in str(facts)

    asyncio.run(body())


def test_known_hosts_and_their_authorities(tmp_path: Path) -> None:
    authority, host = make_key(), make_key()
    certificate = authority.generate_host_certificate(host, "box", principals=["127.0.0.1"])

    async def body() -> None:
        with key_file(tmp_path) as (login, public):
            known = tmp_path / "known_hosts"
            async with target_server(key=public, host_key=host) as (port, pin):
                target = replace(a_target(port, key=login), known_hosts=known)
                known.write_text(f"[127.0.0.1]:{port} {pin}\n")
                assert (await facts_of(target))["host_key"] == pin.fingerprint
                known.write_text(f"[127.0.0.1]:{port} {public_key(make_key())}\n")
                with pytest.raises(HostKeyMismatch):
                    await facts_of(target)
                known.write_text("")
                with pytest.raises(HostKeyMismatch, match="no host key of box is known"):
                    await facts_of(target)
            async with target_server(key=public, host_key=host, certificate=certificate) as (
                port,
                _,
            ):
                target = replace(a_target(port, key=login), known_hosts=known)
                signer = public_key(authority)
                known.write_text(f"@cert-authority [127.0.0.1]:{port} {signer}\n")
                assert (await facts_of(target))["host_key"] == signer.fingerprint

    asyncio.run(body())


def test_a_changed_host_key_gets_no_credential(tmp_path: Path) -> None:
    """The login is never tried: the server would have let anybody in and counted it."""
    tried: list[str] = []

    class Thief(asyncssh.SSHServer):
        def begin_auth(self, username: str) -> bool:
            tried.append(username)
            return False

    async def body() -> None:
        key = make_key()
        (tmp_path / "password").write_text("hunter2")
        listener = await asyncssh.listen(
            "127.0.0.1", 0, config=None, gss_host=None, server_host_keys=[key],
            server_factory=Thief,
        )  # fmt: skip
        pin = public_key(make_key())
        target = a_target(listener.get_port(), pin, password=tmp_path / "password")
        with pytest.raises(HostKeyMismatch) as refused:
            await facts_of(target)
        assert pin.fingerprint in str(refused.value)
        assert public_key(key).fingerprint in str(refused.value)
        assert "hunter2" not in f"{refused.value} {refused.value.operator}"
        listener.close()
        await listener.wait_closed()

    asyncio.run(body())
    assert tried == []


def test_a_host_key_of_another_kind(tmp_path: Path) -> None:
    async def body() -> None:
        host_key = asyncssh.generate_private_key("ecdsa-sha2-nistp256")
        with key_file(tmp_path) as (login, public):
            async with target_server(key=public, host_key=host_key) as (port, _):
                pin = public_key(make_key())
                with pytest.raises(TargetRefused, match="gatereel target enrol"):
                    await facts_of(a_target(port, pin, key=login))

    asyncio.run(body())


def test_a_target_without_strict_key_exchange(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = SSHConnection._get_extra_kex_algs

    def without(self: SSHConnection) -> list[bytes]:
        return [name for name in honest(self) if b"strict" not in name]

    monkeypatch.setattr(SSHConnection, "_get_extra_kex_algs", without)

    async def body() -> None:
        with key_file(tmp_path) as (login, public):
            async with target_server(key=public) as (port, pin):
                with pytest.raises(TargetRefused, match="legacy = true"):
                    await facts_of(a_target(port, pin, key=login))
                facts = await facts_of(a_target(port, pin, key=login, legacy=True))
                assert facts["strict_key_exchange"] is False

    asyncio.run(body())


def test_a_credential_that_is_not_taken(tmp_path: Path) -> None:
    async def body() -> None:
        with key_file(tmp_path) as (login, _):
            async with target_server(key=make_key().convert_to_public()) as (port, pin):
                with pytest.raises(TargetLoginFailed):
                    await facts_of(a_target(port, pin, key=login))

    asyncio.run(body())


def test_credentials_that_are_none_name_their_place_only(tmp_path: Path) -> None:
    bad = tmp_path / "bad"
    bad.write_text("-----BEGIN OPENSSH PRIVATE KEY-----\nc2VjcmV0\n")
    with pytest.raises(CredentialError) as refused:
        dial(a_target(1, public_key(make_key()), key=bad))
    assert "bad" in str(refused.value)
    assert "c2VjcmV0" not in f"{refused.value} {refused.value.operator}"
    with pytest.raises(CredentialError, match="missing"):
        dial(a_target(1, public_key(make_key()), key=tmp_path / "missing"))


def test_nobody_there(tmp_path: Path) -> None:
    with key_file(tmp_path) as (login, _), socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        port = silent.getsockname()[1]
        pin = public_key(make_key())
        with pytest.raises(TargetUnreachable, match="refused"):
            dial(a_target(port, pin, key=login))
        silent.listen()
        with pytest.raises(TargetUnreachable, match="within 1 s"):
            dial(a_target(port, pin, key=login, seconds=1))


def test_somebody_who_speaks_no_ssh(tmp_path: Path) -> None:
    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n" * 100)
        writer.close()

    async def body() -> None:
        server = await asyncio.start_server(babble, "127.0.0.1", 0)
        with key_file(tmp_path) as (login, _):
            port = server.sockets[0].getsockname()[1]
            with pytest.raises((TargetRefused, TargetUnreachable)):
                await facts_of(a_target(port, public_key(make_key()), key=login))
        server.close()

    asyncio.run(body())


def test_host_keys_are_fetched_for_enrolment() -> None:
    async def body() -> tuple[list[PublicKey], PublicKey]:
        async with target_server() as (port, pin):
            return await fetch_host_keys("127.0.0.1", port), pin

    found, pin = asyncio.run(body())
    assert found == [pin]


def test_host_keys_of_nobody() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        with pytest.raises(TargetUnreachable, match="cannot be asked"):
            asyncio.run(fetch_host_keys("127.0.0.1", nobody.getsockname()[1]))
