"""Passages, entries and queries for tests."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from replay.entry import Entry
from replay.passage import Kind, Passage
from replay.query import Query
from replay.query import parse as parse_at

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
START = datetime(2026, 11, 22, 9, tzinfo=UTC)


def parse(text: str) -> Query:
    """A query, asked at `NOW`."""
    return parse_at(text, NOW)


def passage(text: str, kind: Kind = Kind.SCREEN, **changes: Any) -> Passage:
    made = Passage(kind, 1, 3, 3, 5, 40, 2_000_000, 9_000_000, 0, False, "", text)
    return made._replace(**changes)


def entry(**changes: Any) -> Entry:
    """A session of the morning of the day before `NOW`, an hour long."""
    known: dict[str, Any] = {
        "id": "01930000-0000-7000-8000-000000000001",
        "principal": "alice",
        "kind": "person",
        "target": "web1",
        "account": "root",
        "protocol": "ssh",
        "purpose": "nightly backup",
        "client": "OpenSSH_9.2",
        "address": "10.0.0.7",
        "wall_ns": int(START.timestamp()) * 1_000_000_000,
        "duration": 3_600_000_000,
        "denied": 2,
        "state": "sealed",
    }
    return Entry(**{**known, **changes})
