"""SSH-21 for whoever looks on, and for connections inside another: what was taken back ends them
at once, with a line that says why."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from recorder.events import GatewayReloaded
from tests.system.control import a_session, ask, asked, of, ssh, staffed_gateway
from tests.system.gateways import RunningGateway
from tests.system.peers import Sshd, make_key, need, sshd
from tests.system.recorded import logbook, only, wait_until
from tests.system.tmux import terminal

pytestmark = pytest.mark.peer


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with sshd(tmp_path_factory.mktemp("sshd")) as server:
        yield server


@pytest.fixture
def gateway(target: Sshd, tmp_path: Path) -> Iterator[RunningGateway]:
    (tmp_path / "gateway").mkdir()
    with staffed_gateway(tmp_path / "gateway", target) as running:
        yield running


def rewrite(path: Path, old: str, new: str) -> None:
    before = path.read_text()
    assert before.count(old) == 1
    fresh = path.with_suffix(".new")
    fresh.write_text(before.replace(old, new))
    fresh.replace(path)


def test_ssh_21_a_viewer_whose_rule_is_gone_is_cut(gateway: RunningGateway, tmp_path: Path) -> None:
    session = a_session(gateway)
    mine = ssh(gateway, "alice", "replay", session, flags=("-tt",))
    theirs = ssh(gateway, "bob", "replay", session, flags=("-tt",))
    with (
        terminal(tmp_path / "a", mine, cols=90, rows=26) as own,
        terminal(tmp_path / "b", theirs, cols=90, rows=26) as viewer,
    ):
        own.wait_for("something to look at")
        viewer.wait_for("something to look at")
        wait_until(lambda: len(asked(gateway, "replay", session)) == 2)
        rewrite(gateway.policies, 'in Group::"leads"', '== Person::"carol"')
        wait_until(lambda: only(logbook(gateway.store), GatewayReloaded))
        assert viewer.wait_ended() == 255
        assert "GR-255" in viewer.screen()
        assert len(of(gateway)) == 1, "who may still look goes on looking"
    # Nobody who is not let look any more comes back.
    assert b"GR-105" in ask(gateway, "bob", "export", session, "--format", "text").stderr


def test_ssh_21_a_connection_inside_another_ends_with_its_key(
    gateway: RunningGateway, target: Sshd, tmp_path: Path
) -> None:
    said = ask(gateway, "alice", "known-hosts")
    gateway.known_hosts.write_bytes(said.stdout)
    config = tmp_path / "config"
    config.write_text(
        f"Host gw\n  HostName 127.0.0.1\n  Port {gateway.port}\n"
        f"Host *\n  IdentityFile {gateway.key}\n  IdentitiesOnly yes\n  IdentityAgent none\n"
        f"  UserKnownHostsFile {gateway.known_hosts}\n  GlobalKnownHostsFile /dev/null\n"
        "  StrictHostKeyChecking yes\n  BatchMode yes\n"
    )
    words = ["-F", str(config), "-J", "gw", f"{target.user}@web1", "echo in; cat"]
    with subprocess.Popen(
        [need("ssh"), *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as client:
        try:
            assert client.stdout is not None
            assert client.stdout.readline().strip() == b"in"
            alice = gateway.key.with_suffix(".pub").read_text().strip()
            rewrite(gateway.config, alice, make_key(tmp_path / "other", "alice"))
            assert client.stderr is not None
            said_last = client.stdout.read() + client.stderr.read()
        finally:
            client.kill()
    assert b"GR-255" in said_last
