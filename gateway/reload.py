"""The configuration, read again while the gateway runs: what follows from it, and the record of it.

Knows: two configurations, what may change while people are inside, whom that puts out. Must never
know: signals, SSH, what a session carries. Made by `gateway.serve`, which calls `reload` when the
file has changed or somebody asks for it.

A file that cannot be used changes nothing. What was taken back reaches everybody who is inside:
whose key, target, account or permission is gone is put out with a line that says so. Each reload,
good or bad, is in the gateway's own recording, with the digests of what was read.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from gateway.config import Config, SshSettings, load_config
from gateway.errors import Revoked
from gateway.identity import Register
from gateway.limits import Turnstile
from gateway.live import LiveSession, LiveSessions
from gateway.masking.plan import MaskPlan
from gateway.policies.point import DecisionPoint, clock_in
from gateway.policies.texts import SUFFIX, Texts
from gateway.session import Reception
from gateway.targets import Targets
from recorder.errors import GatereelError, JournalError
from recorder.events import Facts

log = logging.getLogger(__name__)

LOOK = 0.5
"""Seconds between two looks at the file: it is read when two in a row have found it the same."""


class Doors(Protocol):
    """Where people come in: `gateway.ssh.server.Listener`."""

    def reconfigure(self, settings: SshSettings, register: Register) -> None:
        """From now on; whoever is inside stays what they are until `review`."""
        ...

    def review(self) -> None:
        """Puts out whose key proves nobody any more, or somebody else."""
        ...


@dataclass(frozen=True, slots=True)
class Inside:
    """What of a running gateway a reload reaches."""

    rules: DecisionPoint
    reception: Reception
    doors: Doors
    turnstile: Turnstile
    live: LiveSessions
    reloaded: Callable[[Facts], Future[None]]
    """Writes it down in the gateway's own recording."""
    restore: Callable[[], Awaitable[None]]
    """Makes that recording go on where it had failed. Raises JournalError."""
    problems: Callable[[Config], list[GatereelError]]
    """What is wrong with a configuration that reads well. May block."""
    keep: Callable[[Texts], None]
    """Keeps policies, so that what is decided by them can be decided again. Blocks; raises a
    GatereelError where it cannot."""
    wall_ns: Callable[[], int]


class Reloader:
    """One for a gateway; one reload at a time."""

    def __init__(self, config: Config, inside: Inside) -> None:
        self.config = config
        """The one in force."""
        self._inside = inside
        self._lock = asyncio.Lock()

    async def reload(self, cause: str) -> None:
        """Reads the file again. Never raises for what is in it."""
        async with self._lock:
            path = self.config.path
            try:
                config, masking = await asyncio.to_thread(self._read, path)
            except GatereelError as error:
                told = "the configuration stays as it was: %s"
                log.warning(told, error.person, extra={"code": error.code})
                facts = {
                    "cause": cause,
                    "configuration": await asyncio.to_thread(_digest, path),
                    "in_force": self.config.digest,
                    "error": error.code,
                    "reason": error.person,
                }
                await self._write(facts)
                return
            same = _digests(config) == _digests(self.config)
            if same and cause != ASKED:
                return
            await self._take(config, masking, cause)

    def _read(self, path: Path) -> tuple[Config, MaskPlan]:
        config = load_config(path)
        for problem in self._inside.problems(config):
            raise problem
        self._inside.keep(config.policies.texts)
        return config, config.masking.plan(config.policies.digest())

    async def _take(self, config: Config, masking: MaskPlan, cause: str) -> None:
        before, inside = self.config, self._inside
        later = needs_restart(before, config)
        # All of it in one go: nobody can come in between two of these.
        self.config = config
        now = clock_in(config.gateway.zone, inside.wall_ns)
        inside.rules.take(config.policies, config.targets, now)
        inside.reception.reconfigure(Targets(config.targets), config.operation.bounds, masking)
        inside.turnstile.limits = config.operation.limits
        ssh = replace(
            before.ssh, environment=config.ssh.environment, max_channels=config.ssh.max_channels
        )
        inside.doors.reconfigure(ssh, config.register)
        over = [(session, error) for session in inside.live if (error := session.review())]
        facts: Facts = {
            "cause": cause,
            "configuration": config.digest,
            "before": before.digest,
            "policy": inside.rules.digest(),
            "policy_before": before.policies.digest(),
            "restart": later,
            "ended": [session.id for session, _ in over],
        }
        for what in later:
            log.warning("%s has changed, which takes a restart", what)
        log.info("the configuration was read again (%s); %d sessions end", cause, len(over))
        async with asyncio.TaskGroup() as ending:
            ending.create_task(self._write(facts))
            for session, error in over:
                ending.create_task(_end(session, error))
        inside.doors.review()

    async def _write(self, facts: Facts) -> None:
        """What cannot be written down holds no revocation up: nobody is let in meanwhile anyway."""
        try:
            await self._inside.restore()
            await asyncio.wrap_future(self._inside.reloaded(facts))
        except JournalError as problem:
            log.warning("the reload is not in the gateway's recording: %s", problem.operator)

    async def watch(self) -> None:
        """Reloads when the file has changed; until cancelled."""
        taken = seen = await asyncio.to_thread(_state, self.config)
        while True:
            await asyncio.sleep(LOOK)
            now = await asyncio.to_thread(_state, self.config)
            if now == seen and now != taken:
                taken = now
                await self.reload("the file changed")
            seen = now


ASKED = "SIGHUP"
"""The cause for which keys and rules are looked at even where the file is the same."""


def needs_restart(before: Config, after: Config) -> list[str]:
    """What has changed that cannot while the gateway runs, as it is written in the file."""
    pairs: list[tuple[str, object, object]] = [
        ("[gateway] store", before.gateway.store, after.gateway.store),
        ("[gateway] signing_key", before.gateway.signing_key, after.gateway.signing_key),
        ("[gateway] sealer", before.gateway.sealer, after.gateway.sealer),
        ("[gateway] state", before.gateway.state, after.gateway.state),
        ("[gateway] indexer", before.gateway.indexer, after.gateway.indexer),
        ("[ssh] listen", _listening(before), _listening(after)),
        ("[ssh] host_keys", before.ssh.host_keys, after.ssh.host_keys),
        ("[ssh] login_timeout", before.ssh.login_timeout, after.ssh.login_timeout),
        ("[ssh] user_ca", before.ssh.user_ca, after.ssh.user_ca),
        ("[ssh] host_ca", before.ssh.host_ca, after.ssh.host_ca),
        ("[ssh] next_host_ca", before.ssh.next_host_ca, after.ssh.next_host_ca),
    ]
    others = set(before.operation.__slots__) - {"limits", "bounds"}
    pairs += [
        (f"[{name}]", getattr(before.operation, name), getattr(after.operation, name))
        for name in sorted(others)
    ]
    return [what for what, old, new in pairs if old != new]


def _listening(config: Config) -> tuple[str, int]:
    return config.ssh.host, config.ssh.port


async def _end(session: LiveSession, error: Revoked) -> None:
    log.warning(
        "a session ends: %s", error.operator, extra={"session": session.id, "code": error.code}
    )
    await session.end(error)


def _digest(path: Path) -> bytes:
    try:
        return hashlib.sha256(path.read_bytes()).digest()
    except OSError:
        return b""


def _digests(config: Config) -> tuple[bytes, bytes]:
    return config.digest, config.policies.digest()


_File = tuple[str, int, int, int]


def _state(config: Config) -> list[_File]:
    """Of the file and of every policy; what is not there is left out."""
    found: list[_File] = []
    paths = [config.path]
    with contextlib.suppress(OSError):
        paths += sorted(config.gateway.policies.glob(f"*{SUFFIX}"))
    for path in paths:
        with contextlib.suppress(OSError):
            seen = path.stat()
            found.append((path.name, seen.st_mtime_ns, seen.st_size, seen.st_ino))
    return found
