"""The library: the sessions of a store, sorted, counted by what they have in common, and filtered.

Knows: entries of the catalog, queries. Must never know: files, payloads, screens, widgets. Pure.
Called by the library's screen.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import Enum
from operator import attrgetter
from typing import NamedTuple

from replay.entry import DAMAGED, Entry
from replay.query import Query
from replay.query_completion import Completion, complete
from replay.query_filters import COLUMNS, Fact

_PLAIN = re.compile(r"[\w.@:%+][\w.@:%+-]*")
_MOST, _MOST_NAMED = 10, 3
"""Completions that are offered at once, and of them for one field that was not asked for."""
_NAMED = ("who", "target", "account", "purpose")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Column(Enum):
    """What the library shows of a session, by the word at the head of its column."""

    HEALTH = "health"
    WHO = "who"
    PURPOSE = "what for"
    WHERE = "where"
    PROTOCOL = "how"
    WHEN = "when (UTC)"
    LENGTH = "length"
    COMMANDS = "cmds"
    VERDICTS = "verdicts"
    MASKS = "masks"


class Order(NamedTuple):
    """How the library is sorted. Live sessions are first whatever it is."""

    column: Column = Column.WHEN
    reverse: bool = True

    def by(self, column: Column) -> Order:
        """Sorted by this column: the way that it is looked for first, then the other way."""
        if column is self.column:
            return Order(column, not self.reverse)
        return Order(column, column in _LARGE_FIRST)


_LARGE_FIRST = frozenset(
    (Column.WHEN, Column.LENGTH, Column.COMMANDS, Column.VERDICTS, Column.MASKS)
)
_HEALTH = ("live", DAMAGED, "interrupted", "sealed")
_KEYS: Mapping[Column, Callable[[Entry], object]] = {
    Column.HEALTH: lambda entry: (_HEALTH.index(entry.state), not entry.weaker),
    Column.WHO: lambda entry: entry.principal.casefold(),
    Column.PURPOSE: lambda entry: (not entry.purpose, entry.purpose.casefold()),
    Column.WHERE: lambda entry: (entry.target.casefold(), entry.account.casefold()),
    Column.PROTOCOL: lambda entry: entry.protocol,
    Column.WHEN: lambda entry: entry.begun,
    Column.LENGTH: lambda entry: entry.duration,
    Column.COMMANDS: lambda entry: entry.commands,
    Column.VERDICTS: lambda entry: (entry.denied + entry.refused, entry.held, entry.allowed),
    Column.MASKS: lambda entry: entry.masks,
}


def ordered(entries: Iterable[Entry], order: Order) -> list[Entry]:
    """In this order, live ones first, newer ones before older where the order says nothing."""
    rows = sorted(entries, key=lambda entry: entry.begun, reverse=True)
    if order.column is not Column.WHEN or not order.reverse:
        rows.sort(key=_KEYS[order.column], reverse=order.reverse)  # type: ignore[arg-type]
    rows.sort(key=lambda entry: not entry.live)
    return rows


def admitted(query: Query, entries: Iterable[Entry]) -> list[Entry]:
    """Those that a query's filters let through. Each filter looks once at what many sessions have
    alike: this is asked with every letter that is typed."""
    names = [each.name if isinstance(each, Fact) else "" for each in query.filters]
    if not query.filters or not all(name in _ALIKE for name in names):
        return [entry for entry in entries if query.admits(entry)]
    alike = attrgetter(*dict.fromkeys(field for name in names for field in _ALIKE[name]), "kind")
    known: dict[object, bool] = {}
    found = []
    for entry in entries:
        key = alike(entry)
        fits = known.get(key)
        if fits is None:
            fits = known[key] = query.admits(entry)
        if fits:
            found.append(entry)
    return found


_ALIKE: Mapping[str, tuple[str, ...]] = {
    "who": ("principal",),
    "kind": ("kind",),
    "target": ("target", "account"),
    "account": ("account",),
    "protocol": ("protocol",),
    "purpose": ("purpose",),
    "client": ("client", "address"),
    "state": ("state",),
    "verdict": ("allowed", "denied", "held"),
    "masked": ("masks",),
}
"""By the name of a filter: all of an entry that it looks at."""


# -- what sessions have in common ------------------------------------------------------------------


class Facet(NamedTuple):
    """One thing that sessions may have in common, and how often each value of it is there."""

    field: str
    """As a query has it."""
    title: str
    values: tuple[tuple[str, int], ...]
    """The most frequent first; days and states in their own order."""


def day(entry: Entry) -> str:
    """The day (UTC) on which it began, as a query has it; "" where nobody can tell."""
    if not entry.wall_ns:
        return ""
    try:
        return (_EPOCH + timedelta(microseconds=entry.wall_ns // 1000)).date().isoformat()
    except OverflowError:
        return ""


def values_of(entries: Iterable[Entry], field: str) -> list[str]:
    """The values of a field of `Entry` in these, the most frequent first."""
    return [value for value, _ in _frequent(Counter(map(attrgetter(field), entries)))]


def _verdicts(entry: Entry) -> tuple[str, ...]:
    return tuple(name for name, count in entry.verdicts.items() if count)


_FACETS: tuple[tuple[str, str, Callable[[Entry], str]], ...] = (
    ("state", "State", lambda entry: entry.state),
    ("who", "Who", lambda entry: entry.principal),
    ("target", "Target", lambda entry: entry.target),
    ("account", "Account", lambda entry: entry.account),
    ("protocol", "How", lambda entry: entry.protocol),
    ("kind", "Kind of principal", lambda entry: entry.kind),
    ("masked", "Masked", lambda entry: "yes" if entry.masks else ""),
)


def facets(entries: Sequence[Entry]) -> list[Facet]:
    """What these sessions have in common; facets without values are left out."""
    found = [
        Facet(field, title, _frequent(Counter(map(value, entries))))
        for field, title, value in _FACETS
    ]
    verdicts = Counter(name for entry in entries for name in _verdicts(entry))
    found.append(Facet("verdict", "Verdicts", _frequent(verdicts)))
    # By the day's number, which is quicker than ten thousand calendars.
    numbers = Counter(entry.wall_ns // 86_400_000_000_000 for entry in entries)
    days = tuple(
        (day(Entry("", wall_ns=number * 86_400_000_000_000)), count)
        for number, count in sorted(numbers.items(), reverse=True)
        if number
    )
    found.append(Facet("on", "Day", tuple((name, count) for name, count in days if name)))
    return [facet for facet in found if facet.values]


def _frequent(counts: Counter[str]) -> tuple[tuple[str, int], ...]:
    del counts[""]
    return tuple(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0].casefold())))


# -- filters in a query's text ---------------------------------------------------------------------


def toggled(text: str, written: str) -> str:
    """A query with this filter, as it is written, added at its end; without it where it is there
    already."""
    padded = f" {text} "
    needle = f" {written} "
    if needle in padded:
        return padded.replace(needle, " ", 1).strip()
    return f"{text.rstrip()} {written}".strip()


def written(field: str, value: str) -> str:
    """A filter on this value, as a query has it."""
    if _PLAIN.fullmatch(value):
        return f"{field}:{value}"
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'{field}:"{escaped}"'


def completions(
    text: str, cursor: int, values: Callable[[str], Sequence[str]]
) -> Sequence[Completion]:
    """`replay.query_completion.complete`; and where a word without a field is a part of somebody's
    or something's name, the filter for that name: who looks for alice types "ali"."""
    found = [
        (_rank(each.text, text[each.start : cursor]), each)
        for each in complete(text, cursor, values)
    ]
    start = text.rfind(" ", 0, cursor) + 1
    word = text[start:cursor]
    if len(word) >= 2 and word.isalnum():
        for field in _NAMED:
            names = [each for each in values(COLUMNS[field]) if word.casefold() in each.casefold()]
            found += [
                (_rank(name, word), Completion(start, cursor, written(field, name), ""))
                for name in names[:_MOST_NAMED]
            ]
    found.sort(key=lambda each: each[0])
    return [each for _, each in found[:_MOST]]


def _rank(offered: str, begun: str) -> bool:
    """What begins with what is written comes before what only has it somewhere."""
    return not offered.lstrip('"').casefold().startswith(begun.lstrip('"').casefold())
