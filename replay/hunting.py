"""A search through a store on a thread of its own: hits as they come, as many as are wanted.

Knows: the catalog, search, who may see what. Must never know: widgets. `Hunt.run` belongs on a
worker's thread and tells everything to one function; the results screen says when it wants more,
or no more. `Hits` is what came so far, session by session: pure.

Nobody reads a million hits, and nobody has room for them: the search rests when it is far ahead of
the reader, and goes on when that changes.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from recorder.clock import Clock
from recorder.errors import GatereelError
from recorder.moments import AtEvent, AtFrame
from recorder.store import Store
from replay.catalog import Catalog, open_catalog
from replay.entry import Entry
from replay.query import Query
from replay.scope import Scope
from replay.search import Hit, search_store

AHEAD = 2000
"""Hits that are found before the reader has come to them."""
TOLD_EVERY = 50_000_000
"""How often (ns) what was found is told."""


@dataclass(frozen=True, slots=True)
class Found:
    """What is new. The last time, ``over`` says how it ended."""

    hunt: int
    hits: Sequence[Hit]
    entries: Sequence[Entry]
    """Of sessions that are new here."""
    done: int
    total: int
    resting: bool = False
    over: bool = False
    problem: str = ""


class Hunt:
    """One search. ``number`` comes back with everything it tells."""

    def __init__(
        self,
        number: int,
        store: Store,
        scope: Scope,
        query: Query,
        tell: Callable[[Found], object],
        clock: Clock,
        *,
        opener: Callable[[Store], Catalog] = lambda store: open_catalog(store.path),
    ) -> None:
        self._number = number
        self._store = store
        self._scope = scope
        self._query = query
        self._tell = tell
        self._clock = clock
        self._opener = opener
        self._lock = threading.Condition()
        self._wanted = AHEAD
        self._over = False
        self._known: dict[str, Entry] = {}
        self._hits: list[Hit] = []
        self._entries: list[Entry] = []
        self._last = ""
        self._shows = True
        """Whether what is found in the session just now may be."""
        self._count = self._done = self._total = 0
        self._told = 0

    # -- from any thread -------------------------------------------------------------------------

    def stop(self) -> None:
        """Nobody wants any more of it."""
        with self._lock:
            self._over = True
            self._lock.notify()

    def want(self, hits: int) -> None:
        """So many hits, from the first, are wanted at least; some more are found in advance."""
        with self._lock:
            self._wanted = max(self._wanted, hits + AHEAD)
            self._lock.notify()

    # -- on the thread ---------------------------------------------------------------------------

    def run(self) -> None:
        """To the end, or until `stop`."""
        problem = ""
        try:
            with contextlib.closing(self._opener(self._store)) as catalog:
                self._search(catalog)
        except GatereelError as error:
            problem = f"{error.code}: {error.person}"
        self._send(over=True, problem=problem)

    def _search(self, catalog: Catalog) -> None:
        seen = self._scope.visible(
            entry for entry in catalog.entries() if self._query.admits(entry)
        )
        self._known = {entry.id: entry for entry in seen}
        self._total = len(seen)
        self._send()
        for hit in search_store(
            catalog,
            self._query,
            progress=self._progress,
            cancelled=lambda: self._over,
            sessions=self._known.keys(),
        ):
            if not self._room():
                return
            if hit.session != self._last:
                self._last = hit.session
                self._shows = self._scope.glimpsed(hit.session, "search")
                if self._shows:
                    self._entries.append(self._known[hit.session])
            if not self._shows:
                continue
            self._hits.append(hit)
            self._count += 1
            self._send_when_due()

    def _room(self) -> bool:
        """Waits until one more hit is wanted; False where none is any more."""
        with self._lock:
            if self._count >= self._wanted and not self._over:
                self._send(resting=True)
                self._lock.wait_for(lambda: self._count < self._wanted or self._over)
            return not self._over

    def _progress(self, done: int, total: int) -> None:
        self._done, self._total = done, total
        self._send_when_due()

    def _send_when_due(self) -> None:
        if self._clock.mono_ns() - self._told >= TOLD_EVERY or self._count == 1:
            self._send()

    def _send(self, *, resting: bool = False, over: bool = False, problem: str = "") -> None:
        hits, self._hits = self._hits, []
        entries, self._entries = self._entries, []
        self._told = self._clock.mono_ns()
        self._tell(
            Found(
                self._number, hits, entries, self._done, self._total,
                resting=resting, over=over, problem=problem,
            )
        )  # fmt: skip


@dataclass
class Hits:
    """What was found, in rows: a heading for each session, and its hits."""

    hits: list[Hit] = field(default_factory=list)
    sessions: list[Entry] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    """The number of a hit; ``~n`` is the heading of the session with the number n."""
    firsts: list[int] = field(default_factory=list)
    """The row of each session's heading."""

    def add(self, found: Found) -> None:
        """What is new, at the end."""
        entries = iter(found.entries)
        for hit in found.hits:
            if not self.sessions or self.sessions[-1].id != hit.session:
                self.firsts.append(len(self.rows))
                self.rows.append(~len(self.sessions))
                self.sessions.append(next(entries))
            self.rows.append(len(self.hits))
            self.hits.append(hit)

    def hit(self, row: int) -> Hit | None:
        """The hit in a row; None for a heading."""
        number = self.rows[row]
        return self.hits[number] if number >= 0 else None

    def of_session(self, number: int) -> range:
        """The rows of a session's hits."""
        end = self.firsts[number + 1] if number + 1 < len(self.firsts) else len(self.rows)
        return range(self.firsts[number] + 1, end)

    def neighbour(self, session: str, way: int) -> int | None:
        """The row with the first hit of the next session that has any (``way`` 1), or with the
        last of the one before (-1). None where there is none."""
        numbers = [n for n, entry in enumerate(self.sessions) if entry.id == session]
        if not numbers:
            return None
        number = numbers[-1] + 1 if way > 0 else numbers[0] - 1
        if not 0 <= number < len(self.sessions):
            return None
        rows = self.of_session(number)
        return rows[0] if way > 0 else rows[-1]


def place(hit: Hit) -> AtFrame | AtEvent:
    """Where a hit is opened: the frame from which on all of it was there, if there is one."""
    if hit.passage.whole >= 0:
        return AtFrame(hit.passage.whole)
    return AtEvent(hit.passage.event)
