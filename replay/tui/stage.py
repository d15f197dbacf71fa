"""The stage: the recorded screen, as it was, by the Line API.

Knows: one immutable `recorder.screen.Frame`, and which part of it is in view. Must never know:
players, recordings, time. Called by the player screen, which hands it each new frame; only rows
that differ are painted again.

A recording larger than the stage is never reflowed or shrunk: the stage is a viewport that
follows the cursor, or stands where it was put, with what is hidden told at its edges.
"""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.color import Color
from textual.geometry import Offset, Region, Size
from textual.strip import Strip
from textual.widget import Widget

from recorder.screen.frame import Frame
from replay.tui.cells import Ink, row_segments

WHEEL = 3
"""Cells that one notch of the wheel moves the viewport."""


class Paint(NamedTuple):
    """The theme's colours here; asking for them at every row would take longer than the row."""

    ink: Ink
    beside: Style
    edge: Style


class Stage(Widget):
    """Shows frames. Not focusable: the player screen has the keys."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"stage--screen", "stage--edge"}
    ALLOW_SELECT = False

    def __init__(self) -> None:
        super().__init__()
        self.frame: Frame | None = None
        self.origin = Offset(0, 0)
        """The recorded cell at the top left."""
        self.following = True
        """Whether the viewport follows the cursor."""
        self._rows: dict[int, Strip] = {}
        """Whole rows of the frame, rendered."""
        self._paint: Paint | None = None

    # -- what is shown -----------------------------------------------------------------------

    def show(self, frame: Frame) -> None:
        """Show this frame from now on, painting what differs."""
        before, self.frame = self.frame, frame
        moved = self._aim()
        changed = changed_rows(before, frame)
        if before is None or changed is None or moved:
            if changed is None:
                self._rows.clear()
            else:
                self._forget(changed, before, frame)
            self.refresh()
            return
        for y in self._forget(changed, before, frame):
            top = y - self.origin.y
            if 0 <= top < self.view.height:
                self.refresh(Region(0, top, self.size.width, 1))

    def pan(self, dx: int, dy: int) -> None:
        """Move the viewport by hand; it stays there until `follow`."""
        self.following = False
        self._place(self.origin + Offset(dx, dy))

    def follow(self) -> None:
        """Let the viewport follow the cursor again."""
        self.following = True
        if self._aim():
            self.refresh()

    @property
    def view(self) -> Size:
        """How many recorded columns and rows are in view."""
        if self.frame is None:
            return Size(0, 0)
        size, cols, rows = self.size, self.frame.cols, self.frame.rows
        return Size(
            cols if cols <= size.width else max(size.width - 1, 1),
            rows if rows <= size.height else max(size.height - 1, 1),
        )

    def hidden(self) -> tuple[int, int, int, int]:
        """Recorded columns and rows out of view: left, right, above, below."""
        if self.frame is None:
            return (0, 0, 0, 0)
        view, origin = self.view, self._within(self.origin)
        return (
            origin.x,
            self.frame.cols - view.width - origin.x,
            origin.y,
            self.frame.rows - view.height - origin.y,
        )

    def cell_at(self, offset: Offset) -> Offset | None:
        """The recorded cell at a place on the stage, None beside the screen."""
        if offset.x < self.view.width and offset.y < self.view.height:
            return self._within(self.origin) + offset
        return None

    # -- Line API ----------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        _, beside, edge = self._paint or self._fresh_paint()
        if self.frame is None:
            return Strip.blank(width, beside)
        view = self.view
        if y < view.height:
            x, top = self._within(self.origin)
            row = self._row(top + y).crop(x, x + view.width)
            if view.width == width:
                return row
            line = Strip([*row, Segment(self._right_edge(y), edge)], view.width + 1)
        elif y == view.height:
            line = Strip([Segment(self._bottom_edge(), edge)])
        else:
            return Strip.blank(width, beside)
        return line.adjust_cell_length(width, beside)

    def _row(self, y: int) -> Strip:
        strip = self._rows.get(y)
        if strip is None:
            assert self.frame is not None
            ink = (self._paint or self._fresh_paint()).ink
            segments = row_segments(self.frame, y, ink)
            strip = self._rows[y] = Strip(segments, self.frame.cols)
        return strip

    def _right_edge(self, y: int) -> str:
        """The column right of the screen: its border, or what is hidden on either side."""
        left, right, _, _ = self.hidden()
        if not left and not right:
            return "│"
        middle = self.view.height // 2
        if y == middle - 1 and left:
            return "◂"
        if y == middle and right:
            return "▸"
        return "┊" if right else "│"

    def _bottom_edge(self) -> str:
        """The row under the screen: its border, or how much is hidden and where."""
        width = self.view.width
        hidden = [f"{sign}{n}" for sign, n in zip("◂▸▴▾", self.hidden(), strict=True) if n]
        if not hidden:
            return "─" * width + "┘"
        return f"╌╌ {' '.join(hidden)} ".ljust(width, "╌")[:width] + "┘"

    # -- inside --------------------------------------------------------------------------------

    def notify_style_update(self) -> None:
        """Colours may be others now (a theme): render every row again."""
        super().notify_style_update()
        self._paint = None
        self._rows.clear()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self._scroll(0, WHEEL, event)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self._scroll(0, -WHEEL, event)

    def on_mouse_scroll_right(self, event: events.MouseScrollRight) -> None:
        self._scroll(WHEEL, 0, event)

    def on_mouse_scroll_left(self, event: events.MouseScrollLeft) -> None:
        self._scroll(-WHEEL, 0, event)

    def _scroll(self, dx: int, dy: int, event: events.MouseEvent) -> None:
        """A notch of the wheel; the control key turns it."""
        if any(self.hidden()):
            if event.ctrl or event.shift:
                dx, dy = dy, dx
            self.pan(dx, dy)
            event.stop()

    def on_resize(self, _event: events.Resize) -> None:
        self._aim()
        self.refresh()

    def _fresh_paint(self) -> Paint:
        style = self.get_component_rich_style("stage--screen")
        black = Color(0, 0, 0).rich_color
        self._paint = Paint(
            Ink(style.color or black, style.bgcolor or black),
            self.rich_style,
            self.get_component_rich_style("stage--edge"),
        )
        return self._paint

    def _forget(self, changed: set[int], before: Frame | None, frame: Frame) -> set[int]:
        """Drop rendered rows that differ, and those that a moved cursor left or entered."""
        rows = set(changed)
        if before is not None and before.cursor != frame.cursor:
            rows |= {cursor.y for cursor in (before.cursor, frame.cursor) if cursor.visible}
        for y in rows:
            self._rows.pop(y, None)
        return rows

    def _aim(self) -> bool:
        """Move the viewport as little as shows the cursor; returns whether it moved."""
        if self.frame is None:
            return False
        x, y = self.origin
        if self.following:
            view, cursor = self.view, self.frame.cursor
            x = min(max(x, cursor.x - view.width + 1), cursor.x)
            y = min(max(y, cursor.y - view.height + 1), cursor.y)
        return self._place(Offset(x, y), repaint=False)

    def _place(self, origin: Offset, *, repaint: bool = True) -> bool:
        if self.frame is None:
            return False
        placed = self._within(origin)
        moved = placed != self.origin
        self.origin = placed
        if moved and repaint:
            self.refresh()
        return moved

    def _within(self, origin: Offset) -> Offset:
        """An origin moved to where the viewport lies inside the frame (its size may be newer)."""
        if self.frame is None:
            return origin
        view = self.view
        return Offset(
            min(max(origin.x, 0), max(self.frame.cols - view.width, 0)),
            min(max(origin.y, 0), max(self.frame.rows - view.height, 0)),
        )


def changed_rows(before: Frame | None, frame: Frame) -> set[int] | None:
    """Rows that look different; None if all must be painted.

    By their runs: two screens that were restored from different keyframes share no pens, and to
    compare them cell by cell would take longer than to paint them.
    """
    if before is None or (before.cols, before.rows) != (frame.cols, frame.rows):
        return None
    pairs = enumerate(zip(before.lines, frame.lines, strict=True))
    return {
        y
        for y, (old, new) in pairs
        if old is not new and (old.text != new.text or old.runs() != new.runs())
    }
