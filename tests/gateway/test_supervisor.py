from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from gateway import supervisor
from gateway.helper_links import Program, Socket
from gateway.supervisor import Helper

BEATS = """
import json, select, sys, time
while True:
    print(json.dumps({"alive": True}), flush=True)
    if select.select([0], [], [], 0.02)[0]:
        print(json.dumps({"finished": True}), flush=True)
        sys.exit(0)
"""


class Seen:
    def __init__(self) -> None:
        self.facts: list[dict[str, Any]] = []
        self.turns: list[str] = []
        self.changed = asyncio.Event()

    def heard(self, fact: dict[str, Any]) -> None:
        self.facts.append(fact)
        self.changed.set()

    def up(self) -> None:
        self.turns.append("up")
        self.changed.set()

    def down(self, cause: str) -> None:
        self.turns.append(f"down: {cause}")
        self.changed.set()

    async def until(self, done: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not done():
                self.changed.clear()
                await self.changed.wait()


def with_helper(
    program: str,
    body: Callable[[Helper, Seen], Awaitable[None]],
    silence: float | None = None,
) -> Seen:
    async def run() -> Seen:
        seen = Seen()
        helper = Helper(
            Program([sys.executable, "-c", program]),
            heard=seen.heard,
            up=seen.up,
            down=seen.down,
            silence=silence,
        )
        async with asyncio.TaskGroup() as group:
            group.create_task(helper.run())
            await body(helper, seen)
            await helper.stop()
        return seen

    return asyncio.run(run())


def test_a_helper_is_heard_and_finishes_when_told() -> None:
    async def body(helper: Helper, seen: Seen) -> None:
        await seen.until(lambda: len(seen.facts) >= 2)

    seen = with_helper(BEATS, body)
    assert seen.facts[0] == {"alive": True}
    assert seen.facts[-1] == {"finished": True}
    assert seen.turns[0] == "up"
    assert len(seen.turns) == 2


def test_a_killed_helper_is_started_again() -> None:
    async def body(helper: Helper, seen: Seen) -> None:
        for times in range(1, 4):
            await seen.until(lambda times=times: seen.turns.count("up") == times)  # type: ignore[misc]
            assert helper.pid is not None
            os.kill(helper.pid, signal.SIGKILL)
            await seen.until(
                lambda times=times: sum("status -9" in turn for turn in seen.turns) == times  # type: ignore[misc]
            )
        await seen.until(lambda: seen.turns.count("up") == 4)

    with_helper(BEATS, body)


def test_a_silent_helper_is_down_and_in_the_end_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "PATIENCE", 0.05)
    program = "import sys; print('{}', flush=True); sys.stdin.read()"

    async def body(helper: Helper, seen: Seen) -> None:
        await seen.until(lambda: seen.turns.count("up") == 2)

    seen = with_helper(program, body, silence=0.05)
    assert seen.turns[1] == "down: it gives no sign of life"


def test_a_helper_that_speaks_again_is_up_again() -> None:
    async def body(helper: Helper, seen: Seen) -> None:
        await seen.until(lambda: seen.turns.count("up") == 1)
        assert helper.pid is not None
        first = helper.pid
        os.kill(first, signal.SIGSTOP)
        await seen.until(lambda: seen.turns[-1] == "down: it gives no sign of life")
        os.kill(first, signal.SIGCONT)
        await seen.until(lambda: seen.turns.count("up") == 2)
        assert helper.pid == first

    with_helper(BEATS, body, silence=0.5)


def test_one_that_never_speaks_tells_its_last_words() -> None:
    async def run() -> tuple[bool, str]:
        seen = Seen()
        helper = Helper(
            Program([sys.executable, "-c", "import sys; sys.exit('no key here')"]),
            heard=seen.heard,
            up=seen.up,
            down=seen.down,
        )
        await helper.run(once=True)
        return helper.first_sign.is_set(), helper.last_words

    assert asyncio.run(run()) == (False, "no key here")


def test_one_that_does_not_finish_in_its_time_is_ended() -> None:
    async def run() -> int | None:
        seen = Seen()
        helper = Helper(
            Program([sys.executable, "-uc", "import time; print('{}'); time.sleep(600)"]),
            heard=seen.heard,
            up=seen.up,
            down=seen.down,
            finish=0.05,
        )
        async with asyncio.timeout(15), asyncio.TaskGroup() as group:
            group.create_task(helper.run())
            await helper.first_sign.wait()
            await helper.stop()
        return helper.pid

    assert asyncio.run(run()) is None


def test_one_that_cannot_be_started_says_so() -> None:
    async def run() -> str:
        seen = Seen()
        helper = Helper(Program(["/none/such"]), heard=seen.heard, up=seen.up, down=seen.down)
        await helper.run(once=True)
        return helper.last_words

    assert "cannot be started" in asyncio.run(run())


class Manager:
    """Listens where a service manager would, and starts a helper for each connection."""

    def __init__(self, path: Path, program: str) -> None:
        self.path = path
        self._program = program
        self.started: list[asyncio.subprocess.Process] = []

    async def __aenter__(self) -> Manager:
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(self.path))
        self._listening.listen()
        self._listening.setblocking(False)
        self._accepting = asyncio.ensure_future(self._accept())  # noqa: TID251
        return self

    async def __aexit__(self, *_: object) -> None:
        self._accepting.cancel()
        self._listening.close()
        for process in self.started:
            await process.wait()

    async def _accept(self) -> None:
        while True:
            connection, _ = await asyncio.get_running_loop().sock_accept(self._listening)
            connection.setblocking(True)
            with connection:
                self.started.append(
                    await asyncio.create_subprocess_exec(
                        sys.executable,
                        "-c",
                        self._program,
                        stdin=connection.fileno(),
                        stdout=connection.fileno(),
                    )
                )


def test_one_behind_a_socket_is_heard_finishes_and_comes_back(tmp_path: Path) -> None:
    async def run() -> Seen:
        seen = Seen()
        async with Manager(tmp_path / "helper.sock", BEATS) as manager:
            helper = Helper(
                Socket(manager.path), heard=seen.heard, up=seen.up, down=seen.down, silence=20
            )
            async with asyncio.TaskGroup() as group:
                group.create_task(helper.run())
                await seen.until(lambda: seen.turns == ["up"])
                assert helper.pid is None
                manager.started[0].kill()
                await seen.until(lambda: seen.turns.count("up") == 2)
                await helper.stop()
        return seen

    seen = asyncio.run(run())
    assert seen.turns[1] == "down: it hung up; its own log says why"
    assert seen.facts[-1] == {"finished": True}


def test_one_behind_a_socket_that_is_stuck_is_left_and_another_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "PATIENCE", 0.05)
    monkeypatch.setattr(supervisor, "GRACE", 0.05)
    program = "import sys; print('{}', flush=True); sys.stdin.read()"

    async def run() -> Seen:
        seen = Seen()
        async with Manager(tmp_path / "helper.sock", program) as manager:
            helper = Helper(
                Socket(manager.path), heard=seen.heard, up=seen.up, down=seen.down, silence=0.05
            )
            async with asyncio.TaskGroup() as group:
                group.create_task(helper.run())
                await seen.until(lambda: seen.turns.count("up") == 2)
                await helper.stop()
        return seen

    assert asyncio.run(run()).turns[1] == "down: it gives no sign of life"


def test_a_socket_where_nobody_listens_is_named(tmp_path: Path) -> None:
    async def run() -> str:
        seen = Seen()
        helper = Helper(
            Socket(tmp_path / "none.sock"), heard=seen.heard, up=seen.up, down=seen.down
        )
        await helper.run(once=True)
        return helper.last_words

    said = asyncio.run(run())
    assert said == f"it cannot be started: {tmp_path}/none.sock: No such file or directory"
