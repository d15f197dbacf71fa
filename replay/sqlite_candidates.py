"""Which passages may hold what is looked for: from the trigrams of a catalog, newest first.

Knows: the tables of documents, what a literal's trigrams are. Must never know: queries, recordings,
how the tables came to be. Called by `replay.sqlite_catalog`.

Documents lie in the order in which they were written, sessions are wanted in the order in which
they began. So documents are looked up in windows from the newest back, and a session is told as
soon as the windows have passed its first document: those that began later have all of theirs
before that, but for a few that overlap. The first hits wait for one small window and not for the
last; a window is twice as large as the one before, so that what is rare takes few of them.

A search may go on for long, and no transaction is held as long: that would keep the log from
ending. So a session that is not whole yet is read as it is when its turn comes, with the documents
that it has got meanwhile.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Container, Iterator, Mapping, Sequence
from typing import NamedTuple

import apsw

from replay.documents import storable, unpack
from replay.passage import Passage
from replay.sqlite_catalog_file import one, rows

TRIGRAM = 3
FIRST_WINDOW, LAST_WINDOW = 1 << 10, 1 << 16
"""Documents."""
MOST_TRIGRAMS = 24
"""Of one literal: more tell little more."""
_LOOK = "SELECT rowid FROM words WHERE words MATCH ? AND rowid BETWEEN ? AND ?"
_LOOSE = "SELECT data FROM loose WHERE session = ? ORDER BY part"
_EXTENTS = "SELECT first, last FROM extents WHERE session = ? ORDER BY first"


class Extent(NamedTuple):
    """Documents that lie together."""

    first: int
    last: int


class Place(NamedTuple):
    """Where a session's documents are."""

    id: str
    number: int
    extents: tuple[Extent, ...]
    """In ascending order."""


def trigrams(literals: Sequence[str]) -> list[str]:
    """Those that every text has which holds all of these (folded) literals; none where all are
    too short."""
    found: dict[str, None] = {}
    for literal in literals:
        starts = range(len(literal) - TRIGRAM + 1)
        if len(starts) > MOST_TRIGRAMS:
            # Those that overlap least, from end to end.
            step = len(starts) / MOST_TRIGRAMS
            starts_taken = [int(n * step) for n in range(MOST_TRIGRAMS)]
        else:
            starts_taken = list(starts)
        found.update(dict.fromkeys(literal[at : at + TRIGRAM] for at in starts_taken))
    return list(found)


def candidates(
    connection: apsw.Connection,
    places: Mapping[str, Place],
    literals: Sequence[str],
    sessions: Container[str] | None,
) -> Iterator[tuple[str, list[Passage]]]:
    """As `Catalog.candidates`; ``places`` are all sessions, newest first."""
    wanted = [storable(literal) for literal in literals if literal]
    chosen, few = _chosen(places, sessions)
    found = _Windows(connection, trigrams(wanted))
    found.top = max((p.extents[-1].last for p in chosen if p.extents), default=0)
    unfinished = {number for (number,) in rows(connection, "SELECT DISTINCT session FROM loose")}
    for place in chosen:
        loose: Sequence[bytes] = ()
        if place.number in unfinished:
            place, loose = _as_it_is(connection, place)
        for number in found.of(place, alone=few):
            data = one(connection, "SELECT data FROM documents WHERE number = ?", number)
            if data is not None and (passages := unpack(data, wanted)):
                yield place.id, passages
        for data in loose:
            if passages := unpack(data, wanted):
                yield place.id, passages


def _as_it_is(connection: apsw.Connection, place: Place) -> tuple[Place, list[bytes]]:
    """Where its documents are by now, and what is in none of them: both of one moment, so that
    nothing is missed which goes from the one to the other."""
    with connection:
        extents = tuple(Extent(*each) for each in rows(connection, _EXTENTS, place.number))
        loose = [data for (data,) in rows(connection, _LOOSE, place.number)]
    return place._replace(extents=extents), loose


def _chosen(
    places: Mapping[str, Place], sessions: Container[str] | None
) -> tuple[Sequence[Place], bool]:
    """Those asked for, newest first, and whether they are so few that each is looked up alone."""
    if isinstance(sessions, Collection) and len(sessions) <= len(places) // 8:
        return [places[s] for s in sorted(sessions, reverse=True) if s in places], True
    return [p for p in places.values() if sessions is None or p.id in sessions], False


class _Windows:
    """The numbers of documents that have all of some trigrams, from the newest window back."""

    def __init__(self, connection: apsw.Connection, wanted: Sequence[str]) -> None:
        self._connection = connection
        self._match = " AND ".join('"{}"'.format(t.replace('"', '""')) for t in wanted)
        self.top = 0
        """The newest document that may be asked for."""
        self._bottom: int | None = None
        """All from here up to the top have been looked up."""
        self._size = FIRST_WINDOW
        self._found: list[list[int]] = []
        """One list of a window each, ascending; the newest window first."""

    def of(self, place: Place, *, alone: bool) -> Iterator[int]:
        """A session's, ascending. ``alone``: few others are asked for."""
        if not self._match:
            for extent in place.extents:
                yield from range(extent.first, extent.last + 1)
        elif alone:
            for extent in place.extents:
                yield from self._look(extent.first, extent.last)
        elif place.extents:
            self._reach(place.extents[0].first)
            for extent in place.extents:
                yield from self._between(extent)
                if extent.last > self.top:
                    yield from self._look(max(extent.first, self.top + 1), extent.last)

    def _reach(self, first: int) -> None:
        """Windows down to this document."""
        bottom = self.top + 1 if self._bottom is None else self._bottom
        while bottom > first:
            low = max(bottom - self._size, 1)
            self._found.append(self._look(low, bottom - 1))
            bottom = low
            self._size = min(self._size * 2, LAST_WINDOW)
        self._bottom = bottom

    def _between(self, extent: Extent) -> Iterator[int]:
        for window in reversed(self._found):
            if not window or window[-1] < extent.first or window[0] > extent.last:
                continue
            begin = bisect_left(window, extent.first)
            yield from window[begin : bisect_right(window, extent.last, begin)]

    def _look(self, first: int, last: int) -> list[int]:
        found = rows(self._connection, _LOOK, self._match, first, last)
        return [number for (number,) in found]
