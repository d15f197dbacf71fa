"""The helpers themselves, against the real programs: what other system tests stand on."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.system.peers import need, ssh_command, sshd
from tests.system.tmux import terminal

pytestmark = pytest.mark.peer


def test_a_missing_peer_skips_here_and_fails_where_peers_are_a_must(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("GATEREEL_REQUIRE_PEERS", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no-such-program is not installed"):
        need("no-such-program")
    monkeypatch.setenv("GATEREEL_REQUIRE_PEERS", "1")
    with pytest.raises(pytest.fail.Exception, match="no-such-program is not installed"):
        need("no-such-program")


def test_sshd_answers_the_stock_client(tmp_path: Path) -> None:
    with sshd(tmp_path / "sshd") as server:
        command = ssh_command(
            server.port,
            "printf out; printf err >&2; exit 7",
            user=server.user,
            key=server.key,
            known_hosts=server.known_hosts(tmp_path / "known_hosts"),
        )
        done = subprocess.run(
            command, capture_output=True, stdin=subprocess.DEVNULL, timeout=30, check=False
        )
    assert (done.stdout, done.stderr, done.returncode) == (b"out", b"err", 7)


def test_a_terminal_shows_what_was_typed_and_follows_a_resize(tmp_path: Path) -> None:
    with terminal(tmp_path, ["sh", "-c", "read line; stty size; exit 3"], cols=60) as pane:
        pane.resize(90, 20)
        pane.type("hello; world")
        pane.wait_for("hello; world")
        pane.press("Enter")
        assert pane.wait_ended() == 3
        assert "20 90" in pane.screen()
