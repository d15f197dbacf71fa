"""The lines of an index in blocks, each told against the output that it was read off.

Knows: a recording's output, packed lines, where they lie in the index file. Must never know:
screens, frames. Called by `recorder.index`.

A line on a screen is mostly a piece of what was written there. So a block of lines is compressed
with the output of its stretch of the recording as what is known already, and weighs little; to read
it, that stretch is read again, which takes no emulation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain

from recorder.channel_screen import shown_bytes
from recorder.format import Packed
from recorder.index_file import IndexFile
from recorder.reader import Recording
from recorder.tables import Batch
from recorder.text import Seen
from recorder.text_format import Block, BlockRef, pack_texts, unpack_texts

STRETCH = 1 << 21
"""Bytes of output to a block, about."""


class LineBlocks:
    """The blocks of one index: those in its file, and those to come."""

    def __init__(self, event: int = 0) -> None:
        """``event``: the record with which the next block begins."""
        self._begin = event
        self._output: list[tuple[int, bytes]] = []
        self._size = 0
        self._blocks: list[Block] = []
        self._refs: list[BlockRef] = []

    def begin(self, event: int) -> None:
        """The next block begins with this record: those before are in the file."""
        self._begin = event
        self._output.clear()
        self._size = 0

    def see(self, record: Packed) -> None:
        """The next record."""
        data = shown_bytes(record.event)
        if data:
            self._output.append((record.number, data))
            self._size += len(data)

    @property
    def full(self) -> bool:
        """Whether a block should be packed as soon as there is a batch."""
        return self._size >= STRETCH

    def pack(self, batch: Batch) -> None:
        """The batch's lines, which it has no longer then, and the output up to its end."""
        end = batch.progress.event
        if batch.texts:
            base = b"".join(data for number, data in self._output if number < end)
            self._blocks.append(Block(self._begin, end, pack_texts(batch.texts, base)))
            batch.texts.clear()
        self._begin = end
        self._output = [item for item in self._output if item[0] >= end]
        self._size = sum(len(data) for _, data in self._output)

    def take(self) -> list[Block]:
        """What was packed since this was last asked."""
        taken, self._blocks = self._blocks, []
        return taken

    def place(self, refs: list[BlockRef], base: int) -> None:
        """These are in the file now, ``base`` being where their offsets count from."""
        self._refs += [ref._replace(offset=base + ref.offset) for ref in refs]

    @property
    def ends(self) -> list[int]:
        """Up to which record each block in the file goes, ascending."""
        return [ref.end for ref in self._refs]

    def read(
        self,
        recording: Recording,
        file: IndexFile,
        since: int = 0,
        until: int | None = None,
        worth: Callable[[str], bool] | None = None,
    ) -> Iterator[Seen]:
        """The lines that are in the file, or those of the blocks between two of `ends`; of those
        blocks only of whose text ``worth`` says so."""
        rest: Iterator[Packed] = iter(())
        ahead: list[Packed] = []
        at = -1
        for begin, end, offset, size in self._refs:
            if end <= since or (until is not None and end > until):
                continue
            # A session that was indexed while it went on has thousands of blocks, one behind the
            # other: each would look for its first record anew.
            if begin != at:
                rest, ahead = recording.records(begin), []
            output = []
            for record in chain(ahead, rest):
                if record.number >= end:
                    ahead = [record]
                    break
                output.append(shown_bytes(record.event) or b"")
            at = end
            yield from unpack_texts(file.read(offset, size), b"".join(output), worth)
