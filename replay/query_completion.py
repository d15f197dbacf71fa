"""What may come next in a query: fields, their values, for the bar in which one is written.

Knows: the language's names. Must never know: catalogs (values are asked for by name), widgets.
Called by the query bar. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from replay.passage import MARKS
from replay.query_dates import WORDS
from replay.query_filters import CHOICES, COLUMNS, TIMES
from replay.query_parser import ALIASES, FIELDS, MARK

MOST = 12
"""Completions that are told at once."""
HELP: Mapping[str, str] = {
    "screen": "only what was on a screen",
    "in": "what was typed",
    "cmd": "what was run",
    "sql": "SQL statements",
    "file": "names of files that were transferred",
    "title": "titles of windows",
    "notice": "what the gateway said",
    "who": "whose sessions",
    "kind": "person, workload, ...",
    "target": "on which target",
    "account": "as which account there",
    "protocol": "ssh, postgres, ...",
    "purpose": "what for",
    "client": "with which program, from which address",
    "state": "live, sealed, ...",
    "id": "a part of the session's id",
    "verdict": "allow, deny, hold",
    "masked": "yes or no",
    "after": "yesterday, 2h, 2026-11-22, 14:03",
    "before": "yesterday, 2h, 2026-11-22, 14:03",
    "on": "today, monday, 2026-11-22",
    "mark": "how it was shown: flash, alt, typed, hidden, ...",
}
_AGO = ("1h", "24h", "7d")
_ITEM = re.compile(r'(?:[^\s"]|"(?:[^"\\]|\\.)*"?)*$')
_PLAIN = re.compile(r'[^\s",]+')


class Completion(NamedTuple):
    """One way to go on: ``text`` in place of the query from ``start`` to ``end``."""

    start: int
    end: int
    text: str
    help: str

    def applied(self, query: str) -> tuple[str, int]:
        """The query with it, and where the cursor is then."""
        return query[: self.start] + self.text + query[self.end :], self.start + len(self.text)


def complete(
    text: str, cursor: int, values: Callable[[str], Sequence[str]]
) -> Sequence[Completion]:
    """What the item at the cursor may become, likeliest first. ``values`` tells the values of a
    field of `replay.entry.Entry`, the most frequent first."""
    cursor = min(max(cursor, 0), len(text))
    before = text[:cursor]
    match = _ITEM.search(before)
    start = match.start() if match is not None else cursor
    item = before[start:]
    start += item.startswith("-")
    item = item.removeprefix("-")
    name, colon, value = item.partition(":")
    found = _fields(item, start, cursor)
    if colon:
        known = ALIASES.get(name.casefold(), name.casefold())
        found = _values(known, value, start + len(name) + 1, cursor, values)
    return [each for _, each in zip(range(MOST), found, strict=False)]


def _fields(item: str, start: int, end: int) -> Iterator[Completion]:
    if not item or not item.isalpha():
        return
    begun = item.casefold()
    names = [name for name in FIELDS if name.startswith(begun)]
    names += [ALIASES[name] for name in ALIASES if name.startswith(begun)]
    for name in dict.fromkeys(names):
        yield Completion(start, end, f"{name}:", HELP[name])


def _values(
    name: str, value: str, start: int, end: int, values: Callable[[str], Sequence[str]]
) -> Iterator[Completion]:
    """Of several values, with commas between, the last is completed."""
    last = value.rpartition(",")[2] if not value.startswith('"') else value
    start += len(value) - len(last)
    begun = last.lstrip('"').casefold()
    for known in _known(name, values):
        if known and known.casefold() != begun and begun in known.casefold():
            text = known if _PLAIN.fullmatch(known) and not last.startswith('"') else _quoted(known)
            yield Completion(start, end, text, "")


def _known(name: str, values: Callable[[str], Sequence[str]]) -> Sequence[str]:
    if name in CHOICES:
        return CHOICES[name]
    if name == MARK:
        return MARKS
    if name in TIMES:
        return WORDS if name == "on" else (*_AGO, *WORDS)
    return values(COLUMNS[name]) if name in COLUMNS else ()


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
