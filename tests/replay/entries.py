"""Entries and catalogs for tests: as many sessions as wanted, without a recording behind them."""

from __future__ import annotations

from pathlib import Path

from recorder.store import Store
from replay.catalog import Put
from replay.entry import Entry, Preview
from replay.passage import Kind, Passage
from replay.sqlite_catalog import SqliteCatalog

WALL_NS = 1_790_000_000_000_000_000
HOUR = 3_600_000_000
PEOPLE = ("alice", "bob", "carol", "deploy-bot")
TARGETS = ("web1", "web2", "db1")
STATES = ("sealed", "sealed", "sealed", "interrupted")


def entry(number: int, **facts: object) -> Entry:
    """The session with this number: the higher, the newer."""
    made = Entry(
        id=f"01a20965-{number >> 16:04x}-7000-8000-{number & 0xFFFF:012x}",
        principal=PEOPLE[number % 4],
        kind="workload" if number % 4 == 3 else "person",
        target=TARGETS[number % 3],
        account="root",
        protocol="ssh" if number % 3 < 2 else "postgres",
        purpose=f"ticket {number % 50}" if number % 2 else "",
        wall_ns=WALL_NS + number * HOUR * 1000,
        duration=number % 90 * 1_000_000,
        events=number,
        frames=number // 2,
        commands=number % 7,
        channels=1,
        allowed=number % 5,
        denied=int(number % 11 == 0),
        masks=int(number % 13 == 0),
        state=STATES[number % 4],
        size=1000,
        indexed=number,
    )
    return made._replace(**facts)  # type: ignore[arg-type]


def passage(text: str, *, frame: int = 3, time: int = 2_000_000, **more: object) -> Passage:
    """A line of a screen."""
    made = Passage(
        Kind.SCREEN, 1, frame, frame, frame, 5, time, time + 5_000_000, 0, False, "", text
    )  # fmt: skip
    return made._replace(**more)  # type: ignore[arg-type]


def filled(folder: Path, entries: list[Entry], text: str = "hello {id}") -> Store:
    """A store with a catalog of these sessions, each with one line and a preview."""
    store = Store.open(folder, create=True)
    catalog = SqliteCatalog.open(store.path)
    for each in entries:
        line = text.format(id=each.id, who=each.principal)
        preview = Preview(3, 5, 2_000_000, "fullest", (line, "second row"))
        catalog.put(Put(each, "stamp", settled=[passage(line)], preview=preview, over=True))
    catalog.close()
    return store
