"""The index of one recording: its frames, keyframes, cues and density, however far it is.

Knows: a recording, the derived file, the tables. Must never know: who looks, clocks. Called by
`recorder.playback`, `recorder.indexer`, the command line and replay.

Everything here is derived: it follows from the recording's bytes and the emulator's version, may
be deleted at any time, and is never evidence. `Index.load_or_build` reads what was derived before
and derives the rest; `Index.refresh` takes in what a live recording has gained since.
"""

from __future__ import annotations

import zlib
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator
from itertools import accumulate, chain, islice, repeat
from types import TracebackType
from typing import NamedTuple

from recorder.channel_screen import ChannelScreen
from recorder.columns import Density, FrameTable, Keyframes
from recorder.command_table import Command, commands_of
from recorder.cues import Cue
from recorder.errors import RecordingError
from recorder.frames import FrameRef
from recorder.index_file import IndexFile
from recorder.index_format import (
    Bases,
    Points,
    pack_segment,
    pack_stamp,
    unpack_content,
    unpack_head,
    unpack_keyframe,
)
from recorder.line_blocks import LineBlocks
from recorder.reader import Recording
from recorder.screen import ScreenStateError
from recorder.tables import Batch, Keyframe, Progress, TableBuilder
from recorder.text import Text

Told = Callable[[int, int], None]
"""Called now and then with how many records are done, and of how many (0: not known)."""
Enough = Callable[[], bool]
"""Asked now and then while much is derived: whether to leave the rest for the next pass."""

_SEGMENT_TARGET = 1 << 22
"""Bytes of keyframes after which a segment is written."""
_TOLD_EVERY = 4096
_LOOK_EVERY = 1 << 16
"""Bytes after which it is asked whether a pass was enough; a record counts as 1 KiB more."""


class Start(NamedTuple):
    """From where to feed."""

    event: int
    """The first record still to be fed."""
    time: int
    """Time of the record before it, in µs."""
    screen: ChannelScreen | None
    """The channel's screen there; None where the channel was not there by then."""


class Index:
    """What was derived from one recording. A context manager; for one thread at a time."""

    def __init__(self, recording: Recording, file: IndexFile) -> None:
        self.recording = recording
        self._file = file
        self._clear()

    def _clear(self) -> None:
        self.frames = FrameTable()
        self.density = Density()
        self.cues: list[Cue] = []
        self.damage: RecordingError | None = None
        """Why nothing is derived beyond here, where the recording is damaged."""
        self._points = array("q", [0])
        self._times = array("q", [0])
        self._lines = LineBlocks()
        self._keyframes: dict[int, Keyframes] = {}
        self._bases = Bases()
        self._progress: Progress | None = None
        self._builder = TableBuilder()
        self._told = (0, 0)
        """How many of the builder's frames and cues are in the tables already."""
        self._edge_told = False
        self.partial = False
        """Whether the last pass left something of the recording, since it was enough."""

    # -- coming to be --------------------------------------------------------------------------

    @classmethod
    def load_or_build(
        cls, recording: Recording, progress: Told | None = None, *, rebuild: bool = False
    ) -> Index:
        """What is on disk, and all that the recording has beyond it. A damaged recording is taken
        as far as it can be read (`damage` says why it ends there)."""
        index = cls.load(recording, rebuild=rebuild)
        try:
            index.refresh(progress)
        except BaseException:
            index.close()
            raise
        return index

    @classmethod
    def load(cls, recording: Recording, *, rebuild: bool = False) -> Index:
        """What is on disk; nothing where that is stale, damaged, or of another recording."""
        stamp = pack_stamp(recording.id, [r.raw for r in islice(recording.records(), 2)])
        path = recording.path.with_suffix(".index")
        if not rebuild:
            index = cls(recording, IndexFile.open(path, stamp))
            try:
                index._read()
            except (RecordingError, ScreenStateError):
                index.close()  # derived: not worth a word, it is made again
            except BaseException:
                index.close()
                raise
            else:
                return index
        return cls(recording, IndexFile.open(path, stamp, rebuild=True))

    def __enter__(self) -> Index:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._file.close()

    def refresh(self, progress: Told | None = None, enough: Enough | None = None) -> bool:
        """Takes in what the recording has gained; whether there was anything. With ``enough``, as
        much of it as that allows: `partial` says whether there is more, which the next pass takes,
        and until then all is as if the recording were being made."""
        self.recording.refresh()
        begun, finished = self.events, self.frames.finished
        if self._edge_told and self._went_on():
            self._clear()
            self._read()
        if self.damage is None:
            self._derive(progress, enough)
        self._tell()
        if progress is not None and not self.partial:
            progress(self.events, self.events)
        return (self.events, self.frames.finished) != (begun, finished)

    # -- what it says --------------------------------------------------------------------------

    @property
    def events(self) -> int:
        """How many records it covers."""
        return self._builder.event

    @property
    def duration(self) -> int:
        """Time of the last record covered, in µs."""
        return self._builder.time

    @property
    def finished(self) -> bool:
        """Whether the recording has ended: then nothing is provisional."""
        return self.frames.finished

    @property
    def kept(self) -> bool:
        """Whether what is derived is there for the next one who opens the recording."""
        return self._file.writable

    @property
    def behind(self) -> int:
        """Records that would be derived again if this process ended now."""
        return self.events - (self._progress.event if self._progress is not None else 0)

    @property
    def channels(self) -> list[int]:
        """The channels that have a screen: first those with frames, by their first one."""
        shown = self.frames.channels()
        return shown + sorted({*self._keyframes, *self._builder.screens}.difference(shown))

    @property
    def commands(self) -> list[Command]:
        """What ran, in order."""
        return commands_of(self.cues, self.frames)

    @property
    def edge(self) -> list[FrameRef]:
        """The frames that there would be beyond `frames` if the recording ended here."""
        return [] if self._edge_told else self._builder.edge()

    def point_before(self, event: int) -> int:
        """The last point at or before record ``event``: the first record to feed from there."""
        return self._points[bisect_right(self._points, event) - 1]

    def screen_before(self, channel: int, event: int) -> Start:
        """Where to begin for a channel's screen before record ``event``."""
        position = bisect_right(self._points, event) - 1
        point, time = self._points[position], self._times[position]
        keyframes = self._keyframes.get(channel)
        nearest = -1 if keyframes is None else keyframes.position(point)
        if keyframes is None or nearest < 0:
            return Start(point, time, None)
        return Start(point, time, _restore(self._keyframe(channel, keyframes, nearest)))

    @property
    def settled(self) -> list[int]:
        """Records, ascending, up to each of which `text` is final and can be had apart."""
        certain = self._builder.rules.open_since
        return [end for end in self._lines.ends if certain is None or end <= certain]

    def text(
        self,
        channel: int | None = None,
        *,
        since: int = 0,
        until: int | None = None,
        worth: Callable[[str], bool] | None = None,
    ) -> Iterator[Text]:
        """Every line that was on a screen, of one channel or of all, and what a terminal does not
        show, by its mark (`recorder.text`). In no order; a live recording's last lines as they
        stand now. Memory holds one segment's. ``since`` and ``until``, both of `settled`: those
        that were told between the two. ``worth``: what `LineBlocks.read` asks, many lines at once.
        """
        stored = self._lines.read(self.recording, self._file, since, until, worth)
        frame = self.frames.number_from_event
        for seen in chain(stored, self._builder.texts if until is None else ()):
            mine = seen.channel
            if channel is not None and mine != channel:
                continue
            first = frame(seen.first, mine)
            whole = first if seen.whole == seen.first else frame(seen.whole, mine)
            last = whole if seen.last == seen.whole else frame(seen.last, mine)
            for text in seen.text.split("\n"):
                yield Text(
                    mine, first, whole, last, seen.row, seen.alternate, seen.mark, text, seen.detail
                )

    # -- inside --------------------------------------------------------------------------------

    def _derive(self, progress: Told | None, enough: Enough | None) -> None:
        builder, lines = self._builder, self._lines
        total = self.recording.sealed_events if progress is not None else 0
        waiting: Batch | None = None
        size = read = 0
        self.partial = False
        try:
            for record in self.recording.records(builder.event):
                if record.number != builder.event:
                    raise RecordingError("records are missing", where=f"event {builder.event}")
                batch = builder.take(record)
                lines.see(record)
                if batch is not None:
                    waiting = self._absorb(batch).after(waiting)
                    if lines.full:
                        lines.pack(waiting)
                    size += sum(len(k.screen) for p in batch.points for k in p.keyframes)
                    if size >= _SEGMENT_TARGET:
                        self._store(waiting)
                        waiting, size = None, 0
                if progress is not None and record.number % _TOLD_EVERY == 0:
                    progress(record.number, total)
                read += len(record.raw) + 1024
                if enough is not None and read >= _LOOK_EVERY:
                    read, self.partial = 0, enough()
                    if self.partial:
                        break
        except RecordingError as error:
            self.damage = error
        over = builder.finished or self.recording.finished
        ended = over and self.damage is None and not self.partial
        if ended and not (self._progress is not None and self._progress.finished):
            waiting = self._absorb(builder.finish()).after(waiting)
        if waiting is not None:
            self._store(waiting)

    def _absorb(self, batch: Batch) -> Batch:
        """Into the tables what of a batch is not there yet."""
        frames, cues = self._told
        self.frames.append(batch.frames[frames:])
        self.cues += batch.cues[cues:]
        self.density.settle_loads(batch.loads)
        self._told = 0, 0
        return batch

    def _tell(self) -> None:
        """Into the tables what of the builder is certain but in no batch yet."""
        builder = self._builder
        frames, cues = self._told
        self.frames.append(builder.frames[frames:])
        self.cues += builder.cues[cues:]
        self._told = (len(builder.frames), len(builder.cues))
        self.density.show(builder.loads)
        self.frames.now = builder.time
        self.frames.finished = builder.finished
        if not (builder.finished or self._edge_told or self.partial) and self._over():
            self.frames.append(builder.edge())
            self.frames.finished = self._edge_told = True

    def _over(self) -> bool:
        """Whether nothing more can be derived, though the recording has no end."""
        return self.damage is not None or self.recording.state != "live"

    def _went_on(self) -> bool:
        """Whether a recording that was taken for over was not, or has its end now: then what was
        told of its edge is taken back to what is certain."""
        more = self.recording.records(self.events)
        return self.damage is None and (self.recording.finished or any(True for _ in more))

    def _store(self, batch: Batch) -> None:
        self._lines.pack(batch)
        data, points, lines = pack_segment(batch, self._bases, self._lines.take())
        segment = self._file.append(data)
        self._lines.place(lines, segment.texts)
        self._place(points, segment.keyframes)
        before, self._progress = self._progress, batch.progress
        if before is not None:
            self._progress = self._progress.after(before)

    def _read(self) -> None:
        """What is in the file, into the tables."""
        for segment in self._file.segments():
            head = unpack_head(segment.head)
            self.frames.extend(*head.frames)
            self.cues += head.cues
            self.density.settle(*head.loads)
            self._lines.place(head.lines, segment.texts)
            self._place(head.points, segment.keyframes)
            before, self._progress = self._progress, head.progress
            if before is not None:
                self._progress = self._progress.after(before)
        if self._progress is not None:
            self._check(self._progress)
            newest = {
                channel: self._keyframe(channel, keyframes, len(keyframes.events) - 1)
                for channel, keyframes in self._keyframes.items()
                if not (keyframes.closed or self._progress.finished)
            }
            self._builder = _resume(self._progress, newest)
            self._lines.begin(self._progress.event)
            self.frames.now = self._progress.time
            self.frames.finished = self._progress.finished

    def _check(self, progress: Progress) -> None:
        """Raises `RecordingError` where the recording is not the one that the index goes on from:
        what a power cut took may have been indexed, and then other records came."""
        if progress.finished and self.recording.finished:
            if self.recording.sealed_events != progress.event:
                raise RecordingError("the index is of another recording")
            return
        last = next(self.recording.records(progress.event - 1), None)
        if last is None or zlib.crc32(last.raw) != progress.check:
            raise RecordingError("the index is of another recording")

    def _place(self, points: Points, base: int) -> None:
        self._points.extend(points.events)
        self._times.extend(points.times)
        events = chain.from_iterable(map(repeat, points.events, points.counts))
        offsets = accumulate(points.sizes, initial=base)
        columns = (points.channels, points.closed, events, offsets, points.sizes, points.backs)
        for channel, closed, event, offset, size, back in zip(*columns, strict=False):
            of_channel = self._keyframes.get(channel)
            if of_channel is None:
                of_channel = self._keyframes[channel] = Keyframes()
            of_channel.add(event, offset, size, back, closed=bool(closed))

    def _keyframe(self, channel: int, keyframes: Keyframes, position: int) -> Keyframe:
        back = keyframes.backs[position]
        if not 0 <= back <= position:
            raise RecordingError("a keyframe has nothing to be told against: delete the index")
        base = self._content(keyframes, position - back) if back else b""
        return unpack_keyframe(channel, self._content(keyframes, position, base))

    def _content(self, keyframes: Keyframes, position: int, base: bytes = b"") -> bytes:
        data = self._file.read(keyframes.offsets[position], keyframes.sizes[position])
        return unpack_content(data, base)


def _restore(keyframe: Keyframe) -> ChannelScreen:
    try:
        return ChannelScreen.restore(keyframe.facts, keyframe.screen)
    except (KeyError, TypeError, ValueError, ScreenStateError) as error:
        raise RecordingError("a keyframe is damaged: delete the index") from error


def _resume(progress: Progress, keyframes: dict[int, Keyframe]) -> TableBuilder:
    try:
        return TableBuilder.resume(progress, keyframes)
    except (KeyError, TypeError, ValueError, ScreenStateError) as error:
        raise RecordingError("the index is damaged", operator=repr(error)) from error
