"""How fast a recording is indexed, and how large its index is.

Plain log text and full-screen programs, 100 MB of each. The full-screen output is that of real
programs, recorded here and now and then repeated as often as it takes, on one screen and with its
own pauses; each turn is told a new screen's worth of frames. The index's size is measured on real
sessions only, since made-up text says nothing about it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from bench.figures import Figure, seconds
from bench.size import LONGER, record
from bench.workload import Bench, log_lines
from recorder.events import ChannelClosed, ChannelOpened, Event, Output, Requested, Terminal
from recorder.index import Index
from recorder.reader import Recording
from recorder.store import Store

SIZE = 100_000_000
FULL_SCREEN = ("htop, half a minute", "less, a long file", "vim, a page typed")


def measure(folder: Path) -> Iterator[Figure]:
    recorded = folder / "programs"
    names = {}
    for number, (name, steps) in enumerate(LONGER.items()):
        record(steps, folder, recorded, seed=number)
        names[name] = Store.open(recorded).ids()[0]
    store = Store.open(recorded)
    yield speed("plain log text", folder / "log", plain(), "< 20 s")
    turns = [outputs(store, names[name]) for name in FULL_SCREEN]
    yield speed("full-screen programs", folder / "screens", repeated(turns), "< 60 s")
    yield size(store)


def speed(what: str, folder: Path, events: Iterator[Event], bar: str) -> Figure:
    bench = Bench(folder)
    with Recording.open(bench.store.reel(bench.record(events))) as recording:
        took = seconds(lambda: Index.load_or_build(recording).close())
        with Index.load(recording) as index:
            frames = len(index.frames)
    return Figure(
        name=f"indexing {SIZE // 1_000_000} MB of {what}",
        ours=took,
        unit="s",
        bar=bar,
        method=f"once; {frames:,} frames",
    )


def size(store: Store) -> Figure:
    """Of all sessions together: the index against the raw output."""
    derived = raw = 0
    for session in store.ids():
        with Recording(store, session) as recording:
            Index.load_or_build(recording).close()
            raw += sum(len(event.data) for event in outputs(store, session))
        derived += store.index(session).stat().st_size
    return Figure(
        name="size of the index, real sessions",
        ours=derived / 1000,
        peer=raw / 1000,
        unit="kB",
        bar="≤ 0.1×",
        against="the raw output",
        method=f"sums over {len(store.ids())} sessions",
    )


def outputs(store: Store, session: str) -> list[Output]:
    with Recording(store, session) as recording:
        events = (record.event for record in recording.records())
        return [event for event in events if isinstance(event, Output)]


def plain() -> Iterator[Event]:
    """A log that scrolls by, a screenful at a time."""
    chance = random.Random(5)
    yield from _opened()
    at = sent = 0
    while sent < SIZE:
        data = b"".join(log_lines(chance))
        yield Output(at, 1, data)
        sent += len(data)
        at += chance.randint(2_000, 40_000)
    yield ChannelClosed(at, 1, "the client left")


def repeated(turns: list[list[Output]]) -> Iterator[Event]:
    """These outputs in turn, with the pauses between them, up to `SIZE` bytes."""
    yield from _opened()
    began = sent = turn = 0
    while sent < SIZE:
        events = turns[turn % len(turns)]
        for event in events:
            yield Output(began + event.at - events[0].at, 1, event.data)
            sent += len(event.data)
        began += events[-1].at - events[0].at + 1_000_000
        turn += 1
    yield ChannelClosed(began, 1, "the client left")


def _opened() -> Iterator[Event]:
    yield ChannelOpened(0, 1, "session", "client")
    yield Terminal(0, 1, "xterm-256color", 120, 40, 0, 0, b"")
    yield Requested(0, 1, "shell", b"")
