"""The filters of a query: which sessions are meant, by what the catalog says of them.

Knows: entries of the catalog, periods. Must never know: how a query is written, files, clocks. Made
by `replay.query_parser`, asked by `replay.query`. Pure.

A value stands for the whole of what it is compared with, upper and lower case alike; ``*`` and
``?`` stand for anything in it. What somebody wrote as prose (a purpose, a client's name) need only
hold it. A session's time is all of it, from its start to its end.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import assert_never

from replay.entry import LIVE, STATES, Entry
from replay.folding import fold, plain
from replay.patterns import Pattern, quote
from replay.query_dates import Period

VERDICTS = ("allow", "deny", "hold")
YES_NO = ("yes", "no")
_WILD = re.compile(r"([*?])")


@dataclass(frozen=True, slots=True)
class Value:
    """What a filter compares with: a text with wildcards, or a regular expression."""

    text: str
    pattern: Pattern
    regex: bool = False

    @classmethod
    def wild(cls, text: str) -> Value:
        """Raises `replay.patterns.PatternError` where it is too long."""
        parts = ({"*": ".*", "?": "."}.get(part) or quote(part) for part in _WILD.split(fold(text)))
        return cls(text, Pattern.compile(f"(?s){''.join(parts)}"))

    def fits(self, actual: str, *, part: bool = False) -> bool:
        """Whether ``actual`` is as the value says; ``part``: whether it holds that."""
        if self.regex:
            return self.pattern.search(plain(actual))
        return self.pattern.search(fold(actual)) if part else self.pattern.matches(fold(actual))


@dataclass(frozen=True, slots=True)
class Fact:
    """Sessions of which a fact is one of these values."""

    name: str
    values: tuple[Value, ...]
    negated: bool = False

    def admits(self, entry: Entry) -> bool:
        texts, part = _FACTS[self.name]
        actual = texts(entry)
        found = any(value.fits(text, part=part) for value in self.values for text in actual)
        return found is not self.negated


@dataclass(frozen=True, slots=True)
class When:
    """Sessions, and what was in them, at some time: each end in µs since 1970, or None."""

    since: int | None = None
    until: int | None = None
    negated: bool = False

    @classmethod
    def of(cls, name: str, period: Period, *, negated: bool) -> When:
        """What ``after:``, ``before:`` or ``on:`` makes of a period."""
        match name:
            case "after":
                return cls(period.start, None, negated)
            case "before":
                return cls(None, period.start, negated)
            case _:
                return cls(period.start, period.end, negated)

    def overlaps(self, start: int, end: int | None) -> bool:
        """Whether something from ``start`` to ``end`` (None: it goes on) is in this time."""
        early = self.since is not None and end is not None and end < self.since
        late = self.until is not None and start >= self.until
        return not (early or late)

    def admits(self, entry: Entry) -> bool:
        start = entry.wall_ns // 1000
        end = None if entry.state == LIVE else start + entry.duration
        return self.overlaps(start, end) is not self.negated


Filter = Fact | When


def admits(filters: tuple[Filter, ...], entry: Entry) -> bool:
    """Whether every filter lets this session through."""
    for each in filters:
        match each:
            case Fact() | When():
                if not each.admits(entry):
                    return False
            case _:
                assert_never(each)
    return True


def _target(entry: Entry) -> tuple[str, ...]:
    return (entry.target, entry.where)


def _verdict(entry: Entry) -> tuple[str, ...]:
    return tuple(name for name, count in entry.verdicts.items() if count)


def _id(entry: Entry) -> tuple[str, ...]:
    return (entry.id,)


_FACTS: Mapping[str, tuple[Callable[[Entry], tuple[str, ...]], bool]] = {
    "who": (lambda entry: (entry.principal,), False),
    "kind": (lambda entry: (entry.kind,), False),
    "target": (_target, False),
    "account": (lambda entry: (entry.account,), False),
    "protocol": (lambda entry: (entry.protocol,), False),
    "purpose": (lambda entry: (entry.purpose,), True),
    "client": (lambda entry: (entry.client, entry.address), True),
    "state": (lambda entry: (entry.state,), False),
    "id": (_id, True),
    "verdict": (_verdict, False),
    "masked": (lambda entry: ("yes" if entry.masks else "no",), False),
}
"""By the filter's name: what of an entry it is compared with, and whether a part is enough."""

FACTS: tuple[str, ...] = tuple(_FACTS)
TIMES: tuple[str, ...] = ("after", "before", "on")
CHOICES: Mapping[str, tuple[str, ...]] = {
    "state": STATES,
    "verdict": VERDICTS,
    "masked": YES_NO,
}
"""The only values that some filters can have."""
COLUMNS: Mapping[str, str] = {
    "who": "principal",
    **{name: name for name in ("kind", "target", "account", "protocol", "purpose", "client")},
}
"""By the filter's name: the field of an entry whose values can be offered."""
