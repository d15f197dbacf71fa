"""A query as it is written, read by hand: terms, filters and marks, or an error that says where.

Knows: the syntax of docs/search.md. Must never know: passages, files, clocks. Called by
`replay.query`. Pure; whatever it is given, it answers or raises `QueryError`.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

from replay.errors import QueryError
from replay.passage import MARKS, Kind
from replay.patterns import FLAGS, PatternError, unmarked
from replay.patterns import Pattern as Pattern
from replay.query_dates import HELP as DATES
from replay.query_dates import parse_period
from replay.query_filters import CHOICES, FACTS, TIMES, Fact, Filter, Value, When
from replay.query_terms import Form, Term

LONGEST = 4000
"""Characters of a query."""
MOST = 64
"""Terms and filters of one."""
SCOPES: Mapping[str, Kind] = {
    "screen": Kind.SCREEN,
    "in": Kind.TYPED,
    "cmd": Kind.COMMAND,
    "sql": Kind.STATEMENT,
    "file": Kind.FILE,
    "title": Kind.TITLE,
    "notice": Kind.NOTICE,
}
MARK = "mark"
ALIASES: Mapping[str, str] = {
    "typed": "in",
    "input": "in",
    "command": "cmd",
    "statement": "sql",
    "principal": "who",
    "user": "who",
    "host": "target",
    "since": "after",
    "until": "before",
    "session": "id",
    "is": "state",
}
FIELDS: tuple[str, ...] = (*SCOPES, *FACTS, *TIMES, MARK)
_NAME = re.compile(r"([A-Za-z]+):")
_SPACE = re.compile(r"\s+")
_MINUS = re.compile(r"-(?=[^\s-])")
_WORD = re.compile(r"\S+")
_FLAGS = re.compile(rf"[{FLAGS}]*(?=\s|$)")


class Token(NamedTuple):
    """One item of a query, from ``start`` to ``end`` in it."""

    start: int
    end: int
    negated: bool
    name: str
    """Of its field, as docs/search.md has it; empty where it has none."""
    form: Form
    value: str
    flags: str
    value_start: int


@dataclass(slots=True)
class Parsed:
    """What a query says."""

    terms: list[Term] = field(default_factory=list)
    filters: list[Filter] = field(default_factory=list)
    marks: list[tuple[tuple[str, ...], bool]] = field(default_factory=list)
    """Marks of which a hit must have one, or with True must have none."""
    notes: list[str] = field(default_factory=list)
    """What may not be meant as it was written."""


def parse_parts(text: str, now: datetime) -> Parsed:
    """Raises `QueryError`."""
    if len(text) > LONGEST:
        raise QueryError(f"a query has at most {LONGEST} characters")
    parsed = Parsed()
    for number, token in enumerate(tokens(text)):
        if number == MOST:
            raise _error(f"a query has at most {MOST} parts", token, text)
        _take(token, parsed, text, now)
    return parsed


def tokens(text: str) -> Iterator[Token]:
    """The items of a query. Raises `QueryError` at a quote that is never closed."""
    at = _after_space(text, 0)
    while at < len(text):
        token = _token(text, at)
        yield token
        at = _after_space(text, token.end)


def _token(text: str, start: int) -> Token:
    at = start
    negated = (
        text[at] == "-" and text[at + 1 : at + 2] not in ("-", "") and not text[at + 1].isspace()
    )
    at += negated
    name = ""
    if match := _NAME.match(text, at):
        written = match[1].casefold()
        known = ALIASES.get(written, written)
        if known in FIELDS:
            name, at = known, match.end()
        else:
            _check_misspelt(written, start, at, text)
    if text[at : at + 1] == '"':
        value, end = _quoted(text, at)
        return Token(start, end, negated, name, Form.PHRASE, value, "", at)
    if text[at : at + 1] == "/" and (close := _closing_slash(text, at)) is not None:
        flags = _FLAGS.match(text, close + 1)
        if flags is not None:
            return Token(
                start, flags.end(), negated, name, Form.REGEX, text[at + 1 : close], flags[0], at
            )
    word = _WORD.match(text, at)
    end = word.end() if word is not None else at
    return Token(start, end, negated, name, Form.WORD, text[at:end], "", at)


def _check_misspelt(written: str, start: int, at: int, text: str) -> None:
    close = difflib.get_close_matches(written, [*FIELDS, *ALIASES], n=1, cutoff=0.75)
    if close and len(written) > 2:
        end = at + len(written) + 1
        raise QueryError(
            f"there is no field {written}:. Write {close[0]}: for that field, or "
            f'"{written}:..." in quotes for the text',
            start=start, end=end, part=text[start:end],
        )  # fmt: skip


def _quoted(text: str, start: int) -> tuple[str, int]:
    """What stands between a quote and the next one; ``\\"`` is a quote, two backslashes are one."""
    value, at = "", start + 1
    while at < len(text):
        char = text[at]
        if char == '"':
            after = text[at + 1 : at + 2]
            if after and not after.isspace():
                raise QueryError(
                    'after the closing quote a blank must follow; write \\" for a quote inside',
                    start=start, end=at + 2, part=text[start : at + 2],
                )  # fmt: skip
            return value, at + 1
        if char == "\\" and text[at + 1 : at + 2] in ('"', "\\"):
            at += 1
            char = text[at : at + 1]
        value += char
        at += 1
    raise QueryError(
        'the quote is never closed; put " at its end', start=start, end=len(text),
        part=text[start:][:20],
    )  # fmt: skip


def _closing_slash(text: str, start: int) -> int | None:
    """The next slash that is neither escaped nor in a class."""
    at, inside = start + 1, False
    while at < len(text):
        match text[at]:
            case "\\":
                at += 1
            case "[":
                inside = True
            case "]":
                inside = False
            case "/" if not inside:
                return at if at > start + 1 else None
            case _:
                pass
        at += 1
    return None


def _take(token: Token, parsed: Parsed, text: str, now: datetime) -> None:
    name = token.name
    if name and not token.value:
        raise _error(f"{name}: says nothing; write {name}:{_example(name)}", token, text)
    try:
        if name in TIMES:
            parsed.filters.append(_when(token, now))
        elif name in FACTS:
            parsed.filters.append(_fact(token))
        elif name == MARK:
            parsed.marks.append((tuple(_choices(token, MARKS)), token.negated))
        else:
            parsed.terms.append(_term(token))
            _remark(token, parsed)
    except PatternError as error:
        raise _error(f"this is no regular expression: {error}", token, text) from None
    except ValueError as error:
        raise _error(str(error), token, text) from None


def _term(token: Token) -> Term:
    scope = SCOPES.get(token.name)
    if token.form is Form.REGEX:
        term = Term.regex(scope, token.value, token.flags, negated=token.negated)
    else:
        term = Term.words(scope, token.form, token.value, negated=token.negated)
    return replace(term, start=token.start, end=token.end)


def _remark(token: Token, parsed: Parsed) -> None:
    if token.negated and not token.name and token.form is Form.WORD and len(token.value) <= 3:
        parsed.notes.append(
            f'-{token.value} leaves out what has "{token.value}" in it; write '
            f'"-{token.value}" in quotes to find it'
        )


def _fact(token: Token) -> Fact:
    name = token.name
    if name in CHOICES:
        values = tuple(Value.wild(choice) for choice in _choices(token, CHOICES[name]))
    elif token.form is Form.REGEX:
        pattern = Pattern.compile(unmarked(token.value), token.flags)
        values = (Value(token.value, pattern, regex=True),)
    elif token.form is Form.PHRASE:
        values = (Value.wild(token.value),)
    else:
        values = tuple(Value.wild(part) for part in token.value.split(",") if part)
        if not values:
            raise ValueError(f"it says nothing; write {name}:{_example(name)}")
    return Fact(name, values, token.negated)


def _choices(token: Token, known: tuple[str, ...]) -> list[str]:
    found = []
    for part in token.value.casefold().split(","):
        part = part.strip()
        if part not in known:
            raise ValueError(f"{token.name}: is one of {', '.join(known)}")
        found.append(part)
    return found


def _when(token: Token, now: datetime) -> When:
    try:
        period = parse_period(token.value, now)
    except ValueError as error:
        raise ValueError(f"{error}; write {DATES}") from None
    return When.of(token.name, period, negated=token.negated)


def _example(name: str) -> str:
    if name in TIMES:
        return "yesterday"
    return CHOICES[name][0] if name in CHOICES else MARKS[0] if name == MARK else "WORD"


def _error(problem: str, token: Token, text: str) -> QueryError:
    part = text[token.start : token.end][:40]
    return QueryError(problem, start=token.start, end=token.end, part=part)


def _after_space(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at
