from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from gateway.identity import PublicKey
from gateway.ssh.keys import make_key


def test_a_new_key_is_its_owners_alone_and_openssh_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "key"
    made = make_key(path, "a comment")
    assert path.stat().st_mode & 0o777 == 0o600
    said = subprocess.run(
        ["ssh-keygen", "-y", "-f", str(path)], capture_output=True, text=True, check=True
    ).stdout
    assert PublicKey.parse(said) == made
    line = path.with_name("key.pub").read_text()
    assert PublicKey.parse(line) == made
    assert line.endswith("a comment\n")


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("mine")
    with pytest.raises(FileExistsError):
        make_key(tmp_path / "key", "x")
    assert (tmp_path / "key").read_text() == "mine"
