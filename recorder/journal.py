"""Append before forward: a session's events to its journal, and only then to anybody.

Knows: segments, frames, group commit, when an anchor is due. Must never know: asyncio, chunks,
seals, keys. Called by the gateway's pump and by `gatereel record`, through `Journal.append`,
whose future is done when the kernel has the bytes. One thread does every write, and
`recorder.syncer` every sync but the last; an error of either ends the journal for good, and every
append after it fails at once.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import NamedTuple, assert_never

from recorder import distrust
from recorder import format as fmt
from recorder.clock import Clock
from recorder.errors import JournalError
from recorder.events import SESSION, Anchor, ClockStep, End, Event, Facts, Header, Salt
from recorder.store import Entropy, Store
from recorder.syncer import Synced, Syncer, write_all

ANCHOR_TIME = 10_000_000
"""µs after which an event is preceded by an anchor."""
ANCHOR_SIZE = 1 << 20
"""Bytes of records after which it is."""
SEGMENT_TIME = 600_000_000
"""µs after which an anchor begins a new segment, so that a quiet session is sealed too."""
CLOCK_STEP_NS = 250_000_000
_MANY_WAITING = 16


@dataclass
class _Segment:
    path: Path
    file: Synced
    began: int
    size: int = 0


@dataclass
class _Work:
    journal: Journal
    events: Sequence[Event]
    done: Future[None]
    last: bool = False


class _Unsynced(NamedTuple):
    """A journal that could not be made durable."""

    journal: Journal
    error: OSError


class Journal:
    """One session's journal. Made by `Writer.open`; thread-safe."""

    def __init__(self, writer: Writer, header: Header, start_mono_ns: int) -> None:
        self.header = header
        self.id: str = header.facts["id"]
        self._writer = writer
        self._start = start_mono_ns
        self._state = _State()
        self._when_failed: Callable[[JournalError], None] | None = None

    def now(self) -> int:
        """Microseconds since the session's start."""
        return (self._writer.clock.mono_ns() - self._start) // 1000

    def append(self, events: Sequence[Event]) -> Future[None]:
        """Hands these events over, in order; done when ``write()`` took them all.

        A time before the last record's is moved up to it. The future raises `JournalError`, and
        from then on so does every other.
        """
        return self._writer._submit(_Work(self, events, Future()))

    def close(self, reason: str) -> Future[None]:
        """Writes the `End`, syncs and lets go; nothing can be appended afterwards."""
        end = End(self.now(), SESSION, reason)
        return self._writer._submit(_Work(self, [end], Future(), last=True))

    def backlog(self) -> int:
        """Whole segments that wait for the sealer: exact only where they are many."""
        waiting = list(self._state.waiting)
        few = len(waiting) < _MANY_WAITING
        return len(waiting) if few else sum(path.exists() for path in waiting)

    @property
    def ended(self) -> bool:
        """Whether `close` was carried out."""
        return self._state.closed

    @property
    def failure(self) -> JournalError | None:
        """Why nothing can be recorded any more, once that is so (a sync may fail while nobody
        appends)."""
        return self._state.failed

    def when_failed(self, tell: Callable[[JournalError], None]) -> None:
        """``tell`` is called when nothing can be recorded any more: in the writer's thread, or
        here, where that is so already. It may be called twice."""
        self._when_failed = tell
        if self._state.failed is not None:
            tell(self._state.failed)

    @property
    def durable(self) -> int:
        """How many records a power cut would leave."""
        return self._state.durable

    def _made_durable(self, number: int) -> None:
        """In a thread of the syncer or the writer's: never back, and nobody else changes it."""
        self._state.durable = max(self._state.durable, number)


@dataclass
class _State:
    """What the writer thread knows of a journal; nobody else changes it."""

    number: int = 0
    time: int = 0
    durable: int = 0
    segment: _Segment | None = None
    segments: int = 0
    waiting: deque[Path] = field(default_factory=deque)
    anchor_time: int = 0
    anchor_size: int = 0
    drift_ns: int = 0
    failed: JournalError | None = None
    closed: bool = False


class Writer:
    """The one thread that writes the journals of a store."""

    def __init__(self, store: Store, clock: Clock, entropy: Entropy) -> None:
        self.store = store
        self.clock = clock
        self._entropy = entropy
        self._queue: SimpleQueue[_Work | _Unsynced | None] = SimpleQueue()
        self._open: set[Journal] = set()
        self._taken: deque[_Work | _Unsynced | None] = deque()
        self._syncer = Syncer(clock)
        self._closing = False
        self._gate = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="journal-writer", daemon=True)
        self._thread.start()

    def open(self, facts: Facts) -> Journal:
        """A new recording: header, salt and first anchor are written when this returns.

        ``facts`` come from `make_header`; a ``wall`` of 0 becomes now. Raises `JournalError`.
        """
        secret = self._entropy(32)
        salted = {**facts, "salt": hashlib.sha256(secret).digest()}
        salted["wall"] = salted["wall"] or self.clock.wall_ns()
        journal = Journal(self, Header(0, SESSION, salted), self.clock.mono_ns())
        header = journal.header
        self._submit(_Work(journal, [header, Salt(0, SESSION, secret)], Future())).result()
        return journal

    def close(self) -> None:
        """Finishes what was handed over, syncs, and ends both threads. Open journals stay without
        an end."""
        with self._gate:
            if not self._closing:
                self._closing = True
                self._queue.put(None)
        self._thread.join()
        self._syncer.close()

    def _submit(self, work: _Work) -> Future[None]:
        # Whoever waits may give up, the work may not: a cancelled future could not be answered.
        work.done.set_running_or_notify_cancel()
        with self._gate:
            if not self._closing:
                self._queue.put(work)
                return work.done
        work.done.set_exception(JournalError("the recorder is shutting down"))
        return work.done

    # -- everything below runs in the writer thread ---------------------------------------------

    def _run(self) -> None:
        try:
            self._work()
        finally:
            self._abandon()

    def _work(self) -> None:
        while True:
            self._take()
            while self._taken:
                # It stays among those to be answered until it is.
                work = self._taken[0]
                match work:
                    case None:
                        self._finish()
                        return
                    case _Unsynced(journal, error):
                        self._fail(journal, error)
                    case _Work():
                        self._syncer.wait()
                        self._write(work)
                    case _:
                        assert_never(work)
                self._taken.popleft()

    def _abandon(self) -> None:
        """However the thread ends, nobody waits for it for ever."""
        with self._gate:
            self._closing = True
            with contextlib.suppress(Empty):
                while True:
                    self._taken.append(self._queue.get_nowait())
        for work in self._taken:
            if isinstance(work, _Work) and not work.done.done():
                work.done.set_exception(JournalError("the recorder has stopped"))

    def _take(self) -> None:
        """Takes what has been handed over; waits for some."""
        self._taken.append(self._queue.get())
        with contextlib.suppress(Empty):
            while True:
                self._taken.append(self._queue.get_nowait())

    def _write(self, work: _Work) -> None:
        journal, state = work.journal, work.journal._state
        if state.failed is not None or state.closed:
            failure = state.failed or JournalError("this session's recording has ended")
            work.done.set_exception(failure)
            return
        try:
            self._append(journal, work.events)
            if work.last:
                self._end(journal)
        except Exception as error:  # noqa: BLE001
            # Whatever it is, it ends this session and not the thread of all the others.
            work.done.set_exception(self._fail(journal, error))
        else:
            work.done.set_result(None)

    def _append(self, journal: Journal, events: Sequence[Event]) -> None:
        state = journal._state
        pending = bytearray()
        for event in events:
            at = max(event.at, state.time)
            if state.segment is None:
                state.drift_ns = self._drift()
                self._create(journal, at, self._frame(state, event))
                continue
            drift = self._drift()
            if self._anchor_due(state, at, drift):
                if self._segment_full(state, at, len(pending)):
                    self._flush(journal, pending)
                    pending = bytearray()
                    self._rotate(journal, at)
                else:
                    pending += self._frame(state, self._anchor(state, at))
                step, state.drift_ns = drift - state.drift_ns, drift
                if abs(step) > CLOCK_STEP_NS:
                    pending += self._frame(state, ClockStep(at, SESSION, step))
            pending += self._frame(state, event if event.at == at else replace(event, at=at))
            if state.number == 2:
                pending += self._frame(state, self._anchor(state, at))
        self._flush(journal, pending)

    def _frame(self, state: _State, event: Event) -> bytes:
        """The event as a journal frame; numbers it and moves the time on."""
        raw = fmt.pack_record(event.at - state.time, event)
        state.number += 1
        state.time = event.at
        state.anchor_size += len(raw)
        return fmt.journal_frame(raw)

    def _anchor_due(self, state: _State, at: int, drift: int) -> bool:
        return state.number > 2 and (
            at - state.anchor_time >= ANCHOR_TIME
            or state.anchor_size >= ANCHOR_SIZE
            or abs(drift - state.drift_ns) > CLOCK_STEP_NS
        )

    def _drift(self) -> int:
        return self.clock.wall_ns() - self.clock.mono_ns()

    def _anchor(self, state: _State, at: int) -> Anchor:
        state.anchor_time, state.anchor_size = at, 0
        clock = self.clock
        return Anchor(at, SESSION, state.number, at, clock.wall_ns(), clock.mono_ns())

    def _segment_full(self, state: _State, at: int, pending: int) -> bool:
        segment = state.segment
        return segment is not None and (
            segment.size + pending >= fmt.SEGMENT_TARGET or at - segment.began >= SEGMENT_TIME
        )

    def _rotate(self, journal: Journal, at: int) -> None:
        """Begins the next segment with an anchor, then lets the sealer have the one before."""
        state = journal._state
        old = state.segment
        try:
            self._create(journal, at, self._frame(state, self._anchor(state, at)))
        finally:
            if old is not None and state.segment is not old:
                self._syncer.retire(old.file)
                state.waiting.append(old.path)
        while state.waiting and not state.waiting[0].exists():
            state.waiting.popleft()

    def _create(self, journal: Journal, at: int, frame: bytes) -> None:
        """A new segment, under its name only when it is locked and holds its first record."""
        state = journal._state
        path = self.store.journal(journal.id, state.segments)
        if path.exists() or (not state.segments and self.store.reel(journal.id).exists()):
            raise FileExistsError(errno.EEXIST, "there is a recording of this id already")
        hidden = path.with_name(f".{path.name}.new")
        fd = distrust.make(hidden, os.O_WRONLY | os.O_APPEND)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            write_all(fd, frame)
            hidden.rename(path)
        except OSError:
            os.close(fd)
            with contextlib.suppress(OSError):
                hidden.unlink()
            raise
        file = Synced(
            fd,
            done=journal._made_durable,
            failed=lambda error: self._queue.put(_Unsynced(journal, error)),
            after=None if state.segment is None else state.segment.file,
            folder=self.store.sync,
        )
        state.segment = _Segment(path, file, at, len(frame))
        state.segments += 1
        self._open.add(journal)
        self._syncer.wrote(file, state.number)

    def _flush(self, journal: Journal, pending: bytearray) -> None:
        segment = journal._state.segment
        if not pending or segment is None:
            return
        try:
            write_all(segment.file.fd, pending)
        except OSError:
            # Half a frame would only be noise: nothing of this batch was delivered.
            with contextlib.suppress(OSError):
                os.ftruncate(segment.file.fd, segment.size)
            raise
        segment.size += len(pending)
        self._syncer.wrote(segment.file, journal._state.number)

    def _end(self, journal: Journal) -> None:
        """Whoever is told that the recording is closed may rely on the disk having it."""
        if (segment := journal._state.segment) is not None:
            os.fdatasync(segment.file.fd)
            self.store.sync()
            journal._made_durable(journal._state.number)
        self._release(journal)
        journal._state.closed = True

    def _fail(self, journal: Journal, error: Exception) -> JournalError:
        state = journal._state
        if state.failed is None:
            reason = getattr(error, "strerror", None) or str(error)
            state.failed = JournalError(
                f"this session cannot be recorded any more ({reason}), so it ends here",
                operator=f"journal {journal.id}: {error!r}",
            )
            if journal._when_failed is not None:
                journal._when_failed(state.failed)
        self._release(journal)
        return state.failed

    def _release(self, journal: Journal) -> None:
        """Gives up the lock: from here on the sealer sees a session without a front."""
        segment, journal._state.segment = journal._state.segment, None
        self._open.discard(journal)
        if segment is not None:
            self._syncer.drop(segment.file)

    def _finish(self) -> None:
        for journal in list(self._open):
            segment, journal._state.segment = journal._state.segment, None
            if segment is not None:
                self._syncer.retire(segment.file)
        self._open.clear()
