"""A few pages, asked for well, badly, slowly and too often."""

from __future__ import annotations

import asyncio
import socket

import pytest

from gateway.health import MOST, PLAIN, REQUEST, HealthServer, Page, answer


async def _page() -> Page:
    return Page(503, PLAIN, b"no\n")


PAGES = {"/readyz": _page}


@pytest.mark.parametrize(
    ("head", "first", "last"),
    [
        (b"GET /readyz HTTP/1.1\r\n\r\n", "503 Service Unavailable", b"\r\n\r\nno\n"),
        (b"GET /readyz?x=1 HTTP/1.0\r\n\r\n", "503 Service Unavailable", b"\r\n\r\nno\n"),
        (b"HEAD /readyz HTTP/1.1\r\n\r\n", "503 Service Unavailable", b"\r\n\r\n"),
        (b"POST /readyz HTTP/1.1\r\n\r\n", "405 Method Not Allowed", b"only\n"),
        (b"GET /../etc HTTP/1.1\r\n\r\n", "404 Not Found", b"/readyz\n"),
        (b"SSH-2.0-x\r\n\r\n", "400 Bad Request", b"no request\n"),
        (b"\xff \xff \xff", "400 Bad Request", b"no request\n"),
    ],
)
def test_every_request_has_one_answer(head: bytes, first: str, last: bytes) -> None:
    response = asyncio.run(answer(head, PAGES))
    assert response.split(b"\r\n")[0].decode() == f"HTTP/1.1 {first}"
    assert response.endswith(last)


def test_who_says_too_much_or_comes_too_often_is_hung_up_on() -> None:
    async def body() -> None:
        server = HealthServer(PAGES)
        listening = socket.create_server(("127.0.0.1", 0))
        port = listening.getsockname()[1]
        await server.start(listening)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(bytes(REQUEST * 4))
        try:
            assert await reader.read() == b""
        except ConnectionError:
            pass
        writer.close()
        waiting = [await asyncio.open_connection("127.0.0.1", port) for _ in range(MOST)]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        assert await reader.read() == b""
        writer.close()
        reader, writer = waiting[0]
        writer.write(b"GET /readyz HTTP/1.1\r\n\r\n")
        assert (await reader.read()).startswith(b"HTTP/1.1 503")
        server.close()
        for _, writer in waiting:
            writer.close()

    asyncio.run(body())
