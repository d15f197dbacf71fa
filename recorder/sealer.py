"""Journals to chunks: compress, hash, sign. One writer of reels.

Knows: segments, chunks, seals, the tree, the signing key. Must never know: what a terminal byte
means, asyncio, who is connected. Runs as a process of its own beside the gateway (`run`), or in
the thread of `gatereel record`; either way whoever seals holds the store's sealer lock. May be
killed at any instant: it resumes from what is on disk.
"""

from __future__ import annotations

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
from recorder.reader import look
from recorder.store import Store

CHECKPOINT_AFTER_NS = 5_000_000_000
"""How old the newest checkpoint may be while there are new events."""
LEVELS = ((1, 19), (4, 9))
"""zstd level by how many segments of all sessions wait: as small as may be when idle, fast under
load, so that a pass over many sessions takes no longer than their fronts have patience."""
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
    unread: int = 0
    """Bytes at the end of the last segment that are no whole record."""
    ended: str = ""
    """The state in the end's seal, once the reel has one."""
    told: bool = False
    """That it ended has been reported."""
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
        self._troubles: dict[str, str] = {}
        self._waiting = 0
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

    @property
    def troubles(self) -> dict[str, str]:
        """Sessions that the last step could not seal for now (a full disk), and why."""
        return dict(self._troubles)

    def step(self) -> list[Sealed]:
        """One pass over every session that has journals. A session that cannot be sealed, for good
        (`broken`) or for now (`troubles`), does not keep the others from it."""
        done: list[Sealed] = []
        found = self._store.all_journals()
        self._troubles.clear()
        self._waiting = sum(map(len, found.values())) - len(found)
        for session in list(self._sessions):
            if session not in found:
                del self._sessions[session]
        for session, segments in found.items():
            if session in self._broken:
                continue
            try:
                # Item by item: what was done before an error is told.
                for sealed in self._advance(session, segments):
                    done.append(sealed)  # noqa: PERF402
            except RecordingError as error:
                self._sessions.pop(session, None)
                self._broken[session] = f"{error.person} ({error.where})"
            except OSError as error:
                self._troubles[session] = error.strerror or str(error)
        return done

    def _advance(self, session: str, found: list[Path]) -> Iterator[Sealed]:
        state = self._sessions.get(session)
        if state is None:
            state = self._sessions[session] = resume(self._store, session)
        segments, live = look(self._store, session, found)
        for path in segments[:-1] if live else segments:
            if self._seal(state, path):
                yield state.report("")
            if live:
                path.unlink()
                self._waiting -= 1
        if not segments:
            del self._sessions[session]
        elif not live:
            yield from self._end(state, segments)
            del self._sessions[session]
        elif self._clock.mono_ns() - state.checked_ns >= CHECKPOINT_AFTER_NS:
            yield from self._checkpoint(state, segments[-1])

    # -- chunks ------------------------------------------------------------------------------------

    def _end(self, state: _Session, segments: list[Path]) -> Iterator[Sealed]:
        """Ends a session that nobody records any more, and only then lets go of its journal: a
        reel without an end must always have a segment to finish it by."""
        if state.total and not state.ended:
            self._finish(state)
        if state.total and not state.told:
            state.told = True
            yield state.report(state.ended)
        self._store.checkpoint(state.session).unlink(missing_ok=True)
        for path in segments:
            path.unlink()

    def _seal(self, state: _Session, path: Path) -> bool:
        """Packs one whole segment; False where the reel has it already, or nothing is in it."""
        if state.ended:
            return False
        data = path.read_bytes()
        frames = list(fmt.journal_records(data))
        raws = [raw for raw, _ in frames]
        state.unread = len(data) - (frames[-1][1] if frames else 0)
        if not raws:
            if data.strip(b"\0"):
                raise RecordingError("nothing of a journal can be read", where=path.name)
            return False
        first = fmt.unpack_record(raws[0], None)
        if first.number < state.total:
            return False
        position = self._hash_rest(state, data)
        content = b"".join(raws)
        frame = fmt.compress(content, _level(self._waiting))
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

    def _finish(self, state: _Session) -> None:
        position = state.sealed
        interrupted = INTERRUPTED
        if state.unread:
            interrupted += f"; the last {state.unread} bytes of its journal are no whole event"
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
            reason=interrupted if position.ended is None else position.ended,
        )
        self._append(state, b"", seal, position)
        state.ended = seal.state

    def _append(self, state: _Session, frame: bytes, seal: fmt.Seal, position: _Position) -> None:
        """Adds a chunk, or (``frame`` empty) the end, and makes it durable."""
        note = self._note(position, state.session, f"seal {b64encode(seal.digest()).decode()}")
        sealed = fmt.pack_seal(seal, note, len(frame))
        data_entry = [(len(frame), seal.content_size)] if frame else []
        entries = [*state.entries, *data_entry, (len(sealed), 0)]
        table = b"" if frame else fmt.pack_table(entries)
        reel.append_durably(self._store.reel(state.session), state.size, frame + sealed + table)
        if not state.size:
            self._store.sync()
        state.size += len(frame) + len(sealed) + len(table)
        state.previous, state.entries = fmt.seal_hash(sealed), entries
        self._checked(state, note, seal.total)

    # -- checkpoints -------------------------------------------------------------------------------

    def _checkpoint(self, state: _Session, newest: Path) -> Iterator[Sealed]:
        """Signs what the newest segment holds by now, once it is durable."""
        state.checked_ns = self._clock.mono_ns()
        fd = os.open(newest, os.O_RDONLY | os.O_CLOEXEC)
        try:
            size = os.fstat(fd).st_size
            if size <= state.offset:
                return
            data = reel.read_at(fd, 0, size)
            os.fdatasync(fd)
        finally:
            os.close(fd)
        position = self._hash_rest(state, data)
        if position.frontier.size > state.checked:
            note = self._note(position, state.session, "live")
            reel.replace_file(self._store.checkpoint(state.session), note.encode())
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
        layout = reel.walk(fd)
        if layout.torn:
            _check_torn(store, session, fd, layout)
            os.ftruncate(fd, layout.size)
            os.fsync(fd)
        if not layout.chunks:
            return state
        state.entries = list(reel.table_entries(fd, layout.chunks))
        last, state.note, _ = reel.read_seal(fd, layout.chunks[-1])
        state.previous = fmt.seal_hash(reel.read_at(fd, *layout.chunks[-1].seal))
        state.size, state.ended = layout.size, last.state
        frontier = merkle.Frontier(last.total, list(last.frontier))
        state.total = state.checked = last.total
        state.sealed = _Position(frontier, last.last_time)
        data_chunks = [chunk for chunk in layout.chunks if chunk.data is not None]
        for chunk in data_chunks[:1] + data_chunks[-1:]:
            _remember(state.sealed, fd, chunk)
        if last.state and not layout.finished:
            reel.append_durably(path, state.size, fmt.pack_table(state.entries))
    finally:
        os.close(fd)
    return state


def _check_torn(store: Store, session: str, fd: int, layout: reel.Layout) -> None:
    """Raises `RecordingError` where cutting off what belongs to no chunk would lose events. A
    crash cannot lead there, since a segment goes only when its chunk is durable: damage can."""
    total = reel.read_seal(fd, layout.chunks[-1]).seal.total if layout.chunks else 0
    for path in store.journals(session):
        for raw, _ in fmt.journal_records(path.read_bytes()):
            if fmt.unpack_record(raw, None).number <= total:
                return
            break
    table = fmt.pack_table([(0, 0)] * (2 * len(layout.chunks) - 1))
    if layout.chunks and layout.chunks[-1].data is None and layout.torn < len(table):
        return
    raise RecordingError("the reel is damaged before its end", where=f"byte {layout.size}")


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
        except StoreError as error:
            trouble(error.person)
        for reason in sorted({*sealer.troubles.values()}):
            trouble(f"cannot seal: {reason}")


def _level(waiting: int) -> int:
    return next((level for most, level in LEVELS if waiting <= most), FAST_LEVEL)
