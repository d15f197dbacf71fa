"""Passages in documents of a few KiB: what the catalog indexes, keeps and gives back.

Knows: passages, columns of numbers, compression. Must never know: databases, queries, recordings.
Pure. Called by the catalogs. What cannot be read raises `RecordingError`.

A document is found as a whole, by the text that `folded` makes of it, and only those of its
passages are made again that hold what is looked for.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, chain, pairwise

from recorder.columns import pack_column, unpack_column
from recorder.errors import RecordingError
from recorder.format import compress, decompress
from replay.folding import fold
from replay.passage import Kind, Passage

TARGET = 2 << 10
"""Characters after which a document is full. Longer ones make a smaller index that tells less."""
LIMIT = 64 << 20
"""Bytes of a document's content; more is refused unread."""
SEPARATOR = "\n"
"""Between texts in what is indexed, so that nothing is found that lies across two of them."""
_COLUMNS = 12
_SIZES = struct.Struct(f"<{_COLUMNS + 2}I")
_ALIKE = re.compile(r"[\x00-\x7f]+|[^\x00-\x7f]+")
_KINDS = tuple(Kind)
"""A passage's kind is stored as its place here: new ones go to the end."""


def grouped(passages: Iterable[Passage]) -> Iterator[list[Passage]]:
    """In documents, in order. All are full but the last."""
    group: list[Passage] = []
    size = 0
    for passage in passages:
        group.append(passage)
        size += len(passage.text) + len(passage.detail) + 1
        if size >= TARGET:
            yield group
            group, size = [], 0
    if group:
        yield group


def is_full(group: Sequence[Passage]) -> bool:
    """Whether nothing more goes into this document."""
    return sum(len(p.text) + len(p.detail) + 1 for p in group) >= TARGET


def folded(text: str) -> str:
    """Text as it is compared (`replay.folding`), with nothing in it that an index cannot hold."""
    if text.isascii():
        return storable(text.lower())
    # Characters fold each by itself, and most are plain.
    return storable("".join([fold(part) for part in _ALIKE.findall(text)]))


def storable(text: str) -> str:
    """Text without what UTF-8 has no bytes for, and without where a tokenizer ends."""
    if "\0" in text:
        text = text.replace("\0", "\ufffd")
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def searchable(group: Iterable[Passage]) -> str:
    """All that can be found in a document, `folded`."""
    return folded(SEPARATOR.join([passage.text for passage in group]))


def pack(group: Sequence[Passage]) -> bytes:
    """One document."""
    marks = sorted({p.mark for p in group})
    place = {mark: number for number, mark in enumerate(marks)}
    columns = [
        pack_column(_KINDS.index(p.kind) for p in group),
        pack_column(p.channel for p in group),
        pack_column(p.first for p in group),
        pack_column(p.whole - p.first for p in group),
        pack_column(p.last - p.whole for p in group),
        pack_column(p.event for p in group),
        pack_column(p.time for p in group),
        pack_column(p.until - p.time for p in group),
        pack_column(p.row for p in group),
        pack_column(place[p.mark] * 8 + p.flash * 4 + p.again * 2 + p.alternate for p in group),
        pack_column(len(p.text) for p in group),
        pack_column(len(p.detail) for p in group),
    ]
    names = "\n".join(marks).encode("utf-8", "surrogatepass")
    text = "".join([p.text + p.detail for p in group]).encode("utf-8", "surrogatepass")
    sizes = _SIZES.pack(*map(len, columns), len(names), len(text))
    return compress(b"".join((sizes, *columns, names, text)))


def unpack(data: bytes, literals: Sequence[str] = ()) -> list[Passage]:
    """The passages of a document whose text holds each of these ``literals`` (folded and
    `storable`); without literals, all."""
    content = decompress(data, LIMIT)
    try:
        return _read(content, literals)
    except (ValueError, OverflowError, LookupError, struct.error) as error:
        raise RecordingError("a document is damaged", operator=repr(error)) from error


def _read(content: bytes, literals: Sequence[str]) -> list[Passage]:
    sizes = _SIZES.unpack_from(content)
    ends = list(accumulate(sizes, initial=_SIZES.size))
    if ends[-1] != len(content):
        raise ValueError("of another length")
    text = content[ends[-2] :].decode("utf-8", "surrogatepass")
    # Texts lie here without what separates them: this first look finds too much, never too little.
    said = folded(text) if literals else ""
    if not all(literal in said for literal in literals if SEPARATOR not in literal):
        return []
    sizes_of_texts, sizes_of_details = (
        unpack_column(content[ends[n] : ends[n + 1]]) for n in (_COLUMNS - 2, _COLUMNS - 1)
    )
    places = list(
        accumulate(chain.from_iterable(zip(sizes_of_texts, sizes_of_details, strict=True)))
    )
    texts, details = _cut(text, places)
    wanted: Iterable[int] = range(len(texts))
    if literals:
        # Folding moves no plain text from its place.
        lines = _cut(said, places)[0] if text.isascii() else list(map(folded, texts))
        for literal in literals:
            wanted = [n for n in wanted if literal in lines[n]]
        if not wanted:
            return []
    marks = content[ends[-3] : ends[-2]].decode("utf-8", "surrogatepass").split("\n")
    kind, channel, first, whole_in, last, event, time, until, row, flags = (
        unpack_column(content[ends[n] : ends[n + 1]]) for n in range(_COLUMNS - 2)
    )
    return [
        Passage(
            _KINDS[kind[n]],
            channel[n],
            first[n],
            first[n] + whole_in[n],
            first[n] + whole_in[n] + last[n],
            event[n],
            time[n],
            time[n] + until[n],
            row[n],
            bool(flags[n] & 1),
            marks[flags[n] >> 3],
            texts[n],
            details[n],
            flash=bool(flags[n] & 4),
            again=bool(flags[n] & 2),
        )
        for n in wanted
    ]


def _cut(text: str, ends: Sequence[int]) -> tuple[list[str], list[str]]:
    """Texts and details, which lie in turn and end at these places."""
    pieces = [text[a:b] for a, b in pairwise(chain((0,), ends))]
    return pieces[::2], pieces[1::2]
