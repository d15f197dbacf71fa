"""The verb ``prune``: retention, over the store and over what the catalog knows of it.

Knows: `recorder.retention` and the catalog. Called by the front door, through `replay.cli`, with
parsed arguments; returns exit statuses.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from typing import Any

from recorder import local
from recorder.clock import SystemClock
from recorder.errors import GatereelError
from recorder.places import data_folder, store_path
from recorder.retention import Plan, Rule, parse_age, plan, prune, total
from recorder.spelling import visible
from recorder.store import Store
from replay.catalog import open_catalog


def prune_(options: argparse.Namespace) -> int:
    """``gatereel prune [--older-than AGE] [--keep N] [--dry-run] [--json]``"""
    store = Store.open(store_path(options))
    older = parse_age(options.older_than) if options.older_than else None
    rule = Rule(older, options.keep)
    clock = SystemClock()
    wanted = plan(store, rule, clock.wall_ns())
    removed: list[str] = []
    if not options.dry_run and (wanted.due or wanted.unfinished):
        signer = local.user_signer(data_folder())
        try:
            removed.extend(prune(store, wanted, signer, clock, os.urandom))
        finally:
            _forget(store, [*wanted.unfinished, *(due.session for due in wanted.due)])
    if options.json:
        _write_json(_facts(wanted, removed, rule))
    else:
        _tell(wanted, removed, dry=options.dry_run)
    return 0


def _forget(store: Store, sessions: list[str]) -> None:
    """Takes what was removed out of the catalog, so that no search finds it. What is still there
    is put back by the indexer."""
    try:
        catalog = open_catalog(store.path)
        try:
            catalog.remove(one for one in sessions if not store.reel(one).exists())
        finally:
            catalog.close()
    except GatereelError as error:
        sys.stderr.write(f"gatereel: the catalog still knows them: {error}\n")


def _facts(wanted: Plan, removed: list[str], rule: Rule) -> dict[str, Any]:
    return {
        "rule": str(rule),
        "due": [due.session for due in wanted.due],
        "size": total(wanted.due),
        "unfinished": wanted.unfinished,
        "spared": [spared._asdict() for spared in wanted.spared],
        "removed": removed,
    }


def _tell(wanted: Plan, removed: list[str], *, dry: bool) -> None:
    out = sys.stdout
    for session in wanted.unfinished:
        out.write(f"{session}  {'half removed' if dry else 'removed (begun by an earlier run)'}\n")
    for due in wanted.due:
        gone = dry or due.session in removed
        out.write(f"{due.session}  {'due' if dry else 'removed' if gone else 'stays'}\n")
    for spared in wanted.spared:
        out.write(f"{spared.session}  stays: {visible(spared.why)}\n")
    count, size = len(wanted.due), total(wanted.due)
    verb = "would go" if dry else "gone"
    out.write(f"{count} sessions, {size / 1e6:.1f} MB {verb}; {len(wanted.spared)} spared\n")


def _write_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=True) + "\n")
