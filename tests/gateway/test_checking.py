from __future__ import annotations

from pathlib import Path

from gateway.checking import problems
from gateway.refusals import CredentialError
from tests.gateway.test_serve import KEY, config


def test_a_public_key_where_the_private_one_is_meant_is_found(tmp_path: Path) -> None:
    (tmp_path / "login.pub").write_text(KEY)
    (tmp_path / "login.pub").chmod(0o600)
    text = (
        f'[targets.box]\naddress = "a:1"\nhost_keys = ["{KEY}"]\n'
        '[targets.box.accounts.root]\nkey = { file = "login.pub" }\n'
    )
    (found,) = problems(config(tmp_path, text))
    assert isinstance(found, CredentialError)
    assert f"name {tmp_path / 'login'}" in str(found)
