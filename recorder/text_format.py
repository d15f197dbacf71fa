"""The lines of a segment as bytes: columns of numbers, then all texts, compressed as one.

Knows: `Seen`, `recorder.format`'s compression. Must never know: files, frames, screens. Called by
`recorder.line_blocks`. What cannot be read raises `RecordingError`.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from recorder.columns import pack_column, unpack_column
from recorder.errors import RecordingError
from recorder.format import compress, decompress
from recorder.text import MARKS, PASSED, SHOWN, Seen

LIMIT = 1 << 30
_LEVEL = 9
"""Text is most of what an index weighs, and it is written once."""
_BREAK = "\r\n"
"""Between lines, as mostly in the output too. No line has a control character."""
_COLUMNS = 7
_SIZES = struct.Struct("<8I")


class Block(NamedTuple):
    """Packed lines, and the records from ``begin`` up to ``end`` whose output they are told
    against."""

    begin: int
    end: int
    data: bytes


class BlockRef(NamedTuple):
    """Where a block lies, counted from where it says."""

    begin: int
    end: int
    offset: int
    size: int


def pack_texts(texts: Sequence[Seen], base: bytes = b"") -> bytes:
    """Lines in one block, told against ``base``: the output that they were read off."""
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
    )
    written = text.replace("\n", _BREAK).encode("utf-8", "surrogatepass")
    sizes = _SIZES.pack(*map(len, columns), len(written))
    return compress(sizes + b"".join(columns) + written, _LEVEL, base)


def unpack_texts(
    data: bytes, base: bytes = b"", worth: Callable[[str], bool] | None = None
) -> Iterator[Seen]:
    """The lines again, in order; none where ``worth``, told all of their text, says no."""
    content = decompress(data, LIMIT, base)
    try:
        *sizes, size = _SIZES.unpack_from(content)
        columns, begin = [], _SIZES.size
        if worth is not None:
            said = content[begin + sum(sizes) :].decode("utf-8", "surrogatepass")
            if not worth(said):
                return
        for length in sizes:
            columns.append(unpack_column(content[begin : begin + length]))
            begin += length
        if begin + size != len(content):
            raise RecordingError("the text of an index is damaged")
        lines = content[begin:].decode("utf-8", "surrogatepass").split(_BREAK)
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
