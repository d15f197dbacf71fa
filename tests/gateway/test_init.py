from __future__ import annotations

import re
from pathlib import Path

import pytest

from gateway.checking import problems
from gateway.config import load_config, parse_config
from gateway.init import POLICIES, TEMPLATE, lay_out
from gateway.refusals import ConfigError
from recorder.attest import Signer
from recorder.store import Store


def test_what_is_written_reads_as_a_configuration_and_is_in_order(tmp_path: Path) -> None:
    said: list[str] = []
    lay_out(tmp_path / "here", said.append)
    assert all(line.startswith("created") for line in said)
    config = load_config(tmp_path / "here" / "gatereel.toml")
    assert problems(config) == []
    assert config.gateway.store == tmp_path / "here" / "recordings"
    assert (tmp_path / "here" / "keys").stat().st_mode & 0o777 == 0o700
    assert config.ssh.user_ca is not None
    assert config.ssh.host_ca is not None
    authorities = (config.ssh.user_ca, config.ssh.host_ca)
    for secret in (config.gateway.signing_key, *config.ssh.host_keys, *authorities):
        assert secret.stat().st_mode & 0o777 == 0o600
    verifier = Signer.load(config.gateway.signing_key).verifier
    assert Store.open(config.gateway.store).verifiers() == [verifier]


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    lay_out(tmp_path, lambda _: None)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    said: list[str] = []
    lay_out(tmp_path, said.append)
    assert all(line.startswith("kept") for line in said)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_the_commented_examples_are_true(tmp_path: Path) -> None:
    """Taking the comment marks away gives a configuration that reads."""
    text = re.sub(r"^# (?=\[|\w+ = )", "", TEMPLATE, flags=re.MULTILINE)
    key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ8s4PqbTnSbf9aYoBbdMLVnnrEfXTQZLvm3HhxyhVl%s"
    for letter in "ABC":
        text = text.replace("ssh-ed25519 AAAA...", key % letter, 1)
    path = tmp_path / "gatereel.toml"
    path.write_text(text)
    config = parse_config(path, path.read_bytes())
    assert [principal.name for principal in config.principals] == ["alice", "deploy"]
    assert [target.name for target in config.targets] == ["web1"]
    folder = tmp_path / "policies"
    folder.mkdir()
    written = re.sub(r"^// (?=@id|permit|  |\);|when)", "", POLICIES, flags=re.MULTILINE)
    (folder / "access.cedar").write_text(written)
    assert {rule.id for rule in load_config(path).policies.rules} >= {"sre-on-web"}


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="name another folder"):
        lay_out(tmp_path / "file" / "in", lambda _: None)
