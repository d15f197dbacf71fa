"""A headless Chromium for tests, driven over its own pipe: no port is opened.

Speaks the DevTools protocol, one JSON message ended by a NUL.
"""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.system.peers import need

_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-pipe",
)
_PATIENCE = 60
_HAND_OVER = """
import fcntl, os, sys
one, two = (fcntl.fcntl(int(word), fcntl.F_DUPFD, 10) for word in sys.argv[1:3])
os.dup2(one, 3)
os.dup2(two, 4)
os.execv(sys.argv[3], sys.argv[3:])
"""
"""It reads from descriptor 3 and writes to 4."""


class Page:
    """One page, and everything that the browser tells of it."""

    def __init__(self, to: int, back: int) -> None:
        self._to, self._back = to, back
        self._rest = b""
        self._number = 0
        self._session = ""
        self.told: list[dict[str, Any]] = []

    def open(self, address: str) -> None:
        """Loads an address and waits for it."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")
        self.call("Page.navigate", url=address)
        while not any(message.get("method") == "Page.loadEventFired" for message in self.told):
            self.told.append(self._read())

    def call(self, method: str, **parameters: Any) -> Any:
        """What a method of the protocol answers."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._to, data) :]
        while True:
            answer = self._read()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                return answer["result"]
            self.told.append(answer)

    def value(self, expression: str) -> Any:
        """What an expression is in the page; a promise is waited for."""
        answer = self.call(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def until(self, condition: str) -> None:
        """Waits, drawn frame by drawn frame, until a condition holds in the page; where it names
        what is not there yet, it does not hold."""
        self.value(
            f"new Promise((done) => {{ const holds = () => {{ try {{ return {condition}; }} "
            "catch (missing) { return false; } }; const look = () => "
            "holds() ? done(true) : setTimeout(look, 5); look(); })"
        )

    def events(self, method: str) -> list[dict[str, Any]]:
        """What was told under this name."""
        return [told["params"] for told in self.told if told.get("method") == method]

    def _read(self) -> dict[str, Any]:
        end = time.monotonic() + _PATIENCE
        with selectors.DefaultSelector() as waiting:
            waiting.register(self._back, selectors.EVENT_READ)
            while b"\0" not in self._rest:
                if not waiting.select(end - time.monotonic()):
                    pytest.fail("the browser does not answer")
                data = os.read(self._back, 1 << 16)
                if not data:
                    pytest.fail("the browser ended")
                self._rest += data
        line, _, self._rest = self._rest.partition(b"\0")
        message: dict[str, Any] = json.loads(line)
        return message


@contextmanager
def browser(folder: Path) -> Iterator[Page]:
    """A browser with a profile of its own, in which nothing is open."""
    program = need("chromium")
    to_read, to_write = os.pipe()
    back_read, back_write = os.pipe()

    process = subprocess.Popen(
        [
            *(sys.executable, "-c", _HAND_OVER, str(to_read), str(back_write)),
            *(program, *_FLAGS, f"--user-data-dir={folder / 'profile'}"),
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=(to_read, back_write),
    )
    os.close(to_read)
    os.close(back_write)
    try:
        yield Page(to_write, back_read)
    finally:
        os.close(to_write)
        os.close(back_read)
        process.terminate()
        process.wait(20)
