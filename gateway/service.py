"""What a service manager is told: ready, stopping, still alive, and a line of status.

Knows: systemd's notification protocol (sd_notify): datagrams of ``NAME=VALUE`` lines to the socket
that the environment names. Must never know: what the gateway does. Called by `gateway.serve` and
`gateway.house`. Where nobody asked to be told, nothing happens.
"""

from __future__ import annotations

import contextlib
import os
import socket
import time
from collections.abc import Mapping


def message(**facts: object) -> bytes:
    """One datagram: ``message(ready=1, status="...")``. A line end in a value would begin another
    fact, so none stays in. Pure."""
    clean = {name: " ".join(str(value).split()) for name, value in facts.items()}
    return "\n".join(f"{name.upper()}={value}" for name, value in clean.items()).encode()


class Service:
    """The service manager, if there is one."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._address = environment.get("NOTIFY_SOCKET", "")
        if self._address.startswith("@"):
            self._address = "\0" + self._address[1:]
        micros = environment.get("WATCHDOG_USEC", "")
        meant = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        self.watchdog = int(micros) if micros.isdecimal() and meant else 0
        """µs within which it wants to hear from us; 0: never."""

    def ready(self, status: str) -> None:
        self._tell(message(ready=1, status=status))

    def reloading(self) -> None:
        """Until `ready` is said again."""
        self._tell(message(reloading=1, monotonic_usec=time.monotonic_ns() // 1000))

    def status(self, line: str) -> None:
        self._tell(message(status=line))

    def alive(self) -> None:
        if self.watchdog:
            self._tell(message(watchdog=1))

    def stopping(self) -> None:
        self._tell(message(stopping=1, status="stopping"))

    def _tell(self, data: bytes) -> None:
        """A manager that does not listen is no reason to stop working."""
        if not self._address:
            return
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
            out.setblocking(False)
            out.sendto(data, self._address)
