"""A reel as a file: where its chunks are, how it ends, and how it grows.

Knows: the layout chunk* [end], and how to find the seals: by the seek table, or by walking forward
over the headers of frames and blocks. Must never know: events, journals, keys. Called by the
reader, the sealer and verification.
"""

from __future__ import annotations

import contextlib
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from recorder import distrust
from recorder import format as fmt
from recorder import seal as sealing
from recorder.errors import RecordingError


class Frame(NamedTuple):
    """A frame's place in the file, in bytes."""

    offset: int
    size: int


class Chunk(NamedTuple):
    """A data frame (None in the end's seal) and its seal."""

    data: Frame | None
    seal: Frame

    @property
    def end(self) -> int:
        return self.seal.offset + self.seal.size


@dataclass(frozen=True, slots=True)
class Layout:
    """What stands in a reel: its whole chunks, the end's seal among them."""

    chunks: list[Chunk]
    size: int
    """Bytes up to the end of the last whole frame that belongs to the layout."""
    file_size: int
    finished: bool
    """The last chunk is an end's seal, and a seek table follows it and ends the file."""

    @property
    def torn(self) -> int:
        """Bytes behind the last whole chunk that belong to nothing."""
        return self.file_size - self.size


def read_at(fd: int, offset: int, size: int) -> bytes:
    """Exactly these bytes; raises `RecordingError` where the file ends before."""
    parts = []
    while size:
        part = os.pread(fd, size, offset)
        if not part:
            raise RecordingError("the recording is cut off", where=f"byte {offset}")
        parts.append(part)
        offset += len(part)
        size -= len(part)
    return b"".join(parts)


def read_seal(fd: int, chunk: Chunk) -> sealing.ReadSeal:
    """The seal of a chunk; raises `RecordingError` with the place."""
    try:
        if chunk.seal.size > fmt.FRAME_LIMIT:
            raise RecordingError("a seal is longer than any can be")
        return sealing.unpack_seal(read_at(fd, *chunk.seal))
    except RecordingError as error:
        raise RecordingError(error.person, where=f"byte {chunk.seal.offset}") from error


def layout(fd: int, known: Layout | None = None) -> Layout:
    """Finds the chunks by the seek table, and where there is none by walking forward; ``known`` is
    what the same file began with before. For reading only: a table can say what it likes."""
    return _by_table(fd, os.fstat(fd).st_size) or walk(fd, known)


def walk(fd: int, known: Layout | None = None) -> Layout:
    """The same by walking forward over every frame's and block's header, from the end of ``known``
    on: what sealing and verification go by."""
    size = os.fstat(fd).st_size
    chunks = list(known.chunks) if known else []
    offset = known.size if known else 0
    ended = bool(chunks) and chunks[-1].data is None
    while offset < size and not ended and len(chunks) < sealing.CHUNKS_LIMIT:
        data = _data_frame(fd, offset, size)
        after = offset + data.size if data else offset
        seal = _seal_frame(fd, after, size)
        if seal is None:
            break
        chunks.append(Chunk(data, seal))
        offset = seal.offset + seal.size
        ended = data is None
    finished = ended and _table_at(fd, offset, size)
    return Layout(chunks, size if finished else offset, size, finished)


def table_entries(fd: int, chunks: list[Chunk]) -> Iterator[tuple[int, int]]:
    """What the seek table must say of these chunks: sizes of each frame, stored and content."""
    for chunk in chunks:
        if chunk.data is not None:
            yield chunk.data.size, read_seal(fd, chunk).seal.content_size
        yield chunk.seal.size, 0


def _by_table(fd: int, size: int) -> Layout | None:
    tail = read_at(fd, max(0, size - sealing.TABLE_TAIL_SIZE), min(size, sealing.TABLE_TAIL_SIZE))
    length = sealing.table_size(tail)
    if length is None or length > size:
        return None
    try:
        entries = sealing.unpack_table(read_at(fd, size - length, length))
    except RecordingError:
        return None
    if len(entries) % 2 == 0 or sum(entry[0] for entry in entries) != size - length:
        return None
    chunks, offset = [], 0
    for (data, _), (seal, _) in zip(entries[:-1:2], entries[1::2], strict=True):
        chunks.append(Chunk(Frame(offset, data), Frame(offset + data, seal)))
        offset += data + seal
    chunks.append(Chunk(None, Frame(offset, entries[-1][0])))
    return Layout(chunks, size, size, finished=True)


def _data_frame(fd: int, offset: int, limit: int) -> Frame | None:
    """A whole data frame at ``offset``, found by its block headers."""
    size = fmt.frame_extent(
        lambda at, count: os.pread(fd, count, offset + at), min(fmt.FRAME_LIMIT, limit - offset)
    )
    return None if size is None else Frame(offset, size)


def _seal_frame(fd: int, offset: int, limit: int) -> Frame | None:
    """A whole seal at ``offset``, by its magic, its length and its trailer."""
    if limit - offset < 24:
        return None
    head = read_at(fd, offset, 8)
    size = 8 + struct.unpack_from("<I", head, 4)[0]
    if head[:4] != sealing.SEAL_MAGIC or size > min(limit - offset, fmt.FRAME_LIMIT) or size < 24:
        return None
    if read_at(fd, offset + size - 4, 4) != sealing.SEAL_TRAILER:
        return None
    return Frame(offset, size)


def _table_at(fd: int, offset: int, size: int) -> bool:
    """Whether a whole seek table stands from ``offset`` to the end of the file."""
    if size - offset < sealing.TABLE_TAIL_SIZE:
        return False
    length = sealing.table_size(
        read_at(fd, size - sealing.TABLE_TAIL_SIZE, sealing.TABLE_TAIL_SIZE)
    )
    return length == size - offset


def append_durably(path: Path, size: int, data: bytes) -> None:
    """Writes at offset ``size``, the end of the file, and syncs; takes back what does not fit."""
    fd = distrust.open_own(path, os.O_RDWR | os.O_CREAT)
    try:
        if os.fstat(fd).st_size > size:
            os.ftruncate(fd, size)
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
    with os.fdopen(distrust.create(fresh), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
