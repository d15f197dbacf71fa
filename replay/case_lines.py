"""A case as the lines of its file, and back. Pure.

Knows: the two kinds of line of docs/cases.md. Must never know: files, keys. Called by
`replay.case_file`. The file may come from anybody: limits hold before anything is parsed, a line
is taken in its one spelling only, and what cannot be a case leaves as `CaseError`. A line that is
damaged is named and left out, so that the others can still be read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, assert_never

from replay.case import (
    FORM,
    HEADS_LIMIT,
    NAME_LIMIT,
    NOTE_LIMIT,
    Case,
    Citation,
    Entry,
    Kind,
    Written,
    canonical,
    name_of,
)
from replay.errors import CaseError

FILE_LIMIT = 32 << 20
LINE_LIMIT = 2 << 20
LINES_LIMIT = 40_000
VALUES_LIMIT = 1 << 21
"""JSON values of a whole file: each takes many times its characters in memory."""
NUMBER_LIMIT = 1 << 62
SIGNATURES_LIMIT = 16
"""Signatures that are looked at on one entry."""
_ARMOR_LIMIT = 16 * 1024
_NAME = re.compile(r"[0-9a-f]{64}")
_SESSION = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_KEYS = ("after", "author", "body", "case", "kind", "written")
_SIGNATURE_KEYS = ("signature", "signs")
_UNREADABLE = re.compile("[\ud800-\udfff]")


class Fault(NamedTuple):
    """Something that is wrong with the file, and where."""

    line: int
    """From 1."""
    text: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a file holds."""

    case: Case
    faults: tuple[Fault, ...]
    torn: int
    """Bytes at the end that are no whole line: a write that was interrupted."""


class _Signs(NamedTuple):
    signs: str
    armored: str


def signature_line(name: str, armored: str) -> bytes:
    """The line that puts a signature on an entry."""
    return canonical({"signs": name, "signature": armored})


def lines_of(case: Case) -> Iterator[bytes]:
    """Every line: each entry, and its signatures behind it."""
    for written in case.entries.values():
        yield written.entry.line()
        for armored in written.armored:
            yield signature_line(written.name, armored)


def parse(data: bytes) -> Parsed:
    """The case in a file's bytes. Raises `CaseError` where it is none, or too large."""
    if len(data) > FILE_LIMIT:
        raise CaseError(f"a case file of {len(data)} bytes is larger than any may be")
    end = data.rfind(b"\n") + 1
    if data.count(b"\n") > LINES_LIMIT:
        raise CaseError("a case file with more lines than any may have")
    if sum(map(data.count, (b",", b"[", b"{"))) > VALUES_LIMIT:
        raise CaseError("a case file with more values than any may have")
    entries: dict[str, Written] = {}
    signatures: dict[str, list[tuple[int, str]]] = {}
    faults: list[Fault] = []
    for number, raw in enumerate(data[:end].split(b"\n")[:-1], 1):
        try:
            read = _line(raw + b"\n")
            _check_place(read, next(iter(entries), None))
        except CaseError as error:
            if not entries:
                raise CaseError(f"this is no case file: {error.person}") from error
            faults.append(Fault(number, error.person))
            continue
        match read:
            case Entry():
                name = name_of(read)
                entries.setdefault(name, Written(name, read))
            case _Signs(signs, armored):
                signatures.setdefault(signs, []).append((number, armored))
            case _:
                assert_never(read)
    if not entries:
        raise CaseError("this is no case file: it is empty")
    faults += _place(entries, signatures)
    return Parsed(Case(entries), tuple(sorted(faults)), len(data) - end)


def _place(
    entries: dict[str, Written], signatures: Mapping[str, list[tuple[int, str]]]
) -> Iterator[Fault]:
    """Puts signatures on their entries; tells of those that have none."""
    for name, found in signatures.items():
        if name not in entries:
            for number, _ in found:
                yield Fault(number, f"a signature on an entry that is not here: {name[:12]}")
            continue
        armored = tuple(dict.fromkeys(text for _, text in found))
        if len(armored) > SIGNATURES_LIMIT:
            yield Fault(found[-1][0], f"too many signatures on one entry: {name[:12]}")
        entries[name] = Written(name, entries[name].entry, armored[:SIGNATURES_LIMIT])


def _check_place(read: Entry | _Signs, first: str | None) -> None:
    """The case's first entry is the first line, and everything else belongs to that case."""
    if first is None:
        if not isinstance(read, Entry) or read.kind != Kind.CASE:
            raise CaseError("it does not begin with a case's first entry")
    elif isinstance(read, Entry) and (read.case or name_of(read)) != first:
        raise CaseError("an entry of another case")


def _line(raw: bytes) -> Entry | _Signs:
    if len(raw) > LINE_LIMIT:
        raise CaseError("a line is longer than any may be")
    try:
        values = json.loads(raw)
        if type(values) is not dict or canonical(values) != raw:
            raise CaseError("a line is not in its one spelling")
        if b"\\ud" in raw and _UNREADABLE.search(json.dumps(values, ensure_ascii=False)):
            raise CaseError("a line holds half a character")
    except (ValueError, RecursionError) as error:
        raise CaseError("a line is not JSON", operator=repr(error)) from error
    if tuple(values) == _SIGNATURE_KEYS:
        name, armored = values["signs"], values["signature"]
        if not _is_name(name) or type(armored) is not str or len(armored) > _ARMOR_LIMIT:
            raise CaseError("a signature line is of another shape")
        return _Signs(name, armored)
    if tuple(values) != _KEYS:
        raise CaseError("a line is neither an entry nor a signature")
    return _entry(values)


def _entry(values: dict[str, Any]) -> Entry:
    after, body, kind = values["after"], values["body"], values["kind"]
    fine = (
        type(after) is list
        and len(after) <= HEADS_LIMIT
        and all(map(_is_name, after))
        and sorted(set(after)) == after
        and type(body) is dict
        and _is_text(kind, NAME_LIMIT)
        and _is_text(values["author"], NAME_LIMIT)
        and _is_number(values["written"])
        and (values["case"] == "" or _is_name(values["case"]))
        and (values["case"] == "") is (kind == Kind.CASE)
        and (not after) is (kind == Kind.CASE)
    )
    if not fine or not _is_body(kind, body):
        raise CaseError("an entry is of another shape")
    return Entry(kind, values["case"], tuple(after), values["author"], values["written"], body)


def _is_body(kind: str, body: dict[str, Any]) -> bool:
    match kind:
        case Kind.CASE:
            form = body.get("form")
            if type(form) is int and form > FORM:
                raise CaseError("the case is of a newer form: use a newer gatereel")
            return type(form) is int and form == FORM and _is_text(body.get("title"), NAME_LIMIT)
        case Kind.BOOKMARK:
            kept = (body.get("about"), body.get("screen"), body.get("evidence"))
            return (
                _is_text(body.get("note"), NOTE_LIMIT)
                and all(type(part) is dict for part in kept)
                and _is_about(body["about"])
                and _is_citation(body.get("cites"))
                and "on" not in body
            )
        case Kind.NOTE | Kind.EDIT:
            on = body.get("on")
            named = _is_name(on) or (kind == Kind.NOTE and on == "")
            return named and _is_text(body.get("note"), NOTE_LIMIT)
        case Kind.WITHDRAW:
            return _is_name(body.get("on"))
        case _:
            # A later version's: kept, and counted as something that cannot be shown.
            return _is_text(body.get("on", ""), NAME_LIMIT)


def _is_about(about: dict[str, Any]) -> bool:
    return len(about) <= 16 and all(
        _is_text(value, NAME_LIMIT * 5) or _is_number(value) for value in about.values()
    )


def _is_citation(cites: object) -> bool:
    if type(cites) is not dict or sorted(cites) != sorted(Citation._fields):
        return False
    numbers = (cites["event"], cites["frame"] + 1 if type(cites["frame"]) is int else None,
               cites["time"], cites["channel"])  # fmt: skip
    session = cites["session"]
    known = type(session) is str and _SESSION.fullmatch(session) is not None
    return known and all(map(_is_number, numbers))


def _is_name(value: object) -> bool:
    return type(value) is str and _NAME.fullmatch(value) is not None


def _is_text(value: object, limit: int) -> bool:
    return type(value) is str and len(value) <= limit


def _is_number(value: object) -> bool:
    return type(value) is int and 0 <= value < NUMBER_LIMIT
