"""asciicast v1 as a source of events: one JSON document, walked without being built.

Knows: https://docs.asciinema.org/manual/asciicast/v1/. Must never know: stores, command lines.
Called by `recorder.convert.recognise`.

A document of a few MiB can be JSON that takes gigabytes as objects. So its members are walked as
text: entries of `stdout` are made one at a time, other members only where they are short.
"""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Iterator, Sequence
from decimal import Decimal
from typing import Any, BinaryIO, NamedTuple

from recorder.convert.asciicast import (
    SURROGATE,
    TIME_LIMIT,
    mapping_of,
    micros,
    nanos_of,
    parse_json,
    short,
    side,
    text_of,
)
from recorder.convert.foreign import About, pieces
from recorder.errors import ConversionError
from recorder.events import Event, Output

DOCUMENT_LIMIT = 32 << 20
"""Bytes of a document: it is one piece, so it has to be held as one."""
_MEMBER_LIMIT = 1 << 18
"""Characters of a member that is not `stdout`."""
_STRING = r'"(?:[^"\\]++|\\.)*+"'
_SPACE = re.compile(r"[ \t\r\n]*+")
_KEY = re.compile(rf"({_STRING})[ \t\r\n]*+:[ \t\r\n]*+", re.DOTALL)
_ENTRY = re.compile(
    rf"\[[ \t\r\n]*+([0-9.eE+-]{{1,64}}+)[ \t\r\n]*+,[ \t\r\n]*+({_STRING})[ \t\r\n]*+\]",
    re.DOTALL,
)
_TOKEN = re.compile(rf'{_STRING}|[\[\]{{}}]|[^\[\]{{}}"]++', re.DOTALL)
_SCALAR = re.compile(rf"{_STRING}|[^\[\]{{}},\"\s]++", re.DOTALL)


class CastDocument:
    """An open file that holds one document."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    @property
    def files(self) -> Sequence[tuple[str, BinaryIO]]:
        return [("sha256", self._file)]

    def about(self) -> About:
        known = {m.key: m.value for m in _members(self._text()) if isinstance(m, _Member)}
        if type(known.get("version")) is not int or known["version"] != 1:
            raise ConversionError(
                f"asciicast version {short(known.get('version'))} is not read: only 1, 2 and 3 are"
            )
        env = mapping_of(known.get("env"))
        title, command = text_of(known.get("title")), text_of(known.get("command"))
        return About(
            "asciicast",
            side(known.get("width")),
            side(known.get("height")),
            env.get("TERM", ""),
            None,
            title,
            command,
            {"version": 1, "title": title, "command": command, "env": env},
        )

    def events(self) -> Iterator[Event]:
        now, told = 0, False
        for number, part in enumerate(_members(self._text())):
            if isinstance(part, _Member):
                told = told or part.key == "stdout"
                continue
            what = f"the delay of entry {number}"
            now += nanos_of(_number(part.delay, what), what)
            if now > TIME_LIMIT * 1_000_000_000:
                raise ConversionError(f"entry {number} is later than any recording lasts")
            yield from pieces(Output, micros(now), part.text.encode())
        if not told:
            raise ConversionError("an asciicast v1 has `stdout`: this one does not")

    def _text(self) -> str:
        self._file.seek(0)
        data = self._file.read(DOCUMENT_LIMIT + 1)
        if len(data) > DOCUMENT_LIMIT:
            raise ConversionError(
                f"an asciicast v1 is read up to {DOCUMENT_LIMIT >> 20} MiB: this one is longer"
            )
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise ConversionError("the file is no JSON: it is not UTF-8") from error


class _Member(NamedTuple):
    key: str
    value: Any
    """None for `stdout`, whose entries come before it."""


class _Entry(NamedTuple):
    delay: str
    text: str


def _members(text: str) -> Iterator[_Member | _Entry]:
    """The members of the object in their order; raises `ConversionError`."""
    at = _after(text, 0, "{")
    if text[at : at + 1] == "}":
        at += 1
    else:
        while True:
            match = _KEY.match(text, at)
            if match is None or match.end(1) - match.start(1) > _MEMBER_LIMIT:
                raise _broken(at)
            key, at = str(_value(match[1], at)), match.end()
            if key == "stdout":
                at = yield from _entries(text, at)
                yield _Member(key, None)
            else:
                end = _end(text, at)
                yield _Member(key, _value(text[at:end], at))
                at = end
            at = _space(text, at)
            if text[at : at + 1] == "}":
                at += 1
                break
            at = _after(text, at, ",")
    if _space(text, at) != len(text):
        raise _broken(at)


def _entries(text: str, at: int) -> Generator[_Entry, None, int]:
    """Those of `stdout`; then the place after it."""
    at = _after(text, at, "[")
    if text[at : at + 1] == "]":
        return at + 1
    while True:
        match = _ENTRY.match(text, at)
        if match is None:
            raise _broken(at)
        value = _value(match[2], at)
        yield _Entry(match[1], SURROGATE.sub("\ufffd", value))
        at = _space(text, match.end())
        if text[at : at + 1] == "]":
            return at + 1
        at = _after(text, at, ",")


def _end(text: str, at: int) -> int:
    """Where the value that begins here ends."""
    depth, end = 0, at
    while True:
        match = (_TOKEN if depth else _SCALAR).match(text, end)
        if match is None and not depth and text[end : end + 1] in ("[", "{"):
            depth, end = 1, end + 1
            continue
        if match is None or match.end() - at > _MEMBER_LIMIT:
            raise _broken(end)
        end = match.end()
        if depth:
            depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(match[0], 0)
        if not depth:
            return end


def _number(text: str, what: str) -> int | Decimal:
    value = parse_json(text.encode(), 1, what)
    return value if isinstance(value, int | Decimal) else -1


def _value(text: str, at: int) -> Any:
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_constant)
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise _broken(at) from error


def _constant(text: str) -> Any:
    raise ValueError(f"{text} is no JSON")


def _space(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _after(text: str, at: int, char: str) -> int:
    """Past this character, with the space on both sides of it."""
    at = _space(text, at)
    if text[at : at + 1] != char:
        raise _broken(at)
    return _space(text, at + 1)


def _broken(at: int) -> ConversionError:
    return ConversionError(f"the file is no asciicast: character {at} is not as v1 has it")
