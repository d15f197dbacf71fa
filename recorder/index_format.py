"""The derived file as bytes: pure pack and unpack of stamp and segments (docs/index-format.md).

Knows: batches, `recorder.format`'s compression. Must never know: files, screens. Called by
`recorder.index_file` and `recorder.index`. What cannot be read raises `RecordingError`; an index
that raises is thrown away and built again, never repaired.
"""

from __future__ import annotations

import hashlib
import json
import struct
import zlib
from array import array
from collections.abc import Sequence
from typing import NamedTuple

from recorder.channel_screen import Size
from recorder.columns import pack_column, unpack_column
from recorder.cues import Cue
from recorder.errors import RecordingError
from recorder.format import compress, decompress
from recorder.screen import EMULATOR_VERSION, WIDTH_TABLE_VERSION
from recorder.tables import Batch, Keyframe, Progress
from recorder.text_format import Block, BlockRef

INDEX_FORMAT = 2
RULES_VERSION = 6
"""Counts up when frame rules, costs, cues or lines change: other tables from the same recording."""
STAMP_LIMIT = 4096
HEAD_LIMIT = 64 << 20
KEYFRAME_LIMIT = 64 << 20
WHOLE_EVERY = 50
"""Keyframes of a channel that are told against one, at most."""
_MAGIC = b"gatereel index\n"
_SEGMENT = struct.Struct("<4sIIIII")
_SEGMENT_MAGIC = b"GRIS"
SEGMENT_HEADER = _SEGMENT.size
_COLUMNS = 15


class Points(NamedTuple):
    """Where the points of a segment lie, and their keyframes, as columns: a day has thousands."""

    events: Sequence[int]
    times: Sequence[int]
    counts: Sequence[int]
    """How many keyframes each has; the columns below go through them."""
    channels: Sequence[int]
    closed: Sequence[int]
    """Whether the channel was closed by then."""
    sizes: Sequence[int]
    """They lie one behind the other."""
    backs: Sequence[int]
    """How many keyframes of its channel before it the one lies that it is told against; 0: it is
    whole."""


class SegmentHeader(NamedTuple):
    """The fixed beginning of a segment."""

    head: int
    """Bytes of the compressed tables that follow."""
    head_crc: int
    texts: int
    """Bytes of the lines after those."""
    keyframes: int
    """Bytes of the keyframes after those."""
    rest_crc: int
    """Of lines and keyframes."""

    @property
    def size(self) -> int:
        """Bytes of all that follows the header."""
        return self.head + self.texts + self.keyframes


class Head(NamedTuple):
    """A segment's tables."""

    progress: Progress
    cues: list[Cue]
    points: Points
    lines: list[BlockRef]
    frames: Sequence[array[int]]
    """Columns: channel, first, last, opened, closed."""
    loads: Sequence[array[int]]
    """Columns: bucket, output, input."""


def pack_stamp(recording: str, beginning: Sequence[bytes]) -> bytes:
    """The file's first bytes: what it was made of, and by which rules. ``beginning`` are the raw
    first records, by which a redacted copy differs from its original."""
    digest = hashlib.sha256(b"".join(hashlib.sha256(raw).digest() for raw in beginning))
    facts = {
        "format": INDEX_FORMAT,
        "rules": RULES_VERSION,
        "emulator": EMULATOR_VERSION,
        "widths": WIDTH_TABLE_VERSION,
        "recording": recording,
        "beginning": digest.hexdigest(),
    }
    return _MAGIC + json.dumps(facts).encode() + b"\n"


class PackedSegment(NamedTuple):
    """A segment to be written, and what lies in it."""

    data: bytes
    points: Points
    lines: list[BlockRef]


class Bases:
    """The newest whole keyframe of each channel: others are told against it, and so are small."""

    def __init__(self) -> None:
        self._whole: dict[int, tuple[bytes, int, int]] = {}
        """Content, size once packed, and how many were told against it."""

    def pack(self, keyframe: Keyframe) -> tuple[bytes, int]:
        """A keyframe's own bytes, and how far back the one is that it takes to read them."""
        content, channel = keyframe_content(keyframe), keyframe.channel
        base, size, count = self._whole.pop(channel, (b"", 0, WHOLE_EVERY))
        data = compress(content, base=base) if count < WHOLE_EVERY else b""
        if data and len(data) * 2 < size:
            kept, back = (base, size, count + 1), count + 1
        else:
            data = compress(content)
            kept, back = (content, len(data), 0), 0
        if not keyframe.facts["closed"]:
            self._whole[channel] = kept
        return data, back


def pack_segment(batch: Batch, bases: Bases, blocks: Sequence[Block] = ()) -> PackedSegment:
    """One whole segment. Of the batch's lines it has those that were packed into blocks."""
    keyframes = [keyframe for point in batch.points for keyframe in point.keyframes]
    packed = [bases.pack(keyframe) for keyframe in keyframes]
    points = Points(
        [point.event for point in batch.points],
        [point.time for point in batch.points],
        [len(point.keyframes) for point in batch.points],
        [keyframe.channel for keyframe in keyframes],
        [int(keyframe.facts["closed"]) for keyframe in keyframes],
        [len(data) for data, _ in packed],
        [back for _, back in packed],
    )
    lines, at = [], 0
    for block in blocks:
        lines.append(BlockRef(block.begin, block.end, at, len(block.data)))
        at += len(block.data)
    columns = [
        *(pack_column(frame[n] for frame in batch.frames) for n in range(1, 6)),
        *(pack_column(load[n] for load in batch.loads) for n in range(3)),
        *map(pack_column, points),
    ]
    facts = json.dumps(
        {
            "progress": batch.progress,
            "cues": batch.cues,
            "lines": lines,
            "columns": [len(column) for column in columns],
        },
        separators=(",", ":"),
    ).encode()
    head = compress(struct.pack("<I", len(facts)) + facts + b"".join(columns))
    texts = b"".join(block.data for block in blocks)
    blobs = b"".join(data for data, _ in packed)
    rest = texts + blobs
    header = _SEGMENT.pack(
        _SEGMENT_MAGIC, len(head), zlib.crc32(head), len(texts), len(blobs), zlib.crc32(rest)
    )
    return PackedSegment(header + head + rest, points, lines)


def unpack_header(data: bytes) -> SegmentHeader | None:
    """From the first `SEGMENT_HEADER` bytes of a segment; None where they begin none."""
    if len(data) != SEGMENT_HEADER:
        return None
    magic, *rest = _SEGMENT.unpack(data)
    if magic != _SEGMENT_MAGIC or rest[0] > HEAD_LIMIT:
        return None
    return SegmentHeader(*rest)


def unpack_head(data: bytes) -> Head:
    """From the compressed tables of a segment."""
    content = decompress(data, HEAD_LIMIT)
    try:
        (size,) = struct.unpack_from("<I", content)
        facts = json.loads(content[4 : 4 + size])
        columns, begin = [], 4 + size
        for length in facts["columns"]:
            columns.append(unpack_column(content[begin : begin + length]))
            begin += length
        if len(columns) != _COLUMNS or begin != len(content):
            raise RecordingError("an index has other columns")
        points = Points(*columns[8:])
        if sum(points.counts) != len(points.sizes):
            raise RecordingError("an index has other columns")
        event, time, check, rules, cues, readers, window, finished = facts["progress"]
        return Head(
            Progress(event, time, check, rules, cues, readers, Size(*window), finished),
            [Cue(*cue) for cue in facts["cues"]],
            points,
            [BlockRef(*ref) for ref in facts["lines"]],
            columns[:5],
            columns[5:8],
        )
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError, struct.error) as error:
        raise RecordingError("an index is damaged", operator=repr(error)) from error


def keyframe_content(keyframe: Keyframe) -> bytes:
    """What of a keyframe is compressed."""
    facts = json.dumps(dict(keyframe.facts), separators=(",", ":")).encode()
    return struct.pack("<I", len(facts)) + facts + keyframe.screen


def unpack_content(data: bytes, base: bytes = b"") -> bytes:
    """What was compressed, told against ``base``, which is the content of another keyframe."""
    return decompress(data, KEYFRAME_LIMIT, base)


def unpack_keyframe(channel: int, content: bytes) -> Keyframe:
    """From `keyframe_content`."""
    try:
        (size,) = struct.unpack_from("<I", content)
        return Keyframe(channel, json.loads(content[4 : 4 + size]), content[4 + size :])
    except (ValueError, RecursionError, struct.error) as error:
        raise RecordingError("a keyframe is damaged", operator=repr(error)) from error
