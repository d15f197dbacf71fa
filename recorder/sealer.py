"""Journals to chunks: compress, hash, sign. One writer of reels.

Knows: segments, chunks, seals, the tree, the signing key. Must never know: what a terminal byte
means, asyncio, who is connected. Runs as a process of its own beside the gateway (`run`), or in
the thread of `gatereel record`; either way whoever seals holds the store's sealer lock. May be
killed at any instant: it resumes from what is on disk.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

from recorder import format as fmt
from recorder import merkle, reel
from recorder.attest import Checkpoint, Signer
from recorder.clock import Clock
from recorder.errors import RecordingError, StoreError
from recorder.events import End, Event, Salt
from recorder.reader import is_live
from recorder.store import Store

CHECKPOINT_AFTER_NS = 5_000_000_000
"""How old the newest checkpoint may be while there are new events."""
LEVELS = ((1, 19), (4, 9))
"""zstd level by how many segments wait: as small as may be when idle, fast under load."""
FAST_LEVEL = 3
INTERRUPTED = "the recorder stopped before the session ended"


class Sealed(NamedTuple):
    """What one step did for one session."""

    session: str
    note: str
    """The newest checkpoint, as a signed note."""
    total: int
    """How many records it covers."""
    state: str
    """ "" while the recording goes on, else "closed" or "interrupted"."""


@dataclass(slots=True)
class _Position:
    """How far the records of one session have been hashed."""

    frontier: merkle.Frontier
    time: int = 0
    secret: bytes = b""
    ended: str | None = None
    """The reason in the `End`, once there was one."""

    def take(self, record: fmt.Packed) -> None:
        """The next record; raises `RecordingError` where it is not the next."""
        if record.number != self.frontier.size or record.time != self.time + record.delta:
            raise RecordingError("a record does not follow", where=f"event {record.number}")
        self.note_event(record.event)
        leaf = merkle.salted_leaf(self.secret, record.number, record.time, record.raw)
        self.frontier.append(leaf)
        self.time = record.time

    def note_event(self, event: Event) -> None:
        """Keeps what sealing needs to know of the events themselves."""
        if isinstance(event, Salt):
            self.secret = event.secret
        elif isinstance(event, End):
            self.ended = event.reason

    def place(self) -> fmt.Place:
        """The place of the last record taken."""
        return fmt.Place(self.frontier.size - 1, self.time)

    def copy(self) -> _Position:
        return replace(self, frontier=self.frontier.copy())


@dataclass(slots=True)
class _Session:
    """A session that has journals, or whose reel has no end yet."""

    session: str
    total: int = 0
    """Records in sealed chunks."""
    sealed: _Position = field(default_factory=lambda: _Position(merkle.Frontier()))
    previous: bytes = fmt.NO_SEAL
    size: int = 0
    """Bytes of the reel."""
    entries: list[tuple[int, int]] = field(default_factory=list)
    live: _Position | None = None
    """Beyond `sealed`: what of the newest segment has been hashed already."""
    offset: int = 0
    """Bytes of that segment that `live` covers."""
    finished: bool = False
    checked_ns: int = 0
    checked: int = 0
    """Records that the newest checkpoint covers."""
    note: str = ""
    """The newest checkpoint."""

    def report(self, ended: str) -> Sealed:
        return Sealed(self.session, self.note, self.checked, ended)


class Sealer:
    """Seals what lies in a store. Raises `StoreError` where another sealer works there."""

    def __init__(self, store: Store, signer: Signer, clock: Clock) -> None:
        self._store = store
        self._signer = signer
        self._clock = clock
        self._sessions: dict[str, _Session] = {}
        self._broken: dict[str, str] = {}
        self._lock = os.open(store.path / ".sealer", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._lock)
            raise StoreError(
                f"another gatereel is sealing in {store.path}: one store, one gateway"
            ) from error

    def __enter__(self) -> Sealer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.close(self._lock)

    @property
    def broken(self) -> dict[str, str]:
        """Sessions that cannot be sealed, and why; their files are left as they are."""
        return dict(self._broken)

    def step(self) -> list[Sealed]:
        """One pass over every session that has journals. A session that cannot be sealed does
        not keep the others from it; `OSError` (a full disk) is for the caller, who tries again."""
        done: list[Sealed] = []
        found = self._store.all_journals()
        for session in list(self._sessions):
            if session not in found:
                del self._sessions[session]
        for session, segments in found.items():
            if session in self._broken:
                continue
            try:
                done.extend(self._advance(session, segments))
            except RecordingError as error:
                self._sessions.pop(session, None)
                self._broken[session] = f"{error.person} ({error.where})"
        return done

    def _advance(self, session: str, segments: list[Path]) -> Iterator[Sealed]:
        state = self._sessions.get(session)
        if state is None:
            state = self._sessions[session] = resume(self._store, session)
        gone = not is_live(segments)
        if gone:
            # The front may have moved on to a new segment between the two looks.
            newer = self._store.journals(session)
            gone, segments = newer[-1:] == segments[-1:], newer
        whole = segments if gone else segments[:-1]
        for waiting, path in zip(range(len(whole), 0, -1), whole, strict=True):
            if self._seal(state, path, waiting):
                yield state.report("")
            if not gone:
                path.unlink()
        if gone:
            if not state.finished:
                yield self._finish(state)
            # Only now: a reel without an end must always have a journal to finish it by.
            for path in segments:
                path.unlink()
            self._store.checkpoint(session).unlink(missing_ok=True)
            del self._sessions[session]
        elif self._clock.mono_ns() - state.checked_ns >= CHECKPOINT_AFTER_NS:
            yield from self._checkpoint(state, segments[-1])

    # -- chunks ------------------------------------------------------------------------------------

    def _seal(self, state: _Session, path: Path, waiting: int) -> bool:
        """Packs one whole segment; False where the reel has it already, or nothing is in it."""
        data = path.read_bytes()
        raws = [raw for raw, _ in fmt.journal_records(data)]
        if not raws or state.finished:
            return False
        first = fmt.unpack_record(raws[0], None)
        if first.number < state.total:
            return False
        position = self._hash_rest(state, data)
        content = b"".join(raws)
        frame = fmt.compress(content, _level(waiting))
        seal = fmt.Seal(
            recording=state.session,
            first=state.total,
            count=len(raws),
            content_size=len(content),
            first_time=first.time,
            last_time=position.time,
            data_hash=hashlib.sha256(frame).digest(),
            previous=state.previous,
            frontier=tuple(position.frontier.hashes),
            state="",
            reason="",
        )
        self._append(state, frame, seal, position)
        state.total, state.sealed = seal.total, position
        state.live, state.offset = None, 0
        return True

    def _hash_rest(self, state: _Session, data: bytes) -> _Position:
        """Hashes what of the newest unsealed segment has not been hashed yet."""
        position = state.live = state.live or state.sealed.copy()
        before = position.place() if state.offset else None
        for raw, end in fmt.journal_records(data, state.offset):
            position.take(fmt.unpack_record(raw, before))
            before, state.offset = position.place(), end
        return position

    def _finish(self, state: _Session) -> Sealed:
        position = state.sealed
        seal = fmt.Seal(
            recording=state.session,
            first=state.total,
            count=0,
            content_size=0,
            first_time=position.time,
            last_time=position.time,
            data_hash=hashlib.sha256(b"").digest(),
            previous=state.previous,
            frontier=tuple(position.frontier.hashes),
            state="interrupted" if position.ended is None else "closed",
            reason=INTERRUPTED if position.ended is None else position.ended,
        )
        self._append(state, b"", seal, position)
        state.finished = True
        return state.report(seal.state)

    def _append(self, state: _Session, frame: bytes, seal: fmt.Seal, position: _Position) -> None:
        """Adds a chunk, or (``frame`` empty) the end, and makes it durable."""
        note = self._note(position, state.session, f"seal {b64encode(seal.digest()).decode()}")
        sealed = fmt.pack_seal(seal, note, len(frame))
        data_entry = [(len(frame), seal.content_size)] if frame else []
        entries = [*state.entries, *data_entry, (len(sealed), 0)]
        table = b"" if frame else fmt.pack_table(entries)
        append_durably(self._store.reel(state.session), state.size, frame + sealed + table)
        if not state.size:
            self._store.sync()
        state.size += len(frame) + len(sealed) + len(table)
        state.previous, state.entries = fmt.seal_hash(sealed), entries
        self._checked(state, note, seal.total)

    # -- checkpoints -------------------------------------------------------------------------------

    def _checkpoint(self, state: _Session, newest: Path) -> Iterator[Sealed]:
        """Signs what the newest segment holds by now, once it is durable."""
        fd = os.open(newest, os.O_RDONLY | os.O_CLOEXEC)
        try:
            data = reel.read_at(fd, 0, os.fstat(fd).st_size)
            os.fdatasync(fd)
        finally:
            os.close(fd)
        position = self._hash_rest(state, data)
        state.checked_ns = self._clock.mono_ns()
        if position.frontier.size > state.checked:
            note = self._note(position, state.session, "live")
            replace_file(self._store.checkpoint(state.session), note.encode())
            self._checked(state, note, position.frontier.size)
            yield state.report("")

    def _note(self, position: _Position, session: str, bound: str) -> str:
        frontier = position.frontier
        return self._signer.sign(Checkpoint(session, frontier.size, frontier.root(), bound).text())

    def _checked(self, state: _Session, note: str, total: int) -> None:
        state.note, state.checked = note, total
        state.checked_ns = self._clock.mono_ns()


def resume(store: Store, session: str) -> _Session:
    """Where sealing stopped, from what is on disk; cuts off what a crash left half-done.

    This is the only place where a reel gets shorter.
    """
    state = _Session(session)
    path = store.reel(session)
    if not path.exists():
        return state
    fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        layout = reel.layout(fd)
        if layout.torn:
            os.ftruncate(fd, layout.size)
            os.fsync(fd)
        if not layout.chunks:
            return state
        state.entries = list(reel.table_entries(fd, layout.chunks))
        last = reel.read_seal(fd, layout.chunks[-1]).seal
        state.previous = fmt.seal_hash(reel.read_at(fd, *layout.chunks[-1].seal))
        state.size, state.finished = layout.size, layout.finished
        frontier = merkle.Frontier(last.total, list(last.frontier))
        state.total = state.checked = last.total
        state.sealed = _Position(frontier, last.last_time)
        data_chunks = [chunk for chunk in layout.chunks if chunk.data is not None]
        for chunk in data_chunks[:1] + data_chunks[-1:]:
            _remember(state.sealed, fd, chunk)
        if last.state and not layout.finished:
            append_durably(path, state.size, fmt.pack_table(state.entries))
            state.finished = True
    finally:
        os.close(fd)
    return state


def _remember(position: _Position, fd: int, chunk: reel.Chunk) -> None:
    """The salt and the end, where they are in this chunk."""
    for record in fmt.unpack_records(fmt.decompress(reel.read_at(fd, *(chunk.data or (0, 0))))):
        position.note_event(record.event)


def run(
    sealer: Sealer,
    *,
    report: Callable[[Sealed], None],
    trouble: Callable[[str], None],
    pause: Callable[[], bool],
) -> None:
    """The sealer's process: steps until ``pause`` (which waits a little) says to stop, and then
    once more. What goes wrong for a moment (a full disk) is told to ``trouble`` and tried again.
    """
    going = True
    while going:
        going = pause()
        try:
            for sealed in sealer.step():
                report(sealed)
        except OSError as error:
            trouble(f"cannot seal: {error.strerror or error}")


def append_durably(path: Path, size: int, data: bytes) -> None:
    """Writes at offset ``size``, the end of the file, and syncs; takes back what does not fit."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        view, offset = memoryview(data), size
        while view:
            count = os.pwrite(fd, view, offset)
            view, offset = view[count:], offset + count
        os.fsync(fd)
    except OSError:
        with contextlib.suppress(OSError):
            os.ftruncate(fd, size)
        raise
    finally:
        os.close(fd)


def replace_file(path: Path, data: bytes) -> None:
    """The file holds this now, or, after a crash, what it held before."""
    fresh = path.with_name(f".{path.name}.new")
    with fresh.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def _level(waiting: int) -> int:
    return next((level for most, level in LEVELS if waiting <= most), FAST_LEVEL)
