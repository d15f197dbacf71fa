"""The file ID.index: opened, locked, appended to, read from; beside the recording or elsewhere.

Knows: paths, locks, segments. Must never know: what is in a segment's tables. Called by
`recorder.index`.

One process at a time writes an index: it holds a lock on the file. Whoever else opens it reads
what is there, and keeps what it derives beyond that in a file of its own without a name. The same
where nothing can be written beside the recording: then the user's cache folder has the index,
and where that fails too, only the nameless file. A segment that a crash left incomplete is as
if it had never been written.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from recorder import distrust
from recorder.errors import RecordingError, StoreError
from recorder.index_format import (
    SEGMENT_HEADER,
    STAMP_LIMIT,
    SegmentHeader,
    unpack_header,
)
from recorder.places import cache_folder


class Segment(NamedTuple):
    """A whole segment of the file."""

    head: bytes
    """Its tables, compressed."""
    texts: int
    """Offset of its lines."""
    keyframes: int
    """Offset of its first keyframe."""


def cache_path(path: Path) -> Path:
    """Where the user's cache folder has the index that could not be written to ``path``."""
    place = hashlib.sha256(os.fsencode(path.resolve())).hexdigest()[:16]
    return cache_folder() / "index" / f"{path.stem}-{place}.index"


class IndexFile:
    """An index that is being read, and to which more is appended: to the file itself if this
    process may, else to a nameless one behind it. Offsets run through both."""

    def __init__(self, stamp: bytes, fd: int | None, *, writable: bool) -> None:
        self._stamp = stamp
        self._fd = fd
        self._extra: int | None = None
        self.writable = writable
        """Whether what is appended will be there for the next one who opens it."""
        self._begin = len(stamp)
        self._end = self._begin
        self._extra_size = 0
        if fd is not None:
            self._end = self._find_end(os.fstat(fd).st_size)
            if writable and os.fstat(fd).st_size > self._end:
                os.ftruncate(fd, self._end)

    @classmethod
    def open(cls, path: Path, stamp: bytes, *, rebuild: bool = False) -> IndexFile:
        """The index at ``path``, or in the cache; begun anew where it is missing, of another
        stamp, or ``rebuild`` asks for it."""
        for place in (path, cache_path(path)):
            with contextlib.suppress(OSError):
                if place is not path:
                    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                opened = None if rebuild else _open_existing(place, stamp)
                fd, writable = opened or _begin(place, stamp)
                return cls(stamp, fd, writable=writable)
        return cls(stamp, None, writable=False)

    def close(self) -> None:
        for fd in (self._fd, self._extra):
            if fd is not None:
                os.close(fd)
        self._fd = self._extra = None

    def segments(self) -> Iterator[Segment]:
        """All there are: those of the file, then those behind it."""
        offset = self._begin
        while offset < self._end + self._extra_size:
            header = unpack_header(self.read(offset, SEGMENT_HEADER))
            if header is None:
                raise RecordingError("an index is damaged")
            begin = offset + SEGMENT_HEADER
            head = self.read(begin, header.head)
            if zlib.crc32(head) != header.head_crc:
                raise RecordingError("an index is damaged")
            texts = begin + header.head
            yield Segment(head, texts, texts + header.texts)
            offset = begin + header.size

    def append(self, segment: bytes) -> Segment:
        """Adds a whole segment. Raises `StoreError`."""
        header = unpack_header(segment[:SEGMENT_HEADER])
        if header is None:
            raise ValueError("not a segment")
        at = self._end + self._extra_size
        try:
            if self.writable and self._fd is not None:
                self._append_here(self._fd, segment)
            else:
                self._append_extra(segment)
        except OSError as error:
            raise StoreError(
                f"what was derived from a recording cannot be kept: {error.strerror}. "
                "Make room on the disk, or point TMPDIR to where there is some",
                operator=repr(error),
            ) from error
        begin = at + SEGMENT_HEADER + header.head
        head = segment[SEGMENT_HEADER : SEGMENT_HEADER + header.head]
        return Segment(head, begin, begin + header.texts)

    def read(self, offset: int, size: int) -> bytes:
        """Bytes of either part. Raises `RecordingError` where they are not there."""
        if offset < self._end:
            fd, place = self._fd, offset
        else:
            fd, place = self._extra, offset - self._end
        data = b"" if fd is None else os.pread(fd, size, place)
        if len(data) != size:
            raise RecordingError("an index is cut off")
        return data

    def _append_here(self, fd: int, segment: bytes) -> None:
        try:
            _write(fd, segment, self._end)
        except OSError:
            # A full disk: what follows goes where there is room; half a segment is none.
            with contextlib.suppress(OSError):
                os.ftruncate(fd, self._end)
            self.writable = False
            self._append_extra(segment)
        else:
            self._end += len(segment)

    def _append_extra(self, segment: bytes) -> None:
        if self._extra is None:
            self._extra = _nameless()
        _write(self._extra, segment, self._extra_size)
        self._extra_size += len(segment)

    def _find_end(self, size: int) -> int:
        """Behind the last segment that is whole. Only the last can be otherwise."""
        offset = self._begin
        last: tuple[int, SegmentHeader] | None = None
        while (header := self._header(offset, size)) is not None:
            last = offset, header
            offset += SEGMENT_HEADER + header.size
        if last is not None:
            begin, header = last
            begin += SEGMENT_HEADER
            head = self._pread(begin, header.head)
            rest = self._pread(begin + header.head, header.texts + header.keyframes)
            if (zlib.crc32(head), zlib.crc32(rest)) != (header.head_crc, header.rest_crc):
                return last[0]
        return offset

    def _header(self, offset: int, size: int) -> SegmentHeader | None:
        header = unpack_header(self._pread(offset, SEGMENT_HEADER))
        if header is None or offset + SEGMENT_HEADER + header.size > size:
            return None
        return header

    def _pread(self, offset: int, size: int) -> bytes:
        return b"" if self._fd is None else os.pread(self._fd, size, offset)


def _nameless() -> int:
    """A file without a name: on a disk, or in memory for a process that may write on none."""
    try:
        with tempfile.TemporaryFile() as file:
            return os.dup(file.fileno())
    except OSError:
        if not hasattr(os, "memfd_create"):
            raise
        return os.memfd_create("gatereel-index")


def _open_existing(path: Path, stamp: bytes) -> tuple[int, bool] | None:
    """The file if it has this stamp, and whether it is ours to write."""
    for flags in (os.O_RDWR, os.O_RDONLY):
        try:
            fd = os.open(path, flags | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
        except FileNotFoundError:
            return None
        except OSError:
            continue
        if os.pread(fd, min(len(stamp), STAMP_LIMIT), 0) != stamp:
            os.close(fd)
            return None
        return fd, flags == os.O_RDWR and _lock(fd, path)
    return None


def _begin(path: Path, stamp: bytes) -> tuple[int, bool]:
    """A new file with this stamp in place of whatever is there. Raises `OSError`."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fd = distrust.create(fresh, os.O_RDWR)
    try:
        _write(fd, stamp, 0)
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        fresh.replace(path)
    except BaseException:
        os.close(fd)
        fresh.unlink(missing_ok=True)
        raise
    return fd, True


def _lock(fd: int, path: Path) -> bool:
    """Whether the file is ours now: locked, and still the one of that name."""
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        status, there = os.fstat(fd), path.stat()
    except OSError:
        return False
    return (status.st_ino, status.st_dev) == (there.st_ino, there.st_dev)


def _write(fd: int, data: bytes, offset: int) -> None:
    view = memoryview(data)
    while view:
        written = os.pwrite(fd, view, offset)
        view, offset = view[written:], offset + written
