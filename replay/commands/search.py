"""``gatereel search QUERY [SESSION...] [--json] [--limit N]``: hits, across a store or in sessions.

Knows: the search, and how a hit is said. Called by the front door, through `replay.cli`. Recorded
text is shown with its control characters escaped: it never acts on the terminal that reads it.

Everything recorded is found: what the catalog does not have yet is taken in first, and where there
can be no catalog the recordings themselves are read.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import re
import sys
from collections.abc import Container, Iterable, Iterator
from pathlib import Path

from recorder.errors import GatereelError
from recorder.index import Index
from recorder.moments import format_offset
from recorder.places import store_path
from recorder.reader import Recording
from recorder.screen.width import width
from recorder.spelling import visible
from recorder.store import Store
from recorder.summary import rfc3339
from replay.commands.asking import asked, behind, current, entries, joined, telling
from replay.entry import Entry
from replay.errors import CatalogError, NothingFound, QueryError
from replay.passage import Passage
from replay.query import Query
from replay.search import Hit, search_session, search_store

_ID = re.compile(r"[0-9a-f][0-9a-f-]{3,35}")


def search(options: argparse.Namespace) -> int:
    """The verb."""
    names = [word for word in options.session if _is_session(word)]
    query = asked(_joined_to(options.query, options.session, names))
    if not query.asks:
        if query.terms:
            raise QueryError("this only says what not to find; add what to find")
        raise QueryError(
            "there is nothing to look for in recordings: add words. `gatereel sessions` lists "
            "the sessions that filters mean"
        )
    found = _named(options, names, query) if names else everywhere(options, query)
    if options.limit is not None:
        found = itertools.islice(found, options.limit)
    count = 0
    write = _write_json if options.json else _Lines()
    for hit, entry in found:
        write(hit, entry)
        count += 1
    if not count:
        raise NothingFound("nothing that was recorded fits")
    return 0


Found = tuple[Hit, Entry]


def _is_session(word: str) -> bool:
    """Whether an argument after the query is a session; else it is more of the query, for who
    forgot the quotes."""
    return word.endswith(".reel") or _ID.fullmatch(word) is not None


def _joined_to(query: str, more: Iterable[str], names: Iterable[str]) -> str:
    """A query with the arguments after it that are no session's."""
    rest = [word for word in more if word not in names]
    return f"{query} {joined(rest)}" if rest else query


def _named(options: argparse.Namespace, names: Iterable[str], query: Query) -> Iterator[Found]:
    """In these sessions, whatever else the store has."""
    for name in names:
        path = Path(name)
        by_path = path.suffix == ".reel" or len(path.parts) > 1
        with Recording.open(name, None if by_path else store_path(options)) as recording:
            yield from _in(recording, query)


def _in(recording: Recording, query: Query) -> Iterator[Found]:
    facts = recording.header.facts
    entry = Entry(
        recording.id,
        principal=str(facts.get("principal", "")),
        target=str(facts.get("target", "")),
        account=str(facts.get("account", "")),
        wall_ns=int(facts.get("wall", 0)),
    )
    with telling() as tell, Index.load_or_build(recording) as index:
        tell(f"reading {recording.id}")
        for hit in search_session(recording, index, query):
            tell("")
            yield hit, entry


def everywhere(options: argparse.Namespace, query: Query) -> Iterator[Found]:
    """In all sessions: what a catalog that is kept by somebody else lacks is read itself."""
    store = Store.open(store_path(options))
    told = _Told()
    try:
        with current(store) as catalog, telling() as tell:
            late = behind(store, catalog)
            if late:
                yield from told.each(_one_by_one(store, query, late))
            known = {entry.id: entry for entry in catalog.entries()}

            def progress(done: int, total: int) -> None:
                tell(f"searching: {done} of {total} sessions")

            rest = known.keys() - late if late else None
            for hit in search_store(catalog, query, progress=progress, sessions=rest):
                tell("")
                # One that began a moment ago is among the hits, but was not among those known.
                entry = known.get(hit.session) or catalog.entry(hit.session) or Entry(hit.session)
                yield from told.each([(hit, entry)])
    except CatalogError as error:
        sys.stderr.write(f"gatereel: {error.code}: {error.person}; reading all recordings\n")
        yield from told.others(_one_by_one(store, query))


def _one_by_one(
    store: Store, query: Query, sessions: Container[str] | None = None
) -> Iterator[Found]:
    """In these sessions, or all, without a catalog."""
    for entry in entries(store):
        if not query.admits(entry) or (sessions is not None and entry.id not in sessions):
            continue
        try:
            with Recording(store, entry.id) as recording:
                yield from _in(recording, query)
        except GatereelError as unreadable:
            sys.stderr.write(f"gatereel: {entry.id}: {visible(str(unreadable))}\n")


class _Told:
    """What was told already, so that it is not told again where another way has to be taken."""

    def __init__(self) -> None:
        self._sessions: set[str] = set()
        """Those that are told to the end, but for the last one."""
        self._last = ""
        self._passages: set[Passage] = set()
        """Of the last one."""

    def each(self, found: Iterable[Found]) -> Iterator[Found]:
        for hit, entry in found:
            if hit.session != self._last:
                self._sessions.add(hit.session)
                self._last = hit.session
                self._passages.clear()
            self._passages.add(hit.passage)
            yield hit, entry

    def others(self, found: Iterable[Found]) -> Iterator[Found]:
        for hit, entry in found:
            if hit.session not in self._sessions or (
                hit.session == self._last and hit.passage not in self._passages
            ):
                yield hit, entry


def _write_json(hit: Hit, entry: Entry) -> None:
    passage = hit.passage
    shown = passage.row >= 0
    fact = {
        "session": hit.session,
        "frame": passage.whole,
        "event": passage.event,
        "time": passage.time,
        "wall": rfc3339(entry.wall_ns, passage.time),
        "until": passage.until,
        "row": passage.row if shown else None,
        "col": sum(map(width, passage.text[: hit.spans[0].start])) if shown else None,
        "text": passage.text,
        "marks": list(hit.marks),
        "kind": passage.kind,
        "detail": passage.detail,
        "spans": [list(span) for span in hit.spans],
    }
    sys.stdout.write(json.dumps(fact, ensure_ascii=True) + "\n")


class _Lines:
    """Hits for people: a line each, under a line for their session."""

    def __init__(self) -> None:
        self._session = ""
        bright = sys.stdout.isatty() and "NO_COLOR" not in os.environ
        self._on, self._off = ("\x1b[1;4m", "\x1b[m") if bright else ("", "")

    def __call__(self, hit: Hit, entry: Entry) -> None:
        passage = hit.passage
        if hit.session != self._session:
            self._session = hit.session
            start = (rfc3339(entry.wall_ns) or "")[:19].replace("T", " ")
            who = f"{visible(entry.principal)}  {visible(entry.where)}"
            sys.stdout.write(f"{hit.session}  {start}Z  {who}\n")
        place = f"#f{passage.whole}" if passage.whole >= 0 else f"#e{passage.event}"
        said = [*([] if passage.kind == "screen" else [passage.kind.value]), *hit.marks]
        marks = f" [{' '.join(dict.fromkeys(said))}]" if said else ""
        line = f"  {place:<8} {format_offset(passage.time)}{marks}  {self._marked(hit)}\n"
        sys.stdout.write(line)

    def _marked(self, hit: Hit) -> str:
        text, at, parts = hit.passage.text, 0, list[str]()
        for start, end in _apart(hit.spans):
            parts += [visible(text[at:start]), self._on, visible(text[start:end]), self._off]
            at = end
        return "".join([*parts, visible(text[at:])])


def _apart(spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Spans without overlaps, those that touch as one."""
    start, end = 0, 0
    for first, last in spans:
        if first > end:
            if end > start:
                yield start, end
            start = first
        elif end == start:
            start = first
        end = max(end, last)
    if end > start:
        yield start, end
