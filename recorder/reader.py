"""Reading a recording: open, iterate, seek to a chunk, follow while it grows.

Knows: how sealed chunks and journal segments join into one run of records. Must never know: keys,
screens, who looks. Called by frames, conversion, the command line and replay. Memory is constant:
one chunk at a time. What is damaged raises `RecordingError` at the record where it begins; all
before it has been given out.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import stat
from bisect import bisect_right
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Literal

from recorder import distrust, redacted, reel
from recorder import format as fmt
from recorder import seal as sealing
from recorder.errors import NotFound, RecordingError
from recorder.events import Header
from recorder.format import Packed
from recorder.store import Store, locate

State = Literal["live", "sealed", "interrupted"]


class Recording:
    """One recording, opened for reading. A context manager; not for several threads at once."""

    def __init__(self, store: Store, name: str) -> None:
        """``name`` is the reel's file name without its ending: the id, in a store."""
        self.store = store
        self.name = name
        self.path = store.reel(name)
        self._fd: int | None = None
        self._identity: tuple[int, int] | None = None
        self._layout: reel.Layout = reel.Layout([], 0, 0, finished=False)
        self._seals: dict[int, sealing.Seal] = {}
        self._cached: tuple[int, bytes] | None = None
        self._copy = False
        try:
            self.refresh()
            self.header = self._read_header()
            fmt.check_readable(self.header)
            self._copy = redacted.is_copy(self.header)
        except BaseException:
            self.close()
            raise

    @classmethod
    def open(cls, name: str | Path, store: Path | None = None) -> Recording:
        """By the path of its reel, or by its id (or part of one) in a store.

        Raises `NotFound`, `RecordingError`, and `UnsupportedRecording` where a newer reader is
        asked for.
        """
        return cls(*locate(str(name), store))

    def __enter__(self) -> Recording:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    # -- how far it is -----------------------------------------------------------------------------

    def refresh(self) -> bool:
        """Looks at the reel again; whether it has grown or ended since. Raises `NotFound` where it
        is there and cannot be read."""
        with _readable(self.path):
            try:
                status = self.path.stat()
            except FileNotFoundError:
                return False
            if not stat.S_ISREG(status.st_mode):
                raise NotFound(f"{self.path} is not a file")
            identity = (status.st_ino, status.st_size)
            if identity == self._identity:
                return False
            if self._fd is None or self._identity is None or self._identity[0] != identity[0]:
                self.close()
                self._fd = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
                self._forget()
            elif identity[1] < self._layout.size:
                self._forget()
            self._layout = reel.layout(self._fd, self._layout)
        self._identity = identity
        return True

    def _forget(self) -> None:
        self._layout = reel.Layout([], 0, 0, finished=False)
        self._seals.clear()
        self._cached = None

    @property
    def id(self) -> str:
        """The session's, as the header says."""
        return str(self.header.facts["id"])

    @property
    def finished(self) -> bool:
        """Whether the reel has its end."""
        return self._layout.finished

    @property
    def state(self) -> State:
        """ "sealed": ended in order; "live": somebody writes it; "interrupted": neither."""
        if self._layout.finished:
            seal = self._seal(len(self._layout.chunks) - 1)
            return "sealed" if seal.state == "closed" else "interrupted"
        if is_live(self.store, self.name):
            return "live"
        # The sealer may have ended it meanwhile.
        return self.state if self.refresh() else "interrupted"

    @property
    def end_reason(self) -> str:
        """Why it ended, or ""."""
        return self._seal(len(self._layout.chunks) - 1).reason if self._layout.finished else ""

    @property
    def chunk_count(self) -> int:
        """How many chunks are sealed (without the end's seal)."""
        return self._data_chunks()

    @property
    def sealed_events(self) -> int:
        """How many records are in sealed chunks."""
        count = self._data_chunks()
        return self._seal(count - 1).total if count else 0

    @property
    def sealed_time(self) -> int:
        """Time of the last record in a sealed chunk, in µs; -1 where none is sealed."""
        count = self._data_chunks()
        return self._seal(count - 1).last_time if count else -1

    def last(self) -> Packed:
        """The last record that can be read."""
        newest: Packed | None = None
        try:
            for record in self.records(self._tail_start()):
                newest = record
        except RecordingError:
            if newest is None:
                raise
        if newest is None:
            raise RecordingError("the recording is empty", where="event 0")
        return newest

    def duration(self) -> int:
        """Microseconds from the start to the last record."""
        if self._layout.finished and (count := self._data_chunks()):
            return self._seal(count - 1).last_time
        return self.last().time

    # -- records -----------------------------------------------------------------------------------

    def records(self, start: int = 0) -> Iterator[Packed]:
        """All records from number ``start`` on, sealed and not, in order; none is left out. Of a
        redacted copy: those of the original, and where one was struck that it was."""
        stored = self.stored(start)
        return map(redacted.opened, stored) if self._copy else stored

    def stored(self, start: int = 0) -> Iterator[Packed]:
        """The same as they are in the file, which is what its own tree is over."""
        number = start
        while True:
            for record in self._sealed(number):
                number = record.number + 1
                yield record
            if self._layout.finished and self.sealed_events <= number:
                return
            segments = self.store.journals(self.name)
            missing = False
            for record in self._unsealed(segments, number):
                missing = record.number > number
                if missing:
                    break
                number += 1
                yield record
            # The sealer may have moved a segment into the reel between the two looks.
            self.refresh()
            if self.sealed_events > number:
                continue
            if missing:
                raise RecordingError("events are missing here", where=f"event {number}")
            if self._layout.torn and not segments:
                raise RecordingError(
                    f"{self._layout.torn} bytes here are no part of a recording",
                    where=f"byte {self._layout.size}",
                )
            return

    def number_at(self, time: int) -> int:
        """The number of the last record at or before ``time`` (µs); 0 for a time before all."""
        count = self._data_chunks()
        low = bisect_right(range(count), time, key=lambda i: self._seal(i).first_time)
        start = self._seal(max(low - 1, 0)).first if count else 0
        number = start
        for record in self.records(start):
            if record.time > time:
                break
            number = record.number
        return number

    def _sealed(self, start: int) -> Iterator[Packed]:
        count = self._data_chunks()
        index = bisect_right(range(count), start, key=lambda i: self._seal(i).first) - 1
        for position in range(max(index, 0), count):
            if self._seal(position).total <= start:
                continue
            for record in self._chunk(position, start):
                if record.number >= start:
                    yield record

    def _chunk(self, position: int, start: int) -> Iterator[Packed]:
        """The first record of one chunk, and those from number ``start`` on; raises where it does
        not follow the chunk before it."""
        where, seal = f"chunk {position}", self._seal(position)
        before = self._seal(position - 1) if position else None
        if seal.recording != self._seal(0).recording:
            raise RecordingError("a chunk is another recording's", where=where)
        if seal.first != (before.total if before else 0):
            raise RecordingError("a chunk does not follow the one before it", where=where)
        number = seal.first
        for record in fmt.unpack_records(self._content(position), start):
            if number == seal.first:
                began = record.time - record.delta
                if (record.number, began) != (number, before.last_time if before else 0):
                    raise RecordingError("a chunk is not the one that its seal names", where=where)
            number = record.number + 1
            yield record
        if number != seal.total:
            raise RecordingError("a chunk does not hold what its seal says", where=where)

    def _unsealed(self, segments: list[Path], start: int) -> Iterator[Packed]:
        for path in segments:
            with _readable(path):
                try:
                    data = distrust.read_plain(path)
                except FileNotFoundError:
                    # It is in the reel by now.
                    continue
            yield from segment_records(data, start)

    # -- chunks ------------------------------------------------------------------------------------

    def _data_chunks(self) -> int:
        chunks = self._layout.chunks
        return len(chunks) - 1 if chunks and chunks[-1].data is None else len(chunks)

    def _tail_start(self) -> int:
        count = self._data_chunks()
        return self._seal(count - 1).first if count else 0

    def _seal(self, position: int) -> sealing.Seal:
        seal = self._seals.get(position)
        if seal is None:
            seal = reel.read_seal(self._file(), self._layout.chunks[position]).seal
            self._seals[position] = seal
        return seal

    def _content(self, position: int) -> bytes:
        if self._cached is not None and self._cached[0] == position:
            return self._cached[1]
        frame = self._layout.chunks[position].data
        if frame is None or frame.size > fmt.FRAME_LIMIT:
            raise RecordingError("a chunk has no data frame", where=f"chunk {position}")
        try:
            content = fmt.decompress(reel.read_at(self._file(), *frame))
        except RecordingError as error:
            raise RecordingError(error.person, where=f"chunk {position}") from error
        self._cached = (position, content)
        return content

    def _file(self) -> int:
        if self._fd is None:
            raise RecordingError("the recording is closed")
        return self._fd

    def _read_header(self) -> Header:
        for record in self.records():
            # The format sees to it that the first record is the header.
            if isinstance(record.event, Header):
                return record.event
        if not self.path.exists():
            raise NotFound(f"there is no recording {self.name} in {self.store.path}")
        raise RecordingError("this is no recording, or its beginning is damaged", where="byte 0")


def segment_records(data: bytes, start: int = 0) -> Iterator[Packed]:
    """The whole records of a journal segment from number ``start`` on."""
    before: fmt.Place | None = None
    for raw, _ in fmt.journal_records(data):
        record = fmt.unpack_record(raw, before)
        before = fmt.Place(record.number, record.time)
        if record.number >= start:
            yield record


def is_live(store: Store, session: str) -> bool:
    """Whether somebody is recording this session."""
    with _readable(store.path):
        return look(store, session)[1]


def look(store: Store, session: str, found: list[Path] | None = None) -> tuple[list[Path], bool]:
    """The segments that are there (``found``, a moment ago), and whether somebody holds the lock
    of the newest.

    The front takes the lock of a new segment before it lets go of the one before: so a free lock
    means that it is gone only where no newer segment has appeared since. Raises `OSError` where a
    lock cannot be tried: that says nothing about who holds it.
    """
    segments = store.journals(session) if found is None else found
    while segments:
        if _is_held(segments[-1]):
            return segments, True
        newer = store.journals(session)
        if newer[-1:] == segments[-1:]:
            return newer, False
        segments = newer
    return [], False


def _is_held(segment: Path) -> bool:
    try:
        fd = os.open(segment, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return False
    except OSError as error:
        if error.errno == errno.ELOOP:
            return False  # a link is nobody's journal; whoever reads it will say so
        raise
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(fd)


@contextlib.contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise NotFound(f"cannot read {path}: {error.strerror}", operator=repr(error)) from error
