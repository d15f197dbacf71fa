"""What the gateway signs, as OpenSSH's own tool reads it."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from pathlib import Path

import asyncssh
import pytest

from gateway.refusals import CredentialError
from gateway.ssh.authority import (
    HOST_LIFE,
    LOGIN_LIFE,
    SECOND,
    SKEW,
    Authorities,
    Errand,
    HostAuthority,
    UserAuthority,
    load_authorities,
)
from gateway.ssh.keys import make_key as make_key_file
from tests.gateway.ssh.doorway import SETTINGS, make_key
from tests.system.peers import need

ERRAND = Errand("01a20a05-0000-7000-8000-000000000000", "alice")
NOW = 1_795_000_000


class Stopped:
    """A clock that stands."""

    def wall_ns(self) -> int:
        return NOW * SECOND + 999_999_999

    def mono_ns(self) -> int:
        return 0


def read(pair: asyncssh.SSHKeyPair, folder: Path) -> str:
    """`ssh-keygen -L` of the certificate in this pair."""
    certificate = pair._cert
    assert certificate is not None
    path = folder / "certificate.pub"
    path.write_bytes(certificate.export_certificate())
    done = subprocess.run(
        [need("ssh-keygen"), "-L", "-f", str(path)],
        capture_output=True,
        text=True,
        check=True,
        env={"TZ": "UTC"},
    )
    return done.stdout


def listed(text: str, heading: str) -> list[str]:
    """The words under a heading of that list."""
    lines = text.splitlines()
    start = next(n for n, line in enumerate(lines) if line.strip().startswith(heading))
    if not lines[start].rstrip().endswith(":"):
        return [lines[start].partition(": ")[2]]
    found = []
    for line in lines[start + 1 :]:
        if not line.startswith(" " * 16):
            break
        found.append(line.strip())
    return found


@pytest.mark.peer
def test_a_login_is_for_one_account_and_a_few_minutes(tmp_path: Path) -> None:
    ca = make_key()
    login = UserAuthority(ca, Stopped()).mint("root", ERRAND, passing=False)
    (pair,) = login.pairs
    text = read(pair, tmp_path)
    assert "user certificate" in text
    assert UserAuthority(ca, Stopped()).public.fingerprint in text
    key_id = f"gatereel session={ERRAND.session} principal=alice"
    assert login.key_id == key_id
    assert f'Key ID: "{key_id}"' in text
    assert f"Serial: {login.serial}" in text
    assert listed(text, "Principals") == ["root"]
    assert listed(text, "Critical Options") == ["(none)"]
    assert listed(text, "Extensions") == ["permit-pty", "permit-user-rc"]
    assert _seconds(text) == LOGIN_LIFE + SKEW
    assert LOGIN_LIFE <= 600


@pytest.mark.peer
def test_a_login_on_the_way_opens_nothing_but_the_way(tmp_path: Path) -> None:
    (pair,) = UserAuthority(make_key(), Stopped()).mint("root", ERRAND, passing=True).pairs
    assert listed(read(pair, tmp_path), "Extensions") == ["permit-port-forwarding"]


def test_every_login_has_a_key_of_its_own() -> None:
    authority = UserAuthority(make_key(), Stopped())
    logins = [authority.mint("root", ERRAND, passing=False) for _ in range(3)]
    assert len({login.pairs[0].public_data for login in logins}) == 3
    assert len({login.serial for login in logins}) == 3


@pytest.mark.peer
def test_a_host_certificate_is_for_the_one_name(tmp_path: Path) -> None:
    ca, own = make_key(), make_key()
    certified, plain = HostAuthority(ca, [own], Stopped()).pairs("web1.example.org")
    assert certified.has_cert
    assert not plain.has_cert
    assert plain.public_data == own.public_data
    text = read(certified, tmp_path)
    assert "host certificate" in text
    assert listed(text, "Principals") == ["web1.example.org"]
    assert 'Key ID: "gatereel host=web1.example.org"' in text
    assert _seconds(text) == HOST_LIFE + SKEW


def _seconds(text: str) -> int:
    from datetime import UTC, datetime

    match = re.search(r"Valid: from (\S+) to (\S+)", text)
    assert match is not None
    start, end = (datetime.fromisoformat(each).replace(tzinfo=UTC) for each in match.groups())
    assert start.timestamp() == NOW - SKEW
    return int((end - start).total_seconds())


def test_authorities_are_what_the_configuration_names(tmp_path: Path) -> None:
    assert load_authorities(SETTINGS, Stopped()) == Authorities()
    names = ("user", "host", "own", "user2", "host2")
    keys = {name: make_key_file(tmp_path / name, name) for name in names}
    settings = replace(
        SETTINGS,
        user_ca=tmp_path / "user",
        host_ca=tmp_path / "host",
        host_keys=(tmp_path / "own",),
        next_user_ca=tmp_path / "user2",
        next_host_ca=tmp_path / "host2",
    )
    found = load_authorities(settings, Stopped())
    assert found.user is not None
    assert found.host is not None
    assert (found.user.public, found.host.public) == (keys["user"], keys["host"])
    assert (found.next_user, found.next_host) == (keys["user2"], keys["host2"])


@pytest.mark.parametrize("which", ["user_ca", "host_ca", "next_user_ca", "next_host_ca"])
def test_a_ca_that_is_none_names_its_place_only(tmp_path: Path, which: str) -> None:
    bad = tmp_path / "bad"
    settings = replace(SETTINGS, **{which: bad})  # type: ignore[arg-type]
    with pytest.raises(CredentialError, match="gatereel init"):
        load_authorities(settings, Stopped())
    bad.write_text("-----BEGIN OPENSSH PRIVATE KEY-----\nc2VjcmV0\n")
    with pytest.raises(CredentialError) as refused:
        load_authorities(settings, Stopped())
    assert str(bad) in str(refused.value)
    assert "c2VjcmV0" not in f"{refused.value} {refused.value.operator}"
