from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from gateway.helper_links import HUNG_UP, Held, Program, Socket

ECHO = "import sys; print('up', flush=True); sys.stdin.read(); print('over', flush=True)"


async def to_the_end(held: Held) -> list[bytes]:
    """One line, then told to finish, then the rest."""
    lines = [await held.lines.readline()]
    held.finish()
    while line := await held.lines.readline():
        lines.append(line)
    await held.ended()
    await held.give_up()
    return lines


def test_a_program_finishes_when_its_input_ends() -> None:
    async def run() -> tuple[list[bytes], str, bool]:
        held = await Program([sys.executable, "-c", ECHO]).begin()
        had_pid = held.pid is not None
        return await to_the_end(held), held.cause, had_pid

    assert asyncio.run(run()) == ([b"up\n", b"over\n"], "it ended with status 0", True)


def test_a_program_that_is_given_up_ends_at_once() -> None:
    async def run() -> str:
        held = await Program([sys.executable, "-c", "import time; time.sleep(600)"]).begin()
        await held.give_up()
        return held.cause

    assert asyncio.run(run()) == "it ended with status -9"


def test_what_answers_on_a_socket_finishes_when_told_and_hangs_up(tmp_path: Path) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"up\n")
        assert await reader.read() == b""
        writer.write(b"over\n")
        writer.close()

    async def run() -> tuple[list[bytes], str, int | None]:
        async with await asyncio.start_unix_server(answer, tmp_path / "helper.sock"):
            held = await Socket(tmp_path / "helper.sock").begin()
            return await to_the_end(held), held.cause, held.pid

    assert asyncio.run(run()) == ([b"up\n", b"over\n"], HUNG_UP, None)


def test_a_connection_that_is_given_up_is_over_for_both(tmp_path: Path) -> None:
    async def run() -> bytes:
        heard: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            heard.set_result(await reader.read())
            writer.close()

        async with await asyncio.start_unix_server(answer, tmp_path / "helper.sock"):
            held = await Socket(tmp_path / "helper.sock").begin()
            await held.give_up()
            await held.ended()
            return await heard

    assert asyncio.run(run()) == b""


def test_a_socket_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"none\.sock: No such file"):
        asyncio.run(Socket(tmp_path / "none.sock").begin())
