"""What script(1) wrote as a source of events: typescripts and the timing of their bytes.

Knows: both timing formats of util-linux, as scriptreplay(1) reads them; `recorder.convert.timing`
reads their lines. Must never know: stores, command lines. Called by `recorder.convert.recognise`.

The first line of a typescript is script's own and is in no timing, as is the one at its end; both
are kept as claims of the header. Names of files that a timing speaks of are never opened. What was
typed is recorded where its bytes are given (a log of both directions, or a log of input beside
it), else as time and count.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, BinaryIO

from recorder.convert.asciicast import LATEST, SIDE_LIMIT, TIME_LIMIT
from recorder.convert.foreign import CHANNEL, PIECE, About
from recorder.convert.timing import TEXT_LIMIT, Bytes, Fact, Other, Received, read_timing
from recorder.errors import ConversionError
from recorder.events import (
    SESSION,
    Event,
    Exit,
    Gap,
    Input,
    Output,
    Resize,
    Signal,
    Typed,
    Withheld,
)

STARTED = b"Script started on "
_DONE = b"Script done on "
_FACTS = 64
_LINE_LIMIT = 1 << 16
_WHEN = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}[+-][0-9]{2}:[0-9]{2}")
_SAID = re.compile(r'\b(TERM|COLUMNS|LINES|COMMAND_EXIT_CODE)="([^"]*)"')
_COMMAND = re.compile(r'\[COMMAND="(?:(.*)" (?:TERM="|<not executed )|(.*)"\])')
"""Nothing in it is quoted, so it goes on as far as it can."""
_WINDOW = re.compile(r"ROWS=([0-9]{1,5}) COLS=([0-9]{1,5})")


class _Log:
    """One typescript, read forwards as its timing says."""

    def __init__(self, name: str, file: BinaryIO) -> None:
        self.name = name
        self._file = file
        file.seek(0)
        self.left = os.fstat(file.fileno()).st_size
        first = file.readline(_LINE_LIMIT)
        if not first.endswith(b"\n"):
            raise ConversionError(f"{name} is no typescript: it has not the line it begins with")
        self.left -= len(first)
        self.first = first.rstrip(b"\r\n").decode("utf-8", "replace")[:TEXT_LIMIT]

    def take(self, count: int) -> Iterator[bytes]:
        """The next bytes, in pieces; nothing is read before the file is known to hold them all."""
        if count > self.left:
            raise ConversionError(
                f"the timing speaks of {count - self.left} bytes more than {self.name} has"
            )
        self.left -= count
        while count:
            data = self._file.read(min(count, PIECE))
            if not data:
                raise ConversionError(f"{self.name} became shorter while it was read")
            count -= len(data)
            yield data

    def end(self) -> str | None:
        """The line that script added; None where there is more than that."""
        if self.left > TEXT_LIMIT:
            return None
        rest = self._file.read(self.left).strip(b"\r\n")
        if rest and (not rest.startswith(_DONE) or b"\n" in rest):
            return None
        self.left = 0
        return rest.decode("utf-8", "replace")


class Script:
    """An open typescript, its timing and perhaps a log of what was typed."""

    def __init__(self, output: BinaryIO, timing: BinaryIO, typed: BinaryIO | None) -> None:
        self._output, self._timing, self._typed = output, timing, typed
        self._facts: dict[str, str] = {}
        self._lines: dict[str, str] = {}

    @property
    def files(self) -> Sequence[tuple[str, BinaryIO]]:
        named = [("sha256", self._output), ("timing_sha256", self._timing)]
        return named if self._typed is None else [*named, ("typed_sha256", self._typed)]

    def about(self) -> About:
        first = self._lines.get("first_line", "")
        ran = _COMMAND.search(first)
        said = {"COMMAND": (ran[1] or ran[2] or "") if ran else ""}
        said |= dict(_SAID.findall(first[ran.end() - len('TERM="') :] if ran else first))
        said |= {key: value for key, value in self._facts.items() if value}
        claims: dict[str, Any] = {**self._lines, "facts": self._facts}
        return About(
            "script",
            _side(said.get("COLUMNS", "")),
            _side(said.get("LINES", "")),
            said.get("TERM", ""),
            _began(said.get("START_TIME", "") or first),
            "",
            said["COMMAND"],
            claims,
        )

    def events(self) -> Iterator[Event]:
        self._facts, self._lines = {}, {}
        output = _Log("the typescript", self._output)
        typed = None if self._typed is None else _Log("the log of input", self._typed)
        self._lines["first_line"] = output.first
        others: Counter[str] = Counter()
        at, exited = 0, False
        for entry in read_timing(self._timing):
            at = entry.at
            if at > TIME_LIMIT * 1_000_000:
                raise ConversionError("the timing is longer than any recording lasts")
            match entry:
                case Bytes(typed=False):
                    for data in output.take(entry.count):
                        yield Output(at, CHANNEL, data)
                case Bytes():
                    log = typed or (output if self._both_ways() else None)
                    yield from _typed(at, entry.count, log)
                case Received():
                    yield from _received(entry)
                case Fact():
                    if len(self._facts) < _FACTS:
                        self._facts[entry.name] = entry.value
                    if entry.name == "EXIT_CODE":
                        exited = True
                        yield from _exit(at, entry.value)
                case Other():
                    others[entry.kind] += 1
        if others:
            told = ", ".join(f"{count} of {kind}" for kind, count in sorted(others.items()))
            yield Gap(at, SESSION, f"entries of unknown kinds were left out: {told}")
        for log in (output, typed):
            if log is None:
                continue
            last = log.end()
            if last is None:
                yield Gap(
                    at, SESSION, f"{log.left} bytes of {log.name} have no time and were left out"
                )
            elif log is output:
                self._lines["last_line"] = last
                status = dict(_SAID.findall(last)).get("COMMAND_EXIT_CODE", "")
                if not exited:
                    yield from _exit(at, status)

    def _both_ways(self) -> bool:
        """Whether the typescript is a log of both directions."""
        name = self._facts.get("INPUT_LOG", "")
        return name != "" and name == self._facts.get("OUTPUT_LOG")


def _typed(at: int, count: int, log: _Log | None) -> Iterator[Event]:
    if log is not None:
        for data in log.take(count):
            yield Input(at, CHANNEL, data)
    elif count:
        yield Typed(at, CHANNEL, count)
        yield Withheld(at, CHANNEL, count)


def _received(entry: Received) -> Iterator[Event]:
    if entry.signal != "SIGWINCH":
        yield Signal(entry.at, CHANNEL, entry.signal.removeprefix("SIG"))
        return
    match = _WINDOW.search(entry.details)
    if match is None:
        raise ConversionError("a SIGWINCH of the timing does not say how large the window is")
    rows, cols = _side(match[1]), _side(match[2])
    if rows and cols:
        yield Resize(entry.at, CHANNEL, cols, rows, 0, 0)


def _exit(at: int, text: str) -> Iterator[Event]:
    if text.isascii() and text.isdigit() and len(text) <= 9:
        yield Exit(at, CHANNEL, int(text))


def _side(text: str) -> int:
    """Columns or rows; 0 where it does not say."""
    return min(int(text), SIDE_LIMIT) if re.fullmatch("[0-9]{1,5}", text) else 0


def _began(text: str) -> int | None:
    match = _WHEN.search(text)
    if match is None:
        return None
    try:
        seconds = int(datetime.fromisoformat(match[0]).timestamp())
    except (ValueError, OverflowError):
        return None
    return seconds * 1_000_000_000 if 0 <= seconds <= LATEST else None
