"""The state's database: one thread that talks to it, so that the event loop never waits for it.

Knows: SQLAlchemy's engine, SQLite's and PostgreSQL's habits, what can go wrong there. Must never
know: what is in the tables. Made by `gateway.serve`; used by `gateway.state.board`, and by whoever
keeps more in it::

    rows = await database.run(lambda connection: connection.execute(select(...)).all())

is one transaction: all of it is done, or nothing. It raises `StateUnavailable` where the state is
locked, full, gone or silent, and whoever asked must then refuse what they were asked for. Writers
do not meet: SQLite locks for writing at the beginning, PostgreSQL where rows are read
``with_for_update()``.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, func, inspect, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from gateway.hold_errors import StateNotOurs, StateUnavailable
from gateway.state import tables
from gateway.state.location import POSTGRESQL, file_of

log = logging.getLogger(__name__)

PATIENCE = 5.0
"""Seconds that one transaction may take, with whatever is before it in the queue."""
LOCKED = 2.0
"""Seconds that another's lock is waited for."""
_LOCK = 0x67617465
"""PostgreSQL's advisory lock while the state is opened: one migrates, the others wait."""

Result = TypeVar("Result")


class Database:
    """One for a gateway."""

    def __init__(self, engine: Engine, where: str) -> None:
        self._engine = engine
        self.where = where
        """For a person; no password."""
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="state")

    @classmethod
    def open(cls, url: str, folder: Path) -> Database:
        """Opens it, makes it where there is none, brings it up to this version. Blocks. Raises
        StateUnavailable, StateNotOurs."""
        file = file_of(url, folder)
        if file is not None:
            database = cls(_sqlite(file), str(file))
        else:
            engine = _postgresql(url)
            database = cls(engine, engine.url.render_as_string(hide_password=True))
        try:
            if file is not None:
                _create(file)
            database._transact(_migrate)
        except OSError as problem:
            raise _unavailable(database.where, problem.strerror or str(problem)) from problem
        except BaseException:
            database.close()
            raise
        return database

    async def run(self, work: Callable[[Connection], Result]) -> Result:
        """``work`` in one transaction, in the state's thread. Raises StateUnavailable; what
        ``work`` raises itself undoes it and goes through."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(PATIENCE):
                return await loop.run_in_executor(self._thread, self._transact, work)
        except TimeoutError:
            raise _unavailable(self.where, f"no answer in {PATIENCE:g} s") from None

    def close(self) -> None:
        """Never waits for what does not answer."""
        self._thread.shutdown(wait=False, cancel_futures=True)
        self._engine.dispose()

    def _transact(self, work: Callable[[Connection], Result]) -> Result:
        try:
            with self._engine.begin() as connection:
                return work(connection)
        except SQLAlchemyError as problem:
            raise _unavailable(self.where, _said(problem)) from problem


def _sqlite(file: Path) -> Engine:
    # Each transaction opens the file anew: a state that was taken away is noticed, not written on
    # under no name. It is never created here (mode=rw).
    engine = create_engine(
        f"sqlite:///file:{_quoted(file)}?mode=rw&uri=true",
        poolclass=NullPool,
        connect_args={"timeout": LOCKED},
    )

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _: object) -> None:
        connection.isolation_level = None  # transactions are begun below, by their right name
        cursor = connection.cursor()
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _create(file: Path) -> None:
    """Nobody else reads who asked whom for what."""
    os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))


def _quoted(file: Path) -> str:
    text = str(file.absolute())
    return text.replace("%", "%25").replace("?", "%3f").replace("#", "%23")


def _postgresql(url: str) -> Engine:
    rest = next(url.removeprefix(each) for each in POSTGRESQL if url.startswith(each))
    seconds = int(LOCKED * 1000)
    try:
        return create_engine(
            f"postgresql+psycopg://{rest}",
            pool_size=1,
            max_overflow=0,
            pool_pre_ping=True,
            connect_args={
                "connect_timeout": 3,
                # A server whose machine is gone does not hold the thread for minutes.
                "tcp_user_timeout": 2 * seconds,
                "keepalives_idle": 5,
                "keepalives_interval": 2,
                "keepalives_count": 3,
                "application_name": "gatereel",
                "client_encoding": "utf8",
                "options": f"-c statement_timeout={2 * seconds} -c lock_timeout={seconds}",
            },
        )
    except (SQLAlchemyError, ValueError) as problem:
        raise _unavailable("the PostgreSQL state", type(problem).__name__) from None


def _migrate(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    found = inspect(connection).get_table_names()
    if tables.version.name not in found:
        if found and connection.dialect.name == "sqlite":
            raise StateNotOurs(
                "[gateway] state names a database that holds something else; name another file"
            )
        tables.version.create(connection)
        connection.execute(tables.version.insert().values(number=0))
    number = connection.execute(select(tables.version.c.number)).scalar_one()
    if number > len(tables.MIGRATIONS):
        raise StateNotOurs(
            f"the state is of version {number}, and this gatereel knows {len(tables.MIGRATIONS)};"
            " run the version that made it, or a later one"
        )
    for step in tables.MIGRATIONS[number:]:
        step(connection)
    if number != len(tables.MIGRATIONS):
        connection.execute(tables.version.update().values(number=len(tables.MIGRATIONS)))
        log.info("the state is of version %d now", len(tables.MIGRATIONS))


def _unavailable(where: str, why: str) -> StateUnavailable:
    return StateUnavailable(
        "what needs approval cannot be asked for now, since the gateway's state does not answer;"
        " try again, or tell whoever runs this gateway",
        operator=f"state {where}: {why}",
    )


def _said(problem: SQLAlchemyError) -> str:
    """The driver's own words, on one line; never the statement's values."""
    words = str(getattr(problem, "orig", None) or type(problem).__name__)
    return " ".join(words.split())[:300]
