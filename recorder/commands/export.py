"""The verb ``export``: a recording, or a range of one, as another format.

Knows: the formats and which suffix means which. Called by the front door, through `recorder.cli`,
with parsed arguments; returns exit statuses. A file appears whole or not at all.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from recorder.channel_screen import default_size
from recorder.commands.read import open_recording
from recorder.convert import export_cast
from recorder.convert.export import first_channel
from recorder.convert.film import film_of
from recorder.convert.html import write_html
from recorder.convert.json_lines import write_document, write_lines
from recorder.convert.svg import as_svg
from recorder.convert.transcript import write_text
from recorder.convert.walk import Shown, walk
from recorder.errors import ConversionError
from recorder.index import Index
from recorder.moments import Span, format_wall, parse, resolve_time
from recorder.playback import Playback
from recorder.reader import Recording
from recorder.summary import Summary, summary_of

_SUFFIXES = {
    ".cast": "cast2",
    ".txt": "text",
    ".json": "json",
    ".jsonl": "jsonl",
    ".svg": "svg",
    ".html": "html",
}


def export(options: argparse.Namespace) -> int:
    """``gatereel export SESSION -o FILE [--format F] [--from T] [--to T] [--channel N]``"""
    kind = options.format or _format_of(options.output)
    with open_recording(options) as recording:
        summary = summary_of(recording)
        span = Span(summary.duration, summary.wall_ns, 0, summary.events)
        start = resolve_time(parse(options.start), span) if options.start else 0
        end = resolve_time(parse(options.end), span) if options.end else summary.duration
        if start > end:
            raise ConversionError("the range ends before it begins")
        with _target(options.output) as out:
            if kind in ("cast2", "cast3"):
                export_cast(
                    recording,
                    out,
                    version=3 if kind == "cast3" else 2,
                    start=start,
                    end=end,
                    channel=options.channel,
                    with_input=options.input,
                )
            else:
                with Index.load_or_build(recording) as index:
                    _write(kind, out, recording, index, summary, (start, end), options)
    return 0


def _write(
    kind: str,
    out: TextIO,
    recording: Recording,
    index: Index,
    summary: Summary,
    span: tuple[int, int],
    options: argparse.Namespace,
) -> None:
    """A format that is made of frames."""
    start, end = span
    channel: int | None = options.channel
    if index.damage is not None:
        raise index.damage
    if channel is not None and channel not in index.channels:
        raise ConversionError(f"channel {channel} of this recording never had a screen")
    steps = walk(recording, index, start, end, channel)
    if kind == "text":
        frames = (step for step in steps if isinstance(step, Shown))
        heading = f"{summary.facts['principal']} on {summary.where}, session {summary.id}"
        write_text(out, heading, summary.wall_ns, frames)
    elif kind == "svg":
        event = recording.number_at(end)
        view = Playback(recording, index).at_event(event, _shown_channel(recording, channel))
        out.writelines(as_svg(view.screen, f"{summary.where} #e{event}"))
    elif kind == "html":
        shown = _played(recording, index, start, end, _shown_channel(recording, channel))
        write_html(
            out,
            film_of(shown),
            heading=f"{summary.facts['principal']} on {summary.where}",
            subject=f"session {summary.id}, began {format_wall(summary.wall_ns)}",
            wall_ns=summary.wall_ns,
            span=(start, end),
            size=default_size(summary.facts),
        )
    else:
        write = write_lines if kind == "jsonl" else write_document
        facts: dict[str, Any] = summary.as_json(len(index.frames))
        del facts["path"]  # of this machine, and nobody's business
        facts |= {"from": start, "to": end}
        write(out, facts, summary.wall_ns, steps, typed=options.input)


def _played(
    recording: Recording, index: Index, start: int, end: int, channel: int
) -> Iterator[Shown]:
    """The frames of a range; first the one that stood there when it begins."""
    before = recording.number_at(start - 1) if start > 0 else -1
    number = index.frames.number_at_event(before, channel)
    if number >= 0:
        ref = index.frames[number]._replace(closed=start)
        yield Shown(ref, Playback(recording, index).at_frame(number).screen, [])
    for step in walk(recording, index, start, end, channel):
        if isinstance(step, Shown):
            yield step


def _shown_channel(recording: Recording, channel: int | None) -> int:
    """The channel that is meant: the first that showed anything, where none is named."""
    found = first_channel(recording) if channel is None else channel
    if found is None:
        raise ConversionError("nothing in this recording was ever shown")
    return found


def _format_of(path: Path | None) -> str:
    if path is None or str(path) == "-":
        return "cast2"
    kind = _SUFFIXES.get(path.suffix.lower())
    if kind is None:
        known = ", ".join(_SUFFIXES)
        raise ConversionError(f"no format is known for {path.name}: {known}, or --format")
    return kind


@contextlib.contextmanager
def _target(path: Path | None) -> Iterator[TextIO]:
    """Where the export goes; what is begun and not ended is removed."""
    if path is None or str(path) == "-":
        with open(sys.stdout.fileno(), "w", encoding="utf-8", closefd=False) as out:
            yield out
        return
    try:
        opened = path.open("x", encoding="utf-8", newline="\n")
    except FileExistsError:
        raise ConversionError(f"{path} is there already: nothing is overwritten") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ConversionError(f"cannot write {path}: {reason}") from error
    try:
        with opened:
            yield opened
            opened.flush()
            os.fsync(opened.fileno())
    except BaseException as error:
        path.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise ConversionError(f"cannot write {path}: {error.strerror}") from error
        raise
