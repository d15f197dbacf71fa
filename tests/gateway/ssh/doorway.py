"""The gateway's SSH side in this process: a real listener, a real journal, fresh keys."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import asyncssh

from gateway.config import Account, Secret, SshSettings, Target
from gateway.desk import Desk
from gateway.errors import Ended
from gateway.gate import Gate
from gateway.identity import Principal, PublicKey, Register
from gateway.limits import Bounds, Limits, Turnstile
from gateway.live import LiveSessions
from gateway.logbook import Logbook
from gateway.session import Reception
from gateway.ssh.listening import bind
from gateway.ssh.server import Listener
from gateway.ssh.settings import public_key
from gateway.targets import Targets
from recorder.clock import SystemClock
from recorder.events import Event
from recorder.journal import Writer
from recorder.reader import Recording
from recorder.store import Store
from tests.gateway.cedar_rules import point, policy

SETTINGS = SshSettings("127.0.0.1", 0, (), ("LANG",), 20, 32)
PATIENCE = 60
"""Seconds that one test may take with its listener."""
EVERYTHING = policy("everything", ("*",), (), ("*",), ("*",), ("*",))


def make_key() -> asyncssh.SSHKey:
    return asyncssh.generate_private_key("ssh-ed25519")


def a_target(
    port: int,
    *pins: PublicKey,
    key: Path | None = None,
    password: Path | None = None,
    legacy: bool = False,
    seconds: int = 10,
) -> Target:
    account = Account(
        "demo",
        Secret(key, None) if key else None,
        None,
        Secret(password, None) if password else None,
    )
    return Target(
        "box", "127.0.0.1", port, pins, None, {}, {"demo": account}, "echoed", legacy, seconds
    )


@dataclass
class Doorway:
    """A listener that runs, and what it has written down."""

    port: int
    store: Store
    listener: Listener
    gate: Gate
    host_key: asyncssh.SSHKey
    keys: dict[str, asyncssh.SSHKey]
    logbook: Logbook

    def events(self, session: str) -> list[Event]:
        with Recording(self.store, session) as recording:
            return [record.event for record in recording.records()]

    def own(self) -> list[Event]:
        """The logbook's, once all that was handed to it is written."""
        self.logbook._journal.append([]).result(PATIENCE)
        return self.events(self.logbook.id)

    def sessions(self) -> list[str]:
        return [name for name in reversed(self.store.ids()) if name != self.logbook.id]

    def options(self, who: str = "alice", **more: object) -> dict[str, object]:
        """For `asyncssh.connect`."""
        return {
            "host": "127.0.0.1",
            "port": self.port,
            "config": None,
            "username": "box",
            "client_keys": [self.keys[who]],
            "known_hosts": ([self.host_key.convert_to_public()], [], []),
            "agent_path": None,
            **more,
        }

    async def connect(self, who: str = "alice", **more: object) -> asyncssh.SSHClientConnection:
        return await asyncssh.connect(**self.options(who, **more))


@asynccontextmanager
async def doorway(
    folder: Path,
    *,
    targets: tuple[Target, ...] = (),
    people: tuple[str, ...] = ("alice",),
    rules: tuple[str, ...] = (EVERYTHING,),
    settings: Callable[[SshSettings], SshSettings] = lambda settings: settings,
    limits: Limits | None = None,
    bounds: Bounds | None = None,
) -> AsyncIterator[Doorway]:
    """A listener with these principals, each with a key of its own, until the block ends."""
    store = Store.open(folder / "recordings", create=True)
    clock = SystemClock()
    writer = Writer(store, clock, os.urandom)
    table = point(*rules)
    logbook = Logbook.open(writer, clock, os.urandom, build="test", policy=table.digest())
    keys = {name: make_key() for name in people}
    register = Register(
        [(Principal(name, "person", ()), [public_key(key)]) for name, key in keys.items()]
    )
    gate = Gate()
    reception = Reception(
        targets=Targets(targets),
        rules=table,
        writer=writer,
        logbook=logbook,
        gate=gate,
        clock=clock,
        entropy=os.urandom,
        build="test",
        bounds=bounds,
    )
    host_key = make_key()
    desk = Desk(
        reception=reception,
        rules=table,
        logbook=logbook,
        live=LiveSessions(),
        store=store.path,
        host_keys=[public_key(host_key)],
    )
    listener = Listener(
        settings(SETTINGS),
        register,
        reception,
        logbook,
        desk,
        asyncssh.load_keypairs([host_key]),
        Turnstile(limits or Limits()),
    )
    with bind("127.0.0.1", 0) as listening:
        port = listening.getsockname()[1]
        try:
            async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
                await listener.start(listening, group)
                yield Doorway(port, store, listener, gate, host_key, keys, logbook)
                await listener.drain(Ended("the test is over"), 5)
            await logbook.close("the test is over")
        finally:
            await asyncio.to_thread(writer.close)


class Behind(asyncssh.SSHServer):
    """A target that lets in one key or password and says what is asked of it."""

    def __init__(self, key: asyncssh.SSHKey | None, password: str | None) -> None:
        self._key, self._password = key, password

    def public_key_auth_supported(self) -> bool:
        return self._key is not None

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return username == "demo" and key == self._key

    def password_auth_supported(self) -> bool:
        return self._password is not None

    def validate_password(self, username: str, password: str) -> bool:
        return username == "demo" and password == self._password


async def _echo(process: asyncssh.SSHServerProcess[bytes]) -> None:
    """Answers a command with itself on standard error and its input on standard output."""
    process.stderr.write((process.command or "").encode())
    while data := await process.stdin.read(65536):
        process.stdout.write(data)
        await process.stdout.drain()
    process.exit(0)


@asynccontextmanager
async def target_server(
    *,
    key: asyncssh.SSHKey | None = None,
    password: str | None = None,
    host_key: asyncssh.SSHKey | None = None,
    certificate: asyncssh.SSHCertificate | None = None,
    handler: Callable[[asyncssh.SSHServerProcess[bytes]], object] = _echo,
    **more: object,
) -> AsyncIterator[tuple[int, PublicKey]]:
    """An SSH server of the library's own on loopback; its port and its host key."""
    host_key = host_key or make_key()
    listener = await asyncssh.listen(
        "127.0.0.1",
        0,
        config=None,
        server_host_keys=[(host_key, certificate) if certificate else host_key],
        server_factory=lambda: Behind(key, password),
        process_factory=handler,
        encoding=None,
        gss_host=None,
        **more,
    )
    try:
        yield listener.get_port(), public_key(host_key)
    finally:
        listener.close()
        await listener.wait_closed()


@contextmanager
def key_file(folder: Path) -> Iterator[tuple[Path, asyncssh.SSHKey]]:
    """A private key in a file, and its public half."""
    key = make_key()
    path = folder / "login"
    path.write_bytes(key.export_private_key())
    yield path, key.convert_to_public()


def with_channels(settings: SshSettings, most: int) -> SshSettings:
    return replace(settings, max_channels=most)
