"""Long looks into one session that must not hold up its screens: searches, and filters of events.

Knows: recordings, indexes, queries. Must never know: widgets, players. Each runs on a worker's
thread of its own, with the recording opened once more; what is found is told as it comes, and it
ends soon after nobody wants any more of it.
"""

from __future__ import annotations

import threading
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from recorder.clock import Clock
from recorder.errors import GatereelError
from recorder.event_json import event_json
from recorder.format import Packed
from recorder.index import Index
from recorder.reader import Recording
from replay.inspect import data_of, event_name
from replay.lists import MOST_HITS, fits
from replay.projector import line_of
from replay.query import Query
from replay.search import Hit, search_session

PATIENCE = 1_000_000_000
"""How long (ns) is indexed before a search what nobody has indexed yet."""
TOLD_EVERY = 100_000_000
"""How often (ns) what was found is told."""
MOST_TOLD = 2000
"""Hits that are told at once, at most."""
LOOKED = 4096
"""Records after which it is looked at the clock, and whether anybody still wants it."""


TOO_MANY = f"{MOST_HITS:,} hits are shown, and there are more: add a word"
PARTLY = "searched what is indexed so far: search again for the rest when that has come further"


@dataclass(frozen=True, slots=True)
class Found:
    """More hits of a search. The last time it is ``done``; ``problem`` says why it ended early."""

    search: int
    hits: Sequence[Hit]
    done: bool
    problem: str = ""
    percent: int = 0
    """How far it has come, where that takes long enough to be asked."""


@dataclass(frozen=True, slots=True)
class Sifted:
    """More events that a filter let through, ascending; how far it has come."""

    filter: int
    numbers: array[int]
    looked: int
    done: bool
    problem: str = ""


Opener = Callable[[], Recording]


def search(
    number: int,
    opener: Opener,
    query: Query,
    tell: Callable[[Found], None],
    clock: Clock,
    cancelled: threading.Event,
) -> None:
    """Run a search to its end, or until it is cancelled. Errors are told, never raised."""
    try:
        with opener() as recording, Index.load(recording) as index:
            end = clock.mono_ns() + PATIENCE
            index.refresh(enough=lambda: cancelled.is_set() or clock.mono_ns() >= end)
            due, hits, room, percent = clock.mono_ns() + TOLD_EVERY, list[Hit](), MOST_HITS, 0

            def come(done: int, total: int) -> None:
                nonlocal due, hits, percent
                if clock.mono_ns() >= due:
                    percent = done * 100 // max(total, 1)
                    tell(Found(number, hits, done=False, percent=percent))
                    due, hits = clock.mono_ns() + TOLD_EVERY, []

            stop = cancelled.is_set
            for hit in search_session(recording, index, query, progress=come, cancelled=stop):
                hits.append(hit)
                room -= 1
                if not room:
                    tell(Found(number, hits, done=True, problem=TOO_MANY))
                    return
                if len(hits) >= MOST_TOLD or clock.mono_ns() >= due:
                    tell(Found(number, hits, done=False, percent=percent))
                    due, hits = clock.mono_ns() + TOLD_EVERY, []
            tell(Found(number, hits, done=True, problem=PARTLY if index.partial else ""))
    except (GatereelError, OSError) as error:
        tell(Found(number, (), done=True, problem=line_of(error)))


def sift(
    number: int,
    opener: Opener,
    words: Sequence[str],
    tell: Callable[[Sifted], None],
    clock: Clock,
    cancelled: threading.Event,
) -> None:
    """Run a filter over all events, or until it is cancelled. Errors are told, never raised."""
    try:
        with opener() as recording:
            due, chosen, looked = clock.mono_ns() + TOLD_EVERY, array("q"), 0
            for looked, event in _fitting(recording.records(), words):
                if event >= 0:
                    chosen.append(event)
                if looked % LOOKED == 0 or event >= 0:
                    if cancelled.is_set():
                        return
                    if clock.mono_ns() >= due:
                        tell(Sifted(number, chosen, looked, done=False))
                        due, chosen = clock.mono_ns() + TOLD_EVERY, array("q")
            tell(Sifted(number, chosen, looked, done=True))
    except (GatereelError, OSError) as error:
        tell(Sifted(number, array("q"), 0, done=True, problem=line_of(error)))


def _fitting(records: Iterable[Packed], words: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Of each record, how many there were with it, and its number where it fits, else -1."""
    for looked, record in enumerate(records, 1):
        yield looked, record.number if fits(words, text_of(record)) else -1


def text_of(record: Packed) -> str:
    """All that a filter finds an event by: its code, its name, what it says."""
    event = record.event
    data = data_of(event)
    if data is not None:
        said = data.decode("utf-8", "replace")
    else:
        said = " ".join(map(str, event_json(record, 0).values()))
    return f"{event.code} {event_name(event.code)} {said}"
