"""A recording as asciicast.

Knows: records, a channel's screen, asciicast's lines. Must never know: stores, command lines.
Called by ``gatereel export``.

An asciicast has one terminal: it gets what one channel's principal saw. Text is UTF-8 decoded over
the whole channel, so that no character is split between two lines: one that is cut between two
records goes with the second. Bytes that are no UTF-8 become U+FFFD. A range begins with the screen
as it was then, repainted from its cells.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator
from typing import TextIO

from recorder.channel_screen import (
    ChannelScreen,
    Size,
    bounded,
    default_size,
)
from recorder.convert.asciicast import CastEvent, CastHeader, CastWriter, Version
from recorder.errors import ConversionError, RecordingError
from recorder.events import (
    Disclosed,
    ErrorOutput,
    Event,
    Exit,
    ExitSignal,
    Input,
    Marker,
    Notice,
    Output,
    Requested,
    Resize,
    Terminal,
)
from recorder.frames import HOLD
from recorder.reader import Recording
from recorder.show import harmless, repaint

_SIGNALS = {"HUP": 1, "INT": 2, "QUIT": 3, "ILL": 4, "ABRT": 6, "FPE": 8, "KILL": 9, "SEGV": 11}
_SIGNALS |= {"PIPE": 13, "ALRM": 14, "TERM": 15, "USR1": 10, "USR2": 12}
_OTHER_SIGNAL = 1
_TOLD = (Output, ErrorOutput, Notice, Input, Disclosed, Marker, Exit, ExitSignal)
"""Events that are lines of an asciicast; others before the first of them decide how it begins."""


def export_cast(
    recording: Recording,
    out: TextIO,
    *,
    version: Version = 3,
    start: int = 0,
    end: int | None = None,
    channel: int | None = None,
    with_input: bool = False,
    remark: str = "",
    damaged: Callable[[RecordingError], None] | None = None,
) -> int:
    """Writes the recording, or what of it lies from ``start`` to ``end`` (µs, both included), and
    returns how many events there are. Without a channel: the first that showed anything.

    ``with_input`` adds what was typed, as far as the recording has it; what was withheld is in no
    export. ``remark`` may be any text, and stands in the title. Where the recording is damaged, a
    marker says so and ``damaged`` is told; without it, `RecordingError` is raised. Raises
    `ConversionError` where there is nothing to write.
    """
    if channel is None:
        channel = first_channel(recording)
    if channel is None:
        raise ConversionError("nothing in this recording was ever shown: there is no asciicast")
    exporter = _Exporter(recording, version, start, end, channel, with_input=with_input)
    exporter.remark, exporter.damaged = remark, damaged
    count = -1  # the header is none
    for line in exporter.lines():
        out.write(line)
        count += 1
    return count


def first_channel(recording: Recording) -> int | None:
    """The channel whose screen the first shown byte was on."""
    screens: dict[int, ChannelScreen] = {}
    for record in recording.records():
        channel = record.event.channel
        if channel not in screens:
            screens[channel] = ChannelScreen(Size(1, 1))
        if screens[channel].take(record.event) is not None:
            return channel
    return None


class _Exporter:
    """One export, from the first record to the last of the range."""

    def __init__(
        self,
        recording: Recording,
        version: Version,
        start: int,
        end: int | None,
        channel: int,
        *,
        with_input: bool,
    ) -> None:
        self._recording = recording
        self._version = version
        self._start, self._end = start, end
        self._channel = channel
        self._with_input = with_input
        self._default = default_size(recording.header.facts)
        self._screen = ChannelScreen(self._default)
        self._size = self._default
        self._output = codecs.getincrementaldecoder("utf-8")("replace")
        self._typed = codecs.getincrementaldecoder("utf-8")("replace")
        self._term = str(recording.header.facts["term"])
        self._command = ""
        self.remark = ""
        self.damaged: Callable[[RecordingError], None] | None = None
        self._torn = ""
        """Why the rest cannot be read."""

    def lines(self) -> Iterator[str]:
        """All lines, the header first."""
        writer: CastWriter | None = None
        last = self._start
        for event in self._events():
            anew = self._screen.closed and self._screen.begins_anew(event)
            if anew:
                self._screen = ChannelScreen(self._default)
            data = self._screen.take(event) if event.channel == self._channel else None
            if writer is None:
                if self._comes_before(event, data):
                    continue
                writer, first = self._begin()
                yield from first
                anew = False
            last = event.at
            for code, text in self._entries(event, data, anew=anew):
                yield writer.line(CastEvent(last - self._start, code, text))
        if writer is None:
            writer, first = self._begin()
            yield from first
        rest = self._output.decode(b"", final=True)
        if rest:
            yield writer.line(CastEvent(last - self._start, "o", rest))
        if self._torn:
            yield writer.line(CastEvent(last - self._start, "m", harmless(self._torn)))

    def _events(self) -> Iterator[Event]:
        """The channel's, and markers of the session, up to the end of the range."""
        try:
            for record in self._recording.records():
                event = record.event
                if self._end is not None and record.time > self._end:
                    return
                if event.channel == self._channel or isinstance(event, Marker):
                    yield event
        except RecordingError as error:
            if self.damaged is None:
                raise
            self._torn = f"the recording is damaged here: {error}"
            self.damaged(error)

    def _comes_before(self, event: Event, data: bytes | None) -> bool:
        """Takes in what only decides how the terminal is when the range begins."""
        match event:
            case Terminal():
                self._term = event.term or self._term
            case Requested(kind="exec"):
                self._command = event.command.decode("utf-8", "replace")
            case _:
                pass
        if event.at >= self._start and (data is not None or isinstance(event, _TOLD)):
            # In the middle of a sequence its rest would be shown as text: begin after it.
            patient = self._start > 0 and event.at < self._start + HOLD
            if not (patient and self._screen.busy()):
                return False
        if data is not None:
            self._output.decode(data)
            self._screen.gather(data)
        self._size = Size(self._screen.screen.cols, self._screen.screen.rows)
        return True

    def _begin(self) -> tuple[CastWriter, list[str]]:
        facts = self._recording.header.facts
        account = f"{facts['account']}@" if facts["account"] else ""
        header = CastHeader(
            self._version,
            *self._size,
            term=harmless(self._term),
            timestamp=max(facts["wall"] // 1_000_000_000 + self._start // 1_000_000, 0),
            title=harmless(
                f"{facts['principal']} on {account}{facts['target']}"
                + (f" ({self.remark})" if self.remark else "")
            ),
            command=harmless(self._command),
        )
        writer = CastWriter(header)
        lines = [writer.first_line()]
        if self._start > 0:
            lines.append(writer.line(CastEvent(0, "o", repaint(self._screen.frame()))))
        return writer, lines

    def _entries(
        self, event: Event, data: bytes | None, *, anew: bool
    ) -> Iterator[tuple[str, str]]:
        """What an event is in an asciicast: code and data, mostly one, often none."""
        if anew:
            # The number is used again: its screen is blank then.
            yield "o", "\x1bc"
            yield from self._resized(self._default)
        if data is not None:
            text = self._output.decode(data)
            if text:
                yield "o", text
        match event:
            case Resize():
                yield from self._resized(bounded(event.cols, event.rows, self._size))
            case Terminal():
                yield from self._resized(bounded(event.cols, event.rows, self._default))
            case Exit() if self._version == 3:
                yield "x", str(event.status)
            case ExitSignal() if self._version == 3:
                yield "x", str(128 + _SIGNALS.get(event.signal, _OTHER_SIGNAL))
            case Marker():
                yield "m", event.label
            case Input() | Disclosed() if self._with_input:
                text = self._typed.decode(event.data)
                if text:
                    yield "i", text
            case _:
                pass

    def _resized(self, size: Size) -> Iterator[tuple[str, str]]:
        # One to the same size too: it ends a frame.
        self._size = size
        yield "r", f"{size.cols}x{size.rows}"
