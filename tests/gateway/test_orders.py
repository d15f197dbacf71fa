"""What a gateway is told by signals is shown with real ones in tests/system/test_ssh_reload.py."""

from __future__ import annotations

import asyncio
import os
import signal

from gateway.live import LiveSession, LiveSessions
from gateway.orders import Orders
from recorder.control import About
from recorder.errors import GatereelError

ABOUT = About("alice", "person", "web1", "root")


async def _end(_error: GatereelError) -> None:
    """Nobody is ended here."""


def test_people_are_told_and_a_second_order_waits_for_nobody() -> None:
    async def run() -> list[bytes]:
        orders, told, live = Orders(), list[bytes](), LiveSessions()
        live.add(LiveSession("1", ABOUT, _end, tell=told.append))
        orders.listen()

        async def left(_seconds: float) -> None:
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.Event().wait()

        os.kill(os.getpid(), signal.SIGTERM)
        await orders.stop.wait()
        async with asyncio.timeout(20):
            await orders.let_finish(live, 60, left)
        return told

    assert asyncio.run(run()) == [
        b"gatereel: the gateway is shutting down; this session ends in 60 s"
    ]


def test_without_time_to_finish_nobody_is_waited_for() -> None:
    async def run() -> None:
        async def left(_seconds: float) -> None:
            raise AssertionError("waited")

        await Orders().let_finish(LiveSessions(), 0, left)

    asyncio.run(run())


def test_a_hang_up_stops_it_only_where_its_terminal_is_gone() -> None:
    """Whoever sends SIGHUP to a gateway in a terminal means that it should read its file."""

    async def run() -> None:
        theirs, its = os.openpty()
        orders, read = Orders(), asyncio.Event()
        orders.listen()
        orders._terminals = [its]

        async def reload() -> None:
            read.set()

        reading = asyncio.get_running_loop().create_task(orders.each_reload(reload))
        async with asyncio.timeout(20):
            os.kill(os.getpid(), signal.SIGHUP)
            await read.wait()
            assert not orders.stop.is_set()
            os.close(theirs)
            os.kill(os.getpid(), signal.SIGHUP)
            await orders.stop.wait()
        reading.cancel()
        os.close(its)

    asyncio.run(run())
