"""A recording as plain text: every line that a frame showed, with the time when it stood there.

Knows: frames in order. Must never know: stores, command lines. Called by ``gatereel export``.

A line is told when it appears, and told again when it reads otherwise. The row that the cursor is
in is waited for until the cursor leaves it, so that what is typed letter by letter is one line.
Rows that moved, because a part of the screen scrolled, are not told again; rows that left at the
top without ever being in a frame are. Nothing that acts on a terminal can get out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TextIO

from recorder.convert.walk import Shown
from recorder.moments import format_wall
from recorder.show import harmless


class Line(NamedTuple):
    """One line of the transcript."""

    time: int
    """When it read so first, in µs since the session's start."""
    frame: int
    channel: int
    text: str


@dataclass(slots=True)
class _Row:
    line: Line
    told: bool = False


@dataclass(slots=True)
class _Rows:
    """What stands on one buffer of a screen."""

    rows: dict[int, _Row] = field(default_factory=dict)
    """By row, counted from the first that ever left at the top."""
    gone: int = 0
    """How many left."""


class Transcript:
    """The lines of one channel, frame by frame."""

    def __init__(self) -> None:
        self._main = _Rows()
        self._other: _Rows | None = None
        """The alternate screen, while it is shown."""

    def take(self, shown: Shown) -> list[Line]:
        """What is certain with this frame."""
        out: list[Line] = []
        if self._other is not None and not shown.screen.alternate:
            out += _untold([*self._other.rows.values()])
            self._other = None
        for text in shown.scrolled:
            out += self._leave(shown, text)
        buffer = self._main
        if shown.screen.alternate:
            buffer = self._other = self._other or _Rows()
        out += _compare(buffer, shown)
        return sorted(out, key=lambda line: line.time)

    def finish(self) -> list[Line]:
        """What is still waited for."""
        buffers = [self._main] if self._other is None else [self._main, self._other]
        out = [line for buffer in buffers for line in _untold([*buffer.rows.values()])]
        return sorted(out, key=lambda line: line.time)

    def _leave(self, shown: Shown, text: str) -> Iterator[Line]:
        """The main screen's top row left, reading so."""
        row = self._main.rows.pop(self._main.gone, None)
        self._main.gone += 1
        if row is not None and row.line.text == text:
            yield from _untold([row])
            return
        if row is not None and not text.startswith(row.line.text):
            yield from _untold([row])
        if text:
            yield _line(shown, text)


def _compare(buffer: _Rows, shown: Shown) -> list[Line]:
    screen = shown.screen
    texts = {buffer.gone + y: screen.text(y) for y in range(screen.rows)}
    cursor = buffer.gone + screen.cursor.y
    rows = buffer.rows
    changed = [at for at, text in texts.items() if at not in rows or rows[at].line.text != text]
    changed += [at for at in rows if at not in texts]  # the window became smaller
    before = {at: rows.pop(at) for at in changed if at in rows}
    out = _untold(
        [row for at, row in before.items() if not texts.get(at, "").startswith(row.line.text)]
    )
    moved = Counter(row.line.text for row in before.values() if row.told)
    for at in changed:
        text = texts.get(at, "")
        if text:
            told = moved[text] > 0
            moved[text] -= told
            rows[at] = _Row(_line(shown, text), told)
    return out + _untold([row for at, row in sorted(rows.items()) if at != cursor])


def _untold(rows: Sequence[_Row]) -> list[Line]:
    """The lines of these that were not told; now they are."""
    out = [row.line for row in rows if not row.told and row.line.text]
    for row in rows:
        row.told = True
    return out


def _line(shown: Shown, text: str) -> Line:
    return Line(shown.ref.closed, shown.ref.number, shown.ref.channel, text)


def lines_of(frames: Iterable[Shown]) -> Iterator[Line]:
    """The transcript of frames in their order, of whatever channels."""
    channels: dict[int, Transcript] = {}
    for shown in frames:
        yield from channels.setdefault(shown.ref.channel, Transcript()).take(shown)
    for transcript in channels.values():
        yield from transcript.finish()


def write_text(out: TextIO, heading: Sequence[str], wall_ns: int, frames: Iterable[Shown]) -> int:
    """The transcript as a file of text, each line of the heading above it; how many lines of the
    session it has."""
    count = 0
    out.writelines(f"# {harmless(line)}\n" for line in heading)
    out.write(f"# began {format_wall(wall_ns)}\n")
    out.write("# time since then, frame, channel, and each line as it stood on the screen\n")
    for time, frame, channel, text in lines_of(frames):
        out.write(f"{_clock(time)}  #f{frame:<6} {channel}  {harmless(text)}\n")
        count += 1
    return count


def _clock(time: int) -> str:
    seconds, micros = divmod(time, 1_000_000)
    return f"+{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{micros:06}"
