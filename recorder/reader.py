"""Reading a recording: open, iterate, seek to a chunk, follow while it grows.

Knows: how sealed chunks and journal segments join into one run of records. Must never know: keys,
screens, who looks. Called by frames, conversion, the command line and replay. Memory is constant:
one chunk at a time. What is damaged raises `RecordingError` at the record where it begins; all
before it has been given out.
"""

from __future__ import annotations

import fcntl
import os
from bisect import bisect_right
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Literal

from recorder import format as fmt
from recorder import reel
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
        self._seals: dict[int, fmt.Seal] = {}
        self._cached: tuple[int, bytes] | None = None
        try:
            self.refresh()
            self.header = self._read_header()
            fmt.check_readable(self.header)
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
        """Looks at the files again; whether the sealed part has grown or ended since."""
        try:
            status = self.path.stat()
        except FileNotFoundError:
            return False
        identity = (status.st_ino, status.st_size)
        if identity == self._identity:
            return False
        if self._fd is None or self._identity is None or self._identity[0] != identity[0]:
            self.close()
            self._fd = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
            self._seals.clear()
            self._cached = None
        self._layout = reel.layout(self._fd)
        self._identity = identity
        return True

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
        return "live" if is_live(self.store.journals(self.name)) else "interrupted"

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

    def last(self) -> Packed:
        """The last record there is."""
        newest = deque(self.records(self._tail_start()), maxlen=1)
        if not newest:
            raise RecordingError("the recording is empty", where="event 0")
        return newest[0]

    def duration(self) -> int:
        """Microseconds from the start to the last record."""
        if self._layout.finished and (count := self._data_chunks()):
            return self._seal(count - 1).last_time
        return self.last().time

    # -- records -----------------------------------------------------------------------------------

    def records(self, start: int = 0) -> Iterator[Packed]:
        """All records from number ``start`` on, sealed and not, in order."""
        number = start
        while True:
            for record in self._sealed(number):
                number = record.number + 1
                yield record
            for record in self._unsealed(number):
                number = record.number + 1
                yield record
            # The sealer may have moved a segment into the reel between the two looks.
            if not self.refresh() or self.sealed_events <= number:
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
            seal = self._seal(position)
            if seal.total <= start:
                continue
            where = f"chunk {position}"
            first = True
            for record in fmt.unpack_records(self._content(position)):
                if first and (record.number, record.time) != (seal.first, seal.first_time):
                    raise RecordingError("a chunk is not the one that its seal names", where=where)
                first = False
                if record.number >= start:
                    yield record

    def _unsealed(self, start: int) -> Iterator[Packed]:
        for path in self.store.journals(self.name):
            try:
                data = path.read_bytes()
            except FileNotFoundError:
                return
            yield from segment_records(data, start)

    # -- chunks ------------------------------------------------------------------------------------

    def _data_chunks(self) -> int:
        chunks = self._layout.chunks
        return len(chunks) - 1 if chunks and chunks[-1].data is None else len(chunks)

    def _tail_start(self) -> int:
        count = self._data_chunks()
        return self._seal(count - 1).first if count else 0

    def _seal(self, position: int) -> fmt.Seal:
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


def is_live(segments: list[Path]) -> bool:
    """Whether somebody holds the lock of the newest of these segments."""
    if not segments:
        return False
    try:
        fd = os.open(segments[-1], os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    else:
        return False
    finally:
        os.close(fd)
