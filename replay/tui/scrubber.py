"""The scrubber: the whole recording in two rows; drag or click to go there.

Knows: frames, a timeline, marks, and where the player is. Must never know: recordings, threads.
Called by the player screen; tells it `TimeSought`.

Row one is a heat map of output, idles hatched, the place played to lit. Row two has the place,
marks, and the time under the mouse.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, NamedTuple

from rich.segment import Segment
from textual import events
from textual.strip import Strip
from textual.widget import Widget

from replay.heat import column_of, column_start, fit, levels
from replay.markers import Kind, Markers
from replay.timeline import Timeline
from replay.tui.messages import TimeSought

GLYPHS = " ▁▂▃▄▅▆▇█"
HATCH = "╱"
PLACE = "▲"
TYPED = "·"
MARKS = {
    Kind.RESIZE: "↔",
    Kind.COMMAND: "❯",
    Kind.ALLOWED: "✓",
    Kind.SIGNAL: "!",
    Kind.EXIT: "■",
    Kind.MASK: "▒",
    Kind.MARKER: "◆",
    Kind.HELD: "?",
    Kind.DENIED: "✗",
    Kind.REFUSED: "✗",
    Kind.GAP: "▚",
    Kind.NOTE: "✎",
    Kind.BOOKMARK: "★",
    Kind.HIT: "●",
}


class Fitted(NamedTuple):
    """What is drawn, by column."""

    heat: list[int]
    """Levels."""
    typed: list[int]
    """Bytes."""
    marks: dict[int, str]
    """The glyph of the most telling mark in the column."""


class Scrubber(Widget):
    """Two rows over all of recorded time."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "scrubber--played",
        "scrubber--ahead",
        "scrubber--idle",
        "scrubber--place",
        "scrubber--mark",
        "scrubber--hover",
    }
    ALLOW_SELECT = False

    def __init__(self, clock: Callable[[int], str]) -> None:
        super().__init__()
        self._clock = clock
        self._timeline = Timeline((), 0)
        self._output: Sequence[int] = ()
        self._typed: Sequence[int] = ()
        self._markers = Markers()
        self._fitted: Fitted | None = None
        self._time = 0
        self._hover: int | None = None
        self._dragging = False

    # -- what is shown -----------------------------------------------------------------------

    def load(
        self,
        timeline: Timeline,
        output: Sequence[int],
        typed: Sequence[int],
        markers: Markers,
    ) -> None:
        """Show this recording (or what it has grown to): bytes shown and typed in equal stretches
        of its duration, and its marks."""
        self._timeline, self._output, self._typed = timeline, output, typed
        self._markers = markers
        self._fitted = None
        self.refresh()

    def mark(self, markers: Markers) -> None:
        """These are the marks from now on."""
        self._markers = markers
        self._fitted = None
        self.refresh()

    def place(self, time: int) -> None:
        """The player is here."""
        before, self._time = self._column(self._time), time
        if self._column(time) != before:
            self.refresh()

    def time_at(self, column: int) -> int:
        """The recorded time that a column stands for: its first instant, or the very end."""
        width = max(self.size.width, 1)
        if column >= width - 1:
            return self._timeline.duration
        return min(
            column_start(max(column, 0), width, self._timeline.duration), self._timeline.duration
        )

    # -- Line API ----------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        if not width:
            return Strip([])
        return (self._heat_row(width) if y == 0 else self._mark_row(width)).simplify()

    def _heat_row(self, width: int) -> Strip:
        played, ahead, idle, place = (
            self.get_component_rich_style(f"scrubber--{part}")
            for part in ("played", "ahead", "idle", "place")
        )
        here = self._column(self._time)
        segments = []
        for column, level in enumerate(self._fit(width).heat):
            glyph, style = GLYPHS[level], played if column < here else ahead
            if not level and self._idle(column, width):
                glyph, style = HATCH, idle
            segments.append(Segment(" ", place) if column == here else Segment(glyph, style))
        return Strip(segments, width)

    def _mark_row(self, width: int) -> Strip:
        mark, place, hover, quiet = (
            self.get_component_rich_style(f"scrubber--{part}")
            for part in ("mark", "place", "hover", "idle")
        )
        cells = [Segment(" ", self.rich_style)] * width
        fitted = self._fit(width)
        for column, typed in enumerate(fitted.typed):
            if typed:
                cells[column] = Segment(TYPED, quiet)
        for column, glyph in fitted.marks.items():
            cells[column] = Segment(glyph, mark)
        cells[self._column(self._time)] = Segment(PLACE, place)
        if self._hover is not None:
            words = self._clock(self.time_at(self._hover))
            start = min(max(self._hover - len(words) // 2, 0), max(width - len(words), 0))
            for offset, char in enumerate(words[: width - start]):
                cells[start + offset] = Segment(char, hover)
        return Strip(cells, width)

    def _fit(self, width: int) -> Fitted:
        """Everything that does not move, in so many columns; made anew only for another width."""
        if self._fitted is None or len(self._fitted.heat) != width:
            kinds = self._markers.by_column(width, 0, self._timeline.duration)
            marks = {column: MARKS[kind] for column, kind in kinds.items()}
            heat = levels(fit(self._output, width))
            self._fitted = Fitted(heat, fit(self._typed, width), marks)
        return self._fitted

    def _column(self, time: int) -> int:
        return column_of(time, max(self.size.width, 1), self._timeline.duration)

    def _idle(self, column: int, width: int) -> bool:
        """Whether a column lies in an idle as a whole."""
        duration = self._timeline.duration
        start = column_start(column, width, duration)
        idle = self._timeline.idle_at(start)
        return idle is not None and column_start(column + 1, width, duration) <= idle.end + 1

    # -- mouse -------------------------------------------------------------------------------

    def on_mouse_down(self, event: events.MouseDown) -> None:
        self._dragging = True
        self.capture_mouse()
        self._seek(event.x)
        event.stop()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if self._dragging:
            self._seek(event.x)
        self._hover_at(event.x)

    def on_mouse_up(self, event: events.MouseUp) -> None:
        self._dragging = False
        self.release_mouse()
        event.stop()

    def on_leave(self, _event: events.Leave) -> None:
        if not self._dragging:
            self._hover_at(None)

    def _seek(self, column: int) -> None:
        self.post_message(TimeSought(self.time_at(column)))

    def _hover_at(self, column: int | None) -> None:
        if column != self._hover:
            self._hover = column
            self.refresh()
