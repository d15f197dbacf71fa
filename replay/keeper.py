"""The keeper: takes what is recorded in a store into its catalog, as it comes.

Knows: the indexer, entries, passages, the catalog's contract. Must never know: SQL, keys, who
looks. Called by ``gatereel index`` (with ``--follow`` beside the gateway) and by the app, on a
worker, for what nobody else keeps up.

May be killed at any instant, and may run in several processes at once: a session goes on from
where the catalog says it is. A catalog that cannot be written keeps nothing from being indexed: it
is said, and tried again. One that is damaged is made anew.

Of a live session, lines that are final go into the catalog for good; what may still change is
told anew each time, at most for a tenth of the time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

from recorder.clock import Clock
from recorder.index import Index
from recorder.index_file import cache_path
from recorder.indexer import Failed, Indexer, Told, stamp_of
from recorder.reader import Recording, is_live
from recorder.store import Store
from replay.catalog import Catalog, Known, Put
from replay.describing import describe, size_of, unreadable
from replay.entry import LIVE
from replay.errors import CatalogDamaged, CatalogError
from replay.passages import aside, passages, screens
from replay.telling import telling

BLOCKS = 16
"""Of an index's lines, in one transaction: nobody waits longer for it than for these."""
REST = 10
"""A live session is left alone for so many times as long as taking it in took."""
REST_ASIDE = 50
"""The same for what was typed, run and said, which is told from the beginning each time."""
RETRY = 10_000_000_000
"""Nanoseconds until a catalog that could not be written is tried again."""


class Trouble(NamedTuple):
    """Something about the catalog, in a line for the person. Said once."""

    line: str


Kept = Told | Trouble


@dataclass(slots=True)
class _Live:
    """A session that goes on, in this process."""

    due: int = 0
    """Monotonic nanoseconds: not taken in before."""
    due_aside: int = 0
    frames: int = -1
    """How many there were when its telling screen was last chosen."""


@dataclass
class Keeper:
    """Keeps one catalog. A context manager; closing the catalog is its maker's."""

    store: Store
    catalog: Catalog
    clock: Clock
    rebuild: bool = False
    _known: dict[str, Known] = field(default_factory=dict)
    _seen: int | None = None
    """The catalog's `changes` up to which `_known` is right."""
    _live: dict[str, _Live] = field(default_factory=dict)
    _late: set[str] = field(default_factory=set)
    """Those to be taken in although they may not change any more."""
    _afresh: set[str] = field(default_factory=set)
    """Those taken in from their beginning already, where that was asked for."""
    _idle_until: int = 0
    _said: set[str] = field(default_factory=set)
    _told: list[Trouble] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._indexer = Indexer(self.store, self.clock, self.rebuild, self._take)
        if self.catalog.notice:
            self._say(self.catalog.notice)

    def __enter__(self) -> Keeper:
        return self

    def __exit__(self, *_: object) -> None:
        self._indexer.__exit__(None, None, None)

    def step(self, sessions: list[str] | None = None) -> Iterator[Kept]:
        """One pass over these sessions, or all of the store, newest first: those that changed
        since they were last taken in, by whomever, one after the other as they are asked for."""
        self._indexer.look()
        self._guarded(self._begin)
        for told in self._indexer.step(sessions, looked=True):
            if isinstance(told, Failed):
                self._guarded(partial(self._fail, told))
            yield told
            yield from self._troubles()
        self._guarded(self._see)
        yield from self._troubles()

    def check(self) -> Iterator[Trouble]:
        """Whether the catalog is sound: all of it is read. One that is not is made anew."""
        self._guarded(self.catalog.check)
        yield from self._troubles()

    # -- what is there already -----------------------------------------------------------------

    def _begin(self) -> None:
        """What the catalog has, what of it is gone, and what has to be looked at again."""
        if not self.catalog.writable:
            return
        files = self._indexer.files
        if self.catalog.changes() != self._seen:
            self._compare(files)
        gone = self._known.keys() - files.keys()
        if gone:
            self.catalog.remove(sorted(gone))
            for session in gone:
                del self._known[session]
                self._live.pop(session, None)
        for session, known in self._known.items():
            if known.state == LIVE and not is_live(self.store, session):
                self._indexer.forget(session)  # nothing tells of whoever stops without a word
        now = self.clock.mono_ns()
        for session in list(self._late):
            if self._is_due(session, now):
                self._late.discard(session)
                self._indexer.forget(session)

    def _compare(self, files: Mapping[str, list[str]]) -> None:
        """With what another process may have made of the catalog meanwhile."""
        before, self._known = self._known, dict(self.catalog.known())
        for session, paths in files.items():
            known = self._known.get(session)
            if known is not None and known == before.get(session):
                continue
            if known is not None and known.stamp == stamp_of(paths) and self._has_index(session):
                self._indexer.know(session, known.stamp)
            else:
                self._indexer.forget(session)

    def _see(self) -> None:
        self._seen = self.catalog.changes()

    def _has_index(self, session: str) -> bool:
        """Whether what is derived of it is there: else it is derived, though nothing is new."""
        path = self.store.index(session)
        return not self.rebuild and (path.exists() or cache_path(path).exists())

    def _is_due(self, session: str, now: int, *, over: bool = False) -> bool:
        live = self._live.get(session)
        return now >= self._idle_until and (over or live is None or now >= live.due)

    # -- taking in -----------------------------------------------------------------------------

    def _take(self, recording: Recording, index: Index, stamp: str) -> None:
        """Called by the indexer with each session as far as it is derived."""
        session = recording.name
        if not self.catalog.writable:
            return
        due = self._is_due(session, self.clock.mono_ns(), over=index.finished)
        if not (due and self._guarded(lambda: self._put(recording, index, stamp))):
            self._late.add(session)

    def _put(self, recording: Recording, index: Index, stamp: str) -> None:
        session, began = recording.name, self.clock.mono_ns()
        live = self._live.setdefault(session, _Live())
        put = self._make(recording, index, stamp, live)
        for piece in self._pieces(index, put):
            if not self.catalog.put(piece):
                self._seen = None  # somebody else was here: see where it is now
                self._late.add(session)
                return
            self._known[session] = Known(piece.stamp, piece.until, piece.entry.state)
        self._said.clear()
        if put.over:
            self._live.pop(session, None)
            return
        now = self.clock.mono_ns()
        live.due = now + (now - began) * REST
        if put.spoken is not None:
            live.due_aside = now + (now - began) * REST_ASIDE

    def _make(self, recording: Recording, index: Index, stamp: str, live: _Live) -> Put:
        """All that is new, in one."""
        session = recording.name
        entry = describe(recording, index, size_of(self._indexer.files.get(session, ())))
        settled = index.settled
        known = self._known.get(session)
        since = known.settled if known is not None and known.settled in settled else 0
        if self.rebuild and session not in self._afresh:
            self._afresh.add(session)
            since = 0
        # Where journals are left, a sealer will go on with it, even if nobody writes.
        over = index.finished and not self.store.journals(session)
        preview = None
        if over or entry.frames > live.frames + live.frames // 4:
            live.frames = entry.frames
            preview = telling(recording, index)
        due = over or not since or self.clock.mono_ns() >= live.due_aside
        spoken = aside(recording, index) if due else None
        if over:
            lines = screens(index, since=since)
            if not since and len(settled) <= BLOCKS:
                lines, spoken = passages(recording, index), None
            return Put(entry, stamp, since, 0, lines, (), spoken, preview, over=True)
        until = settled[-1] if settled else 0
        lines, edge = screens(index, since=since, until=until), screens(index, since=until)
        return Put(entry, stamp, since, until, lines, edge, spoken, preview)

    def _pieces(self, index: Index, put: Put) -> Iterator[Put]:
        """The same in transactions of bounded length."""
        since = put.since
        stops = [stop for stop in index.settled if stop > since]
        for stop in stops[BLOCKS - 1 : -1 : BLOCKS]:
            # Without a stamp: if this process ends now, the next one goes on.
            entry = put.entry._replace(indexed=stop)
            lines = screens(index, since=since, until=stop)
            yield Put(entry, since=since, until=stop, settled=lines)
            since = stop
        if since != put.since:
            lines = screens(index, since=since, until=None if put.over else put.until)
            put = put._replace(since=since, settled=lines)
        yield put

    def _fail(self, told: Failed) -> None:
        """A session that cannot be read is an entry that says so."""
        if not self.catalog.writable:
            return
        stamp = stamp_of(self._indexer.files.get(told.session, ()))
        before = self.catalog.entry(told.session)
        entry = unreadable(self.store, told.session, told.reason, before)
        self.catalog.put(Put(entry, stamp, over=True))
        self._known[told.session] = Known(stamp, 0, entry.state)

    # -- trouble -------------------------------------------------------------------------------

    def _guarded(self, work: Callable[[], None]) -> bool:
        """Whether it worked; trouble with the catalog is said, and keeps nothing else from going
        on. Raises what is no trouble of the catalog's."""
        try:
            work()
        except CatalogDamaged as error:
            self._anew(error)
            return False
        except CatalogError as error:
            self._say(error.person)
            self._idle_until = self.clock.mono_ns() + RETRY
            self._seen = None
            return False
        return True

    def _anew(self, damage: CatalogDamaged) -> None:
        try:
            self.catalog.rebuild()
        except CatalogError as error:
            self._say(f"{damage.person}, and cannot be made again: {error.person}")
            self._idle_until = self.clock.mono_ns() + RETRY
        else:
            self._say(f"{damage.person}: it is made again")
        self._known.clear()
        self._live.clear()
        self._seen = None
        for session in self._indexer.files:
            self._indexer.forget(session)

    def _say(self, line: str) -> None:
        if line not in self._said:
            self._said.add(line)
            self._told.append(Trouble(line))

    def _troubles(self) -> Iterator[Trouble]:
        told, self._told = self._told, []
        yield from told


def run(
    keeper: Keeper,
    tell: Callable[[Kept], None],
    pause: Callable[[], bool],
    sessions: list[str] | None = None,
) -> None:
    """Passes until ``pause``, which waits between two of them, says that it is enough."""
    while True:
        for told in keeper.step(sessions):
            tell(told)
        if not pause():
            return
