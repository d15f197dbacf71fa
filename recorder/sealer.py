"""Journals to chunks: compress, hash, sign. One writer of reels.

Knows: segments, chunks, seals, the tree, the signing key. Must never know: what a terminal byte
means, asyncio, who is connected. Runs as a process of its own beside the gateway (`run`), or in
the thread of `gatereel record`; either way whoever seals holds the store's sealer lock. May be
killed at any instant: it resumes from what is on disk.
"""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import hashlib
import os
from base64 import b64encode
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

from recorder import distrust, reel
from recorder import format as fmt
from recorder import seal as sealing
from recorder.attest import Checkpoint, Signer, open_note
from recorder.clock import Clock
from recorder.errors import RecordingError, StoreError
from recorder.progress import Position, Progress, resume
from recorder.reader import look
from recorder.store import Store

CHECKPOINT_AFTER_NS = 5_000_000_000
"""How old the newest checkpoint may be while there are new events."""
LEVELS = ((1, 19), (4, 9))
"""zstd level by how many segments of all sessions wait: as small as may be when idle, fast under
load, so that a pass over many sessions takes no longer than their fronts have patience."""
FAST_LEVEL = 3
LEFT_BEHIND_NS = 3_600_000_000_000
"""How old a file without its final name is when nobody can be making it any more."""
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


class Sealer:
    """Seals what lies in a store. Raises `StoreError` where another sealer works there."""

    def __init__(self, store: Store, signer: Signer, clock: Clock) -> None:
        self._store = store
        self._signer = signer
        self._clock = clock
        self._sessions: dict[str, Progress] = {}
        self._broken: dict[str, str] = {}
        self._troubles: dict[str, str] = {}
        self._waiting = 0
        try:
            self._lock = distrust.open_lock(store.path / ".sealer")
        except OSError as error:
            raise StoreError(
                f"{store.path / '.sealer'} cannot be used: {error.strerror}", operator=repr(error)
            ) from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._lock)
            raise StoreError(
                f"another gatereel is sealing in {store.path}: one store, one gateway"
            ) from error
        _sweep(store, clock)

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
        """One whole pass."""
        return list(self.turns())

    def turns(self) -> Iterator[Sealed]:
        """One pass over every session that has journals, a segment of each in turn: the one that
        wrote most keeps none of the others waiting. A session that cannot be sealed, for good
        (`broken`) or for now (`troubles`), does not keep them from it either."""
        found = self._store.all_journals()
        self._troubles.clear()
        self._waiting = sum(map(len, found.values())) - len(found)
        for session in list(self._sessions):
            if session not in found:
                del self._sessions[session]
        advancing = deque(
            (session, self._advance(session, segments))
            for session, segments in found.items()
            if session not in self._broken
        )
        while advancing:
            session, turn = advancing.popleft()
            try:
                sealed = next(turn, None)
            except RecordingError as error:
                self._sessions.pop(session, None)
                self._broken[session] = f"{error.person} ({error.where})"
            except OSError as error:
                self._troubles[session] = error.strerror or str(error)
            else:
                if sealed is not None:
                    advancing.append((session, turn))
                    yield sealed

    def _advance(self, session: str, found: list[Path]) -> Iterator[Sealed]:
        state = self._sessions.get(session)
        if state is None:
            state = self._sessions[session] = resume(self._store, session)
        segments, live = look(self._store, session, found)
        for path in segments[:-1] if live else segments:
            sealed = self._seal(state, path)
            if live:
                path.unlink()
                self._waiting -= 1
            if sealed:
                yield _told(state, "")
        if not segments:
            del self._sessions[session]
        elif not live:
            yield from self._end(state, segments)
            del self._sessions[session]
        elif self._clock.mono_ns() - state.checked_ns >= CHECKPOINT_AFTER_NS:
            yield from self._checkpoint(state, segments[-1])

    # -- chunks ------------------------------------------------------------------------------------

    def _end(self, state: Progress, segments: list[Path]) -> Iterator[Sealed]:
        """Ends a session that nobody records any more, and only then lets go of its journal: a
        reel without an end must always have a segment to finish it by."""
        if state.total and not state.ended:
            self._finish(state)
        if state.total and not state.told:
            state.told = True
            yield _told(state, state.ended)
        if not self._is_short(state):
            self._store.checkpoint(state.session).unlink(missing_ok=True)
        for path in segments:
            path.unlink()

    def _is_short(self, state: Progress) -> bool:
        """Whether our own checkpoint between seals speaks of events that are not here any more:
        then it stays, for verification to find what somebody has removed."""
        try:
            note = self._store.checkpoint(state.session).read_text("utf-8")
            known = Checkpoint.parse(open_note(note, [self._signer.verifier]))
        except (OSError, UnicodeDecodeError, RecordingError):
            return False
        return known.size > state.total

    def _seal(self, state: Progress, path: Path) -> bool:
        """Packs one whole segment; False where the reel has it already, or nothing is in it."""
        if state.ended:
            return False
        data = distrust.read_plain(path)
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
        seal = dataclasses.replace(
            _seal_after(state, position),
            count=len(raws),
            content_size=len(content),
            first_time=first.time,
            data_hash=hashlib.sha256(frame).digest(),
        )
        self._append(state, frame, seal, position)
        state.total, state.sealed = seal.total, position
        state.live, state.offset = None, 0
        return True

    def _hash_rest(self, state: Progress, data: bytes) -> Position:
        """Hashes what of the newest unsealed segment has not been hashed yet."""
        position = state.live = state.live or state.sealed.copy()
        before = position.place() if state.offset else None
        for raw, end in fmt.journal_records(data, state.offset):
            position.take(fmt.unpack_record(raw, before))
            before, state.offset = position.place(), end
        return position

    def _finish(self, state: Progress) -> None:
        position = state.sealed
        interrupted = INTERRUPTED
        if state.unread:
            interrupted += f"; the last {state.unread} bytes of its journal are no whole event"
        seal = dataclasses.replace(
            _seal_after(state, position),
            state="interrupted" if position.ended is None else "closed",
            reason=interrupted if position.ended is None else position.ended,
        )
        self._append(state, b"", seal, position)
        state.ended = seal.state

    def _append(
        self, state: Progress, frame: bytes, seal: sealing.Seal, position: Position
    ) -> None:
        """Adds a chunk, or (``frame`` empty) the end, and makes it durable."""
        note = self._note(position, state.session, f"seal {b64encode(seal.digest()).decode()}")
        sealed = sealing.pack_seal(seal, note, len(frame))
        data_entry = [(len(frame), seal.content_size)] if frame else []
        entries = [*state.entries, *data_entry, (len(sealed), 0)]
        table = b"" if frame else sealing.pack_table(entries)
        reel.append_durably(self._store.reel(state.session), state.size, frame + sealed + table)
        if not state.size:
            self._store.sync()
        state.size += len(frame) + len(sealed) + len(table)
        state.previous, state.entries = sealing.seal_hash(sealed), entries
        self._checked(state, note, seal.total)

    # -- checkpoints -------------------------------------------------------------------------------

    def _checkpoint(self, state: Progress, newest: Path) -> Iterator[Sealed]:
        """Signs what the newest segment holds by now, once it is durable."""
        state.checked_ns = self._clock.mono_ns()
        fd = distrust.open_plain(newest)
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
            yield _told(state, "")

    def _note(self, position: Position, session: str, bound: str) -> str:
        frontier = position.frontier
        return self._signer.sign(Checkpoint(session, frontier.size, frontier.root(), bound).text())

    def _checked(self, state: Progress, note: str, total: int) -> None:
        state.note, state.checked = note, total
        state.checked_ns = self._clock.mono_ns()


def _sweep(store: Store, clock: Clock) -> None:
    """Removes what a killed process had begun to make and had not named yet."""
    for path in store.path.glob(".*.new"):
        with contextlib.suppress(OSError):
            if clock.wall_ns() - path.stat().st_mtime_ns > LEFT_BEHIND_NS:
                path.unlink()


def _seal_after(state: Progress, position: Position) -> sealing.Seal:
    """The seal that follows what is sealed and says what ``position`` does, of no records yet."""
    return sealing.Seal(
        recording=state.session,
        first=state.total,
        count=0,
        content_size=0,
        first_time=position.time,
        last_time=position.time,
        data_hash=hashlib.sha256(b"").digest(),
        previous=state.previous,
        frontier=tuple(position.frontier.hashes),
        state="",
        reason="",
    )


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
            for sealed in sealer.turns():
                report(sealed)
        except StoreError as error:
            trouble(error.person)
        for reason in sorted({*sealer.troubles.values()}):
            trouble(f"cannot seal: {reason}")


def _told(state: Progress, ended: str) -> Sealed:
    return Sealed(state.session, state.note, state.checked, ended)


def _level(waiting: int) -> int:
    return next((level for most, level in LEVELS if waiting <= most), FAST_LEVEL)
