"""The catalog: what is known of every session of a store without opening one of them.

Knows: entries, passages, what a catalog has to answer. Must never know: SQL, queries, screens, who
looks. Called by the library and by search, which read, and by `replay.keeper`, which writes.
`open` gives the one that belongs to a store; `replay.sqlite_catalog` is the one there is.

All of it is derived: it may be deleted at any time, and is never evidence. One process writes a
session at a time, by agreement alone: a `Put` says from where it goes on, and is refused where
somebody else was there before. For one thread at a time; open another for another.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from replay.entry import Entry, Preview
from replay.passage import Passage


class Known(NamedTuple):
    """What the catalog has of a session, for whoever keeps it up."""

    stamp: str
    """What its files were like; "" where it was put without being whole."""
    settled: int
    """Up to this record its passages are there, and final."""
    state: str


class Put(NamedTuple):
    """A session as it is now, or how it has grown."""

    entry: Entry
    stamp: str = ""
    since: int = 0
    """What its screens said before this record is there already; 0: all that is there is
    replaced."""
    until: int = 0
    """`settled` is all from ``since`` up to this record."""
    settled: Iterable[Passage] = ()
    edge: Iterable[Passage] = ()
    """All that the screens said beyond ``until``, as it stands now, in place of what was the edge
    before."""
    spoken: Iterable[Passage] | None = None
    """All that was typed, run and said so far, in place of what there is of it; None: that
    stays."""
    preview: Preview | None = None
    """None: the one that is there stays."""
    over: bool = False
    """Whether nothing more is to come."""


class Catalog(Protocol):
    """Every call may raise `CatalogError`, and `CatalogDamaged` where only `rebuild` helps."""

    @property
    def path(self) -> Path: ...

    @property
    def writable(self) -> bool: ...

    @property
    def notice(self) -> str:
        """What was found when it was opened, in a line for the person; mostly ""."""
        ...

    # -- for those who look --------------------------------------------------------------------

    def entries(self) -> Sequence[Entry]:
        """All sessions, newest first."""
        ...

    def entry(self, session: str) -> Entry | None: ...

    def preview(self, session: str) -> Preview | None: ...

    def values(self, field: str) -> list[tuple[str, int]]:
        """What a field of `replay.entry.FACETS` is, and how often; the most frequent first."""
        ...

    def candidates(
        self, literals: Sequence[str], sessions: Container[str] | None = None
    ) -> Iterator[tuple[str, list[Passage]]]:
        """The passages whose text, as `replay.folding.fold` has it, holds every one of these
        ``literals`` (folded, of any length): newest session first, as they are found. Without
        literals, all passages. A session comes as often as it has documents, all of its own
        together, never with none."""
        ...

    def changes(self) -> int:
        """Another number whenever something may be different, whoever wrote it. Cheap."""
        ...

    # -- for whoever keeps it up ---------------------------------------------------------------

    def known(self) -> Mapping[str, Known]: ...

    def put(self, put: Put) -> bool:
        """False, and nothing is changed, where the session is not at ``since`` (any more)."""
        ...

    def remove(self, sessions: Iterable[str]) -> None: ...

    def check(self) -> None:
        """Reads all of it; raises `CatalogDamaged` where it is not sound."""
        ...

    def rebuild(self) -> None:
        """Begins anew, with nothing in it."""
        ...

    def close(self) -> None: ...


def open_catalog(store: Path) -> Catalog:
    """The catalog of the store in this folder, made where there is none: ``catalog.db`` in it, or
    where that cannot be, in the user's cache folder. Raises `CatalogError`."""
    from replay.sqlite_catalog import SqliteCatalog

    return SqliteCatalog.open(store)
