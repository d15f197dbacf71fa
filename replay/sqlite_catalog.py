"""The catalog in one SQLite file: entries as rows, passages in documents, their trigrams in FTS5.

Knows: the tables. Must never know: recordings, queries, who looks. Made by
`replay.catalog.open_catalog`; the contract is `replay.catalog.Catalog`.

A reader never waits for a writer (write-ahead log); of two writers one waits for the other's
transaction, and no transaction is longer than one `Put`. Killed in the middle of one, nothing of it
is there. Passages go into documents of `replay.documents.TARGET` characters; those that are too
few for one yet, and those that are not final, lie beside them uncounted by the trigrams and are
looked at by every search: so nothing has to be taken out of the trigrams again while a
session goes on.
"""

from __future__ import annotations

import contextlib
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import apsw

from recorder.errors import RecordingError
from replay.catalog import Known, Put
from replay.documents import grouped, is_full, pack, searchable, storable, unpack
from replay.entry import FACETS, Entry, Preview
from replay.errors import CatalogDamaged, CatalogError
from replay.passage import Passage
from replay.sqlite_candidates import Extent, Place, candidates
from replay.sqlite_catalog_file import Opened, moved, one, open_file, replace, rows, shut, told

_NAMES = ", ".join(Entry._fields)
_MARKS = ", ".join("?" * (len(Entry._fields) + 2))
_UPDATES = ", ".join(f"{name} = excluded.{name}" for name in (*Entry._fields, "stamp", "settled"))
_PUT = (
    f"INSERT INTO sessions ({_NAMES}, stamp, settled) VALUES ({_MARKS}) "
    f"ON CONFLICT (id) DO UPDATE SET {_UPDATES} RETURNING number"
)
_PREVIEW = (
    "SELECT frame, event, time, why, rows FROM previews JOIN sessions ON session = number "
    "WHERE id = ?"
)
_TAIL, _EDGE, _SPOKEN, _LAST = 0, 1, 1 << 30, 1 << 60
"""Parts of what is loose: what fills no document yet; from here on the edge; from here on what was
typed, run and said."""


class SqliteCatalog:
    """A `Catalog`."""

    def __init__(self, store: Path, opened: Opened) -> None:
        self._store = store
        self._opened = opened
        self._changes = 0
        self._places: tuple[int, dict[str, Place]] | None = None
        self._entries: tuple[int, list[Entry]] | None = None

    @classmethod
    def open(cls, store: Path) -> SqliteCatalog:
        """See `replay.catalog.open_catalog`."""
        return cls(store, open_file(store))

    def __enter__(self) -> SqliteCatalog:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        shut(self._opened)

    @property
    def path(self) -> Path:
        return self._opened.path

    @property
    def writable(self) -> bool:
        return self._opened.writable

    @property
    def notice(self) -> str:
        return self._opened.notice

    # -- for those who look --------------------------------------------------------------------

    def entries(self) -> Sequence[Entry]:
        version = self.changes()
        if self._entries is None or self._entries[0] != version:
            with self._reading() as db:
                found = rows(db, f"SELECT {_NAMES} FROM sessions")
            found.sort(reverse=True)  # by the id, which comes first and is nobody else's
            self._entries = version, list(map(_entry, found))
        return self._entries[1]

    def entry(self, session: str) -> Entry | None:
        with self._reading() as db:
            found = rows(db, f"SELECT {_NAMES} FROM sessions WHERE id = ?", session)
        return _entry(found[0]) if found else None

    def preview(self, session: str) -> Preview | None:
        with self._reading() as db:
            found = rows(db, _PREVIEW, session)
        for frame, event, time, why, text in found:
            return Preview(frame, event, time, why, tuple(text.split("\n")))
        return None

    def values(self, field: str) -> list[tuple[str, int]]:
        if field not in FACETS:
            raise ValueError(f"{field} is no facet")
        with self._reading() as db:
            return rows(
                db,
                f"SELECT {field}, count(*) AS often FROM sessions WHERE {field} != '' "
                f"GROUP BY {field} ORDER BY often DESC, {field}",
            )

    def candidates(
        self, literals: Sequence[str], sessions: Container[str] | None = None
    ) -> Iterator[tuple[str, list[Passage]]]:
        with self._reading() as db:
            try:
                yield from candidates(db, self._all_places(), literals, sessions)
            except RecordingError as error:
                raise CatalogDamaged("the catalog is damaged", operator=str(error)) from error

    def changes(self) -> int:
        with self._reading() as db:
            return hash((one(db, "PRAGMA data_version"), self._changes))

    # -- for whoever keeps it up ---------------------------------------------------------------

    def known(self) -> Mapping[str, Known]:
        with self._reading() as db:
            found = rows(db, "SELECT id, stamp, settled, state FROM sessions")
        return {session: Known(*rest) for session, *rest in found}

    def put(self, put: Put) -> bool:
        with self._writing() as db:
            return self._put(db, put)

    def remove(self, sessions: Iterable[str]) -> None:
        with self._reading() as db:
            # What is pruned is not to lie about in pages that nobody uses.
            db.execute("PRAGMA secure_delete = ON")
        for session in sessions:
            with self._writing() as db:
                number = one(db, "SELECT number FROM sessions WHERE id = ?", session)
                if number is not None:
                    _clear(db, number)
                    db.execute("DELETE FROM previews WHERE session = ?", (number,))
                    db.execute("DELETE FROM sessions WHERE number = ?", (number,))
                    self._changes += 1
        with self._reading() as db:
            # What was a page of theirs is given back to the disk.
            rows(db, "PRAGMA incremental_vacuum")
            db.execute("PRAGMA secure_delete = FAST")

    def check(self) -> None:
        with self._reading() as db:
            # For each table, those of the trigrams too, so that a flipped bit is no lost hit.
            said = one(db, "PRAGMA integrity_check(1)")
        if said != "ok":
            raise CatalogDamaged("the catalog is damaged", operator=str(said))

    def rebuild(self) -> None:
        if not self.writable:
            raise CatalogError("the catalog belongs to somebody else, who keeps it up")
        with told():
            self._opened = replace(self._opened)
        self._changes += 1

    # -- inside --------------------------------------------------------------------------------

    def _put(self, db: apsw.Connection, put: Put) -> bool:
        entry = put.entry
        there = one(db, "SELECT number, settled FROM sessions WHERE id = ?", entry.id)
        if put.since and (there is None or there[1] != put.since):
            return False
        if there is not None and not put.since:
            _clear(db, there[0])
        values = (*entry[:-1], "\n".join(entry.weaker), put.stamp, put.until)
        number = one(db, _PUT, *map(_storable, values))
        _add(db, number, put)
        if put.preview is not None:
            text = _storable("\n".join(put.preview.rows))
            db.execute(
                "INSERT OR REPLACE INTO previews VALUES (?, ?, ?, ?, ?, ?)",
                (number, *put.preview[:4], text),
            )
        self._changes += 1
        return True

    def _all_places(self) -> dict[str, Place]:
        """Every session with its extents, newest first."""
        version = self.changes()
        if self._places is not None and self._places[0] == version:
            return self._places[1]
        db = self._opened.connection
        extents: dict[int, list[Extent]] = {}
        for first, last, session in rows(
            db, "SELECT first, last, session FROM extents ORDER BY first"
        ):
            extents.setdefault(session, []).append(Extent(first, last))
        found = rows(db, "SELECT id, number FROM sessions ORDER BY id DESC")
        places = {s: Place(s, n, tuple(extents.get(n, ()))) for s, n in found}
        self._places = version, places
        return places

    @contextlib.contextmanager
    def _reading(self) -> Iterator[apsw.Connection]:
        """The store's catalog as it is now, and not one that had its name before."""
        if moved(self._opened):
            shut(self._opened)
            self._opened = open_file(self._store)
            self._changes += 1
        with told():
            yield self._opened.connection

    @contextlib.contextmanager
    def _writing(self) -> Iterator[apsw.Connection]:
        """A transaction: all of it or nothing."""
        with self._reading() as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            except BaseException:
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise


def _add(db: apsw.Connection, number: int, put: Put) -> None:
    """Settled passages into documents as far as they fill them, the rest beside them."""
    tail = one(db, "SELECT data FROM loose WHERE session = ? AND part = ?", number, _TAIL)
    kept = _SPOKEN if put.spoken is None and not put.over else _LAST
    db.execute("DELETE FROM loose WHERE session = ? AND part < ?", (number, kept))
    settled = chain(() if tail is None else unpack(tail), put.settled)
    loose = [(_EDGE, put.edge), (_SPOKEN, put.spoken or ())]
    if put.over:
        settled = chain(settled, put.edge, put.spoken or ())
        loose = []
    first = after = one(db, "SELECT value FROM about WHERE key = 'next'")
    for group in grouped(settled):
        if not (put.over or is_full(group)):
            db.execute("INSERT INTO loose VALUES (?, ?, ?)", (number, _TAIL, pack(group)))
            break
        db.execute("INSERT INTO documents VALUES (?, ?)", (after, pack(group)))
        db.execute("INSERT INTO words (rowid, text) VALUES (?, ?)", (after, searchable(group)))
        after += 1
    if after > first:
        db.execute("UPDATE about SET value = ? WHERE key = 'next'", (after,))
        _extend(db, number, first, after - 1)
    for begin, passages in loose:
        for part, group in enumerate(grouped(passages), begin):
            db.execute("INSERT INTO loose VALUES (?, ?, ?)", (number, part, pack(group)))


def _extend(db: apsw.Connection, session: int, first: int, last: int) -> None:
    """These documents are the session's; with those right before them, where they are too."""
    before = rows(db, "SELECT first, last FROM extents WHERE session = ?", session)
    for begin, end in before:
        if end == first - 1:
            db.execute("UPDATE extents SET last = ? WHERE first = ?", (last, begin))
            return
    db.execute("INSERT INTO extents VALUES (?, ?, ?)", (first, last, session))


def _clear(db: apsw.Connection, number: int) -> None:
    """All passages of a session are gone."""
    for first, last in rows(db, "SELECT first, last FROM extents WHERE session = ?", number):
        db.execute("DELETE FROM documents WHERE number BETWEEN ? AND ?", (first, last))
        numbers = ((document,) for document in range(first, last + 1))
        db.executemany("DELETE FROM words WHERE rowid = ?", numbers)
    db.execute("DELETE FROM extents WHERE session = ?", (number,))
    db.execute("DELETE FROM loose WHERE session = ?", (number,))


def _entry(row: tuple[Any, ...]) -> Entry:
    weaker = row[-1]
    return Entry._make((*row[:-1], tuple(weaker.split("\n")) if weaker else ()))


def _storable(value: Any) -> Any:
    return storable(value) if isinstance(value, str) else value
