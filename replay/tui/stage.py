"""The stage: the recorded screen, as it was, by the Line API.

Knows: one immutable `recorder.screen.Frame`, which part of it is in view, and what is laid over it:
hits, a selection. Must never know: players, recordings, time. Called by the player screen, which
hands it each new frame, the cells of hits (`highlight`) and the lines that scrolled off in this
frame (`scrolled_off`); tells `Looked`. Only rows that differ are painted again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.color import Color
from textual.filter import ANSIToTruecolor
from textual.geometry import Offset, Region, Size
from textual.message import Message
from textual.strip import Strip

from recorder.screen.frame import Frame
from replay.tui.cells import Ink, plain, row_segments
from replay.tui.painted import Painted, Patch, patched
from replay.tui.selecting import Selecting

WHEEL = 3
"""Cells that one notch of the wheel moves the viewport."""
Hit = tuple[int, int, int]
"""A row, and its columns from one up to another."""


class Paint(NamedTuple):
    """The theme's colours here; asking for them at every row would take longer than the row."""

    ink: Ink
    beside: Style
    edge: Style
    scrolled: Style
    hit: Style
    current: Style
    selected: Style


class Stage(Selecting):
    """Shows frames."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "stage--screen",
        "stage--edge",
        "stage--scrolled",
        "stage--hit",
        "stage--current",
        "stage--selected",
    }
    ALLOW_SELECT = False

    class Looked(Message):
        """Another part of the frame is in view, or another frame."""

    def __init__(self) -> None:
        super().__init__()
        self._hits: dict[int, list[Hit]] = {}
        self._current: Hit | None = None
        self._rows: dict[int, Strip] = {}
        """Whole rows of the frame, rendered."""
        self._lines: dict[int, Strip] = {}
        """Lines of the stage, as they are shown."""
        self._paint: Paint | None = None

    # -- what is shown -----------------------------------------------------------------------

    def show(self, frame: Frame) -> None:
        """Show this frame from now on, painting what differs; what was laid over the one before
        was about that one."""
        before, self.frame = self.frame, frame
        if before is frame:
            return
        above, self.above, self.port.above = self.above, (), 0
        laid = self._lift()
        moved = self.port.fit(self.size, Size(frame.cols, frame.rows)) | self._aim(before)
        changed = changed_rows(before, frame)
        if before is None or changed is None:
            self._rows.clear()
            self.repaint()
        else:
            rows = self._forget(changed, before, frame) | laid
            if moved or above:
                self.repaint()
            else:
                self.repaint(rows)
        self.post_message(self.Looked())

    def highlight(self, hits: Iterable[Hit], current: Hit | None = None) -> None:
        """Paint these cells of the frame on show as hits, one of them stronger."""
        rows = set(self._hits) | ({self._current[0]} if self._current else set())
        self._hits, self._current = {}, current
        for hit in hits:
            self._hits.setdefault(hit[0], []).append(hit)
        if current is not None:
            rows.add(current[0])
            if self.port.reach(current[1], current[0]):
                self.repaint()
                return
        self.repaint(rows | set(self._hits))

    def scrolled_off(self, lines: Sequence[str]) -> None:
        """What left this frame's screen at its top; the viewport can be moved up there."""
        self.above = [plain(line) for line in lines]
        self.port.above = len(self.above)
        self.repaint(range(-len(self.above), 0))

    def pan(self, dx: int, dy: int) -> None:
        """Move the viewport by hand; it stays there until `follow`."""
        self.look(self.port.origin + Offset(dx, dy))

    def look(self, origin: Offset) -> None:
        """Put the viewport here; it stays there until `follow`."""
        self.port.following = False
        if self.port.place(origin):
            self.repaint()
        self.post_message(self.Looked())

    def follow(self) -> None:
        """Let the viewport follow the cursor again."""
        self.port.following = True
        if self.port.place(Offset(self.port.origin.x, max(self.port.origin.y, 0))) | self._aim(
            self.frame
        ):
            self.repaint()
        self.post_message(self.Looked())

    # -- the wheel ------------------------------------------------------------------------------

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
        if self.port.oversized or self.above:
            if event.ctrl or event.shift:
                dx, dy = dy, dx
            self.pan(dx, dy)
            event.stop()

    # -- Line API ----------------------------------------------------------------------------

    def render_lines(self, crop: Region) -> list[Strip]:
        """As Textual's own, without the borders and paddings that a stage never has: a line that
        did not change is the very strip that was sent before, whatever lies beside the stage."""
        _, background = self.background_colors
        filters = self.get_line_filters()
        strips = []
        for y in crop.line_range:
            strip = self._lines.get(y)
            if strip is None:
                strip = self._lines[y] = self.render_line(y)
            for each in filters:
                strip = strip.apply_filter(each, background)
            strips.append(strip)
        if crop.column_span != (0, self.size.width):
            strips = [strip.crop(*crop.column_span) for strip in strips]
        return strips

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        paint = self._paint or self._fresh_paint()
        view = self.port.view
        if self.frame is None or y > view.height:
            return Strip.blank(width, paint.beside)
        if y == view.height:
            line = Strip([Segment(self.port.bottom_edge(), paint.edge)])
            return line.adjust_cell_length(width, paint.beside)
        x, top = self.port.origin
        row = self._laid(top + y, paint).crop(x, x + view.width)
        if view.width == width:
            return Painted(row, width)
        edge = Segment(self.port.right_edge(y), paint.edge)
        rest = [Segment(" " * (width - view.width - 1), paint.beside)][: width - view.width - 1]
        return Painted([*row, edge, *rest], width)

    def _laid(self, y: int, paint: Paint) -> Strip:
        """A whole row, with what is laid over it."""
        patches: list[Patch] = [(a, b, paint.hit) for _, a, b in self._hits.get(y, ())]
        if self._current is not None and self._current[0] == y:
            patches.append((*self._current[1:], paint.current))
        if self.selection is not None and y in self.selection.rows:
            patches.append((*self.selection.span(y, self.glyphs(y)), paint.selected))
        return patched(self._row(y, paint), patches)

    def _row(self, y: int, paint: Paint) -> Strip:
        strip = self._rows.get(y)
        if strip is None:
            assert self.frame is not None
            if y < 0:
                line = Strip([Segment(self.above[y], paint.scrolled)])
                strip = line.adjust_cell_length(self.frame.cols, paint.scrolled)
            else:
                strip = Strip(row_segments(self.frame, y, paint.ink), self.frame.cols)
            self._rows[y] = strip
        return strip

    # -- inside --------------------------------------------------------------------------------

    def notify_style_update(self) -> None:
        """Colours may be others now (a theme): render every row again."""
        super().notify_style_update()
        self._paint = None
        self._rows.clear()
        self._lines.clear()

    def on_resize(self, _event: events.Resize) -> None:
        self.port.fit(self.size, self.port.grid)
        self._aim()
        self.repaint()
        self.post_message(self.Looked())

    def repaint(self, rows: Iterable[int] | None = None) -> None:
        """Paint these recorded rows again, or everything."""
        if rows is None:
            self._lines.clear()
            self.refresh()
            return
        top, height = self.port.origin.y, self.port.view.height
        for y in sorted({y - top for y in rows}):
            if 0 <= y < height:
                self._lines.pop(y, None)
                self.refresh(Region(0, y, self.size.width, 1))

    def _lift(self) -> set[int]:
        """Take off what is laid over the frame; the rows where something was."""
        rows = set(self._hits) | (set(self.selection.rows) if self.selection else set())
        if self._current is not None:
            rows.add(self._current[0])
        self._hits, self._current = {}, None
        if self.selection is not None and not self._dragging:
            self.select(None)
        for y in [y for y in self._rows if y < 0]:
            del self._rows[y]
        return rows

    def _forget(self, changed: set[int], before: Frame, frame: Frame) -> set[int]:
        """Drop rendered rows that differ, and those that a moved cursor left or entered."""
        rows = set(changed)
        if before.cursor != frame.cursor:
            rows |= {cursor.y for cursor in (before.cursor, frame.cursor) if cursor.visible}
        for y in rows:
            self._rows.pop(y, None)
        return rows

    def _aim(self, before: Frame | None = None) -> bool:
        """Bring the cursor into view, if it is followed; whether the viewport moved. A program that
        hides the cursor draws the whole screen: then it is looked at from the top left."""
        frame = self.frame
        if frame is None or not self.port.following:
            return False
        if frame.cursor.visible:
            return self.port.reach(frame.cursor.x, frame.cursor.y)
        if before is None or before.alternate != frame.alternate:
            return self.port.place(Offset(0, 0))
        return False

    def _fresh_paint(self) -> Paint:
        style = self.get_component_rich_style("stage--screen")
        black = Color(0, 0, 0).rich_color
        # Where Textual would make true colours of the palette's, they are made here, once.
        true = any(isinstance(each, ANSIToTruecolor) for each in self.get_line_filters())
        theme = self.app.ansi_theme if true else None
        names = ("edge", "scrolled", "hit", "current", "selected")
        self._paint = Paint(
            Ink(style.color or black, style.bgcolor or black, theme),
            self.rich_style,
            *(self.get_component_rich_style(f"stage--{name}") for name in names),
        )
        return self._paint


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
