"""The composition root: everything is built here, once, and nowhere else.

Knows: every part of the gateway and the order in which they start and stop. Must never know:
what any of them does inside. Called by ``gatereel gateway``.

Nothing is half-started: configuration, keys, credentials, the store, its lock and the address are
looked at first, then the sealer must have spoken, and only then does anybody get in. Stopping
goes the other way round: nobody gets in, everybody is told, recordings are ended and sealed.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import logging
import os
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from gateway.approvals import Approvals, ended_event
from gateway.checking import problems
from gateway.config import Config
from gateway.desk import Desk
from gateway.errors import Ended
from gateway.gate import Gate
from gateway.helper_links import Program, Socket, Way
from gateway.house import House
from gateway.limits import Turnstile
from gateway.live import LiveSessions
from gateway.logbook import Logbook
from gateway.orders import Orders
from gateway.policies.point import DecisionPoint, clock_in
from gateway.policies.texts import keep
from gateway.refusals import AlreadyRunning, GatewayStartError
from gateway.reload import ASKED, Inside, Reloader
from gateway.served import FRONT_DOOR
from gateway.service import Service
from gateway.session import Reception
from gateway.ssh import settings
from gateway.ssh.authority import load_authorities
from gateway.ssh.listening import bind
from gateway.ssh.server import Listener
from gateway.state.opening import open_board
from gateway.supervisor import Helper
from gateway.targets import Targets
from recorder import local
from recorder.clock import SystemClock
from recorder.errors import GatereelError
from recorder.journal import Writer
from recorder.store import Store

log = logging.getLogger(__name__)

INDEXER_FINISH = 2.0
"""Seconds that the indexer has at the end: it goes on from what is on disk another time, so that
nobody who stops a gateway waits for it."""
SEALER_SILENCE = 1.0
"""Seconds without a word after which nothing goes on until the sealer speaks again; it speaks four
times a second, however hard it works. One that dies is noticed at once."""
TROUBLE_AGAIN_NS = 60_000_000_000
DRAIN = 8.0
"""Seconds that sessions get to end when the gateway stops."""
LOCK = ".gateway.lock"
SHUTTING_DOWN = Ended("the gateway is shutting down; connect again in a moment")


def run(config: Config, ready: Callable[[str], None]) -> int:
    """Serves until told to stop. ``ready`` gets one line when everybody may come in. Raises a
    GatereelError where it cannot start, with nothing left running."""
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        return runner.run(serve(config, ready))


async def serve(config: Config, ready: Callable[[str], None]) -> int:
    """As `run`, inside a loop."""
    settings.check_library()
    settings.name_ourselves(os.environ)
    for problem in problems(config):
        raise problem
    store = Store.open(config.gateway.store, create=True)
    store.check_writable()
    keep(config.policies.texts, store.path)
    host_keys = settings.load_host_keys(config.ssh.host_keys)
    metrics = config.operation.metrics
    with contextlib.ExitStack() as held:
        held.enter_context(_locked(store))
        listening = held.enter_context(bind(config.ssh.host, config.ssh.port))
        watched = metrics and held.enter_context(bind(*metrics, "[metrics] listen"))
        gateway = _Gateway(config, store, listening, watched)
        return await gateway.run(host_keys, ready)


class _Gateway:
    """What runs between start and stop."""

    def __init__(
        self, config: Config, store: Store, listening: socket.socket, watched: socket.socket | None
    ) -> None:
        self._config = config
        self._store = store
        self._listening = listening
        self._watched = watched
        """Where metrics are asked for."""
        self._gate = Gate()
        self._gate.shut("the sealer has not started")
        self._clock = SystemClock()
        now = clock_in(config.gateway.zone, self._clock.wall_ns)
        self._rules = DecisionPoint(config.policies, config.targets, now)
        self._logbook: Logbook | None = None
        self._orders = Orders()
        self._quiet: dict[str, int] = {}
        """Until when (monotonic ns) each trouble of the sealer's is not logged again."""
        self._indexer_fell = False
        self._elsewhere: GatewayStartError | None = None
        """Why this sealer is of no use, where it is of none."""
        self._sealer = Helper(
            self._way(config.gateway.sealer, "seal", "--key", config.gateway.signing_key),
            heard=self._sealer_said,
            up=self._sealer_up,
            down=self._sealer_down,
            silence=SEALER_SILENCE,
        )
        self._indexer = Helper(
            self._way(config.gateway.indexer, "index", "--follow"),
            heard=self._indexer_said,
            up=self._indexer_up,
            down=self._indexer_down,
            finish=INDEXER_FINISH,
        )

    def _way(self, socket: Path | None, verb: str, *more: object) -> Way:
        """Where it answers on a socket, whoever made that has given it these words."""
        if socket is not None:
            return Socket(socket)
        where = ("--store", self._store.path)
        return Program([sys.executable, str(FRONT_DOOR), verb, *map(str, where + more)])

    async def run(self, host_keys: settings.HostKeys, ready: Callable[[str], None]) -> int:
        self._orders.listen()
        writer = Writer(self._store, self._clock, os.urandom)
        try:
            async with asyncio.TaskGroup() as helpers:
                sealing = helpers.create_task(self._sealer.run(once=True))
                try:
                    await self._first_sign(sealing)
                    helpers.create_task(self._indexer.run())
                    await self._open(writer, host_keys, ready)
                finally:
                    # What was written is sealed before the process ends.
                    await asyncio.to_thread(writer.close)
                    await self._sealer.stop()
                    await self._indexer.stop()
        except BaseExceptionGroup as group:
            raise _first(group) from None
        return 0

    async def _first_sign(self, sealing: asyncio.Task[None]) -> None:
        sign = asyncio.ensure_future(self._sealer.first_sign.wait())  # noqa: TID251 - raced below
        await asyncio.wait((sealing, sign), return_when=asyncio.FIRST_COMPLETED)
        sign.cancel()
        if not self._sealer.first_sign.is_set():
            raise GatewayStartError(f"the sealer does not start: {self._sealer.last_words}")
        if self._elsewhere:
            raise self._elsewhere

    async def _open(
        self, writer: Writer, host_keys: settings.HostKeys, ready: Callable[[str], None]
    ) -> None:
        """Lets people in, from the first line of the logbook to its last."""
        config, build = self._config, local.build()
        logbook = await asyncio.to_thread(
            lambda: Logbook.open(
                writer, self._clock, os.urandom, build=build, policy=self._rules.digest()
            )
        )
        self._logbook = logbook
        logbook.meters.sealer_up = self._gate.is_open
        logbook.meters.indexer_up = self._indexer.first_sign.is_set()
        authorities = await asyncio.to_thread(load_authorities, config.ssh, self._clock)
        store = self._store.path.resolve()
        opened = await open_board(config, store, os.urandom, lambda: self._clock.wall_ns() // 1000)
        approvals = opened and Approvals(
            opened[0], self._rules, lambda: tuple(listener.register.people()), os.urandom
        )
        reception = Reception(
            targets=Targets(config.targets),
            rules=self._rules,
            writer=writer,
            logbook=logbook,
            gate=self._gate,
            clock=self._clock,
            entropy=os.urandom,
            build=build,
            bounds=config.operation.bounds,
            masking=await asyncio.to_thread(config.masking.plan, self._rules.digest()),
            approvals=approvals,
        )
        desk = Desk(
            reception=reception,
            rules=self._rules,
            logbook=logbook,
            live=LiveSessions(),
            store=store,
            approvals=approvals,
            host_keys=settings.host_public_keys(host_keys),
            host_cas=[
                *([] if authorities.host is None else [authorities.host.public]),
                *([] if authorities.next_host is None else [authorities.next_host]),
            ],
        )
        turnstile = Turnstile(config.operation.limits)
        listener = Listener(
            config.ssh, config.register, reception, logbook, desk, host_keys, turnstile, authorities
        )
        host, port = self._listening.getsockname()[:2]
        where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        started = logbook.started(
            {
                "build": build,
                "configuration": config.digest,
                "policy": self._rules.digest(),
                "listening": [f"ssh {where}"],
                "library": settings.library_version(),
                "weaker": [f"{t.name}: legacy" for t in config.targets if t.legacy],
            }
        )
        await asyncio.wrap_future(started)
        for hold in opened[1] if opened else ():
            logbook.wrote(ended_event(hold, logbook.now()))
        service = Service(os.environ)
        house = House(
            self._store,
            config.operation.disk,
            logbook=logbook,
            reception=reception,
            gate=self._gate,
            live=desk.live,
            turnstile=turnstile,
            service=service,
        )
        async with asyncio.TaskGroup() as visits:
            await house.open(self._watched)
            keeping = [visits.create_task(house.keep())]
            if approvals:
                keeping.append(visits.create_task(approvals.room.keep()))
            await listener.start(self._listening, visits)
            service.ready(f"listening on {where}")
            ready(f"listening on {where} (ssh), recording to {self._store.path}")
            reloader = Reloader(
                config,
                Inside(
                    rules=self._rules,
                    reception=reception,
                    doors=listener,
                    turnstile=turnstile,
                    live=desk.live,
                    reloaded=logbook.reloaded,
                    restore=logbook.restore,
                    problems=problems,
                    keep=lambda texts: keep(texts, self._store.path),
                    wall_ns=self._clock.wall_ns,
                ),
            )
            watching = [
                visits.create_task(reloader.watch()),
                visits.create_task(self._orders.each_reload(lambda: reloader.reload(ASKED))),
            ]
            await self._orders.stop.wait()
            for task in watching:
                task.cancel()
            log.info("stopping")
            service.stopping()
            house.stopping = True
            drain = reloader.config.gateway.drain
            await self._orders.let_finish(desk.live, drain, listener.finish)
            await listener.drain(SHUTTING_DOWN, DRAIN)
            for task in keeping:
                task.cancel()
        if approvals:
            approvals.board.database.close()
        await logbook.close("the gateway was told to stop")

    # -- the helpers -------------------------------------------------------------------------------

    def _sealer_up(self) -> None:
        if self._logbook is not None:
            self._logbook.meters.sealer_up = True
            self._logbook.outage("sealer", "ended", "it runs again")
            log.info("the sealer runs again")
        self._gate.open()

    def _sealer_down(self, cause: str) -> None:
        if self._orders.stop.is_set():
            return
        log.error("the sealer is down: %s", cause)
        self._gate.shut("the sealer is down")
        if self._logbook is not None:
            self._logbook.meters.sealer_up = False
            self._logbook.outage("sealer", "began", cause)

    def _sealer_said(self, fact: dict[str, Any]) -> None:
        match fact:
            case {"checkpoint": {"session": str(session), "note": str(note)}}:
                if self._logbook is None:
                    pass
                elif session == self._logbook.id:
                    loop = asyncio.get_running_loop()
                    loop.run_in_executor(None, self._logbook.signed, note)
                else:
                    self._logbook.checkpointed(session, note)
            case {"store": [int(device), int(inode)], "at": str(path)}:
                found = self._store.path.stat()
                if (found.st_dev, found.st_ino) != (device, inode):
                    self._gate.shut("the sealer seals another store")
                    self._elsewhere = GatewayStartError(
                        f"the sealer seals in {path}, and sessions are recorded in"
                        f" {self._store.path}: name the same store to both"
                    )
                    log.error("nobody is let in: %s", self._elsewhere.person)
            case {"broken": {"session": str(session), "reason": str(reason)}}:
                log.error("a recording cannot be sealed: %s", reason, extra={"session": session})
                if self._logbook is not None:
                    self._logbook.outage(f"recording {session}", "began", reason)
            case {"trouble": str(trouble)}:
                # It is said at every try, many times a second, and the log may be on that disk too.
                now = self._clock.mono_ns()
                if trouble not in self._quiet or now >= self._quiet[trouble]:
                    for old in [each for each, until in self._quiet.items() if now >= until]:
                        del self._quiet[old]
                    self._quiet[trouble] = now + TROUBLE_AGAIN_NS
                    log.warning("the sealer: %s", trouble)
            case _:
                pass

    def _indexer_up(self) -> None:
        """Its first start is no news."""
        if self._logbook is not None:
            self._logbook.meters.indexer_up = True
            if self._indexer_fell:
                self._logbook.outage("indexer", "ended", "it runs again")
        self._indexer_fell = False

    def _indexer_down(self, cause: str) -> None:
        if self._orders.stop.is_set():
            return
        log.warning("the indexer is down and is started again: %s", cause)
        self._indexer_fell = True
        if self._logbook is not None:
            self._logbook.meters.indexer_up = False
            self._logbook.outage("indexer", "began", cause)

    def _indexer_said(self, fact: dict[str, Any]) -> None:
        match fact:
            case {"failed": {"session": str(session), "reason": str(reason)}}:
                log.warning("a recording cannot be indexed: %s", reason, extra={"session": session})
            case {"trouble": str(line)}:
                log.warning("%s", line)
            case _:
                pass


@contextlib.contextmanager
def _locked(store: Store) -> Iterator[None]:
    """One gateway at a time writes to a store."""
    with (store.path / LOCK).open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise AlreadyRunning(
                f"another gateway is running on {store.path}; stop it, or give this one a store"
                " of its own"
            ) from None
        yield


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The error with a code in it, if one is: it tells a person more than the group."""
    coded = group.subgroup(GatereelError)
    error: BaseException = group if coded is None else coded
    while coded is not None and isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's where it is to be had, else Python's own."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop
