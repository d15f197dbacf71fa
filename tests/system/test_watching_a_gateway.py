"""What whoever watches a gateway sees: its pages, its log, its service manager, its disk."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from recorder.events import LoginRefused, Outage
from tests.system.gateways import RunningGateway, running_gateway
from tests.system.peers import free_port, sshd
from tests.system.recorded import logbook, only, wait_until

pytestmark = pytest.mark.peer


def page(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()


def run(gateway: RunningGateway, *words: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        gateway.ssh("web1", *words),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        check=False,
    )


def test_pages_log_and_service_manager_tell_of_a_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port, notify = free_port(), tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(notify))
        manager.settimeout(30)
        monkeypatch.setenv("NOTIFY_SOCKET", str(notify))
        extra = f'[metrics]\nlisten = "127.0.0.1:{port}"\n'
        with (
            sshd(tmp_path / "sshd") as target,
            running_gateway(tmp_path / "gateway", {"web1": target}, extra=extra) as gateway,
        ):
            assert run(gateway, "echo hello").stdout == b"hello\n"
            assert page(port, "/healthz") == (200, "alive\n")
            assert page(port, "/readyz") == (200, "ready\n")
            wait_until(lambda: "gatereel_sessions_closed_total 1.0" in page(port, "/metrics")[1])
            lines = set(page(port, "/metrics")[1].splitlines())
            assert "gatereel_sealer_up 1.0" in lines
            assert 'gatereel_channel_bytes_total{direction="to_client"} 6.0' in lines
            assert page(port, "/nothing")[0] == 404
        heard: list[bytes] = []
        while not heard or not heard[-1].startswith(b"STOPPING=1"):
            heard.append(manager.recv(4096))
    assert any(each.startswith(b"READY=1\nSTATUS=listening on 127.0.0.1:") for each in heard)
    logged = [json.loads(line) for line in gateway.log().splitlines() if line.startswith("{")]
    (opened,) = [line for line in logged if line["event"] == "session opened"]
    assert (opened["principal"], opened["target"]) == ("alice", "web1")
    (closed,) = [line for line in logged if line["event"] == "session closed"]
    assert closed["session"] == opened["session"]


def test_a_disk_below_the_floor_lets_nobody_new_in_and_says_so(tmp_path: Path) -> None:
    room = os.statvfs(tmp_path)
    floor = (room.f_bavail * room.f_frsize >> 20) * 2
    port = free_port()
    extra = f'[metrics]\nlisten = "127.0.0.1:{port}"\n[disk]\nrefuse_below = {floor}\n'
    with (
        sshd(tmp_path / "sshd") as target,
        running_gateway(tmp_path / "gateway", {"web1": target}, extra=extra) as gateway,
    ):
        turned = run(gateway, "true")
        assert turned.returncode == 255
        assert b"GR-251: the gateway's disk is nearly full" in turned.stderr
        assert page(port, "/readyz")[0] == 503
        assert "nobody new is let in, the disk is too full" in gateway.log()
        found = logbook(gateway.store)
        assert only(found, Outage)[0].component == "disk space"
        assert only(found, LoginRefused)[0].facts["error"] == "GR-251"
