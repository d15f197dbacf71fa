"""Timing files of script(1): lines to entries.

Knows: the classic format (`DELAY COUNT`) and the advanced one (`TYPE DELAY DETAILS`). Must never
know: typescripts, our events. Called by `recorder.convert.script`.

Delays are decimals; they are added up in nanoseconds and rounded once, and no float is ever made
of one. Hostile text leaves by one exit, `ConversionError`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from recorder.errors import ConversionError

TEXT_LIMIT = 4096
"""Characters of a fact that are kept."""
_LINE_LIMIT = 1 << 16
_DELAY = r"([0-9]{1,10})(?:[.,]([0-9]{1,32}))?"
_CLASSIC = re.compile(rf"{_DELAY} ([0-9]{{1,15}})")
_ADVANCED = re.compile(rf"([A-Z]) {_DELAY} (.*)", re.DOTALL)
_COUNT = re.compile(r"[0-9]{1,15}")
_SIGNAL = re.compile(r"(SIG[A-Z0-9+-]{1,16})(?: (.*))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Bytes:
    """So many bytes were shown, or typed."""

    at: int
    """Microseconds since the start, as everywhere here."""
    count: int
    typed: bool


@dataclass(frozen=True, slots=True)
class Received:
    """script received a signal (`S`)."""

    at: int
    signal: str
    details: str


@dataclass(frozen=True, slots=True)
class Fact:
    """Something about the session (`H`)."""

    at: int
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Other:
    """An entry of a kind that we do not know."""

    at: int
    kind: str


Entry = Bytes | Received | Fact | Other


def looks_like_timing(head: bytes) -> bool:
    """Whether a file that begins so can be a timing file."""
    line = head.partition(b"\n")[0].decode("ascii", "replace")
    return bool(_CLASSIC.fullmatch(line) or _ADVANCED.fullmatch(line))


def read_timing(file: BinaryIO) -> Iterator[Entry]:
    """The entries from the beginning; raises `ConversionError`. What its first line is, all are."""
    file.seek(0)
    nanos, number, classic = 0, 0, False
    while line := file.readline(_LINE_LIMIT):
        number += 1
        text = line.decode("utf-8", "replace")
        if not text.endswith("\n"):
            raise ConversionError(
                f"line {number} of the timing is too long"
                if len(line) == _LINE_LIMIT
                else f"the timing ends in the middle of line {number}"
            )
        text = text.rstrip("\r\n")
        if number == 1:
            classic = text[:1].isdigit()
        match = (_CLASSIC if classic else _ADVANCED).fullmatch(text)
        if match is None:
            raise ConversionError(f"line {number} of the timing is not as script writes it")
        whole, fraction = match.group(1, 2) if classic else match.group(2, 3)
        nanos += int(whole) * 1_000_000_000 + int((fraction or "")[:9].ljust(9, "0"))
        at = (nanos + 500) // 1000
        if classic:
            yield Bytes(at, int(match[3]), typed=False)
        else:
            yield _advanced(at, match[1], match[4], number)
    if not number:
        raise ConversionError("the timing is empty")


def _advanced(at: int, kind: str, rest: str, number: int) -> Entry:
    if kind in ("O", "I"):
        if not _COUNT.fullmatch(rest):
            raise ConversionError(f"line {number} of the timing has no count of bytes")
        return Bytes(at, int(rest), typed=kind == "I")
    if kind == "S":
        match = _SIGNAL.fullmatch(rest)
        if match is None:
            raise ConversionError(f"line {number} of the timing names no signal")
        return Received(at, match[1], match[2] or "")
    if kind == "H":
        name, _, value = rest.partition(" ")
        return Fact(at, name[:64], value[:TEXT_LIMIT])
    return Other(at, kind)
