"""A few pages over HTTP for whoever watches a gateway: metrics, is it alive, is it ready.

Knows: the least of HTTP/1.1 (GET and HEAD of a path, one answer, then the connection ends), how to
bound it. Must never know: what the pages say. Opened by `gateway.house`, on a listener of its own.
Nobody proves who they are here: no page has a name, an address or a target in it.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple

REQUEST = 8 * 1024
"""Bytes of a request's head."""
PATIENCE = 5.0
"""Seconds for one request and its answer."""
MOST = 16
"""Requests at one time; more are hung up on."""


class Page(NamedTuple):
    """An answer."""

    status: int
    kind: str
    body: bytes


Pages = Mapping[str, Callable[[], Awaitable[Page]]]
_REASONS = {200: "OK", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed",
            503: "Service Unavailable"}  # fmt: skip
PLAIN = "text/plain; charset=utf-8"


async def answer(head: bytes, pages: Pages) -> bytes:
    """The whole response to a request's head."""
    words = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        page = Page(400, PLAIN, b"this is no request\n")
    elif words[0] not in ("GET", "HEAD"):
        page = Page(405, PLAIN, b"GET and HEAD only\n")
    elif (make := pages.get(words[1].partition("?")[0])) is None:
        page = Page(404, PLAIN, "".join(f"{path}\n" for path in pages).encode())
    else:
        page = await make()
    lines = [
        f"HTTP/1.1 {page.status} {_REASONS[page.status]}",
        f"Content-Type: {page.kind}",
        f"Content-Length: {len(page.body)}",
        "Cache-Control: no-store",
        "X-Content-Type-Options: nosniff",
        "Connection: close",
    ]
    body = b"" if words[0] == "HEAD" else page.body
    return "\r\n".join([*lines, "", ""]).encode() + body


class HealthServer:
    """Until `close`."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self._busy = 0
        self._server: asyncio.Server | None = None

    async def start(self, listening: socket.socket) -> None:
        self._server = await asyncio.start_server(self._serve, sock=listening, limit=REQUEST)

    def close(self) -> None:
        if self._server is not None:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._busy >= MOST:
            writer.close()
            return
        self._busy += 1
        try:
            async with asyncio.timeout(PATIENCE):
                head = await reader.readuntil(b"\r\n\r\n")
                writer.write(await answer(head, self._pages))
                await writer.drain()
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # whoever asked so is not answered
        finally:
            self._busy -= 1
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
