"""A foreign recording as one of ours: sealed and signed like any other, and marked as imported.

Knows: sources of events, the journal and the sealer through `recorder.local`. Must never know:
command lines, how a format looks. Called by ``gatereel import``.

The files are read twice: first to their end, so that what is damaged anywhere leaves nothing
behind; then into the journal. What they say of themselves (title, command, size) is kept as claims
of the header: the recording proves what was in the files, not that it happened.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from recorder import local
from recorder.attest import Signer
from recorder.clock import SystemClock
from recorder.convert.foreign import CHANNEL, About, Source
from recorder.convert.recognise import is_typescript, recognise, timing_of
from recorder.errors import ConversionError
from recorder.events import ChannelClosed, ChannelOpened, Event, Requested, Terminal
from recorder.header import make_header
from recorder.store import Store, new_id

_BATCH = 512
_READ = 1 << 20


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


def import_file(
    path: Path,
    store: Store,
    signer: Signer,
    *,
    timing: Path | None = None,
    typed: Path | None = None,
) -> str:
    """Records what a foreign recording holds; the new session's id.

    ``timing`` and ``typed`` belong to a typescript; its timing is found beside it where none is
    given. Raises `ConversionError` where the file is none, and what recording raises.
    """
    try:
        with contextlib.ExitStack() as opened:
            file = opened.enter_context(_open(path))
            if timing is None and is_typescript(path, file):
                timing = timing_of(path)
            source = recognise(
                path,
                file,
                opened.enter_context(_open(timing)) if timing else None,
                opened.enter_context(_open(typed)) if typed else None,
            )
            for _ in source.events():
                pass
            name = os.fsencode(path.name).decode("utf-8", "replace")
            return _record(source, name, store, signer)
    except OSError as error:
        raise ConversionError(f"cannot read {path}: {error.strerror or error}") from error


def _open(path: Path) -> BinaryIO:
    """A file and nothing else: a pipe or a device might never end."""
    try:
        if path.exists() and not path.is_file():
            raise ConversionError(f"{path} is no file")
        return path.open("rb")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ConversionError(f"cannot read {path}: {reason}") from error


def _record(source: Source, name: str, store: Store, signer: Signer) -> str:
    about = source.about()
    wall_ns = SystemClock().wall_ns()
    clock = ImportClock(wall_ns if about.began_ns is None else about.began_ns)
    session = new_id(clock, os.urandom)
    facts = make_header(
        session=session,
        principal=local.user_name(),
        kind="import",
        target=about.title or about.command or name,
        account="",
        protocol=about.protocol,
        build=local.build(),
        wall_ns=clock.began_ns,
        claims=_claims(source, about, name),
        term=about.term,
        cols=about.cols,
        rows=about.rows,
    )
    with local.recording(store, signer, clock, os.urandom, facts) as journal:
        batch = list(_opening(about))
        for event in source.events():
            clock.now = event.at
            batch.append(event)
            if len(batch) >= _BATCH:
                journal.append(batch).result()
                batch = []
        batch.append(ChannelClosed(clock.now, CHANNEL, "the file ends"))
        journal.append(batch).result()
        journal.close("imported").result()
    return session


def _claims(source: Source, about: About, name: str) -> dict[str, Any]:
    said: dict[str, Any] = {"file": name}
    for key, file in source.files:
        file.seek(0)
        digest = hashlib.sha256()
        while data := file.read(_READ):
            digest.update(data)
        said[key] = digest.hexdigest()
    said |= about.claims
    return {key: value for key, value in said.items() if value not in ("", None, {})}


def _opening(about: About) -> Iterator[Event]:
    yield ChannelOpened(0, CHANNEL, "session", "client")
    yield Terminal(0, CHANNEL, about.term, about.cols, about.rows, 0, 0, b"")
    if about.command:
        yield Requested(0, CHANNEL, "exec", about.command.encode())
