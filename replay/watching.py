"""An eye on a store's catalog: its sessions when they change, previews when they are asked for.

Knows: the catalog, the store's names, who may see what. Must never know: widgets. Its `run` belongs
on a thread of its own (a catalog is for one thread at a time), and everything it has to say goes to
one function; the library's screen asks by `look`, `preview` and `stop`.

A session that the store has and the catalog has not yet is told by its header and its tail alone,
a few at a time, so that the library is complete from the first minute, and where there is no
catalog to be had at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from time import monotonic

from recorder.errors import GatereelError
from recorder.store import Store
from recorder.summary import Summary, summarise
from replay.catalog import Catalog, open_catalog
from replay.entry import Entry, Preview
from replay.errors import CatalogError, GatewayLost
from replay.scope import Scope

EVERY = 1.0
"""Seconds between looks at whether anything has changed."""
SLOW = 5
"""Every so many looks the names in the store are read too."""
BATCH = 0.25
"""Seconds of reading sessions that are in no catalog, between two things that are told."""


@dataclass(frozen=True, slots=True)
class Listed:
    """All sessions there are, in no order."""

    entries: tuple[Entry, ...]
    missing: int
    """So many of them are not in the catalog yet: they cannot be searched, and have no counts."""
    unread: int
    """So many are in the store, but not even in ``entries`` yet."""


@dataclass(frozen=True, slots=True)
class Previewed:
    session: str
    preview: Preview | None


@dataclass(frozen=True, slots=True)
class Trouble:
    """What cannot be done, for the person; what was told before still holds. "": it is over."""

    line: str


Report = Listed | Previewed | Trouble


class Watch:
    """The eye. ``tell`` is called on the thread of `run`."""

    def __init__(
        self,
        store: Store,
        scope: Scope,
        tell: Callable[[Report], object],
        *,
        opener: Callable[[Store], Catalog] = lambda store: open_catalog(store.path),
    ) -> None:
        self._store = store
        self._scope = scope
        self._tell = tell
        self._opener = opener
        self._asked: SimpleQueue[str | None] = SimpleQueue()
        """Sessions whose previews are wanted; "" is a look, None is the end."""
        self._catalog: Catalog | None = None
        self._changes = -1
        self._known: tuple[Entry, ...] = ()
        self._read: dict[str, Entry] = {}
        """Sessions that are in no catalog."""
        self._names: tuple[str, ...] = ()
        self._looks = 0
        self._trouble = ""

    # -- from any thread -------------------------------------------------------------------------

    def look(self) -> None:
        """Look at everything again, now."""
        self._asked.put("")

    def preview(self, session: str) -> None:
        """Tell this session's preview; of several that are asked for, the last."""
        self._asked.put(session)

    def stop(self) -> None:
        self._asked.put(None)

    # -- on the thread ---------------------------------------------------------------------------

    def run(self) -> None:
        """Until `stop`."""
        try:
            self._look(names=True)
            while (wanted := self._next()) is not None:
                if wanted:
                    self._show(wanted)
                else:
                    self._looks += 1
                    self._look(names=self._looks % SLOW == 0)
        finally:
            if self._catalog is not None:
                self._catalog.close()

    def _next(self) -> str | None:
        """What is asked for, the newest of it; "" where it is time for a look."""
        # Sessions that nobody has read yet are read at once, in between.
        wait = 0.0 if self._unread() else EVERY
        wanted: str | None = ""
        try:
            asked = self._asked.get(timeout=wait) if wait else self._asked.get_nowait()
            while True:
                if asked is None:
                    return None
                if asked:
                    wanted = asked
                else:
                    self._changes, self._looks = -1, SLOW - 1
                asked = self._asked.get_nowait()
        except Empty:
            return wanted

    def _look(self, *, names: bool) -> None:
        problems = []
        changed = self._looks == 0
        try:
            changed = self._ask_catalog() or changed
        except CatalogError as error:
            problems.append(f"{error.code}: {error.person}")
        try:
            if names or changed:
                before, self._names = self._names, tuple(self._store.ids())
                changed = changed or before != self._names
            changed = self._read_some() or changed
        except (GatereelError, OSError) as error:
            problems.insert(0, str(error))
        try:
            if changed:
                self._tell(self._listed())
        except GatereelError as error:
            problems.insert(0, f"{error.code}: {error.person}")
        if (problem := problems[0] if problems else "") != self._trouble:
            self._trouble = problem
            self._tell(Trouble(problem))

    def _ask_catalog(self) -> bool:
        """Whether the catalog says anything else than before."""
        if self._catalog is None:
            self._catalog = self._opener(self._store)
        changes = self._catalog.changes()
        if changes == self._changes:
            return False
        self._known = tuple(self._catalog.entries())
        self._changes = changes
        return True

    def _unread(self) -> list[str]:
        known = {entry.id for entry in self._known}
        return [name for name in self._names if name not in known and name not in self._read]

    def _read_some(self) -> bool:
        """Sessions that are in no catalog, for a moment, the newest first."""
        unread = self._unread()
        until = monotonic() + BATCH
        for count, name in enumerate(unread):
            if monotonic() > until:
                return count > 0
            self._read[name] = from_summary(summarise(self._store, name))
        return bool(unread)

    def _listed(self) -> Listed:
        there = set(self._names)
        known = {entry.id for entry in self._known}
        for name in [name for name in self._read if name in known or name not in there]:
            del self._read[name]
        visible = self._visible([*self._known, *self._read.values()])
        return Listed(tuple(visible), len(there - known), len(self._unread()))

    def _visible(self, entries: Iterable[Entry]) -> list[Entry]:
        return self._scope.visible(entries)

    def _show(self, session: str) -> None:
        preview = None
        if self._catalog is not None and session not in self._read:
            try:
                if self._scope.glimpsed(session, "preview"):
                    preview = self._catalog.preview(session)
            except (CatalogError, GatewayLost):
                self._changes = -1  # the next look says what is wrong
        self._tell(Previewed(session, preview))


def from_summary(summary: Summary) -> Entry:
    """A session that is not in the catalog yet, by its header and its tail alone."""

    def fact(name: str) -> str:
        return str(summary.facts.get(name, ""))

    return Entry(
        id=summary.id,
        principal=fact("principal"),
        kind=fact("kind"),
        target=fact("target"),
        account=fact("account"),
        protocol=fact("protocol"),
        wall_ns=summary.wall_ns,
        duration=summary.duration,
        events=summary.events,
        state=summary.state,
        reason=summary.reason,
    )
