"""Opening the library of a large store, and how soon a search over all of it shows something.

Everything is asked of the catalog alone, as the app does. `bench.archive` says what is in it, and
that no recordings are behind it. The file is in the page cache. `GATEREEL_BENCH_SHARE` (say, 10)
divides sessions and text.
"""

from __future__ import annotations

import contextlib
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from bench.archive import Archive
from bench.figures import Figure, median, percentile
from replay.catalog import Catalog, open_catalog
from replay.query import parse
from replay.search import search_store

SESSIONS = 10_000
TEXT = 1_000_000_000
OPENINGS = 21
QUERIES = 100
SHOWN = 200
"""Hits after which a search is left: more than a list shows at once."""
NOW = datetime(2026, 11, 23, tzinfo=UTC)

# In a process of its own, as when the app starts: what a library shows before it is scrolled.
OPENING = """
import sys, time
from pathlib import Path
begin = time.perf_counter()
from replay.catalog import open_catalog
import replay.sqlite_catalog
loaded = time.perf_counter()
catalog = open_catalog(Path(sys.argv[1]))
entries = catalog.entries()
facets = [catalog.values(name) for name in ("principal", "target", "state")]
preview = catalog.preview(entries[0].id)
assert preview and all(facets)
print(time.perf_counter() - loaded, time.perf_counter() - begin)
"""


def measure(folder: Path, *, share: int | None = None) -> Iterator[Figure]:
    part = share or int(os.environ.get("GATEREEL_BENCH_SHARE", "1"))
    archive = Archive()
    with contextlib.closing(open_catalog(folder)) as catalog:
        began = time.perf_counter()
        size = archive.fill(catalog, SESSIONS // part, TEXT // part)
        took = time.perf_counter() - began
    with contextlib.closing(open_catalog(folder)) as catalog:
        # The log of what was written is in the file by now.
        yield from weight(catalog, size, took)
        yield opening(folder, len(catalog.entries()))
        yield from searching(catalog, archive, size)


def weight(catalog: Catalog, size: int, took: float) -> Iterator[Figure]:
    """The catalog of so many characters, and what it took to write it."""
    yield Figure(
        name="the catalog, against the text in it",
        ours=catalog.path.stat().st_size / 1e6,
        peer=size / 1e6,
        unit="MB",
        bar="",
        against="the text as it was rendered",
        method="with the text itself, compressed, and a preview of each session",
    )
    yield Figure(
        name="writing text into the catalog",
        ours=size / 1e6 / took,
        unit="MB/s",
        bar="",
        method=f"{took:.0f} s, with making the text up",
    )


def opening(folder: Path, sessions: int) -> Figure:
    runs = [[float(word) for word in _run(OPENING, str(folder)).split()] for _ in range(OPENINGS)]
    inside = [run[0] * 1000 for run in runs]
    return Figure(
        name=f"opening the library with {sessions:,} sessions",
        ours=median(inside),
        unit="ms",
        bar="≤ 300 ms, to aim for 100",
        method=f"all rows, three facets, a preview; median of {OPENINGS} fresh processes, p95 "
        f"{percentile(inside, 95):.0f} ms; with loading the program "
        f"{median(run[1] for run in runs) * 1000:.0f} ms",
    )


def searching(catalog: Catalog, archive: Archive, size: int) -> Iterator[Figure]:
    chance = random.Random(5)
    words = archive.words
    rare = chance.sample(words[len(words) // 2 :], QUERIES)
    common = chance.sample(words[:300], QUERIES)
    two = [f"{chance.choice(words[:300])} {chance.choice(words[300:3000])}" for _ in range(QUERIES)]
    nowhere = [word[::-1] + "q" + word for word in rare]
    about = f"{size / 1e6:,.0f} MB of text in {len(catalog.entries()):,} sessions"
    for name, queries in (
        ("a rare word", rare),
        ("a common word", common),
        ("two words in a line", two),
        ("a word that is nowhere", nowhere),
    ):
        first, whole, hits = _times(catalog, queries)
        shown = first or whole
        what = "first hit" if first else "the answer"
        yield Figure(
            name=f"searching for {name}: {what}, p95",
            ours=percentile(shown, 95),
            unit="ms",
            bar="≤ 200 ms, to aim for 50",
            method=f"{len(queries)} queries over {about}; p50 {median(shown):.1f} ms, worst "
            f"{max(shown):.0f} ms; {median(hits):,.0f} hits, at most {SHOWN}, after "
            f"{median(whole):.0f} ms",
        )


def _times(catalog: Catalog, queries: Iterable[str]) -> tuple[list[float], list[float], list[int]]:
    """Milliseconds to the first hit of each query that has one and to the last, and how many."""
    first, whole, counts = [], [], []
    for text in queries:
        began = time.perf_counter()
        count = 0
        for _ in search_store(catalog, parse(text, NOW)):
            if not count:
                first.append((time.perf_counter() - began) * 1000)
            count += 1
            if count == SHOWN:
                break
        whole.append((time.perf_counter() - began) * 1000)
        counts.append(count)
    return first, whole, counts


def _run(program: str, *arguments: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", program, *arguments], check=True, stdout=subprocess.PIPE, text=True
    ).stdout
