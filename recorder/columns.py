"""Tables as columns: a session of a whole day has hundreds of thousands of frames.

Knows: arrays of integers. Must never know: files, screens. Called by `recorder.index`, which
fills them, and by everything that looks frames and loads up in them.
"""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import overload

from recorder.frames import STABLE, FrameRef
from recorder.tables import BUCKET, Load


def pack_column(values: Iterable[int]) -> bytes:
    """Integers as differences, little-endian, eight bytes each: small once compressed."""
    before, differences = 0, array("q")
    for value in values:
        differences.append(value - before)
        before = value
    if sys.byteorder == "big":
        differences.byteswap()
    return differences.tobytes()


def unpack_column(data: bytes) -> array[int]:
    """The integers again; raises `ValueError` or `OverflowError` where these are none."""
    differences = array("q")
    differences.frombytes(data)
    if sys.byteorder == "big":
        differences.byteswap()
    return array("q", accumulate(differences))


class FrameTable(Sequence[FrameRef]):
    """All frames told so far, by number; each is made when it is asked for."""

    def __init__(self) -> None:
        self._channel = array("q")
        self._first = array("q")
        self._last = array("q")
        self._opened = array("q")
        self._closed = array("q")
        self._of: dict[int, array[int]] = {}
        """The numbers of each channel's frames."""
        self.now = 0
        """How far the recording is known, in µs: by it the last frames are stable or not."""
        self.finished = False

    def extend(
        self,
        channel: Sequence[int],
        first: Sequence[int],
        last: Sequence[int],
        opened: Sequence[int],
        closed: Sequence[int],
    ) -> None:
        """More frames, as columns of equal length."""
        if not len(channel) == len(first) == len(last) == len(opened) == len(closed):
            raise ValueError("columns of different lengths")
        number = len(self)
        self._channel.extend(channel)
        self._first.extend(first)
        self._last.extend(last)
        self._opened.extend(opened)
        self._closed.extend(closed)
        for mine in set(channel):
            numbers: Sequence[int] = range(number, len(self))
            if mine != channel[0] or len(set(channel)) > 1:
                numbers = [n for n in numbers if self._channel[n] == mine]
            self._of.setdefault(mine, array("q")).extend(numbers)

    def append(self, frames: Sequence[FrameRef]) -> None:
        """More frames, whose numbers go on from here."""
        if frames:
            _, channel, first, last, opened, closed, _ = zip(*frames, strict=True)
            self.extend(channel, first, last, opened, closed)

    def __len__(self) -> int:
        return len(self._last)

    @overload
    def __getitem__(self, index: int) -> FrameRef: ...
    @overload
    def __getitem__(self, index: slice) -> list[FrameRef]: ...
    def __getitem__(self, index: int | slice) -> FrameRef | list[FrameRef]:
        if isinstance(index, slice):
            return [self._make(number) for number in range(*index.indices(len(self)))]
        if index < 0:
            index += len(self)
        if not 0 <= index < len(self):
            raise IndexError(f"there is no frame {index}")
        return self._make(index)

    def __iter__(self) -> Iterator[FrameRef]:
        return map(self._make, range(len(self)))

    def _make(self, number: int) -> FrameRef:
        channel, closed = self._channel[number], self._closed[number]
        return FrameRef(
            number,
            channel,
            self._first[number],
            self._last[number],
            self._opened[number],
            closed,
            stable=self._changes_after(number, channel) - closed >= STABLE,
        )

    def _changes_after(self, number: int, channel: int) -> int:
        """When the channel's next frame opens; where there is none, up to when that is known."""
        numbers = self._of[channel]
        following = bisect_right(numbers, number)
        if following < len(numbers):
            return self._opened[numbers[following]]
        return self._closed[number] + STABLE if self.finished else self.now

    @property
    def closed(self) -> Sequence[int]:
        """When each frame closed, ascending, in µs."""
        return self._closed

    @property
    def last(self) -> Sequence[int]:
        """The number of each frame's last record, ascending."""
        return self._last

    def channels(self) -> list[int]:
        """The channels that have frames, by their first frame."""
        return list(self._of)

    def of_channel(self, channel: int) -> Sequence[int]:
        """The numbers of a channel's frames."""
        return self._of.get(channel, array("q"))

    def number_from_event(self, event: int, channel: int) -> int:
        """The channel's first frame whose last record is ``event`` or after; where there is none
        (yet), its last one; -1 where it has no frame."""
        numbers = self.of_channel(channel)
        position = bisect_left(numbers, event, key=self._last.__getitem__)
        if position < len(numbers):
            return numbers[position]
        return numbers[-1] if numbers else -1

    def number_at_event(self, event: int, channel: int | None = None) -> int:
        """The last frame whose last record is ``event`` or before; -1 where there is none."""
        before = bisect_right(self._last, event)
        if channel is None or before == 0:
            return before - 1
        numbers = self.of_channel(channel)
        position = bisect_left(numbers, before)
        return numbers[position - 1] if position else -1


class Density:
    """How much was shown and typed when: what the scrubber draws."""

    def __init__(self) -> None:
        self._bucket = array("q")
        self._output = array("q")
        self._input = array("q")
        self._settled = 0
        """How many steps will not change; those after them are told anew each time."""

    def settle(self, bucket: Sequence[int], output: Sequence[int], typed: Sequence[int]) -> None:
        """More steps, as columns; the first may be the same step as the last one here."""
        if not len(bucket) == len(output) == len(typed):
            raise ValueError("columns of different lengths")
        self._cut()
        self._bucket.extend(bucket)
        self._output.extend(output)
        self._input.extend(typed)
        self._settled = len(self._bucket)

    def settle_loads(self, loads: Sequence[Load]) -> None:
        """More steps, as rows."""
        if loads:
            self.settle(*zip(*loads, strict=True))

    def show(self, loads: Sequence[Load]) -> None:
        """The steps that may still change, in place of those shown so before."""
        self._cut()
        for bucket, output, typed in loads:
            self._bucket.append(bucket)
            self._output.append(output)
            self._input.append(typed)

    def _cut(self) -> None:
        for column in (self._bucket, self._output, self._input):
            del column[self._settled :]

    def columns(self, count: int, start: int, end: int) -> list[Load]:
        """The time from ``start`` to ``end`` (µs) in ``count`` equal columns, `Load.bucket` being
        the column's number."""
        outputs, inputs = [0] * count, [0] * count
        span = max(end - start, 1)
        low = bisect_left(self._bucket, start // BUCKET)
        high = bisect_right(self._bucket, end // BUCKET)
        for position in range(low, high):
            middle = self._bucket[position] * BUCKET + BUCKET // 2
            column = min(max((middle - start) * count // span, 0), count - 1)
            outputs[column] += self._output[position]
            inputs[column] += self._input[position]
        return [Load(n, outputs[n], inputs[n]) for n in range(count)]


class Keyframes:
    """The keyframes of one channel, by the records that they lie before."""

    def __init__(self) -> None:
        self.events = array("q")
        self.offsets = array("q")
        self.sizes = array("q")
        self.backs = array("q")
        self.closed = False

    def add(self, event: int, offset: int, size: int, back: int, *, closed: bool) -> None:
        self.events.append(event)
        self.offsets.append(offset)
        self.sizes.append(size)
        self.backs.append(back)
        self.closed = closed

    def position(self, event: int) -> int:
        """Of the last one at or before this record; -1 where there is none."""
        return bisect_right(self.events, event) - 1
