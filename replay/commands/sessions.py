"""``gatereel sessions [FILTER...] [--json]``: the sessions of a store that a query means.

Knows: entries, queries, and how a session is said in a line. Called by the front door, through
`replay.cli`, and for somebody at a gateway by `replay.commands.served`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from recorder.errors import NotFound
from recorder.moments import format_duration
from recorder.places import store_path
from recorder.spelling import visible
from recorder.store import Store
from recorder.summary import rfc3339
from replay.commands.asking import asked, entries, joined
from replay.commands.search import everywhere
from replay.entry import DAMAGED, Entry
from replay.query import Query


def sessions(options: argparse.Namespace) -> int:
    """The verb."""
    store = Store.open(store_path(options))
    query = asked(joined(options.filter))
    found = chosen(entries(store), query)
    inside = query.inside
    if inside is not None and found:
        holding = {hit.session for hit, _ in everywhere(options, inside)}
        found = [entry for entry in found if entry.id in holding]
    if options.json:
        shown = [as_json(entry, str(store.reel(entry.id))) for entry in found]
        sys.stdout.write(json.dumps(shown, ensure_ascii=True) + "\n")
    if not found:
        raise NotFound(
            f"no session in {store.path} fits" if query.text else f"no session in {store.path} yet"
        )
    if not options.json:
        sys.stdout.writelines(f"{row(entry)}\n" for entry in found)
    return 0


def chosen(entries: Iterable[Entry], query: Query) -> list[Entry]:
    """Those that the query means, live ones first."""
    found = [entry for entry in entries if query.lists(entry)]
    found.sort(key=lambda entry: entry.begun, reverse=True)
    found.sort(key=lambda entry: not entry.live)
    return found


def row(entry: Entry) -> str:
    """A session in a list, as one line."""
    if entry.state == DAMAGED and not entry.principal:
        return f"{entry.id}  {entry.state:<11}  {visible(entry.reason)}"
    start = (rfc3339(entry.wall_ns) or "")[:19].replace("T", " ")
    return (
        f"{entry.id}  {entry.state:<11}  {start}Z  {format_duration(entry.duration):>7}  "
        f"{visible(entry.principal):<12}  {visible(entry.where)}"
    )


def as_json(entry: Entry, path: str) -> dict[str, Any]:
    """The keys of ``sessions --json``. What is not known as long as nothing is derived of the
    session is null."""
    derived = bool(entry.indexed)
    names = ("principal", "kind", "target", "account", "protocol")
    return {
        "id": entry.id,
        "path": str(Path(path)),
        **{name: getattr(entry, name) for name in names},
        "start": rfc3339(entry.wall_ns),
        "duration": entry.duration,
        "events": entry.events,
        "frames": entry.frames if derived else None,
        "state": entry.state,
        "reason": entry.reason,
        "purpose": entry.purpose if derived else None,
        "client": entry.client if derived else None,
        "commands": entry.commands if derived else None,
        "verdicts": entry.verdicts if derived else None,
        "masks": entry.masks if derived else None,
        "refused": entry.refused if derived else None,
        "size": entry.size if derived else None,
        "preserved": entry.preserved if derived else None,
        "redacted": entry.redacted if derived else None,
    }
