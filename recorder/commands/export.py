"""The verb ``export``: a recording, or a range of one, as another format.

Knows: the formats and which suffix means which. Called by the front door, through `recorder.cli`,
with parsed arguments; returns exit statuses. A file appears whole or not at all.

A range means the same to every format: it begins with what stood on the screen then, and has what
happened from its first microsecond to its last, both included; a picture shows the screen at its
end. Of a damaged recording is exported what can be read: the export says where it ends, so does
standard error, and the status is 1. Every export names the protections that were switched off.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, assert_never

from recorder.channel_screen import Size, default_size
from recorder.commands import output
from recorder.commands.deriving import whole
from recorder.commands.meter import Meter
from recorder.commands.read import open_recording
from recorder.convert.export import export_cast, first_channel
from recorder.convert.film import film_of
from recorder.convert.html import write_html
from recorder.convert.json_lines import write_document, write_lines
from recorder.convert.svg import as_svg
from recorder.convert.transcript import write_text
from recorder.convert.walk import Shown, standing, walk
from recorder.cues import opaque_words
from recorder.errors import ConversionError, RecordingError
from recorder.format import Packed
from recorder.index import Index
from recorder.keeping import held
from recorder.moments import AtEvent, AtFrame, AtTime, Span, format_wall, parse, resolve
from recorder.playback import Playback
from recorder.reader import Recording
from recorder.redacted import copy_words
from recorder.summary import DAMAGED, Summary, summary_of

_SUFFIXES = {
    ".cast": "cast2",
    ".txt": "text",
    ".json": "json",
    ".jsonl": "jsonl",
    ".svg": "svg",
    ".png": "png",
    ".html": "html",
    ".gif": "gif",
    ".mp4": "mp4",
}


def export(options: argparse.Namespace) -> int:
    """``gatereel export SESSION -o FILE [--format F] [--from T] [--to T] [--channel N]``"""
    kind: str = options.format or _format_of(options.output)
    with open_recording(options) as recording, whole(recording) as index:
        summary = _summary(recording, index)
        start = _instant(options.start, recording, index, summary) if options.start else 0
        end = summary.duration
        if options.end:
            end = _instant(options.end, recording, index, summary)
        if start > end:
            raise ConversionError("the range ends before it begins")
        job = _Job(recording, index, summary, (start, end), options)
        with Meter("export", start, end) as meter:
            job.meter = meter
            job.write(kind)
        if end >= index.duration:
            job.damage = job.damage or index.damage
    if job.damage is not None:
        sys.stderr.write(
            f"gatereel: {job.damage.code}: the recording is damaged ({_said(job.damage)}): "
            "the export ends there\n"
        )
        return 1
    return 0


@dataclass(slots=True)
class _Job:
    """One export."""

    recording: Recording
    index: Index
    summary: Summary
    span: tuple[int, int]
    options: argparse.Namespace
    meter: Meter | None = None
    damage: RecordingError | None = field(default=None, init=False)
    """Why the range could not be read to its end."""

    def write(self, kind: str) -> None:
        """The format of this name, to where the arguments say."""
        channel: int | None = self.options.channel
        if channel is not None and channel not in self.index.channels:
            raise ConversionError(f"channel {channel} of this recording never had a screen")
        path: Path | None = self.options.output
        if kind in ("gif", "mp4"):
            self._film(kind, path)
        elif kind == "png":
            from recorder.convert.png import as_png

            screen, about = self._picture()
            with output.binary(path) as out:
                out.write(as_png(screen, about, self._comment(), self.options.font_size))
        else:
            with output.text(path) as lines:
                self._lines(kind, lines)

    # -- the formats -------------------------------------------------------------------------------

    def _lines(self, kind: str, out: Any) -> None:
        start, end = self.span
        channel: int | None = self.options.channel
        if kind in ("cast2", "cast3"):
            export_cast(
                self.recording,
                out,
                version=3 if kind == "cast3" else 2,
                start=start,
                end=end,
                channel=channel,
                with_input=self.options.input,
                remark="; ".join(self._remarks()),
                damaged=self._damaged,
            )
        elif kind == "text":
            heading = [f"{self._who()}, session {self.summary.id}", *self._remarks()]
            write_text(out, heading, self.summary.wall_ns, self._shown(channel))
        elif kind == "svg":
            screen, about = self._picture()
            out.writelines(as_svg(screen, f"{about} ({self._comment()})"))
        elif kind == "html":
            shown = self._one_channel()
            began = f"began {format_wall(self.summary.wall_ns)}"
            write_html(
                out,
                film_of(self._shown(shown)),
                heading=self._who(),
                subject="; ".join([f"session {self.summary.id}, {began}", *self._remarks(shown)]),
                wall_ns=self.summary.wall_ns,
                span=self.span,
                size=default_size(self.summary.facts),
            )
        else:
            write = write_lines if kind == "jsonl" else write_document
            facts: dict[str, Any] = self.summary.as_json(len(self.index.frames))
            del facts["path"]  # of this machine, and nobody's business
            facts |= {"from": start, "to": end, "weaker": list(self.summary.facts["weaker"])}
            facts["redacted"] = copy_words(self.summary.facts) or None
            hold = held(self.recording.store, self.recording.name)
            facts["preserved"] = None if hold is None else hold.reason
            facts["damage"] = None if self.index.damage is None else _said(self.index.damage)
            steps: Iterable[Packed | Shown] = self._told(
                walk(self.recording, self.index, start, end, channel)
            )
            before = [*standing(self.recording, self.index, start, channel)]
            write(out, facts, self.summary.wall_ns, before, steps, typed=self.options.input)

    def _film(self, kind: str, path: Path | None) -> None:
        from recorder.convert.motion import Shooting, largest, write_gif, write_mp4
        from recorder.convert.mp4 import ffmpeg
        from recorder.convert.pacing import Pace

        options = self.options
        channel = self._one_channel()
        if kind == "mp4":
            ffmpeg()  # said before any work is done
        shown = self._shown(channel)
        first = next(standing(self.recording, self.index, self.span[0], channel), None)
        default = default_size(self.summary.facts)
        before = None if first is None else Size(first.screen.cols, first.screen.rows)
        try:
            size = largest(self.recording, channel, default, before, self.span)
        except RecordingError:  # then by what can be read
            sizes = [(each.screen.cols, each.screen.rows) for each in self._shown(channel)]
            cols, rows = zip(*sizes, before or default, strict=True)
            size = Size(max(cols), max(rows))
        pace = Pace(options.speed, options.idle_cap, options.last, options.fps_cap)
        about = "; ".join([f"{self._who()}, {self._comment()}", *self._remarks(channel)[:1]])
        how = Shooting(size, self.span, about, pace, options.font_size)
        if kind == "gif":
            with output.binary(path) as out:
                write_gif(out, shown, how)
        else:
            with output.new_path(path) as made:
                write_mp4(made, shown, how)

    def _picture(self) -> tuple[Any, str]:
        """The screen at the range's end, and what it is."""
        event = max(self.index.events - 1, 0)
        try:
            event = min(self.recording.number_at(self.span[1]), event)
        except RecordingError as error:
            self._damaged(error)
        view = Playback(self.recording, self.index).at_event(event, self._one_channel())
        return view.screen, f"{self.summary.where} #e{event}"

    # -- what is read ------------------------------------------------------------------------------

    def _shown(self, channel: int | None) -> Iterator[Shown]:
        """The frames of the range, first what stood there when it begins."""
        start, end = self.span
        yield from standing(self.recording, self.index, start, channel)
        for step in self._told(walk(self.recording, self.index, start, end, channel)):
            if isinstance(step, Shown):
                yield step

    def _told(self, steps: Iterator[Packed | Shown]) -> Iterator[Packed | Shown]:
        """What can be read of these."""
        try:
            for step in steps:
                if self.meter is not None and isinstance(step, Shown):
                    self.meter.at(step.ref.closed)
                yield step
        except RecordingError as error:
            self._damaged(error)

    def _damaged(self, error: RecordingError) -> None:
        self.damage = error

    # -- what is said ------------------------------------------------------------------------------

    def _who(self) -> str:
        return f"{self.summary.facts['principal']} on {self.summary.where}"

    def _comment(self) -> str:
        return "; ".join([f"session {self.summary.id}", *self._remarks()])

    def _remarks(self, channel: int | None = None) -> list[str]:
        """What whoever sees the export has to know beside what is in it."""
        said = []
        weaker = self.summary.facts["weaker"]
        if weaker:
            said.append(f"weaker than usual: {', '.join(weaker)}")
        if opaque := opaque_words(self.index.cues):
            said.append(f"opaque, recorded but read by nobody: {', '.join(opaque)}")
        if copied := copy_words(self.summary.facts):
            said.append(copied)
        if hold := held(self.recording.store, self.recording.name):
            said.append(f"under a legal hold: {hold.reason}")
        if self.index.damage is not None:
            said.append(f"the recording is damaged: {_said(self.index.damage)}")
        elif self.summary.state == "interrupted":
            said.append(f"interrupted: {self.summary.reason}")
        channels = self.index.channels
        if channel is not None and len(channels) > 1:
            said.insert(0, f"channel {channel} of {', '.join(map(str, channels))}")
        return said

    def _one_channel(self) -> int:
        """The channel that is meant: the first that showed anything, where none is named."""
        named: int | None = self.options.channel
        try:
            found = first_channel(self.recording) if named is None else named
        except RecordingError:
            found = None
        if found is None:
            raise ConversionError("nothing in this recording was ever shown")
        return found


def _summary(recording: Recording, index: Index) -> Summary:
    """That of the recording; of a damaged one, what could be derived."""
    try:
        summary = summary_of(recording)
    except RecordingError as error:
        summary = Summary(recording.id, str(recording.path), recording.header.facts)
        index.damage = index.damage or error
    if index.damage is None:
        return summary
    return Summary(
        summary.id, summary.path, summary.facts, index.duration, index.events, DAMAGED, "damaged"
    )


def _instant(text: str, recording: Recording, index: Index, summary: Summary) -> int:
    """A moment that somebody typed, as a time: of a frame when it stood there, of an event when it
    happened."""
    span = Span(summary.duration, summary.wall_ns, len(index.frames), index.events)
    target = resolve(parse(text), span)
    match target:
        case AtTime(time):
            return time
        case AtFrame(frame):
            return index.frames[frame].closed
        case AtEvent(event):
            return next(recording.records(event)).time
        case _:
            assert_never(target)


def _said(error: RecordingError) -> str:
    return f"{error} [{error.where}]" if error.where else str(error)


def _format_of(path: Path | None) -> str:
    if path is None or output.is_standard(path):
        return "cast2"
    kind = _SUFFIXES.get(path.suffix.lower())
    if kind is None:
        known = ", ".join(_SUFFIXES)
        raise ConversionError(f"no format is known for {path.name}: {known}, or --format")
    return kind
