"""Searching: one session as it is open, or all of a store through its catalog. Hits as they come.

Knows: recordings, indexes, the catalog, queries. Must never know: widgets, SQL, how a query is
written. Called by the results screen and the player, on a worker's thread, and by
``gatereel search``.

A hit is a passage; it leads to the frame from which on all of it was there (`replay.highlight`
says in which cells). The catalog only proposes: every hit is found in the text as it was rendered.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import chain, groupby
from operator import itemgetter
from typing import NamedTuple

from recorder.index import Index
from recorder.reader import Recording
from replay.catalog import Catalog
from replay.entry import Entry
from replay.folding import fold
from replay.passage import Passage, marks_of
from replay.passages import aside, passages, screens
from replay.query import Clause, Query, Span

LARGE = 16
"""Blocks of lines from which a session's screens are looked through first: what was typed has to be
compared with them, and nobody waits for both before the first hit."""
AT_ONCE = 8
"""Of them between two looks at whether anybody wants any more."""
_ALIKE = re.compile("[\x00-\x7f]+|[^\x00-\x7f]+")
Told = Callable[[int, int], None]
"""Called with how many sessions are done (in one session: how much of it), and of how many."""
Cancelled = Callable[[], bool]
"""Asked now and then whether nobody wants any more of it."""


class Hit(NamedTuple):
    """One passage that a query found."""

    session: str
    passage: Passage
    spans: tuple[Span, ...]
    """Where in the passage's text."""
    marks: tuple[str, ...]
    """`replay.passage.marks_of` it."""


def search_session(
    recording: Recording,
    index: Index,
    query: Query,
    *,
    progress: Told | None = None,
    cancelled: Cancelled | None = None,
) -> Iterator[Hit]:
    """The hits in one session, in no order: the session is meant, whatever the query's filters say
    of it, but for the time that they name. ``progress`` is for one that is large."""
    session, wall_ns = recording.id, int(recording.header.facts.get("wall", 0))
    missing = set(query.clauses)
    held: list[Hit] = []
    for passage in _all(recording, index, query, progress, cancelled):
        if cancelled is not None and cancelled():
            return
        if any(clause.fits(passage) for clause in query.unless):
            return
        hits = [_hit(session, wall_ns, query, clause, passage) for clause in query.clauses]
        missing.difference_update(c for c, hit in zip(query.clauses, hits, strict=True) if hit)
        held += merged(filter(None, hits))
        if not missing and not query.unless:
            yield from held
            held.clear()
    if not missing:
        yield from held


def _all(
    recording: Recording,
    index: Index,
    query: Query,
    progress: Told | None,
    cancelled: Cancelled | None,
) -> Iterator[Passage]:
    """All passages of a session; of a large one those that may have what is looked for."""
    ends, whole = index.settled, index.events
    if len(ends) < LARGE:
        return passages(recording, index)
    clauses = (*query.clauses, *query.unless)
    wanted = [sorted(clause.literals, key=len, reverse=True) for clause in clauses]

    def worth(text: str) -> bool:
        said = fold(text) if text.isascii() else "".join(map(fold, _ALIKE.findall(text)))
        return any(_has_line(said, each) for each in wanted)

    def tell(done: int) -> bool:
        if progress is not None:
            progress(done, 2 * whole)
        return cancelled is not None and cancelled()

    def seen() -> Iterator[Passage]:
        since = 0
        for until in [*ends[AT_ONCE - 1 :: AT_ONCE], None]:
            yield from screens(index, since=since, until=until, worth=worth)
            since = until or whole
            if tell(since):
                return

    return chain(seen(), aside(recording, index, lambda number: tell(whole + number)))


def _has_line(said: str, literals: list[str]) -> bool:
    """Whether a line of a folded text holds all of these, the longest of which is the first."""
    if not literals:
        return True
    first, *others = literals
    at = said.find(first)
    while at >= 0:
        begin, end = said.rfind("\n", 0, at) + 1, said.find("\n", at)
        line = said[begin : end if end >= 0 else len(said)]
        if all(literal in line for literal in others):
            return True
        at = said.find(first, begin + len(line))
    return False


def search_store(
    catalog: Catalog,
    query: Query,
    *,
    progress: Told | None = None,
    cancelled: Cancelled | None = None,
    sessions: Collection[str] | None = None,
) -> Iterator[Hit]:
    """The hits in all sessions that the query's filters admit (and, where given, that are among
    ``sessions``), newest session first, those of one session together. The catalog must be up to
    date. Raises `CatalogError`."""
    meant = {
        entry.id: entry
        for entry in catalog.entries()
        if query.admits(entry) and (sessions is None or entry.id in sessions)
    }
    if not meant or not query.clauses:
        return
    place = {session: number for number, session in enumerate(meant)}
    first, *others = sorted(query.clauses, key=_selects)
    done = 0
    for session, documents in groupby(catalog.candidates(first.literals, meant), itemgetter(0)):
        if progress is not None and place[session] > done:
            done = place[session]
            progress(done, len(meant))
        entry = meant[session]
        found = _found(entry, query, first, (doc for _, doc in documents), cancelled)
        if others or query.unless:
            found = _all_of(catalog, entry, query, others, list(found))
        yield from found
        if cancelled is not None and cancelled():
            return
    if progress is not None:
        progress(len(meant), len(meant))


def _selects(clause: Clause) -> int:
    """The clause first that leaves least to look at."""
    return -max(map(len, clause.literals), default=0)


def _found(
    entry: Entry,
    query: Query,
    clause: Clause,
    documents: Iterable[list[Passage]],
    cancelled: Cancelled | None,
) -> Iterator[Hit]:
    for document in documents:
        if cancelled is not None and cancelled():
            return
        for passage in sorted(document, key=_time):
            hit = _hit(entry.id, entry.wall_ns, query, clause, passage)
            if hit is not None:
                yield hit


def _all_of(
    catalog: Catalog, entry: Entry, query: Query, others: Iterable[Clause], held: list[Hit]
) -> Iterator[Hit]:
    """The hits of a session that must have more, or must not have something."""
    if not held:
        return
    only = {entry.id}
    for clause in query.unless:
        for _, document in catalog.candidates(clause.literals, only):
            if any(clause.fits(passage) for passage in document):
                return
    for clause in others:
        documents = (document for _, document in catalog.candidates(clause.literals, only))
        more = list(_found(entry, query, clause, documents, None))
        if not more:
            return
        held += more
    yield from sorted(merged(held), key=lambda hit: _time(hit.passage))


def merged(hits: Iterable[Hit]) -> list[Hit]:
    """What several clauses found in the same passage is one hit."""
    found: dict[Passage, Hit] = {}
    for hit in hits:
        other = found.get(hit.passage)
        if other is not None:
            hit = hit._replace(spans=tuple(sorted({*hit.spans, *other.spans})))
        found[hit.passage] = hit
    return list(found.values())


def _time(passage: Passage) -> int:
    return passage.time


def _hit(session: str, wall_ns: int, query: Query, clause: Clause, passage: Passage) -> Hit | None:
    spans = clause.fits(passage)
    if not spans or not query.marked(passage) or not query.during(wall_ns, passage):
        return None
    return Hit(session, passage, spans, marks_of(passage))
