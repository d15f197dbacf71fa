"""What has to be done again and again while a gateway runs: look at the disk, write down what was
only counted, tell the service manager that all is well, answer whoever watches.

Knows: the order of these, and how each reaches the log, the logbook and the meters. Must never
know: protocols, sessions' contents. Made by `gateway.serve`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
import time
from collections.abc import Callable
from pathlib import Path

from gateway.disk import DiskSettings, DiskWatch, Level
from gateway.gate import Gate
from gateway.health import PLAIN, HealthServer, Page
from gateway.limits import Turnstile
from gateway.live import LiveSessions
from gateway.logbook import Logbook
from gateway.metrics import CONTENT_TYPE, Sample, exposition
from gateway.refusals import DiskTooFull
from gateway.service import Service
from gateway.session import Reception
from recorder.store import Store

log = logging.getLogger(__name__)

EVERY = 1.0
"""Seconds between two looks."""
_PART = "disk space"


class House:
    """Of one gateway, from when people may come in until it stops."""

    def __init__(
        self,
        store: Store,
        disk: DiskSettings,
        *,
        logbook: Logbook,
        reception: Reception,
        gate: Gate,
        live: LiveSessions,
        turnstile: Turnstile,
        service: Service,
        free: Callable[[Path], int] | None = None,
    ) -> None:
        """``free`` says how many bytes are left where this folder is; it may block."""
        self._store = store
        self._watch = DiskWatch(disk)
        self._logbook = logbook
        self._meters = logbook.meters
        self._reception = reception
        self._gate = gate
        self._live = live
        self._turnstile = turnstile
        self._service = service
        self._free = free or free_bytes
        self.stopping = False
        """Nobody is let in any more; those who are inside may have some time yet."""
        self._status = ""
        self._server = HealthServer(
            {"/metrics": self._metrics, "/healthz": self._health, "/readyz": self._ready}
        )

    async def open(self, listening: socket.socket | None) -> None:
        """Looks once, before anybody comes in; answers on this socket, if there is one."""
        await self.look()
        if listening is not None:
            await self._server.start(listening)

    async def keep(self) -> None:
        """Until it is cancelled."""
        try:
            while True:
                await asyncio.sleep(EVERY)
                await self.look()
        finally:
            self._server.close()

    async def look(self) -> None:
        """Once round the house."""
        self._logbook.tick()
        try:
            free = await asyncio.to_thread(self._free, self._store.path)
        except OSError as problem:
            # What is wrong with it, the journals will say.
            log.warning("free disk space cannot be told: %s", problem.strerror)
            self._meters.free = -1
        else:
            self._meters.free = free
            if self._watch.look(free):
                self._tell_disk(free)
        self._service.alive()
        status = self._summary()
        if status != self._status:
            self._status = status
            self._service.status(status)

    def _tell_disk(self, free: int) -> None:
        settings, mib = self._watch.settings, free >> 20
        match self._watch.level:
            case Level.ROOMY:
                self._reception.full = None
                log.info("there is room on the disk again: %d MiB", mib)
                self._logbook.outage(_PART, "ended", f"{mib} MiB are left")
            case Level.LOW:
                self._reception.full = None
                cause = f"{mib} MiB are left, fewer than {settings.warn_below}"
                log.warning("the disk is nearly full: %s; make room", cause)
                self._logbook.outage(_PART, "began", cause)
            case Level.FULL:
                cause = f"{mib} MiB are left, fewer than {settings.refuse_below}"
                self._reception.full = DiskTooFull(
                    "the gateway's disk is nearly full, so nobody new is let in; tell whoever runs"
                    " it",
                    operator=cause,
                )
                log.error("nobody new is let in, the disk is too full: %s; make room", cause)
                self._logbook.outage(_PART, "began", f"{cause}: nobody new is let in")

    def _summary(self) -> str:
        number = len(self._live)
        words = f"{number} live session{'' if number == 1 else 's'}"
        return f"{words}; {self._trouble}" if self._trouble else words

    @property
    def _trouble(self) -> str:
        if self.stopping:
            return "nobody is let in: the gateway is stopping"
        if not self._gate.is_open:
            return f"nobody is let in: {self._gate.cause}"
        return "" if self._watch.level is Level.ROOMY else self._watch.level.value

    @property
    def _lets_in(self) -> bool:
        return self._gate.is_open and self._reception.full is None and not self.stopping

    # -- for whoever watches -----------------------------------------------------------------------

    async def _metrics(self) -> Page:
        live, inside = len(self._live), self._turnstile
        is_open, store = self._lets_in, self._store

        def sample() -> Sample:
            number, size, oldest = _journals(store)
            return Sample(live, inside.unproven, inside.proven, is_open, number, size, oldest)

        body = await asyncio.to_thread(exposition, self._meters, sample)
        return Page(200, CONTENT_TYPE, body)

    async def _health(self) -> Page:
        """It answers, so it is alive."""
        return Page(200, PLAIN, b"alive\n")

    async def _ready(self) -> Page:
        ready = self._lets_in
        line = "ready" if ready else self._trouble
        return Page(200 if ready else 503, PLAIN, f"{line}\n".encode())


def free_bytes(folder: Path) -> int:
    """What somebody without special rights may still write there."""
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize


def _journals(store: Store) -> tuple[int, int, float]:
    """How many, how large, and how long the oldest that is whole has waited."""
    number, size, oldest = 0, 0, 0.0
    now = time.time_ns()
    for segments in store.all_journals().values():
        for place, path in enumerate(segments, 1):
            with contextlib.suppress(OSError):  # it was sealed meanwhile
                found = path.stat()
                number, size = number + 1, size + found.st_size
                if place < len(segments):
                    oldest = max(oldest, (now - found.st_mtime_ns) / 1e9)
    return number, size, oldest
