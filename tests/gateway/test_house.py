"""Round the house: a disk that fills is told of everywhere, and whoever watches is answered."""

from __future__ import annotations

import socket
from pathlib import Path

from gateway.disk import DiskSettings
from gateway.health import answer
from gateway.house import House, free_bytes
from gateway.limits import Limits, Turnstile
from gateway.live import LiveSessions
from gateway.service import Service
from recorder.events import Outage
from tests.gateway.test_session import Desk, at

MIB = 1 << 20


def a_house(desk: Desk, room: list[int], notify: str = "") -> House:
    def free(_folder: Path) -> int:
        if room[0] < 0:
            raise OSError(5, "Input/output error")
        return room[0] * MIB

    return House(
        desk.store,
        DiskSettings(100, 10),
        logbook=desk.logbook,
        reception=desk.reception,
        gate=desk.gate,
        live=LiveSessions(),
        turnstile=Turnstile(Limits()),
        service=Service({"NOTIFY_SOCKET": notify}),
        free=free,
    )


async def asked(house: House, path: str) -> str:
    found = await answer(f"GET {path} HTTP/1.1\r\n\r\n".encode(), house._server._pages)
    return found.decode()


def test_a_disk_that_fills_warns_then_refuses_and_both_end(tmp_path: Path) -> None:
    async def body(desk: Desk) -> None:
        room = [500]
        house = a_house(desk, room)
        await house.open(None)
        for mib, full, ready in ((50, False, 200), (5, True, 503), (50, False, 200)):
            room[0] = mib
            await house.look()
            assert (desk.reception.full is not None) is full
            page = await asked(house, "/readyz")
            assert f"HTTP/1.1 {ready} " in page
            assert page.endswith("the disk is too full for anybody new\n" if full else "ready\n")
        room[0] = -1
        await house.look()
        assert "gatereel_disk_free_bytes" not in await asked(house, "/metrics")
        room[0] = 500
        await house.look()
        desk.logbook._journal.append([]).result(10)

    desk = at(tmp_path, body)
    told = [event for event in desk.events() if isinstance(event, Outage)]
    assert [(event.component, event.phase) for event in told] == [
        ("disk space", "began"),
        ("disk space", "began"),
        ("disk space", "began"),
        ("disk space", "ended"),
    ]
    assert "nobody new is let in" in told[1].cause


def test_who_watches_hears_of_a_shut_gate_and_the_service_manager_too(tmp_path: Path) -> None:
    async def body(desk: Desk) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(str(tmp_path / "notify"))
            house = a_house(desk, [500], str(tmp_path / "notify"))
            await house.look()
            assert manager.recv(1000) == b"STATUS=0 live sessions"
            assert "200 OK" in await asked(house, "/readyz")
            desk.gate.shut("the sealer is down")
            await house.look()
            said = b"STATUS=0 live sessions; nobody is let in: the sealer is down"
            assert manager.recv(1000) == said
            page = await asked(house, "/readyz")
            assert "503" in page
            assert page.endswith("nobody is let in: the sealer is down\n")
            assert "200 OK" in await asked(house, "/healthz")
            metrics = await asked(house, "/metrics")
            assert "gatereel_recording_possible 0.0" in metrics
            assert "gatereel_journals 1.0" in metrics

    at(tmp_path, body)


def test_who_stops_is_alive_and_not_ready(tmp_path: Path) -> None:
    async def body(desk: Desk) -> None:
        house = a_house(desk, [500])
        await house.look()
        house.stopping = True
        page = await asked(house, "/readyz")
        assert "503" in page
        assert page.endswith("nobody is let in: the gateway is stopping\n")
        assert "200 OK" in await asked(house, "/healthz")
        assert "gatereel_recording_possible 0.0" in await asked(house, "/metrics")

    at(tmp_path, body)


def test_free_room_is_told_by_the_system(tmp_path: Path) -> None:
    assert free_bytes(tmp_path) > 0
