"""An asciicast as a recording: sealed and signed like any other, and marked as imported.

Knows: asciicast's lines, the journal and the sealer through `recorder.local`. Must never know:
command lines. Called by ``gatereel import``.

The file is read twice: first to its end, so that one that is damaged anywhere leaves nothing
behind; then into the journal. What it says of itself (title, command, idle limit) is kept as claims
of the header: the recording proves what was in the file, not that it happened.
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from recorder import local
from recorder.attest import Signer
from recorder.clock import SystemClock
from recorder.convert.asciicast import CastEvent, CastHeader, parse_size, read_cast
from recorder.errors import ConversionError
from recorder.events import (
    SESSION,
    ChannelClosed,
    ChannelOpened,
    Event,
    Exit,
    Gap,
    Input,
    Marker,
    Output,
    Requested,
    Resize,
    Terminal,
)
from recorder.header import make_header
from recorder.store import Store, new_id

CHANNEL = 1
_PIECE = 1 << 16
"""Bytes of one record at most: a longer output becomes several records of one instant."""
_BATCH = 512
_LABEL_LIMIT = 1 << 16
_KNOWN = frozenset("oimrx")


@dataclass
class ImportClock:
    """The clock of a session that happened elsewhere: it stands where the file is read."""

    began_ns: int
    now: int = 0
    """Microseconds since the session's start."""

    def wall_ns(self) -> int:
        return self.began_ns + self.now * 1000

    def mono_ns(self) -> int:
        return self.now * 1000


def import_cast(path: Path, store: Store, signer: Signer) -> str:
    """Records what an asciicast v2 or v3 holds; the new session's id.

    Raises `ConversionError` where the file is none, and what recording raises.
    """
    try:
        with path.open("rb") as file:
            survey = _survey(file)
            file.seek(0)
            return _record(file, survey, path.name, store, signer)
    except OSError as error:
        raise ConversionError(f"cannot read {path}: {error.strerror or error}") from error


@dataclass(frozen=True, slots=True)
class _Survey:
    """What one reading of the whole file has told."""

    header: CastHeader
    digest: str
    left_out: str
    """Codes of events that we do not know, "" where there are none."""


class _Hashing:
    """A file that is hashed as its lines are read."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.sha256 = hashlib.sha256()

    def readline(self, limit: int) -> bytes:
        line = self._file.readline(limit)
        self.sha256.update(line)
        return line


def _survey(file: BinaryIO) -> _Survey:
    hashing = _Hashing(file)
    header, events = read_cast(hashing)
    unknown: Counter[str] = Counter()
    for event in events:
        if event.code not in _KNOWN:
            unknown[event.code[:8] if len(unknown) < 16 else "others"] += 1
        for _ in _events_of(event):
            pass
    left_out = ", ".join(f"{count} of {code!r}" for code, count in sorted(unknown.items()))
    return _Survey(header, hashing.sha256.hexdigest(), left_out)


def _record(file: BinaryIO, survey: _Survey, name: str, store: Store, signer: Signer) -> str:
    header = survey.header
    wall_ns = SystemClock().wall_ns()
    clock = ImportClock(wall_ns if header.timestamp is None else header.timestamp * 1_000_000_000)
    session = new_id(clock, os.urandom)
    facts = make_header(
        session=session,
        principal=local.user_name(),
        kind="import",
        target=header.title or header.command or name,
        account="",
        protocol="asciicast",
        build=local.build(),
        wall_ns=clock.began_ns,
        claims=_claims(survey, name),
        term=header.term,
        cols=header.cols,
        rows=header.rows,
    )
    _, events = read_cast(file)
    with local.recording(store, signer, clock, os.urandom, facts) as journal:
        batch = list(_opening(header))
        for event in events:
            clock.now = event.at
            batch += _events_of(event)
            if len(batch) >= _BATCH:
                journal.append(batch).result()
                batch = []
        if survey.left_out:
            cause = f"events of unknown kinds were left out: {survey.left_out}"
            batch.append(Gap(clock.now, SESSION, cause))
        batch.append(ChannelClosed(clock.now, CHANNEL, "the file ends"))
        journal.append(batch).result()
        journal.close("imported").result()
    return session


def _claims(survey: _Survey, name: str) -> dict[str, Any]:
    header = survey.header
    said: dict[str, Any] = {
        "file": name,
        "sha256": survey.digest,
        "version": header.version,
        "title": header.title,
        "command": header.command,
        "idle_limit": header.idle_limit,
        "env": dict(header.env),
    }
    return {key: value for key, value in said.items() if value not in ("", None, {})}


def _opening(header: CastHeader) -> Iterator[Event]:
    yield ChannelOpened(0, CHANNEL, "session", "client")
    yield Terminal(0, CHANNEL, header.term, header.cols, header.rows, 0, 0, b"")
    if header.command:
        yield Requested(0, CHANNEL, "exec", header.command.encode())


def _events_of(event: CastEvent) -> Iterator[Event]:
    """An asciicast's event as ours; raises `ConversionError`."""
    at = event.at
    match event.code:
        case "o" | "i":
            kind = Output if event.code == "o" else Input
            data = event.data.encode()
            for start in range(0, len(data), _PIECE):
                yield kind(at, CHANNEL, data[start : start + _PIECE])
        case "r":
            cols, rows = parse_size(event.data)
            yield Resize(at, CHANNEL, cols, rows, 0, 0)
        case "m":
            yield Marker(at, SESSION, event.data[:_LABEL_LIMIT])
        case "x":
            yield Exit(at, CHANNEL, parse_status(event.data))
        case _:
            pass


def parse_status(text: str) -> int:
    """The exit status of an `x` event; raises `ConversionError`."""
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise ConversionError("an exit status is a number")
    return int(text)
