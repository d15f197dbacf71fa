"""The scrubber: the recording's time in two rows; drag or click to go there.

Knows: a timeline, marks, how busy it was, and where the player is. Must never know: recordings,
threads. Called by the player screen; tells it `TimeSought`, and `HeatWanted` where it shows so
little time that what it was given is too coarse.

Row one is a heat map of output with ticks where something was typed: idles are hatched, gaps
marked, the place played to lit. Row two has the place, the marks, the tail that nobody has signed
yet, and under the mouse the time and what ran then.

It shows all of the time until it is zoomed (ctrl and the wheel, or keys); zoomed, it keeps the
player's place in view, and the wheel moves it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from typing import ClassVar, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget

from replay.heat import NOTHING, Load, Scale, fit, levels
from replay.markers import Kind, Mark, Markers
from replay.timeline import Timeline
from replay.tui.cells import plain
from replay.tui.messages import HeatWanted, TimeSought

REST = 1 / 25
"""Seconds between two places that are gone to while the mouse is dragged. Another place is another
screen, painted as a whole: to do that for each report of the mouse keeps all else waiting."""
GLYPHS = " ▁▂▃▄▅▆▇█"
HATCH = "╱"
PLACE = "▲"
TYPED = "╵"
UNSEALED = "┄"
MORE = "‹›"
GAP = "▚"
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
    Kind.GAP: GAP,
    Kind.NOTE: "✎",
    Kind.BOOKMARK: "★",
    Kind.HIT: "●",
}
BAD = frozenset((Kind.DENIED, Kind.REFUSED, Kind.GAP))
FOUND = frozenset((Kind.HIT, Kind.BOOKMARK, Kind.NOTE))
NOTCH = 4
"""Columns that one notch of the wheel moves a zoomed scrubber."""


class Fitted(NamedTuple):
    """What is drawn, by column."""

    heat: list[int]
    """Levels."""
    typed: list[int]
    """Bytes."""
    marks: dict[int, Kind]
    """The most telling mark in the column."""
    gaps: frozenset[int]


class Scrubber(Widget):
    """Two rows over recorded time."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "scrubber--played",
        "scrubber--ahead",
        "scrubber--typed",
        "scrubber--idle",
        "scrubber--gap",
        "scrubber--place",
        "scrubber--mark",
        "scrubber--bad",
        "scrubber--found",
        "scrubber--unsealed",
        "scrubber--hover",
    }
    ALLOW_SELECT = False

    def __init__(self, clock: Callable[[int], str]) -> None:
        super().__init__()
        self._clock = clock
        self._timeline = Timeline((), 0)
        self._load = NOTHING
        self._finer = NOTHING
        """The same of the time that is shown, where that was asked for."""
        self._asked: Scale | None = None
        self._markers = Markers()
        self._commands: list[Mark] = []
        self._sealed: int | None = None
        self._window: tuple[int, int] | None = None
        """The time that is shown; None for all of it, however it grows."""
        self._fitted: tuple[Scale, Fitted] | None = None
        self._styles: dict[str, Style] = {}
        self._time = 0
        self._hover: int | None = None
        self._dragging = False
        self._pulled: int | None = None
        """The column to which the mouse was dragged, where it has not been gone to yet."""
        self._resting: Timer | None = None
        """Runs while places that are dragged over only gather."""

    # -- what is shown -----------------------------------------------------------------------

    def load(
        self, timeline: Timeline, load: Load, markers: Markers, sealed: int | None = None
    ) -> None:
        """Show this recording (or what it has grown to): how busy it was, its marks, and up to
        when it is sealed (None: all of it)."""
        self._timeline, self._load, self._sealed = timeline, load, sealed
        self._finer, self._asked = NOTHING, None
        self.mark(markers)

    def mark(self, markers: Markers) -> None:
        """These are the marks from now on."""
        if markers is not self._markers:
            self._markers = markers
            self._commands = [mark for mark in markers.marks if mark.kind is Kind.COMMAND]
        self._fitted = None
        self.refresh()

    def heat(self, load: Load) -> None:
        """What was asked for by `HeatWanted`."""
        self._finer, self._fitted = load, None
        self.refresh()

    def place(self, time: int) -> None:
        """The player is here."""
        scale = self.scale
        before, self._time = scale.column(self._time), time
        if self._window is not None and not self._dragging:
            self._look(scale.holding(time, self._timeline.duration))
        if self.scale.column(time) != before:
            self.refresh()

    def time_at(self, column: int) -> int:
        """The recorded time that a column stands for: its first instant, or the very end."""
        scale = self.scale
        if column >= scale.width - 1:
            return scale.end
        return min(scale.begin(max(column, 0)), scale.end)

    # -- how much time is shown ----------------------------------------------------------------

    @property
    def scale(self) -> Scale:
        """The time that is shown, in the columns that there are."""
        start, end = self._window or (0, self._timeline.duration)
        return Scale(start, end, max(self.size.width, 1))

    def zoom(self, steps: int, around: int | None = None) -> None:
        """Show half as much time (negative: twice as much), the player's place, or another
        instant, staying where it is."""
        if around is None:
            around = self._time
        self._look(self.scale.zoomed(steps, around, self._timeline.duration))

    def _look(self, scale: Scale) -> None:
        window = (scale.start, scale.end)
        kept = None if window == (0, self._timeline.duration) else window
        if kept != self._window:
            self._window, self._fitted = kept, None
            self.refresh()

    # -- Line API ----------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        if not self.size.width:
            return Strip([])
        scale = self.scale
        return (self._heat_row(scale) if y == 0 else self._mark_row(scale)).simplify()

    def _heat_row(self, scale: Scale) -> Strip:
        fitted = self._fit(scale)
        here = scale.column(self._time) if scale.start <= self._time <= scale.end else -1
        played, ahead, idle, gap, place, typed = map(
            self._style, ("played", "ahead", "idle", "gap", "place", "typed")
        )
        segments = []
        for column, level in enumerate(fitted.heat):
            glyph = GLYPHS[level]
            style = played if scale.begin(column) < self._time else ahead
            if column in fitted.gaps:
                glyph, style = GAP, gap
            elif fitted.typed[column]:
                glyph, style = (glyph, style + typed) if level else (TYPED, typed)
            elif not level and self._idle(column, scale):
                glyph, style = HATCH, idle
            segments.append(Segment(" ", place) if column == here else Segment(glyph, style))
        return Strip(segments, scale.width)

    def _mark_row(self, scale: Scale) -> Strip:
        cells = [Segment(" ", self.rich_style)] * scale.width
        if self._sealed is not None:
            tail = Segment(UNSEALED, self._style("unsealed"))
            first = scale.column(self._sealed) + 1 if self._sealed >= scale.start else 0
            cells[first:] = [tail] * (scale.width - first)
        for column, kind in self._fit(scale).marks.items():
            part = "bad" if kind in BAD else "found" if kind in FOUND else "mark"
            cells[column] = Segment(MARKS[kind], self._style(part))
        more = (scale.start > 0, scale.end < self._timeline.duration)
        for column, glyph, there in zip((0, -1), MORE, more, strict=True):
            if there:
                cells[column] = Segment(glyph, self._style("hover"))
        if scale.start <= self._time <= scale.end:
            cells[scale.column(self._time)] = Segment(PLACE, self._style("place"))
        if self._hover is not None:
            words = Segment(self._words(self._hover, scale), self._style("hover"))
            width = min(words.cell_length, scale.width)
            start = min(max(self._hover - width // 2, 0), scale.width - width)
            told = Strip([*cells[:start], words.split_cells(width)[0], *cells[start + width :]])
            return told.adjust_cell_length(scale.width)
        return Strip(cells, scale.width)

    def _words(self, column: int, scale: Scale) -> str:
        """What is told about a column: its time, its most telling mark, else what ran then."""
        words = f" {self._clock(self.time_at(column))} "
        marks = self._markers.between(scale.begin(column), scale.begin(column + 1) - 1)
        kind = self._fit(scale).marks.get(column)
        mark = next((mark for mark in marks if mark.kind is kind), None)
        if mark is None:
            before = bisect_right(self._commands, self.time_at(column), key=lambda m: m.time)
            mark = self._commands[before - 1] if before else None
        if mark is None or not mark.text:
            return words
        text = plain(mark.text)
        room = max(scale.width - len(words) - 3, 0)
        return f"{words}{MARKS[mark.kind]} {text if len(text) <= room else text[:room] + '…'} "

    def _fit(self, scale: Scale) -> Fitted:
        """Everything that does not move, in these columns; made anew only for others."""
        if self._fitted is None or self._fitted[0] != scale:
            self._fitted = (scale, self._fresh(scale))
        return self._fitted[1]

    def _fresh(self, scale: Scale) -> Fitted:
        load = self._finer if self._finer.output and self._finer.covers(scale) else self._load
        if load is self._load and self._window is not None and self._asked != scale:
            self._asked = scale
            self.post_message(HeatWanted(scale))
        marks = self._markers.by_column(scale.width, scale.start, scale.end)
        between = self._markers.between(scale.start, scale.end)
        return Fitted(
            levels(fit(load.output, load.start, load.end, scale)),
            fit(load.typed, load.start, load.end, scale),
            marks,
            frozenset(scale.column(mark.time) for mark in between if mark.kind is Kind.GAP),
        )

    def _idle(self, column: int, scale: Scale) -> bool:
        """Whether a column lies in an idle as a whole."""
        idle = self._timeline.idle_at(scale.begin(column))
        return idle is not None and scale.begin(column + 1) <= idle.end + 1

    def _style(self, part: str) -> Style:
        style = self._styles.get(part)
        if style is None:
            style = self._styles[part] = self.get_component_rich_style(f"scrubber--{part}")
        return style

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._styles.clear()

    # -- mouse -------------------------------------------------------------------------------

    def on_mouse_down(self, event: events.MouseDown) -> None:
        self._dragging = True
        self.capture_mouse()
        self._drag(event.x)
        event.stop()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if self._dragging:
            self._drag(event.x)
        else:
            self._hover_at(event.x)

    def on_mouse_up(self, event: events.MouseUp) -> None:
        self._dragging = False
        if self._resting is not None:
            self._resting.stop()
        self._rested()
        self.release_mouse()
        event.stop()

    def on_leave(self, _event: events.Leave) -> None:
        if not self._dragging:
            self._hover_at(None)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self._wheel(1, event)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self._wheel(-1, event)

    def _wheel(self, notch: int, event: events.MouseEvent) -> None:
        scale = self.scale
        if event.ctrl:
            column = min(max(event.x, 0), scale.width - 1)
            self.zoom(notch, scale.begin(column))
        else:
            self._look(scale.moved(-notch * NOTCH, self._timeline.duration))
        event.stop()

    @property
    def behind(self) -> bool:
        """Whether the mouse was dragged to where has not been gone yet."""
        return self._pulled is not None

    def _drag(self, column: int) -> None:
        """To where the mouse is: at once, and then so often as an eye can follow. Of the places in
        between only the newest is gone to, and the last one always is."""
        self._pulled = column
        if self._resting is None:
            self._rested()

    def _rested(self) -> None:
        self._resting, column, self._pulled = None, self._pulled, None
        if column is None:
            return
        self._hover_at(column)
        self.post_message(TimeSought(self.time_at(column)))
        if self._dragging:
            self._resting = self.set_timer(REST, self._rested)

    def _hover_at(self, column: int | None) -> None:
        if column is not None:
            column = min(max(column, 0), self.scale.width - 1)
        if column != self._hover:
            self._hover = column
            self.refresh()
