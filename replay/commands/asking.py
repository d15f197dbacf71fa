"""What the verbs that ask have in common: a query read from words, and a catalog that is current.

Knows: the keeper, the catalog, the words of a command line. Must never know: how hits are printed.
Called by `replay.commands.search` and `replay.commands.sessions`.
"""

from __future__ import annotations

import contextlib
import re
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from recorder.clock import SystemClock
from recorder.indexer import Failed, Indexed, stamp_of
from recorder.spelling import visible
from recorder.store import Store
from recorder.summary import summarise
from replay.catalog import Catalog, open_catalog
from replay.entry import Entry
from replay.errors import CatalogError, QueryError
from replay.keeper import Keeper, Trouble
from replay.query import Query, parse
from replay.watching import from_summary

_SEVERAL = re.compile(r"(?:^-|\s-?)[a-z]+:\S", re.IGNORECASE)
"""A field that is not the first thing in an argument, or is negated."""


def asked(text: str) -> Query:
    """The query in a text; what is wrong with it is pointed at. Raises `QueryError`."""
    try:
        query = parse(text, datetime.now(UTC))
    except QueryError as error:
        if error.end > error.start:
            before, part = visible(text[: error.start]), visible(text[error.start : error.end])
            after = visible(text[error.end :])
            sys.stderr.write(f"  {before}{part}{after}\n  {' ' * len(before)}{'^' * len(part)}\n")
        raise
    for note in query.notes:
        sys.stderr.write(f"gatereel: note: {visible(note)}\n")
    return query


def joined(words: Sequence[str]) -> str:
    """Arguments as one query: one with blanks in it is a phrase, as it was for the shell, unless it
    is a query of several parts itself."""
    return " ".join(map(_quoted, words))


def _quoted(word: str) -> str:
    if '"' in word or not any(char.isspace() for char in word) or _SEVERAL.search(word):
        return word
    name, colon, value = word.partition(":")
    if colon and name.isalpha():
        return f'{name}:"{value}"'
    return word if word.startswith("/") else f'"{word}"'


@contextlib.contextmanager
def current(store: Store) -> Iterator[Catalog]:
    """The store's catalog with everything in it that is recorded by now, with a line on a terminal
    that says how far it is. Raises `CatalogError`."""
    with contextlib.closing(open_catalog(store.path)) as catalog:
        bring_up(store, catalog)
        yield catalog


def bring_up(store: Store, catalog: Catalog) -> None:
    """Takes in what nobody else has."""
    if not catalog.writable:
        return
    done = 0
    with Keeper(store, catalog, SystemClock()) as keeper, telling() as tell:
        for kept in keeper.step():
            match kept:
                case Indexed():
                    done += 1
                    tell(f"taking in what is new: {done} sessions")
                case Failed():
                    tell("")
                    sys.stderr.write(
                        f"gatereel: {kept.session} cannot be searched: {visible(kept.reason)}\n"
                    )
                case Trouble(line):
                    tell("")
                    sys.stderr.write(f"gatereel: {visible(line)}\n")


def behind(store: Store, catalog: Catalog) -> set[str]:
    """Sessions of which this catalog, kept by somebody else, does not say all: to be read
    themselves. By how many bytes they have: copying a store changes every date in it."""
    if catalog.writable:
        return set()
    known = catalog.known()
    return {
        session
        for session, paths in store.files().items()
        if session not in known or _amount(known[session].stamp) != _amount(stamp_of(paths))
    }


def _amount(stamp: str) -> list[str]:
    return stamp.split()[:2]


@contextlib.contextmanager
def telling() -> Iterator[Tell]:
    """Says how far something is, on a terminal only, and takes it back at the end."""
    tell = Tell(shown=sys.stderr.isatty())
    try:
        yield tell
    finally:
        tell("")


class Tell:
    """One line that is written over itself; nothing where nobody looks."""

    def __init__(self, *, shown: bool) -> None:
        self._shown = shown
        self._line = ""

    def __call__(self, line: str) -> None:
        if self._shown and line != self._line:
            sys.stderr.write(f"\r\x1b[K{line}")
            sys.stderr.flush()
            self._line = line


def entries(store: Store) -> list[Entry]:
    """Every session, newest first: from the catalog where that is current, else by its header and
    its tail, so that listing never waits for anything to be derived."""
    known: dict[str, Entry] = {}
    stamps: dict[str, str] = {}
    with contextlib.suppress(CatalogError), contextlib.closing(open_catalog(store.path)) as catalog:
        known = {entry.id: entry for entry in catalog.entries()}
        stamps = {session: one.stamp for session, one in catalog.known().items()}
    found = []
    for session, paths in store.files().items():
        entry = known.get(session)
        if entry is None or entry.live or stamps.get(session) != stamp_of(paths):
            entry = from_summary(summarise(store, session))._replace(id=session)
        found.append(entry)
    return found
