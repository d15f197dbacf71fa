"""Keys in files: every kind that ssh-keygen writes, encrypted ones too."""

from __future__ import annotations

from pathlib import Path

import pytest

from recorder import sshsig
from recorder.errors import KeyFileError
from recorder.ssh_keys import load_public, load_signer, parse_public_line
from tests.recorder.openssh import KINDS, make_key


@pytest.mark.parametrize("kind", KINDS)
def test_a_key_that_is_not_encrypted_asks_nobody(tmp_path: Path, kind: str) -> None:
    key = make_key(tmp_path, kind)
    signer = load_signer(key, lambda: pytest.fail("asked"))
    assert (signer.public, f"{kind} key") == load_public(key.with_suffix(".pub"))
    assert sshsig.check(sshsig.sign(signer, "n", b"x"), "n", b"x") == signer.public


@pytest.mark.parametrize(("kind", "more"), [("ed25519", ()), ("rsa", ("-m", "PEM"))])
def test_an_encrypted_key_asks_once(tmp_path: Path, kind: str, more: tuple[str, ...]) -> None:
    key = make_key(tmp_path, kind, "a secret", *more)
    calls: list[int] = []

    def ask() -> str:
        calls.append(1)
        return "a secret"

    assert load_signer(key, ask).public == load_public(key.with_suffix(".pub"))[0]
    assert calls == [1]


@pytest.mark.parametrize("more", [(), ("-m", "PEM")])
def test_a_wrong_passphrase_is_said(tmp_path: Path, more: tuple[str, ...]) -> None:
    key = make_key(tmp_path, "rsa", "a secret", *more)
    with pytest.raises(KeyFileError, match="wrong passphrase"):
        load_signer(key, lambda: "another")


def test_what_is_no_key_says_what_to_do(tmp_path: Path) -> None:
    key = make_key(tmp_path)
    with pytest.raises(KeyFileError, match="public key"):
        load_signer(key.with_suffix(".pub"), str)
    nonsense = tmp_path / "nonsense"
    nonsense.write_bytes(b"\xff\x00nonsense")
    with pytest.raises(KeyFileError, match="no private SSH key"):
        load_signer(nonsense, str)
    nonsense.write_bytes(bytes(70_000))
    with pytest.raises(KeyFileError, match="too large"):
        load_signer(nonsense, str)
    with pytest.raises(KeyFileError, match="cannot read"):
        load_signer(tmp_path / "nothing", str)


@pytest.mark.parametrize(
    "line", ["", "ssh-ed25519", "ssh-ed25519 !!!", "ssh-rsa AAAAC3NzaC1lZDI1NTE5"]
)
def test_a_public_line_that_is_none(line: str) -> None:
    with pytest.raises(KeyFileError):
        parse_public_line(line)


def test_a_public_file_that_is_none(tmp_path: Path) -> None:
    path = tmp_path / "x.pub"
    path.write_bytes(b"\xff")
    with pytest.raises(KeyFileError):
        load_public(path)
