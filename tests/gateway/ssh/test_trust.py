"""Which host keys are asked for and taken; test_dialer.py shows them to real servers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gateway.refusals import CredentialError, HostKeyMismatch
from gateway.ssh.settings import public_key
from gateway.ssh.trust import trust_in
from tests.gateway.ssh.doorway import a_target, make_key

PIN, CA, OTHER = (public_key(make_key()) for _ in range(3))


def test_pins_and_authorities_are_told_apart() -> None:
    trust = trust_in(replace(a_target(22, PIN), host_ca=(CA,)))
    assert set(trust.keys) == {PIN}
    assert set(trust.authorities) == {CA}
    assert trust.algorithms()[0] == "ssh-ed25519-cert-v01@openssh.com"
    assert trust.algorithms()[-1] == "ssh-ed25519"
    assert trust.shown() == f"{PIN.fingerprint}, the host CA {CA.fingerprint}"


def test_with_an_authority_alone_nothing_but_a_certificate_is_asked_for() -> None:
    trust = trust_in(replace(a_target(22), host_ca=(CA,)))
    assert all("-cert-" in name for name in trust.algorithms())


def test_with_pins_alone_no_certificate_is_asked_for() -> None:
    assert trust_in(a_target(22, PIN)).algorithms() == ["ssh-ed25519"]


@pytest.mark.parametrize(
    ("written", "port", "name"),
    [
        ("[127.0.0.1]:2022", 2022, ""),
        ("127.0.0.1", 22, ""),
        ("web1.example.org", 2022, "web1.example.org"),
    ],
)
def test_known_hosts_are_looked_up_as_openssh_does(
    tmp_path: Path, written: str, port: int, name: str
) -> None:
    known = tmp_path / "known_hosts"
    known.write_text(
        f"{written} {PIN}\n@cert-authority {written} {CA}\n@revoked {written} {OTHER}\nx {OTHER}\n"
    )
    trust = trust_in(replace(a_target(port), known_hosts=known, host_key_name=name))
    assert [set(each) for each in (trust.keys, trust.authorities, trust.revoked)] == [
        {PIN},
        {CA},
        {OTHER},
    ]


def test_nothing_known_is_nothing_trusted(tmp_path: Path) -> None:
    known = tmp_path / "known_hosts"
    with pytest.raises(CredentialError, match="cannot be read"):
        trust_in(replace(a_target(22), known_hosts=known))
    known.write_text(f"elsewhere {PIN}\n")
    with pytest.raises(HostKeyMismatch, match="gatereel target enrol box"):
        trust_in(replace(a_target(22), known_hosts=known))
    with pytest.raises(HostKeyMismatch):
        trust_in(a_target(22))
