"""A recording's tables: frames, keyframes, cues, text and density, built record by record.

Knows: records, channel screens and their readers, frame rules. Must never know: files, the index's
layout, clocks. Called by `recorder.index`, which writes what it gets to the index file.

A *point* is a place between two records from which feeding may start: every channel that was fed
since the point before has its state stored there. What was built between two points comes out as
one `Batch`, together with all that it takes to go on from the second one; so the tables can be
written piecewise, and work that is interrupted resumes from the last batch with the same result.

Points are spaced by what feeding costs, estimated from the bytes: `COST` units are about 10 ms (see
docs/benchmarks.md). A resize and a change of the screen buffer ask for a point too.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from recorder.channel_reader import TYPING, ChannelReader
from recorder.channel_screen import (
    FEEDING,
    SHAPING,
    ChannelScreen,
    Peek,
    Size,
    default_size,
    shown_bytes,
)
from recorder.cues import Cue, cue_of
from recorder.events import (
    ChannelClosed,
    End,
    Event,
    Header,
    Input,
    Resize,
    Terminal,
    Typed,
)
from recorder.format import Packed
from recorder.frames import FrameRef, FrameRules, Surface
from recorder.text import Seen

COST = 10_000
"""Units (about a microsecond each) of feeding between two points."""
LEAST_COST = COST // 16
"""Units before a resize or buffer switch gets a point: else a hostile recording had one a byte."""
MOST_CUES = 20_000
"""A recording has no more cues than this: what comes after can still be searched and played."""
BUCKET = 100_000
"""Width of one step of the density, in µs."""
_RECORD_COST = 8
_PLAIN_PER_UNIT = 40
"""Bytes of plain text per unit."""
_ESCAPE_COST = 1
_WIDE_DIVISOR = 8
"""Bytes beyond ASCII per unit."""
_BEYOND_ASCII = bytes(range(128, 256))
_BUFFER_SWITCH = re.compile(rb"\x1b\[\?[0-9;]*(?:47|1047|1049)(?:;[0-9;]*)?[hl]")


class Keyframe(NamedTuple):
    """A channel's whole state at a point."""

    channel: int
    facts: Mapping[str, Any]
    screen: bytes


class Point(NamedTuple):
    """The place before record ``event``; ``time`` is that of the record before it."""

    event: int
    time: int
    keyframes: list[Keyframe]
    """Of the channels that were fed since the point before."""


class Load(NamedTuple):
    """How much went each way in one step of the density."""

    bucket: int
    """Session time divided by `BUCKET`."""
    output: int
    input: int


class Progress(NamedTuple):
    """All that it takes, beside the keyframes, to go on from the end of a batch."""

    event: int
    """Number of the next record."""
    time: int
    """Time of the last record."""
    check: int
    """CRC-32 of the last record's bytes: by it a recording that went on otherwise is noticed."""
    rules: list[Any]
    cues: int
    """How many there are up to here."""
    readers: list[Any]
    """Of each channel fed since the batch before: its number, and what was being read there; None
    where it is over."""
    size: Size
    finished: bool
    """Whether nothing is provisional any more."""

    def after(self, earlier: Progress) -> Progress:
        """This one, with the channels that were not fed since ``earlier``."""
        if self.finished:
            return self
        readers = {**dict(earlier.readers), **dict(self.readers)}
        return self._replace(readers=[[c, s] for c, s in sorted(readers.items()) if s is not None])


@dataclass(slots=True)
class Batch:
    """What lies between two points, and how to go on."""

    progress: Progress
    frames: list[FrameRef] = field(default_factory=list)
    cues: list[Cue] = field(default_factory=list)
    loads: list[Load] = field(default_factory=list)
    points: list[Point] = field(default_factory=list)
    texts: list[Seen] = field(default_factory=list)

    def after(self, earlier: Batch | None) -> Batch:
        """This batch and the one right before it, if any, as one (which was ``earlier``)."""
        if earlier is None:
            return self
        earlier.progress = self.progress.after(earlier.progress)
        earlier.texts += self.texts
        earlier.frames += self.frames
        earlier.cues += self.cues
        earlier.loads += self.loads
        earlier.points += self.points
        return earlier


def cost_of(data: bytes) -> int:
    """Units that feeding these bytes takes, about."""
    cost = _RECORD_COST + len(data) // _PLAIN_PER_UNIT + data.count(b"\x1b") * _ESCAPE_COST
    if not data.isascii():
        beyond = len(data) - len(data.translate(None, _BEYOND_ASCII))
        cost += beyond // _WIDE_DIVISOR
    return cost


class TableBuilder:
    """Records in, in order and without a gap; batches out, one at each point.

    `frames`, `cues` and `loads` hold what was found since the last batch.
    """

    def __init__(self) -> None:
        self.screens: dict[int, ChannelScreen] = {}
        self.rules = FrameRules(self._surface, self._closed)
        self.frames: list[FrameRef] = []
        self.cues: list[Cue] = []
        self.event = 0
        self.time = 0
        self.finished = False
        self._size = Size(80, 24)
        self._check = 0
        self._cue_count = 0
        self._loads: dict[int, Load] = {}
        self._touched: set[int] = set()
        """Channels whose state differs from their newest keyframe."""
        self._cost = 0
        self._wants_point = False
        self._readers: dict[int, ChannelReader] = {}
        self._over: set[int] = set()
        """Channels that were let go since the last batch."""
        self._texts: list[Seen] = []

    @classmethod
    def resume(cls, progress: Progress, keyframes: Mapping[int, Keyframe]) -> TableBuilder:
        """Goes on from a batch's end; ``keyframes``: the newest of each channel.

        Raises `KeyError`, `TypeError` or `ValueError` where they are not of the right shape.
        """
        made = cls()
        made.event, made.time, made._check, rules, made._cue_count, readers, size, made.finished = (
            progress
        )
        made._size = Size(*size)
        for channel, keyframe in keyframes.items():
            # A closed channel that is used again begins blank: nothing to restore.
            if not keyframe.facts["closed"]:
                made.screens[channel] = ChannelScreen.restore(keyframe.facts, keyframe.screen)
        for channel, state in dict(readers).items():
            if state is not None:
                screen = made.screens[channel]
                made._readers[channel] = ChannelReader.restore(channel, screen, state)
        made.rules.restore(rules)
        return made

    @property
    def loads(self) -> list[Load]:
        """The density since the last batch."""
        return list(self._loads.values())

    @property
    def texts(self) -> list[Seen]:
        """The lines since the last batch, those still there being told up to now."""
        last = self.event - 1
        readers = (reader for _, reader in sorted(self._readers.items()))
        open_lines = (seen for reader in readers for seen in reader.open(last))
        return [*self._texts, *open_lines]

    def take(self, record: Packed) -> Batch | None:
        """One record; a batch where a point lies before it."""
        batch = None
        if self._cost >= COST or (self._wants_point and self._cost >= LEAST_COST):
            batch = self.cut()
        event, number = record.event, record.number
        self.rules.advance(record.time)
        if isinstance(event, Header):
            self._size = default_size(event.facts)
        elif isinstance(event, End):
            self.rules.finish()
            self._finish_readers()
            self.finished = True
        else:
            self._feed(number, event)
        self.frames += self.rules.take()
        cue = cue_of(number, event)
        if cue is not None:
            self._add(cue)
        self.event, self.time = number + 1, record.time
        self._check = zlib.crc32(record.raw)
        self._cost += 1
        return batch

    def finish(self) -> Batch:
        """There are no more records, and will not be: nothing stays provisional. The last batch has
        no point, for nobody goes on from there."""
        self.rules.finish()
        self.frames += self.rules.take()
        self._finish_readers()
        self.finished = True
        return self._batch([])

    def edge(self) -> list[FrameRef]:
        """The frames that there would be if the recording ended here. Changes nothing."""
        rules = FrameRules(lambda channel: Peek(self.screens[channel]))
        rules.restore(self.rules.state())
        rules.finish()
        return rules.take()

    def cut(self) -> Batch:
        """A point here, before record `event`, and all since the last one."""
        keyframes = []
        readers: list[Any] = [[channel, None] for channel in sorted(self._over)]
        for channel in sorted(self._touched):
            screen = self.screens[channel]
            reader = self._readers.get(channel)
            if reader is not None:
                reader.pause(self.event - 1, self.time)
                readers.append([channel, reader.state()])
                self._texts += reader.take()
            keyframes.append(Keyframe(channel, *screen.state()))
            if screen.closed:
                del self.screens[channel]
        self._touched.clear()
        self._cost = 0
        self._wants_point = False
        return self._batch([Point(self.event, self.time, keyframes)], readers)

    def _batch(self, points: list[Point], readers: list[Any] | None = None) -> Batch:
        progress = Progress(
            self.event,
            self.time,
            self._check,
            self.rules.state(),
            self._cue_count,
            [] if self.finished or readers is None else readers,
            self._size,
            self.finished,
        )
        batch = Batch(progress, self.frames, self.cues, self.loads, points, self._texts)
        self.frames, self.cues, self._texts = [], [], []
        self._over.clear()
        self._loads.clear()
        return batch

    def _surface(self, channel: int) -> Surface:
        self._touched.add(channel)  # what it is compared with from now on is state too
        return self.screens[channel]

    def _closed(self, channel: int, last: int, at: int, changed: bool) -> None:
        reader = self._readers.get(channel)
        if reader is not None:
            for cue in reader.closed(last, at, changed=changed):
                self._add(cue)

    def _reader(self, channel: int) -> ChannelReader:
        reader = self._readers.get(channel)
        if reader is None:
            reader = self._readers[channel] = ChannelReader(channel, self.screens[channel])
        return reader

    def _let_go(self, channel: int) -> None:
        """The channel is over, or begins anew."""
        reader = self._readers.pop(channel, None)
        if reader is not None:
            self._texts += reader.finish()
            self._over.add(channel)

    def _finish_readers(self) -> None:
        for channel in sorted(self._readers):
            self._let_go(channel)

    def _feed(self, number: int, event: Event) -> None:
        channel = event.channel
        shown = shown_bytes(event)
        if shown is not None:
            self._count(event.at, len(shown), 0)
        elif isinstance(event, Input):
            self._count(event.at, 0, len(event.data))
        elif isinstance(event, Typed):
            self._count(event.at, 0, event.count)
        screen = self.screens.get(channel)
        if isinstance(event, TYPING) and screen is not None:
            for cue in self._reader(channel).typed(number, event):
                self._add(cue)
            self._touched.add(channel)  # what is known of prompts is state too
        if screen is None:
            makes = shown is not None or isinstance(event, SHAPING)
            if not makes or isinstance(event, ChannelClosed):
                return
            screen = self.screens[channel] = ChannelScreen(self._size)
        elif shown is None and not isinstance(event, FEEDING):
            return
        if screen.closed and screen.begins_anew(event):
            self._let_go(channel)
        if isinstance(event, Resize | Terminal):
            self.rules.cut(channel)
            self._wants_point |= not screen.blank
        self._take(number, event, screen)
        if isinstance(event, ChannelClosed):
            self.rules.cut(channel)
            self._wants_point |= not screen.blank
            self._let_go(channel)
        self._touched.add(channel)

    def _take(self, number: int, event: Event, screen: ChannelScreen) -> None:
        """An event to its channel's screen."""
        data = screen.take(event)
        if data is None:
            return
        quiet = self._cue_count >= MOST_CUES
        for cue in self._reader(event.channel).show(number, event.at, data, quiet=quiet):
            self._add(cue)
        self.rules.output(number, event.at, event.channel)
        self._cost += cost_of(data)
        if b"\x1b[?" in data:
            self._wants_point |= _BUFFER_SWITCH.search(data) is not None

    def _add(self, cue: Cue) -> None:
        if self._cue_count < MOST_CUES:
            self.cues.append(cue)
            self._cue_count += 1

    def _count(self, at: int, output: int, typed: int) -> None:
        bucket = at // BUCKET
        before = self._loads.get(bucket, Load(bucket, 0, 0))
        self._loads[bucket] = Load(bucket, before.output + output, before.input + typed)
