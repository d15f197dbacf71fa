"""A service manager hears what it asked to hear, and one that is not there is not missed."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.service import Service, message


@given(st.text())
def test_a_value_never_begins_another_fact(text: str) -> None:
    first, *rest = message(status=text).decode().split("\n")
    assert first.startswith("STATUS=")
    assert not rest


def test_what_is_said_arrives(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        service = Service({"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "30000000"})
        service.ready("listening")
        service.alive()
        service.status("7 sessions")
        service.reloading()
        service.stopping()
        heard = [manager.recv(4096) for _ in range(5)]
    assert heard[:3] == [b"READY=1\nSTATUS=listening", b"WATCHDOG=1", b"STATUS=7 sessions"]
    assert heard[3].startswith(b"RELOADING=1\nMONOTONIC_USEC=")
    assert heard[4] == b"STOPPING=1\nSTATUS=stopping"


def test_a_name_in_the_abstract_space() -> None:
    name = f"gatereel-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind("\0" + name)
        Service({"NOTIFY_SOCKET": "@" + name}).ready("x")
        assert manager.recv(100) == b"READY=1\nSTATUS=x"


@pytest.mark.parametrize("environment", [{}, {"NOTIFY_SOCKET": "/nowhere/at/all"}])
def test_nobody_there_is_no_trouble(environment: dict[str, str]) -> None:
    service = Service(environment)
    service.ready("x")
    service.alive()
    assert service.watchdog == 0


@pytest.mark.parametrize(
    ("environment", "micros"),
    [
        ({"WATCHDOG_USEC": "5000"}, 5000),
        ({"WATCHDOG_USEC": "5000", "WATCHDOG_PID": str(os.getpid())}, 5000),
        ({"WATCHDOG_USEC": "5000", "WATCHDOG_PID": "1"}, 0),
        ({"WATCHDOG_USEC": "soon"}, 0),
    ],
)
def test_a_watchdog_is_for_the_process_that_it_names(
    environment: dict[str, str], micros: int
) -> None:
    assert Service(environment).watchdog == micros
