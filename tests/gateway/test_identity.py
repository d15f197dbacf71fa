from __future__ import annotations

import base64
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.identity import Principal, PublicKey, Register

ED25519 = (
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ8s4PqbTnSbf9aYoBbdMLVnnrEfXTQZLvm3HhxyhVlA a comment"
)
ALICE = Principal("alice", "person", ("sre",))
DEPLOY = Principal("deploy", "workload", ())


def key(seed: int) -> PublicKey:
    body = bytes([seed]) * 32
    blob = b"\0\0\0\x0bssh-ed25519\0\0\0\x20" + body
    return PublicKey("ssh-ed25519", blob)


def test_a_key_is_read_as_written() -> None:
    parsed = PublicKey.parse(ED25519)
    assert parsed.algorithm == "ssh-ed25519"
    assert str(parsed) == " ".join(ED25519.split()[:2])
    assert PublicKey.parse(str(parsed)) == parsed


def test_the_fingerprint_is_what_ssh_keygen_says(tmp_path: Path) -> None:
    path = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path], check=True)
    public = path.with_suffix(".pub")
    said = subprocess.run(
        ["ssh-keygen", "-l", "-f", public], check=True, capture_output=True, text=True
    ).stdout.split()[1]
    assert PublicKey.parse(public.read_text()).fingerprint == said


@pytest.mark.parametrize(
    "line",
    [
        "",
        "ssh-ed25519",
        "ssh-ed25519 %%%%",
        "ssh-rsa " + ED25519.split()[1],
        "ssh-ed25519 " + base64.b64encode(b"\xff\xff\xff\xffssh-ed25519").decode(),
        "ssh-ed25519 AAAA",
        'command="x" ' + ED25519,
    ],
)
def test_what_is_no_key_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="is not a public key"):
        PublicKey.parse(line)


@given(st.text())
def test_any_text_is_a_key_or_a_value_error(line: str) -> None:
    try:
        parsed = PublicKey.parse(line)
    except ValueError:
        return
    assert PublicKey.parse(str(parsed)) == parsed


def test_a_key_proves_its_owner_and_nobody_else() -> None:
    register = Register([(ALICE, [key(1), key(2)]), (DEPLOY, [key(3)])])
    assert register.people() == [ALICE, DEPLOY]
    proof = register.proven(key(2))
    assert proof is not None
    assert proof.principal is ALICE
    assert proof.key == key(2)
    assert register.owner(key(3)) is DEPLOY
    assert register.proven(key(4)) is None


def test_a_key_of_two_principals_is_refused() -> None:
    with pytest.raises(ValueError, match="both alice and deploy"):
        Register([(ALICE, [key(1)]), (DEPLOY, [key(1)])])


def test_a_proof_cannot_be_changed() -> None:
    proof = Register([(ALICE, [key(1)])]).proven(key(1))
    assert proof is not None
    with pytest.raises(AttributeError):
        proof.principal = DEPLOY  # type: ignore[misc]
