"""What `serve` finds before it starts; that it runs is shown by tests/system/test_ssh_*.py."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from gateway.checking import problems
from gateway.config import Config, load_config
from gateway.init import lay_out
from gateway.refusals import AlreadyRunning, ConfigError, CredentialError
from gateway.serve import _first, _locked
from gateway.served import FRONT_DOOR
from recorder.store import Store

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ8s4PqbTnSbf9aYoBbdMLVnnrEfXTQZLvm3HhxyhVlA"


def config(folder: Path, more: str = "") -> Config:
    lay_out(folder, lambda _: None)
    path = folder / "gatereel.toml"
    path.write_text(path.read_text() + more)
    return load_config(path)


def test_the_front_door_is_where_it_is_looked_for() -> None:
    assert "VERBS" in FRONT_DOOR.read_text()


def test_everything_that_is_wrong_is_found_at_once(tmp_path: Path) -> None:
    found = problems(
        config(
            tmp_path,
            f'[principals.box]\nkeys = ["{KEY}"]\n'
            f'[targets.box]\naddress = "a:1"\nhost_keys = ["{KEY}"]\n'
            '[targets.box.accounts.root]\nkey = { file = "missing" }\n'
            '[targets.box.accounts.app]\npassword = { env = "GATEREEL_NOT_SET" }\n',
        )
    )
    assert [type(each) for each in found] == [ConfigError, CredentialError, CredentialError]
    assert "means the gateway itself" in str(found[0])
    assert "missing" in str(found[1])
    assert "GATEREEL_NOT_SET" in str(found[2])


def test_authorities_and_agents_are_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GATEREEL_NOT_SET", raising=False)
    login = '{ socket = { env = "GATEREEL_NOT_SET" }, key = "' + KEY + '" }'
    text = (
        f'[targets.box]\naddress = "a:1"\nhost_keys = ["{KEY}"]\naliases = ["gatereel"]\n'
        f"accounts.root = {{ agent = {login} }}\n"
    )
    own = config(tmp_path, text)
    assert own.ssh.host_ca is not None
    own.ssh.host_ca.write_text("no key")
    alias, authority, agent = problems(own)
    assert 'its alias "gatereel" means the gateway itself' in str(alias)
    assert f"{own.ssh.host_ca} is no usable host CA" in str(authority)
    assert "GATEREEL_NOT_SET is not set" in str(agent)


def test_a_credential_that_everybody_can_read_is_refused(tmp_path: Path) -> None:
    key = tmp_path / "login"
    key.write_text("secret")
    text = (
        f'[targets.box]\naddress = "a:1"\nhost_keys = ["{KEY}"]\n'
        '[targets.box.accounts.root]\nkey = { file = "login" }\n'
    )
    key.chmod(0o640)
    own = config(tmp_path, text)
    assert problems(own) == []
    assert own.ssh.user_ca is not None
    assert own.ssh.host_ca is not None
    secrets = (key, *own.ssh.host_keys, own.gateway.signing_key, own.ssh.user_ca, own.ssh.host_ca)
    for path in secrets:
        path.chmod(0o644)
        (found,) = problems(own)
        assert isinstance(found, CredentialError)
        assert f"chmod o-rw {path}" in str(found)
        path.chmod(0o600)


def test_one_gateway_at_a_time_on_a_store(tmp_path: Path) -> None:
    store = Store.open(tmp_path, create=True)
    with _locked(store), pytest.raises(AlreadyRunning), _locked(store):
        pass
    with _locked(store):
        pass


def test_of_several_errors_the_one_with_a_code_is_told() -> None:
    inner = ExceptionGroup("in", [ConfigError("this one")])
    assert str(_first(ExceptionGroup("out", [ValueError("x"), inner]))) == "this one"
    group = BaseExceptionGroup("out", [asyncio.CancelledError()])
    assert _first(group) is group
