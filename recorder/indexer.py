"""The indexer: keeps every index of a store up with its recordings, as a process of its own.

Knows: a store, its recordings, their indexes. Must never know: keys, the network, who looks; it
writes derived files and nothing else. Called by `replay.keeper`, which takes what was derived into
the catalog: for ``gatereel index`` and, with ``--follow``, beside the gateway. May be killed at any
instant: each index goes on from what is on disk. Its lag is told and never stops a session.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import NamedTuple

from recorder.clock import Clock
from recorder.errors import GatereelError
from recorder.index import Index
from recorder.reader import Recording
from recorder.store import Store

OPEN_LIMIT = 64
"""Live sessions whose screens are kept in memory; those beyond are opened again each time."""
LOOK_AGAIN = 120
"""Passes after which files are looked at to which nothing more should come: thousands, mostly."""


class Indexed(NamedTuple):
    """What one pass did for one session."""

    session: str
    events: int
    """Records that the index covers."""
    frames: int
    behind: int
    """Records that it did not cover when the pass began: the lag."""
    took: int
    """Microseconds."""
    finished: bool


class Failed(NamedTuple):
    """A session that could not be indexed, and why; it is tried again when it changes."""

    session: str
    reason: str


Told = Indexed | Failed
Taken = Callable[[Recording, Index, str], None]
"""Called with a session as far as it is derived now, and its `stamp`."""


@dataclass(slots=True)
class _Open:
    """A live session between two passes."""

    held: ExitStack
    recording: Recording
    index: Index


@dataclass
class Indexer:
    """Indexes what lies in a store. A context manager."""

    store: Store
    clock: Clock
    rebuild: bool = False
    taken: Taken | None = None
    files: dict[str, list[str]] = field(default_factory=dict)
    """Of every session, as the last pass found them."""
    _known: dict[str, str] = field(default_factory=dict)
    _over: set[str] = field(default_factory=set)
    """Those known to which nothing more comes."""
    _passes: int = 0
    _open: dict[str, _Open] = field(default_factory=dict)
    _rebuilt: set[str] = field(default_factory=set)

    def __enter__(self) -> Indexer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for session in list(self._open):
            self._let_go(session)

    def look(self) -> None:
        """What lies in the store now."""
        self.files = self.store.files()
        self._passes += 1
        if self._passes % LOOK_AGAIN == 0:
            self._over.clear()
        for session in self._known.keys() - self.files.keys():
            self.forget(session)

    def know(self, session: str, stamp: str) -> None:
        """Somebody has taken this session as it was when its files had this stamp."""
        self._known[session] = stamp

    def forget(self, session: str) -> None:
        """It is taken in the next pass, whether it has changed or not."""
        self._known.pop(session, None)
        self._over.discard(session)

    def step(self, sessions: list[str] | None = None, *, looked: bool = False) -> Iterator[Told]:
        """One pass over these sessions, or all of the store: those that changed since the last
        pass, one after the other as they are asked for. ``looked``: `look` was called just now."""
        if not looked:
            self.look()
        for session in list(self.files) if sessions is None else sessions:
            if session in self._over:
                continue
            stamp = stamp_of(self.files.get(session, ()))
            if self._known.get(session) == stamp:
                if self._is_over(session):
                    self._over.add(session)
                continue
            self._known[session] = stamp
            try:
                told = self._advance(session, stamp)
            except (GatereelError, OSError) as error:
                self._let_go(session)
                yield Failed(session, str(error))
            else:
                if told is not None:
                    yield told

    def _advance(self, session: str, stamp: str) -> Indexed | None:
        began = self.clock.mono_ns()
        there = self._open.get(session) or self._take_up(session)
        index = there.index
        before, was_finished = index.events, index.finished
        index.refresh()
        if self.taken is not None:
            self.taken(there.recording, index, stamp)
        # An index that another process writes is opened again: by then it may be ours.
        if index.finished or not index.kept or len(self._open) > OPEN_LIMIT:
            self._let_go(session)
        if index.events == before and index.finished == was_finished:
            return None
        return Indexed(
            session,
            index.events,
            len(index.frames),
            index.events - before,
            (self.clock.mono_ns() - began) // 1000,
            index.finished,
        )

    def _take_up(self, session: str) -> _Open:
        with ExitStack() as held:
            recording = held.enter_context(Recording(self.store, session))
            rebuild = self.rebuild and session not in self._rebuilt
            index = held.enter_context(Index.load(recording, rebuild=rebuild))
            self._rebuilt.add(session)
            there = self._open[session] = _Open(held.pop_all(), recording, index)
        return there

    def _let_go(self, session: str) -> None:
        there = self._open.pop(session, None)
        if there is not None:
            there.held.close()

    def _is_over(self, session: str) -> bool:
        """Whether nobody writes to it any more: a reel alone, which no sealer goes on with."""
        return session not in self._open and all(
            path.endswith(".reel") for path in self.files.get(session, ())
        )


def stamp_of(paths: Iterable[str]) -> str:
    """Another one whenever there may be something new in these files."""
    count = size = newest = 0
    for path in paths:
        try:
            status = os.stat(path)  # noqa: PTH116 - of thousands
        except OSError:
            continue  # sealed between the two looks: its bytes are in the reel
        count += 1
        size += status.st_size
        newest = max(newest, status.st_mtime_ns)
    return f"{count} {size} {newest}"


def run(
    indexer: Indexer,
    tell: Callable[[Told], None],
    pause: Callable[[], bool],
    sessions: list[str] | None = None,
) -> None:
    """Passes until ``pause``, which waits between two of them, says that it is enough."""
    while True:
        for told in indexer.step(sessions):
            tell(told)
        if not pause():
            return
