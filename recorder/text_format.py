"""The lines of a segment as bytes: columns of numbers, then all texts, compressed as one.

Knows: `Seen`, `recorder.format`'s compression. Must never know: files, frames, screens. Called by
`recorder.index`. What cannot be read raises `RecordingError`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence

from recorder.columns import pack_column, unpack_column
from recorder.errors import RecordingError
from recorder.format import compress, decompress
from recorder.text import MARKS, PASSED, SHOWN, Seen

LIMIT = 1 << 30
_LEVEL = 9
"""Text is most of what an index weighs, and it is written once."""
_COLUMNS = 7
_SIZES = struct.Struct("<8I")


def pack_texts(texts: Sequence[Seen]) -> bytes:
    """Lines in one block."""
    columns = [
        pack_column(seen.channel for seen in texts),
        pack_column(seen.first for seen in texts),
        pack_column(seen.whole - seen.first for seen in texts),
        pack_column(seen.last - seen.whole for seen in texts),
        pack_column(seen.row for seen in texts),
        pack_column(MARKS.index(seen.mark) * 2 + seen.alternate for seen in texts),
        pack_column(_lines(seen) for seen in texts),
    ]
    text = "\n".join(
        seen.text if seen.mark in (SHOWN, PASSED) else f"{seen.text}\n{seen.detail}"
        for seen in texts
    ).encode("utf-8", "surrogatepass")
    sizes = _SIZES.pack(*map(len, columns), len(text))
    return compress(sizes + b"".join(columns) + text, _LEVEL)


def unpack_texts(data: bytes) -> Iterator[Seen]:
    """The lines again, in order."""
    content = decompress(data, LIMIT)
    try:
        *sizes, size = _SIZES.unpack_from(content)
        columns, begin = [], _SIZES.size
        for length in sizes:
            columns.append(unpack_column(content[begin : begin + length]))
            begin += length
        if begin + size != len(content):
            raise RecordingError("the text of an index is damaged")
        lines = content[begin:].decode("utf-8", "surrogatepass").split("\n")
        del content
        at = 0
        for channel, first, whole, last, row, kind, count in zip(*columns, strict=True):
            taken = lines[at : at + count]
            at += count
            mark = MARKS[kind >> 1]
            detail = "" if mark in (SHOWN, PASSED) else taken.pop()
            yield Seen(
                channel, first, first + whole, first + whole + last, row, bool(kind & 1), mark,
                "\n".join(taken), detail,
            )  # fmt: skip
    except (ValueError, OverflowError, LookupError, struct.error) as error:
        raise RecordingError("the text of an index is damaged", operator=repr(error)) from error


def _lines(seen: Seen) -> int:
    return seen.text.count("\n") + (1 if seen.mark in (SHOWN, PASSED) else 2)
