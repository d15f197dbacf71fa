"""Targets as they are in the field: host CAs, certificates, agents, bastions, and trouble."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from recorder.events import Output, TargetReached
from recorder.store import Store
from tests.system.gateways import RunningGateway, running_gateway
from tests.system.peers import Sshd, free_port, make_key, need, sshd
from tests.system.recorded import events, newest, only

pytestmark = pytest.mark.peer

PATIENCE = 60
CANARY = "canary-7f3a9d-password"


def keygen(*words: str) -> str:
    done = subprocess.run(
        [need("ssh-keygen"), *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


@dataclass(frozen=True, slots=True)
class HostCa:
    """An authority over host keys, as a site has one."""

    path: Path
    line: str

    @classmethod
    def make(cls, folder: Path) -> HostCa:
        folder.mkdir(parents=True, exist_ok=True)
        line = make_key(folder / "site_ca", "site")
        return cls(folder / "site_ca", line)

    def settings(self, folder: Path, *signing: str) -> list[str]:
        """A host key with a certificate, as lines for an sshd."""
        folder.mkdir(parents=True, exist_ok=True)
        make_key(folder / "own", "own")
        keygen("-q", "-s", str(self.path), "-I", "host", "-h", *signing, str(folder / "own.pub"))
        return [f"HostKey {folder / 'own'}", f"HostCertificate {folder / 'own-cert.pub'}"]


@contextmanager
def agent(folder: Path) -> Iterator[tuple[Path, subprocess.Popen[bytes]]]:
    """A real ssh-agent of our own, until the block ends."""
    path = folder / "agent"
    process = subprocess.Popen(
        [need("ssh-agent"), "-D", "-a", str(path)],
        stdout=subprocess.PIPE,
        env={k: v for k, v in os.environ.items() if not k.startswith("SSH_A")},
    )
    assert process.stdout is not None
    process.stdout.readline()
    try:
        yield path, process
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


def add(socket_path: Path, *words: str) -> None:
    subprocess.run(
        [need("ssh-add"), "-q", *words],
        env={**os.environ, "SSH_AUTH_SOCK": str(socket_path)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
    )


def table(name: str, target: Sshd, login: str, *more: str, address: str = "") -> str:
    pin = "" if any(line.startswith("host_ca") for line in more) else target.host_key
    return "\n".join(
        [
            f"[targets.{name}]",
            f'address = "{address or target.address}"',
            *([f'host_keys = ["{pin}"]'] if pin else []),
            *more,
            f"accounts.{target.user} = {login}",
            "",
        ]
    )


def key_login(target: Sshd) -> str:
    return f'{{ key = {{ file = "{target.key}" }} }}'


def run(gateway: RunningGateway, where: str, *words: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        gateway.ssh(where, *words),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )


def said(gateway: RunningGateway, where: str) -> str:
    """The one line that a target in trouble gives."""
    done = run(gateway, where, "true")
    assert done.returncode == 255
    (line,) = done.stderr.decode().splitlines()
    assert line.startswith("gatereel: GR-")
    return line


def reached(gateway: RunningGateway) -> TargetReached:
    (fact,) = only(newest(gateway.store), TargetReached)
    return fact


def everything_written(gateway: RunningGateway) -> bytes:
    """All that a gateway leaves behind, decoded: recordings, logbook, log, errors."""
    found = [gateway.log().encode()]
    store = Store.open(gateway.store)
    for name in store.ids():
        found += [repr(event).encode() for event in events(gateway.store, name)]
        found += [event.data for event in only(events(gateway.store, name), Output)]
    return b"\n".join(found)


def private_lines(*paths: Path) -> list[bytes]:
    lines = [line for path in paths for line in path.read_bytes().splitlines()]
    return [line for line in lines if len(line) > 40 and not line.startswith(b"-----")]


def test_a_certificate_for_each_session_and_a_host_ca(tmp_path: Path) -> None:
    site = HostCa.make(tmp_path / "site")
    host = site.settings(tmp_path / "site", "-n", "127.0.0.1")
    trusted = tmp_path / "gateway" / "keys" / "user_ca.pub"
    settings = [*host, f"TrustedUserCAKeys {trusted}", "AuthorizedKeysFile none"]
    with sshd(tmp_path / "sshd", settings=settings) as target:
        login = "{ certificate = true }"
        extra = table("web1", target, login, f'host_ca = ["{site.line}"]')
        with running_gateway(tmp_path / "gateway", {}, extra=extra) as gateway:
            facts = []
            for number in (1, 2):
                done = run(gateway, "web1", f"echo {number}")
                assert (done.returncode, done.stdout) == (0, b"%d\n" % number), done.stderr
                facts.append(reached(gateway).facts)
            (header, *_) = newest(gateway.store)
            session = getattr(header, "facts", {})["id"]
            printed = subprocess.run(
                [sys.executable, "-m", "gatereel", "target", "user-ca", "-c", str(gateway.config)],
                capture_output=True,
                text=True,
                check=True,
            )
            written = everything_written(gateway)
        log = target.log()
    # The target's own log names the session and who it was.
    first, second = (each["certificate"] for each in facts)
    assert first != second
    assert second == f"gatereel session={session} principal=alice"
    for each in facts:
        assert each["method"] == "certificate"
        assert f"ID {each['certificate']} (serial {each['serial']}) CA ED25519" in log
        assert each["authority"] in log
        assert each["host_key"] == keygen("-lf", f"{site.path}.pub").split()[1]
    # What the verb prints is what sshd was given.
    assert printed.stdout.split()[:2] == trusted.read_text().split()[:2]
    for line in private_lines(trusted.with_suffix(""), gateway.key):
        assert line not in written


def test_what_is_wrong_with_a_certificate_is_one_clear_line(tmp_path: Path) -> None:
    site, other = HostCa.make(tmp_path / "site"), HostCa.make(tmp_path / "other")
    cases = {
        "name": (["-n", "web2.example.org"], "principal mismatch"),
        "late": (["-n", "127.0.0.1", "-V", "20200101:20200102"], "expired"),
        "empty": ([], "names no host"),
    }
    with sshd(tmp_path / "plain") as plain:
        tables = [
            table("nocert", plain, key_login(plain), f'host_ca = ["{site.line}"]'),
            table("notrust", plain, "{ certificate = true }"),
        ]
        with _hosts(tmp_path, site, {name: words for name, (words, _) in cases.items()}) as hosts:
            for name, target in hosts.items():
                tables.append(table(name, target, key_login(target), f'host_ca = ["{site.line}"]'))
            named = 'host_key_name = "web2.example.org"'
            right, wrong = f'host_ca = ["{site.line}"]', f'host_ca = ["{other.line}"]'
            target = hosts["name"]
            tables.append(table("aliased", target, key_login(target), right, named))
            tables.append(table("stranger", target, key_login(target), wrong, named))
            with running_gateway(tmp_path / "gateway", {}, extra="\n".join(tables)) as gateway:
                for name, (_, words) in cases.items():
                    line = said(gateway, name)
                    assert line.startswith("gatereel: GR-230: ")
                    assert words in line
                assert run(gateway, "aliased", "true").returncode == 0
                assert "GR-230" in said(gateway, "stranger")
                assert "GR-232" in said(gateway, "nocert")
                line = said(gateway, "notrust")
                assert "GR-231" in line
                assert "TrustedUserCAKeys" in line


@contextmanager
def _hosts(folder: Path, site: HostCa, signing: dict[str, list[str]]) -> Iterator[dict[str, Sshd]]:
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(
                sshd(folder / f"sshd-{name}", settings=site.settings(folder / name, *words))
            )
            for name, words in signing.items()
        }


def test_a_key_that_only_an_agent_holds(tmp_path: Path) -> None:
    with sshd(tmp_path / "sshd") as target, agent(tmp_path) as (path, process):
        public = keygen("-y", "-f", str(target.key)).strip()
        login = f'{{ agent = {{ socket = {{ file = "{path}" }}, key = "{public}" }} }}'
        extra = table("web1", target, login)
        with running_gateway(tmp_path / "gateway", {}, extra=extra) as gateway:
            assert "GR-240" in said(gateway, "web1")
            assert "does not hold" in said(gateway, "web1")
            add(path, str(target.key))
            done = run(gateway, "web1", "echo held")
            assert (done.returncode, done.stdout) == (0, b"held\n")
            facts = reached(gateway).facts
            assert facts["method"] == "agent"
            assert facts["key"] == keygen("-lf", str(target.key)).split()[1]
            # One that wants to be asked each time, with nobody there to ask.
            add(path, "-D")
            add(path, "-c", str(target.key))
            line = said(gateway, "web1")
            assert "GR-240" in line
            assert "does not sign" in line
            process.terminate()
            process.wait(10)
            line = said(gateway, "web1")
            assert "GR-240" in line
            assert str(path) in line
            assert not any(
                each in everything_written(gateway) for each in private_lines(target.key)
            )


def test_an_agent_that_never_answers(tmp_path: Path) -> None:
    path = tmp_path / "deaf"
    with socket.socket(socket.AF_UNIX) as deaf, sshd(tmp_path / "sshd") as target:
        deaf.bind(str(path))
        deaf.listen()
        public = keygen("-y", "-f", str(target.key)).strip()
        login = f'{{ agent = {{ socket = {{ file = "{path}" }}, key = "{public}" }} }}'
        extra = table("web1", target, login, "connect_timeout = 1")
        with running_gateway(tmp_path / "gateway", {}, extra=extra) as gateway:
            line = said(gateway, "web1")
    assert "GR-240" in line
    assert "within 1 s" in line


def test_through_a_bastion_with_accounts_and_host_keys_of_its_own(tmp_path: Path) -> None:
    trusted = tmp_path / "gateway" / "keys" / "user_ca.pub"
    settings = [f"TrustedUserCAKeys {trusted}", "AuthorizedKeysFile none"]
    with sshd(tmp_path / "out", settings=settings) as outer, sshd(tmp_path / "in") as inner:
        tables = [
            table("bastion", outer, "{ certificate = true }"),
            table("web1", inner, key_login(inner), 'jump = "bastion"'),
            table("deep", inner, key_login(inner), 'jump = "web1"'),
            table("away", inner, key_login(inner), 'jump = "web1"', address="127.0.0.1:1"),
        ]
        with running_gateway(tmp_path / "gateway", {}, extra="\n".join(tables)) as gateway:
            done = run(gateway, "web1", "echo inside; echo $SSH_CONNECTION")
            assert done.returncode == 0, done.stderr
            assert done.stdout.startswith(b"inside\n")
            facts = reached(gateway).facts
            assert facts["address"] == inner.address
            (passed,) = facts["through"]
            assert (passed["target"], passed["address"]) == ("bastion", outer.address)
            assert passed["method"] == "certificate"
            assert f"ID {passed['certificate']} " in outer.log()
            assert facts["method"] == "publickey"
            deep = run(gateway, "deep", "echo deep")
            assert deep.stdout == b"deep\n", deep.stderr
            names = [each["target"] for each in reached(gateway).facts["through"]]
            assert names == ["bastion", "web1"]
            assert "GR-229" in said(gateway, "away")
    assert re.search(r"Accepted publickey for \w+ .*ED25519-CERT", outer.log())


def test_what_goes_wrong_on_the_way_says_where(tmp_path: Path) -> None:
    with sshd(tmp_path / "closed", settings=["AllowTcpForwarding no"]) as closed:
        nobody = f"127.0.0.1:{free_port()}"
        wrong = make_key(tmp_path / "wrong").rsplit(" ", 1)[0]
        tables = [
            table("closed", closed, key_login(closed)),
            table("behind", closed, key_login(closed), 'jump = "closed"'),
            table("down", closed, key_login(closed), address=nobody),
            table("after", closed, key_login(closed), 'jump = "down"'),
            table("changed", closed, key_login(closed)).replace(closed.host_key, wrong),
            table("past", closed, key_login(closed), 'jump = "changed"'),
        ]
        with running_gateway(tmp_path / "gateway", {}, extra="\n".join(tables)) as gateway:
            line = said(gateway, "behind")
            assert "GR-232: closed lets nobody through to behind" in line
            line = said(gateway, "after")
            assert "GR-229: on the way to after: down" in line
            assert "refused" in line
            line = said(gateway, "past")
            assert "GR-230: on the way to past: changed shows the host key" in line


def test_a_password_is_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither where it is taken nor where it is refused, nor in the line of a jump."""
    monkeypatch.setenv("GATEREEL_TEST_PASSWORD", CANARY)
    login = '{ password = { env = "GATEREEL_TEST_PASSWORD" } }'
    with sshd(tmp_path / "sshd", settings=["PasswordAuthentication yes"]) as target:
        tables = [
            table("web1", target, login),
            table("far", target, key_login(target), 'jump = "web1"'),
        ]
        with running_gateway(tmp_path / "gateway", {}, extra="\n".join(tables)) as gateway:
            lines = [said(gateway, "web1"), said(gateway, "far")]
            assert all("GR-231" in line for line in lines)
            assert CANARY not in "".join(lines)
            assert CANARY.encode() not in everything_written(gateway)
    assert CANARY not in target.log()
