"""How each kind of credential becomes what the library logs in with, and what is told of it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.config import Account, Secret
from gateway.refusals import AgentUnusable, CredentialError
from gateway.ssh.authority import Errand, UserAuthority
from gateway.ssh.credentials import Credential, credential_for, socket_of
from gateway.ssh.settings import public_key
from gateway.target_config import AgentKey
from recorder.clock import SystemClock
from tests.gateway.ssh.doorway import a_target, key_file, make_key

ERRAND = Errand("id", "alice")
NOTHING = Account("demo", None, None, None)


def credential(account: Account, authority: UserAuthority | None = None) -> Credential:
    async def body() -> Credential:
        target = replace(a_target(22), connect_timeout=1)
        async with credential_for(target, account, ERRAND, authority, passing=False) as found:
            return found

    return asyncio.run(body())


def test_a_key_is_told_by_its_public_half(tmp_path: Path) -> None:
    with key_file(tmp_path) as (path, public):
        found = credential(replace(NOTHING, key=Secret(path, None)))
        fingerprint = public_key(public).fingerprint
        assert found.facts == {"method": "publickey", "key": fingerprint}
        assert [pair.public_data for pair in found.pairs] == [public.public_data]
        assert found.password is None


def test_a_password_is_told_as_one(tmp_path: Path) -> None:
    path = tmp_path / "password"
    path.write_bytes(b"hunter2\n")
    found = credential(replace(NOTHING, password=Secret(path, None)))
    assert (found.password, found.facts) == ("hunter2", {"method": "password"})
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(CredentialError, match="not UTF-8"):
        credential(replace(NOTHING, password=Secret(path, None)))


def test_a_certificate_needs_its_authority() -> None:
    account = replace(NOTHING, certificate=True)
    authority = UserAuthority(make_key(), SystemClock())
    found = credential(account, authority)
    assert [pair.has_cert for pair in found.pairs] == [True]
    assert found.facts["certificate"] == "gatereel session=id principal=alice"
    assert found.facts["authority"] == authority.public.fingerprint
    assert authority.public.fingerprint in found.hint
    with pytest.raises(CredentialError, match="user_ca"):
        credential(account)


def test_an_agent_that_is_not_there_or_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = public_key(make_key())
    held = AgentKey(Secret(tmp_path / "agent", None), key)
    with pytest.raises(AgentUnusable, match=r"no agent answers at .*no such file"):
        credential(replace(NOTHING, agent=held))
    monkeypatch.delenv("GATEREEL_TEST_AGENT", raising=False)
    elsewhere = AgentKey(Secret(None, "GATEREEL_TEST_AGENT"), key)
    with pytest.raises(CredentialError, match="GATEREEL_TEST_AGENT is not set"):
        credential(replace(NOTHING, agent=elsewhere))
    monkeypatch.setenv("GATEREEL_TEST_AGENT", "/run/agent")
    assert socket_of(elsewhere) == "/run/agent"


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\0\0\0\1\5"])
def test_what_answers_and_is_no_agent(tmp_path: Path, answer: bytes) -> None:
    path = tmp_path / "agent"

    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(5)
        writer.write(answer)
        writer.close()

    async def body() -> None:
        server = await asyncio.start_unix_server(babble, path)
        account = replace(NOTHING, agent=AgentKey(Secret(path, None), public_key(make_key())))
        target = replace(a_target(22), connect_timeout=1)
        with pytest.raises(AgentUnusable):
            async with credential_for(target, account, ERRAND, None, passing=False):
                pass
        server.close()

    asyncio.run(body())
