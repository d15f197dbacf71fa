"""Limits as people meet them: what the stock client shows, and what the gateway wrote down."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from recorder.events import End, LoginRefused, Notice
from tests.system.gateways import RunningGateway, running_gateway
from tests.system.peers import sshd
from tests.system.recorded import logbook, newest, only, wait_until

pytestmark = pytest.mark.peer


def command(gateway: RunningGateway, *words: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        gateway.ssh("web1", *words, flags=("-o", "LogLevel=ERROR")),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        check=False,
    )


def refusals(gateway: RunningGateway) -> list[LoginRefused]:
    return only(logbook(gateway.store), LoginRefused)


@contextmanager
def limited(folder: Path, limits: str) -> Iterator[RunningGateway]:
    with (
        sshd(folder / "sshd") as target,
        running_gateway(folder / "gateway", {"web1": target}, extra=limits) as gateway,
    ):
        yield gateway


def test_strangers_who_fill_the_door_are_named_and_leave_it_free_again(tmp_path: Path) -> None:
    limits = "[limits]\nunproven = 3\nunproven_per_address = 2\n"
    with limited(tmp_path, limits) as gateway:
        strangers = [socket.create_connection(("127.0.0.1", gateway.port)) for _ in range(2)]
        for stranger in strangers:
            assert stranger.recv(64).startswith(b"SSH-2.0-")
        turned = command(gateway, "true")
        assert turned.returncode == 255
        assert b"GR-225: too many are logging in just now" in turned.stderr
        for stranger in strangers:
            stranger.close()
        wait_until(lambda: command(gateway, "true").returncode == 0)
        assert {each.facts["error"] for each in refusals(gateway)} == {"GR-225"}


def test_a_principal_has_so_many_connections_and_hears_it(tmp_path: Path) -> None:
    limits = "[limits]\nper_principal = 1\n"
    with limited(tmp_path, limits) as gateway:
        first = subprocess.Popen(
            gateway.ssh("web1", "echo here; read x"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert first.stdout is not None
        assert first.stdout.readline() == b"here\n"
        second = command(gateway, "true")
        assert second.returncode == 255
        assert b"alice has 1 connections open and may have 1" in second.stderr
        first.communicate(b"\n", timeout=30)
        wait_until(lambda: command(gateway, "true").returncode == 0)
        assert refusals(gateway)[0].facts["principal"] == "alice"


def test_an_idle_terminal_is_told_and_then_ended_and_a_busy_command_is_not(tmp_path: Path) -> None:
    limits = "[limits]\nidle = 2\n"
    with limited(tmp_path, limits) as gateway:
        busy = command(gateway, "for i in 1 2 3 4 5 6 7 8; do sleep 0.5; echo $i; done")
        assert (busy.returncode, busy.stdout[-2:]) == (0, b"8\n")
        with subprocess.Popen(
            gateway.ssh("web1", flags=("-tt",)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        ) as idle:
            assert idle.stdout is not None
            shown = idle.stdout.read()
            assert idle.wait(30) == 255
        assert b"since nothing is done here; a key keeps it\r\n" in shown
        assert b"GR-250: nothing was done here for 2 seconds, so it ends" in shown
        wait_until(lambda: only(newest(gateway.store), End))
        found = newest(gateway.store)
        assert only(found, End)[0].reason.startswith("GR-250")
        assert len(only(found, Notice)) == 3
