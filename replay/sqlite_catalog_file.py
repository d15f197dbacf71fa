"""The file of a catalog: where it lies, how it is opened, when it is made anew.

Knows: paths, SQLite's settings, the tables' shapes. Must never know: entries, passages. Called by
`replay.sqlite_catalog`.

Several processes have the file open at once, so it is never changed into another one in place: a
new one takes its name, and whoever has the old one open sees by `moved` that it is not the one of
that name any more. Files beside it that SQLite makes stay where they are, so that the last one to
close an old file takes nothing away from a new one.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import apsw

from recorder import distrust
from recorder.index_format import INDEX_FORMAT, RULES_VERSION
from recorder.places import cache_folder
from recorder.screen import EMULATOR_VERSION, WIDTH_TABLE_VERSION
from replay.entry import Entry
from replay.errors import CatalogDamaged, CatalogError

NAME = "catalog.db"
APPLICATION = 0x47526361
"""By which SQLite and ``file`` know whose it is."""
VERSION = 2
"""Of the tables and of what is in them; another one's catalog is made anew."""
PATIENCE = 10_000
"""Milliseconds to wait for another process that writes."""
_PAGE = 8192
_CACHE = 32 << 10
"""KiB of pages that a connection keeps."""
_LOG_LIMIT = 64 << 20
"""Bytes that the write-ahead log keeps when it begins anew."""

DERIVATION = f"{INDEX_FORMAT} {RULES_VERSION} {EMULATOR_VERSION} {WIDTH_TABLE_VERSION}"
"""By which rules all of it came to be."""
_COLUMNS = ", ".join(
    f"{name} {'INTEGER' if isinstance(Entry._field_defaults.get(name), int) else 'TEXT'} NOT NULL"
    for name in Entry._fields
)
SCHEMA = f"""
CREATE TABLE about (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE sessions (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    {_COLUMNS},
    stamp TEXT NOT NULL,
    settled INTEGER NOT NULL
);
CREATE UNIQUE INDEX session_ids ON sessions (id);
CREATE TABLE previews (
    session INTEGER PRIMARY KEY, frame INTEGER, event INTEGER, time INTEGER, why TEXT, rows TEXT
);
CREATE TABLE documents (number INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE extents (first INTEGER PRIMARY KEY, last INTEGER NOT NULL, session INTEGER NOT NULL);
CREATE INDEX extents_of ON extents (session);
CREATE TABLE loose (
    session INTEGER, part INTEGER, data BLOB NOT NULL, PRIMARY KEY (session, part)
) WITHOUT ROWID;
CREATE VIRTUAL TABLE words USING fts5 (
    text, content='', contentless_delete=1, detail=none, tokenize='trigram case_sensitive 1'
);
INSERT INTO words (words, rank) VALUES ('hashsize', 8388608);
"""
"""``extents`` say whose each run of documents is; ``loose`` are passages that are in no document
yet: too few, or not final."""


class Opened(NamedTuple):
    """A catalog's file, and what it took to open it."""

    connection: apsw.Connection
    path: Path
    writable: bool
    inode: int
    notice: str


def cache_place(store: Path) -> Path:
    """Where the user's cache folder has the catalog of a store that cannot be written."""
    place = hashlib.sha256(os.fsencode(store.resolve())).hexdigest()[:16]
    return cache_folder() / "catalog" / f"{place}.db"


def open_file(store: Path) -> Opened:
    """The catalog of a store, for writing where that may be. Raises `CatalogError`."""
    path = store / NAME
    if os.access(store, os.W_OK | os.X_OK):
        try:
            return _open_here(path)
        except PermissionError:
            pass  # what the folder says of itself is not all: a confined process writes nowhere
        except OSError as error:
            raise CatalogError(
                f"the catalog {path} cannot be opened: {error.strerror}", operator=repr(error)
            ) from error
    with contextlib.suppress(CatalogError, OSError):
        return _open_to_read(path)
    place = cache_place(store)
    try:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return _open_here(place)
    except OSError as error:
        raise CatalogError(
            f"neither {path} nor {place} can be written: {error.strerror}. Point XDG_CACHE_HOME to "
            "where there is room",
            operator=repr(error),
        ) from error


def moved(opened: Opened) -> bool:
    """Whether the file of that name is another one by now, or gone."""
    try:
        return opened.path.stat().st_ino != opened.inode
    except OSError:
        return True


def replace(opened: Opened) -> Opened:
    """A new, empty catalog under the same name, or the one that somebody else has put there."""
    opened.connection.close()
    with _alone(opened.path):
        if not moved(opened):
            _begin(opened.path)
        return _connect(opened.path, "")


def shut(opened: Opened) -> None:
    """Closes it; the last one to do so leaves a file that is whole without its log."""
    if opened.writable:
        with contextlib.suppress(apsw.Error):
            opened.connection.set_busy_timeout(0)
            opened.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    opened.connection.close()


def rows(connection: apsw.Connection, statement: str, *values: Any) -> list[Any]:
    """All that it answers, as tuples."""
    return connection.execute(statement, values).fetchall()


def one(connection: apsw.Connection, statement: str, *values: Any) -> Any:
    """The one value that it answers, or None; a tuple where a row has several."""
    return connection.execute(statement, values).get


@contextlib.contextmanager
def told() -> Iterator[None]:
    """SQLite's complaints as ours."""
    try:
        yield
    except (apsw.CorruptError, apsw.NotADBError) as error:
        raise CatalogDamaged("the catalog is damaged", operator=str(error)) from error
    except apsw.SQLError as error:
        # Our statements are right: so the tables are not ours.
        raise CatalogDamaged("the catalog has other tables", operator=str(error)) from error
    except apsw.FullError as error:
        raise CatalogError(
            "the catalog cannot be written: the disk is full. Make room; it goes on then",
            operator=str(error),
        ) from error
    except (apsw.BusyError, apsw.LockedError) as error:
        raise CatalogError(
            "the catalog is busy: another process writes it", operator=str(error)
        ) from error
    except (apsw.Error, OSError) as error:
        raise CatalogError(f"the catalog cannot be used: {error}", operator=repr(error)) from error


# -- inside ----------------------------------------------------------------------------------------


def _open_here(path: Path) -> Opened:
    """For writing. Raises `OSError` where the folder does not let us."""
    with _alone(path):
        if not path.exists():
            _begin(path)
            return _connect(path, "")
        try:
            return _connect(path, "")
        except CatalogDamaged as error:
            _begin(path)
            return _connect(path, f"{error.person}: it is made again")


def _open_to_read(path: Path) -> Opened:
    """As somebody else keeps it. Raises `CatalogError` where it is of no use."""
    if not path.is_file():
        raise CatalogError("there is none")
    try:
        return _connect(path, "", writable=False)
    except CatalogError:
        if _log_of(path).exists():
            raise
    # On a disk that nobody writes, SQLite has to be told that nothing can change.
    return _connect(path, "", writable=False, still=True)


def _connect(path: Path, notice: str, *, writable: bool = True, still: bool = False) -> Opened:
    if path.is_dir():
        raise CatalogError(f"{path} is a folder: move it away, and the catalog is made there")
    if writable and not os.access(path, os.W_OK):
        raise PermissionError(13, "it belongs to somebody else")
    flags = apsw.SQLITE_OPEN_READWRITE if writable else apsw.SQLITE_OPEN_READONLY
    name = str(path.absolute())
    if still:
        name = path.absolute().as_uri() + "?immutable=1"
        flags |= apsw.SQLITE_OPEN_URI
    with told():
        inode = path.stat().st_ino
        connection = apsw.Connection(name, flags=flags)
    try:
        with told():
            connection.set_busy_timeout(PATIENCE)
            # Else the last one to close removes the log by its name, whosever it is by then.
            stays = ctypes.c_int(1)
            connection.file_control("main", apsw.SQLITE_FCNTL_PERSIST_WAL, ctypes.addressof(stays))
            _check(connection, path)
            connection.execute(
                f"PRAGMA cache_size = -{_CACHE}; PRAGMA synchronous = NORMAL; "
                f"PRAGMA secure_delete = FAST; PRAGMA journal_size_limit = {_LOG_LIMIT}; "
                "PRAGMA temp_store = MEMORY"
            )
    except BaseException:
        connection.close()
        raise
    return Opened(connection, path, writable, inode, notice)


def _check(connection: apsw.Connection, path: Path) -> None:
    """Raises `CatalogDamaged` where it is not a catalog of ours, of this version."""
    ours = connection.execute("PRAGMA application_id").get == APPLICATION
    if not ours:
        if connection.execute("SELECT count(*) FROM sqlite_schema").get:
            raise CatalogDamaged(f"{path} is another program's file, or an older catalog")
        raise CatalogDamaged("the catalog is empty")
    if connection.execute("PRAGMA user_version").get != VERSION:
        raise CatalogDamaged("the catalog is another version's")
    if connection.execute("SELECT value FROM about WHERE key = 'derivation'").get != DERIVATION:
        raise CatalogDamaged("the catalog was derived by other rules")
    pages = connection.execute("PRAGMA page_count").get
    log = _log_of(path)
    whole = path.stat().st_size >= pages * connection.execute("PRAGMA page_size").get
    if not whole and not (log.exists() and log.stat().st_size):
        raise CatalogDamaged("the catalog is cut off")


def _begin(path: Path) -> None:
    """An empty catalog in place of whatever is there; another program's database is kept aside."""
    if _is_foreign(path):
        path.replace(path.with_name(f"{path.name}.not-ours"))
    # Nobody else is here (see `_alone`): what lies there was left by a process that was killed.
    for left in path.parent.glob(f".{path.name}.[0-9]*"):
        left.unlink(missing_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fd = distrust.make(fresh, os.O_WRONLY)
    os.close(fd)
    try:
        with told(), contextlib.closing(apsw.Connection(str(fresh))) as connection:
            connection.execute(f"PRAGMA page_size = {_PAGE}; PRAGMA auto_vacuum = INCREMENTAL")
            connection.execute("PRAGMA journal_mode = OFF")
            connection.execute(SCHEMA)
            connection.execute("INSERT INTO about VALUES ('derivation', ?)", (DERIVATION,))
            connection.execute("INSERT INTO about VALUES ('next', 1)")
            connection.execute(f"PRAGMA application_id = {APPLICATION}")
            connection.execute(f"PRAGMA user_version = {VERSION}")
            connection.execute("PRAGMA journal_mode = WAL")
        for left in (_log_of(fresh), fresh.with_name(f"{fresh.name}-shm")):
            left.unlink(missing_ok=True)
        # A log that is left would be taken for the new one's.
        for old in (_log_of(path), path.with_name(f"{path.name}-shm")):
            old.unlink(missing_ok=True)
        fresh.replace(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise


def _is_foreign(path: Path) -> bool:
    """Whether it is a sound database that we never made."""
    try:
        flags = apsw.SQLITE_OPEN_READONLY
        with contextlib.closing(apsw.Connection(str(path.absolute()), flags=flags)) as connection:
            if connection.execute("PRAGMA application_id").get == APPLICATION:
                return False
            return bool(connection.execute("SELECT count(*) FROM sqlite_schema").get)
    except apsw.Error:
        return False


def _log_of(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


def _lock_of(path: Path) -> int:
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
    return distrust.open_own(path.with_name(f".{path.name}.lock"), flags)


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """One process at a time decides what lies under that name."""
    with os.fdopen(_lock_of(path), "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
