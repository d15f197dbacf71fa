"""asciicast v2 and v3 as text: lines to entries and back.

Knows: https://docs.asciinema.org/manual/asciicast/v2/ and /v3/. Must never know: recordings,
events, stores. Called by `recorder.convert.export`, `recorder.convert.cast_source` and
`recorder.convert.asciicast_document`.

Times are integer microseconds on our side and decimals in the file; no float is ever made of
one. v3 states intervals: they are added up in nanoseconds and rounded once, so that finer
intervals do not drift. Hostile text leaves by one exit, `ConversionError`, and every length is
checked before anything is kept.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal, NamedTuple, Protocol

from recorder.errors import ConversionError

Version = Literal[2, 3]

LINE_LIMIT = 16 << 20
"""Bytes of one line; a longer one is refused."""
SIDE_LIMIT = 1000
"""Most columns or rows of a terminal."""
TIME_LIMIT = 10**9
"""Seconds that a recording may last (about 31 years)."""
LATEST = 1 << 32
"""Seconds since the Unix epoch at which a recording may have begun (the year 2106): with the
longest recording added, nanoseconds still fit a header."""
_HEADER_LIMIT = 1 << 20
"""Bytes of a header, which may be any JSON."""
_NUMBER_LIMIT = 64
_STRING = rb'"(?:[^"\\]++|\\.)*+"'
_EVENT = re.compile(
    rb"\[\s*+[-+.0-9eE]{1,64}+\s*+,\s*+" + _STRING + rb"\s*+,\s*+" + _STRING + rb"\s*+\]", re.DOTALL
)
"""What an event may be, before it is made: JSON of a few MiB can take gigabytes as objects."""
_NANO = 10**9
_SIZE = re.compile(r"([0-9]{1,5})x([0-9]{1,5})")
SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class CastHeader:
    """What the first line says, of either version."""

    version: Version
    cols: int
    rows: int
    term: str = ""
    timestamp: int | None = None
    """Seconds since the Unix epoch."""
    title: str = ""
    command: str = ""
    idle_limit: int | None = None
    """Longest pause that a player should show, in microseconds."""
    env: Mapping[str, str] = field(default_factory=dict)


class Lines(Protocol):
    """A file, as far as it is needed here."""

    def readline(self, limit: int, /) -> bytes: ...


class CastEvent(NamedTuple):
    """One line of the event stream."""

    at: int
    """Microseconds since the start."""
    code: str
    """`o` output, `i` input, `m` marker, `r` resize, `x` exit, or one that we do not know."""
    data: str


# -- reading -----------------------------------------------------------------------------------


def read_cast(file: Lines) -> tuple[CastHeader, Iterator[CastEvent]]:
    """The header, and the events as they are read; both may raise `ConversionError`.

    Blank lines and comments are skipped wherever they stand. A v2 time that goes back (several
    threads wrote old files) is taken as the time before it.
    """
    lines = _lines(file)
    number, first = next(lines, (0, b""))
    if not first:
        raise ConversionError("the file is empty: an asciicast begins with a line of JSON")
    if len(first) > _HEADER_LIMIT:
        raise ConversionError(f"the header is longer than {_HEADER_LIMIT >> 20} MiB")
    header = _header(parse_json(first, number, "asciicast v2 or v3"))
    return header, _events(lines, header.version)


def parse_size(text: str) -> tuple[int, int]:
    """Columns and rows of an `r` event (``80x24``); raises `ConversionError`."""
    match = _SIZE.fullmatch(text)
    if match is None:
        raise ConversionError(f"a resize is written like 80x24, not {short(text)}")
    return side(int(match[1])), side(int(match[2]))


def _lines(file: Lines) -> Iterator[tuple[int, bytes]]:
    number = 0
    while line := file.readline(LINE_LIMIT + 1):
        number += 1
        if len(line) > LINE_LIMIT:
            raise ConversionError(f"line {number} is longer than {LINE_LIMIT >> 20} MiB")
        line = line.strip()
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        if line and not line.startswith(b"#"):
            yield number, line


def parse_json(line: bytes, number: int, what: str) -> Any:
    """A line's JSON, with decimals exact; raises `ConversionError`."""
    try:
        return json.loads(
            line.decode("utf-8"),
            parse_float=_decimal,
            parse_int=_integer,
            parse_constant=_constant,
        )
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise ConversionError(
            f"line {number} is no JSON that {what} has", operator=f"line {number}: {error!r}"
        ) from error


def _decimal(text: str) -> Decimal:
    if len(text) > _NUMBER_LIMIT:
        raise ValueError("a number of too many digits")
    return Decimal(text)


def _integer(text: str) -> int:
    if len(text) > _NUMBER_LIMIT:
        raise ValueError("a number of too many digits")
    return int(text)


def _constant(text: str) -> Any:
    raise ValueError(f"{text} is no JSON")


def _header(value: Any) -> CastHeader:
    if not isinstance(value, dict) or "version" not in value:
        raise ConversionError("the file is no asciicast: its first line has no version")
    version = value["version"]
    if type(version) is not int or version not in (2, 3):
        raise ConversionError(
            f"asciicast version {short(version)} is not read: only 1, 2 and 3 are"
        )
    if version == 2:
        cols, rows = value.get("width"), value.get("height")
        term = mapping_of(value.get("env")).get("TERM", "")
    else:
        terminal = value.get("term")
        if not isinstance(terminal, dict):
            raise ConversionError("an asciicast v3 header says `term`: this one does not")
        cols, rows, term = terminal.get("cols"), terminal.get("rows"), terminal.get("type", "")
    stamp = value.get("timestamp")
    if isinstance(stamp, Decimal):
        stamp = int(stamp) if 0 <= stamp <= LATEST else -1
    if stamp is not None and (type(stamp) is not int or not 0 <= stamp <= LATEST):
        raise ConversionError("the header's timestamp is no time")
    idle = value.get("idle_time_limit")
    return CastHeader(
        2 if version == 2 else 3,
        side(cols),
        side(rows),
        text_of(term),
        stamp,
        text_of(value.get("title")),
        text_of(value.get("command")),
        None if idle is None else micros(nanos_of(idle, "the header's idle_time_limit")),
        mapping_of(value.get("env")),
    )


def _events(lines: Iterator[tuple[int, bytes]], version: Version) -> Iterator[CastEvent]:
    now = 0
    for number, line in lines:
        if _EVENT.fullmatch(line) is None:
            raise ConversionError(f"line {number} is no event: [time, code, data]")
        time, code, data = parse_json(line, number, "an event")
        nanos = nanos_of(time, f"the time in line {number}")
        now = max(now, nanos) if version == 2 else now + nanos
        if now > TIME_LIMIT * _NANO:
            raise ConversionError(f"line {number} is later than any recording lasts")
        yield CastEvent(micros(now), code, SURROGATE.sub("\ufffd", data))


def nanos_of(value: Any, what: str) -> int:
    """Seconds, as JSON has them, in nanoseconds; raises `ConversionError`."""
    if type(value) is int and 0 <= value <= TIME_LIMIT:
        return value * _NANO
    if isinstance(value, Decimal) and 0 <= value <= TIME_LIMIT:
        return int((value * _NANO).to_integral_value())
    raise ConversionError(f"{what} is no number of seconds: {short(value)}")


def micros(nanos: int) -> int:
    """Nanoseconds in microseconds, rounded."""
    return (nanos + 500) // 1000


def side(value: Any) -> int:
    """Columns or rows; raises `ConversionError`."""
    if type(value) is not int or not 0 < value <= SIDE_LIMIT:
        raise ConversionError(
            f"a terminal has 1 to {SIDE_LIMIT} columns and rows, not {short(value)}"
        )
    return value


def text_of(value: Any) -> str:
    """A header's optional text: what is no text there says nothing."""
    return SURROGATE.sub("\ufffd", value)[:4096] if isinstance(value, str) else ""


def mapping_of(value: Any) -> dict[str, str]:
    """What of it is text to text, as far as it is kept."""
    if not isinstance(value, dict):
        return {}
    pairs = [(key, text) for key, text in value.items() if isinstance(text, str)][:64]
    return {text_of(key): text_of(text) for key, text in pairs}


def short(value: object) -> str:
    """Something out of a file, for an error's line."""
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."


# -- writing -----------------------------------------------------------------------------------


class CastWriter:
    """Entries to lines, in order of time. All characters beyond ASCII are escaped, so that
    showing the file on a terminal does nothing to it."""

    def __init__(self, header: CastHeader) -> None:
        self.header = header
        self._before = 0

    def first_line(self) -> str:
        """The header, with its line end."""
        header = self.header
        value: dict[str, Any] = {"version": header.version}
        env = dict(header.env)
        if header.version == 2:
            value |= {"width": header.cols, "height": header.rows}
            if header.term:
                env["TERM"] = header.term
        else:
            value["term"] = {"cols": header.cols, "rows": header.rows}
            if header.term:
                value["term"]["type"] = header.term
        if header.timestamp is not None:
            value["timestamp"] = header.timestamp
        text = json.dumps(value)
        if header.idle_limit is not None:
            text = f'{text[:-1]}, "idle_time_limit": {_seconds(header.idle_limit)}}}'
        rest = {"command": header.command, "title": header.title, "env": env}
        said = json.dumps({key: item for key, item in rest.items() if item})
        return f"{text[:-1]}, {said[1:]}\n" if said != "{}" else f"{text}\n"

    def line(self, event: CastEvent) -> str:
        """One event, with its line end."""
        time = event.at if self.header.version == 2 else event.at - self._before
        self._before = event.at
        return f"[{_seconds(time)}, {json.dumps(event.code)}, {json.dumps(event.data)}]\n"


def _seconds(micros: int) -> str:
    return f"{micros // 1_000_000}.{micros % 1_000_000:06d}"
