"""A query: one language for words in recordings and for the sessions that they are looked for in.

Knows: terms, filters, passages, entries of the catalog. Must never know: files, clocks, screens,
how a catalog finds anything. Called by `replay.search`, by the verbs and by the app. Pure. The
language is in docs/search.md.

What a query finds is passages: lines. Terms of one field stand together in one passage. Where a
query asks for several fields, a session must have a passage for each of them, and each of these is
a hit (`Clause`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from replay.entry import Entry
from replay.errors import QueryError as QueryError
from replay.passage import Kind, Passage, marks_of
from replay.query_filters import Filter, When
from replay.query_filters import admits as admitted
from replay.query_parser import parse_parts
from replay.query_terms import Form as Form
from replay.query_terms import Looked
from replay.query_terms import Span as Span
from replay.query_terms import Term as Term


@dataclass(frozen=True, slots=True)
class Clause:
    """Terms of one field: one passage has all of ``terms`` and none of ``without``. Without terms
    every passage fits, as a whole: the query asks for marks alone."""

    scope: Kind | None
    terms: tuple[Term, ...]
    without: tuple[Term, ...] = ()

    def match(self, passage: Passage, looked: Looked) -> tuple[Span, ...]:
        """Where its terms stand in the passage, in order; () where it does not fit."""
        if self.scope is None:
            if passage.again:
                return ()
        elif passage.kind is not self.scope:
            return ()
        return self.spans(looked)

    def fits(self, passage: Passage) -> tuple[Span, ...]:
        """`match`, for a passage that is looked at once."""
        return self.match(passage, Looked(passage.text))

    def spans(self, looked: Looked) -> tuple[Span, ...]:
        """Where its terms stand in a text of whatever kind."""
        if not all(term.found(looked) for term in self.terms):
            return ()
        if any(term.found(looked) for term in self.without):
            return ()
        if not self.terms:
            return (Span(0, len(looked.text)),)
        return tuple(sorted({span for term in self.terms for span in term.spans(looked)}))

    @property
    def literals(self) -> tuple[str, ...]:
        """What a passage that fits must hold, in the form of `replay.folding.fold`; () where only
        looking can tell."""
        return tuple(dict.fromkeys(text for term in self.terms for text in term.literals))


@dataclass(frozen=True, slots=True)
class Query:
    """What somebody asked for."""

    text: str
    terms: tuple[Term, ...]
    filters: tuple[Filter, ...]
    marks: tuple[tuple[tuple[str, ...], bool], ...] = ()
    """Marks of which a hit must have one; with True: must have none."""
    notes: tuple[str, ...] = ()
    """What may not be meant as it was written: to be shown with the results."""
    clauses: tuple[Clause, ...] = ()
    """A session must have a passage for each of these."""
    unless: tuple[Clause, ...] = ()
    """A session must have a passage for none of these."""

    @property
    def asks(self) -> bool:
        """Whether it looks for anything in recordings, and does not only choose sessions or say
        what not to find."""
        return bool(self.clauses)

    @property
    def literals(self) -> tuple[str, ...]:
        """What a passage must hold, in the form of `replay.folding.fold`, to be a hit; () where
        only looking can tell. Of several clauses each has its own."""
        return self.clauses[0].literals if len(self.clauses) == 1 else ()

    def match(self, passage: Passage) -> tuple[Span, ...]:
        """Where in the passage the query is found; () where the passage is no hit. Whether the
        session has passages for the other clauses is not asked."""
        if not self.marked(passage):
            return ()
        looked = Looked(passage.text)
        found: set[Span] = set()
        for clause in self.clauses:
            found.update(clause.match(passage, looked))
        return tuple(sorted(found))

    def find(self, text: str) -> tuple[Span, ...]:
        """Where in a text that is on a screen the query's terms stand, whatever passages they are
        meant for: for highlighting. All terms of a clause must be there."""
        looked = Looked(text)
        found: set[Span] = set()
        for clause in self.clauses:
            found.update(clause.spans(looked) if clause.terms else ())
        return tuple(sorted(found))

    def marked(self, passage: Passage) -> bool:
        """Whether the passage has the marks that are asked for."""
        if not self.marks:
            return True
        marks = set(marks_of(passage))
        return all(marks.isdisjoint(wanted) is negated for wanted, negated in self.marks)

    def admits(self, entry: Entry) -> bool:
        """Whether this session is one of those that are meant."""
        return admitted(self.filters, entry)

    def lists(self, entry: Entry) -> bool:
        """Whether a list of sessions has this one: the filters admit it, and words without a field
        stand somewhere in its row. What is to be found inside of it is `inside`."""
        if not self.admits(entry):
            return False
        names = (entry.id, entry.principal, entry.kind, entry.where, entry.protocol)
        looked = Looked(" ".join((*names, entry.purpose, entry.state, entry.reason)))
        return all(
            term.found(looked) is not term.negated for term in self.terms if term.scope is None
        )

    @property
    def inside(self) -> Query | None:
        """What a list of sessions has to look for in recordings; None where that is nothing."""
        clauses = tuple(
            Clause(clause.scope, clause.terms)
            for clause in self.clauses
            if clause.scope is not None or not clause.terms
        )
        return replace(self, clauses=clauses) if clauses else None

    def during(self, wall_ns: int, passage: Passage) -> bool:
        """Whether a passage of a session that began at ``wall_ns`` was there at the time that the
        query names."""
        start = wall_ns // 1000
        return all(
            each.overlaps(start + passage.time, start + passage.until) is not each.negated
            for each in self.filters
            if isinstance(each, When)
        )


def parse(text: str, now: datetime) -> Query:
    """A query as it was written; ``now`` is what "yesterday" is told by, with the zone in which
    days are meant. Raises `QueryError`, and nothing else."""
    parts = parse_parts(text, now)
    clauses, unless = _clauses(parts.terms)
    if not clauses and any(not negated for _, negated in parts.marks):
        clauses = (Clause(None, (), tuple(term for term in parts.terms if term.scope is None)),)
    return Query(
        text, tuple(parts.terms), tuple(parts.filters), tuple(parts.marks), tuple(parts.notes),
        clauses, unless,
    )  # fmt: skip


def _clauses(terms: Sequence[Term]) -> tuple[tuple[Clause, ...], tuple[Clause, ...]]:
    """Terms by field. What is negated without a field goes for every passage; with a field that is
    asked for, for those passages; with another, for the session."""
    wanted: dict[Kind | None, list[Term]] = {}
    without: dict[Kind | None, list[Term]] = {}
    for term in terms:
        (without if term.negated else wanted).setdefault(term.scope, []).append(term)
    everywhere = without.get(None, [])
    clauses = tuple(
        Clause(scope, tuple(found), (*(without.get(scope, ()) if scope else ()), *everywhere))
        for scope, found in wanted.items()
    )
    unless = tuple(
        Clause(scope, (term,))
        for scope, found in without.items()
        if scope is not None and scope not in wanted
        for term in found
    )
    return clauses, unless
