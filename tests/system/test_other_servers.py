"""Targets that are not OpenSSH: dropbear and tinysshd do through the gateway what they do without;
and dropbear's own client goes through it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from recorder.events import ErrorOutput, Exit, Header, Input, Output, Resize, SftpClosed
from tests.system.file_peers import Door
from tests.system.gateways import RunningGateway, running_gateway
from tests.system.peers import Sshd, need
from tests.system.person import at_a_terminal
from tests.system.recorded import newest, only, wait_until
from tests.system.small_servers import dropbear, tinysshd

pytestmark = pytest.mark.peer

CONTENT = os.urandom(1_000_003)
SERVERS = ("dropbear", "tinysshd")


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    folder = tmp_path_factory.mktemp("s")
    with dropbear(folder / "dropbear") as one, tinysshd(folder / "tinysshd") as other:
        # tinysshd of this age has no strict key exchange.
        extra = _table("dropbear", one) + _table("tinysshd", other, "legacy = true\n")
        with running_gateway(folder / "gateway", {}, extra=extra) as running:
            yield running


def _table(name: str, server: Sshd, more: str = "") -> str:
    return (
        f'[targets.{name}]\naddress = "{server.address}"\nhost_keys = ["{server.host_key}"]\n{more}'
        f'[targets.{name}.accounts.{server.user}]\nkey = {{ file = "{server.key}" }}\n'
    )


def run(
    command: list[str], given: bytes = b"", cwd: Path | None = None
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        command, input=given, capture_output=True, timeout=60, check=False, cwd=cwd
    )


@pytest.mark.parametrize("name", SERVERS)
def test_a_command_has_its_bytes_both_ways_its_status_and_its_errors_apart(
    gateway: RunningGateway, name: str
) -> None:
    done = run(gateway.ssh(name, "cat; echo err >&2; exit 7"), CONTENT)
    assert (done.stderr, done.returncode) == (b"err\n", 7)
    assert done.stdout == CONTENT
    wait_until(lambda: only(newest(gateway.store), Exit))
    found = newest(gateway.store)
    assert b"".join(each.data for each in only(found, Input)) == CONTENT
    assert b"".join(each.data for each in only(found, Output)) == CONTENT
    assert b"".join(each.data for each in only(found, ErrorOutput)) == b"err\n"
    assert [each.status for each in only(found, Exit)] == [7]
    weaker = only(found, Header)[0].facts.get("weaker", [])
    assert weaker == (["legacy-target"] if name == "tinysshd" else [])


@pytest.mark.parametrize("name", SERVERS)
def test_a_shell_has_a_terminal_that_follows_the_window(gateway: RunningGateway, name: str) -> None:
    with at_a_terminal(gateway.ssh(name, flags=("-tt",)), cols=90, rows=20) as person:
        person.wait_for(b"is recorded")
        person.type(b"PS1='re''ady> '; stty size\r")
        person.wait_for(b"20 90\r\n")
        person.wait_for(b"ready> ")
        person.resize(100, 30)
        person.type(b"until stty size | grep '30 1''00'; do :; done\r")
        person.wait_for(b"30 100\r\n")
        person.wait_for(b"ready> ")
        # tinysshd's shells are over when nobody has their terminal any more, so a program that
        # would miss the ^C because it is only being started would keep them.
        person.type(b"sh -c 'echo u''p; exec sleep 100'\r")
        person.wait_for(b"up\r\n")
        person.type(b"\x03")
        person.wait_for(b"ready> ")
        person.type(b"exit 5\r")
        assert person.wait_ended() == 5
    found = newest(gateway.store)
    assert (100, 30) in [(each.cols, each.rows) for each in only(found, Resize)]


@pytest.mark.parametrize("name", SERVERS)
@pytest.mark.parametrize("flags", [(), ("-O",)], ids=["over sftp", "over scp"])
def test_files_go_both_ways(
    gateway: RunningGateway, name: str, flags: tuple[str, ...], tmp_path: Path
) -> None:
    (tmp_path / "up").write_bytes(CONTENT)
    door = Door.through(gateway, name)
    done = door.scp(*flags, "up", f"127.0.0.1:{tmp_path}/far", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    done = door.scp(*flags, f"127.0.0.1:{tmp_path}/far", "down", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "down").read_bytes() == CONTENT
    digests = [each.read["sha256"] for each in only(newest(gateway.store), SftpClosed)]
    assert digests == ([] if flags else [sha256(CONTENT).digest()])


@pytest.mark.parametrize("target", SERVERS)
def test_dropbears_client(gateway: RunningGateway, target: str, tmp_path: Path) -> None:
    key = tmp_path / "key"
    words = [need("dropbearconvert"), "openssh", "dropbear", str(gateway.key), str(key)]
    subprocess.run(words, check=True, capture_output=True)
    # It knows no other list of hosts than the one in the home folder, so it checks none.
    client = [need("dbclient"), "-y", "-y", "-i", str(key), "-p", str(gateway.port), "-l", target]
    done = run([*client, "127.0.0.1", "cat; echo err >&2; exit 7"], CONTENT)
    assert done.returncode == 7, done.stderr
    assert done.stdout == CONTENT
    assert done.stderr.endswith(b"err\n")
    with at_a_terminal([*client, "-t", "127.0.0.1", "stty size; exit 4"], cols=70) as person:
        person.wait_for(b"24 70")
        assert person.wait_ended() == 4
