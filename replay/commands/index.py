"""``gatereel index [SESSION...] [--rebuild] [--follow]``: frames, text and catalog, brought up to
date.

Knows: the keeper and how to say what it did. Called by the front door, through `replay.cli`, with
parsed arguments; returns exit statuses.

Speaks JSON lines: ``{"indexed": {...}}`` for what was derived, ``{"failed": {...}}`` for what could
not be, ``{"trouble": "..."}`` for what is amiss with the catalog. With ``--follow`` it goes on
until its input ends.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from typing import assert_never

from recorder.clock import SystemClock
from recorder.indexer import Failed, Indexed, Indexer
from recorder.indexer import run as run_indexer
from recorder.lines_out import closed, tell
from recorder.places import store_path
from recorder.store import Store
from replay.catalog import open_catalog
from replay.errors import CatalogError
from replay.keeper import Keeper, Kept, Trouble
from replay.keeper import run as run_keeper

_PAUSE = 0.5
"""Seconds between two passes."""
NICE = 10
"""Lower priority beside a gateway: its lag stops nobody, and whoever types comes first."""


def index(options: argparse.Namespace) -> int:
    """The verb."""
    if options.follow:
        with contextlib.suppress(OSError):  # where a sandbox keeps this from it, it sets it itself
            os.nice(NICE)
    store = Store.open(store_path(options))
    names = [store.find(name) for name in options.session] or None
    failed: set[str] = set()

    def say(kept: Kept) -> None:
        match kept:
            case Failed():
                failed.add(kept.session)
                tell({"failed": kept._asdict()})
            case Indexed():
                failed.discard(kept.session)
                tell({"indexed": kept._asdict()})
            case Trouble(line):
                tell({"trouble": line})
                if sys.stderr.isatty():
                    sys.stderr.write(f"gatereel: {line}\n")
            case _:
                assert_never(kept)

    def pause() -> bool:
        return bool(options.follow) and not closed(_PAUSE)

    try:
        catalog = open_catalog(store.path)
    except CatalogError as error:
        # Frames and text are what the player needs; the catalog can wait.
        say(Trouble(error.person))
        with Indexer(store, SystemClock(), rebuild=options.rebuild) as indexer:
            run_indexer(indexer, say, pause, names)
        return 1
    with contextlib.closing(catalog):
        if not catalog.writable:
            say(Trouble(f"{catalog.path} belongs to somebody else, who keeps it up"))
        elif options.rebuild and names is None:
            catalog.rebuild()
        with Keeper(store, catalog, SystemClock(), rebuild=options.rebuild) as keeper:
            for trouble in keeper.check():
                say(trouble)
            run_keeper(keeper, say, pause, names)
    return 1 if failed else 0
