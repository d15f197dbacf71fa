"""Rows that are drawn only where they can be seen: a list of any length, by the Line API.

Knows: how many rows there are, which one the cursor is on, what scrolls. Must never know: what a
row says. The session table and the list of hits are built on it: they say how a row and the head
are drawn, and are told by messages what the person did.

The cursor is also a sign in the first column, so that it is seen without colour.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from rich.segment import Segment
from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

CURSOR, CURSOR_ELSEWHERE, NO_CURSOR = "▸ ", "› ", "  "
GUTTER = len(CURSOR)
MOST_KEPT = 400
"""Rows that are kept as drawn."""


class VirtualRows(ScrollView, can_focus=True):
    """A list that is told how many rows it has. Subclasses draw."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"rows--head", "rows--cursor", "rows--elsewhere"}
    ALLOW_SELECT = False
    HEAD = 0
    """Rows at the top that stay."""
    ONE_CLICK = False
    """Whether one click opens a row; else it takes two."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("pageup,ctrl+b", "page(-1)", "A page up", show=False),
        Binding("pagedown,ctrl+f,space", "page(1)", "A page down", show=False),
        Binding("home,g", "go(0)", "To the first", show=False),
        Binding("end,G", "go(-1)", "To the last", show=False),
        Binding("enter", "choose", "Open", show=False),
    ]

    class Moved(Message):
        """The cursor is on another row; -1: there is none."""

        def __init__(self, rows: VirtualRows, row: int) -> None:
            super().__init__()
            self.rows = rows
            self.row = row

        @property
        def control(self) -> VirtualRows:
            return self.rows

    class Chosen(Moved):
        """A row was opened."""

    class HeadClicked(Moved):
        """The head was clicked, in column ``row``."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - as every widget's
        super().__init__(id=id)
        self.cursor = -1
        self._count = 0
        self._drawn: dict[int, Strip] = {}

    # -- what subclasses say ---------------------------------------------------------------------

    @abstractmethod
    def draw_row(self, row: int, width: int) -> Text:
        """A row in so many columns; nothing of it is markup."""

    def draw_head(self, width: int) -> Text:
        """The row that stays: blank, unless a subclass with a `HEAD` says more."""
        return Text(" " * width)

    def selectable(self, row: int) -> bool:  # noqa: ARG002 - every row, unless somebody says no
        """Whether the cursor may stand there."""
        return True

    # -- how many there are ----------------------------------------------------------------------

    @property
    def count(self) -> int:
        return self._count

    def set_count(self, count: int, cursor: int) -> None:
        """There are so many rows now, other ones maybe, and the cursor is on this one (where it
        can be). What is in view stays: around the cursor where rows came or went before it."""
        before, offset = self.cursor, self.scroll_offset.y
        self._count = count
        self._drawn.clear()
        self.virtual_size = Size(self.columns_in_view, count + self.HEAD)
        self.cursor = self._nearest(min(cursor, count - 1), 1)
        if self.cursor >= 0:
            shown = before >= 0 and 0 <= before - offset < self.body
            if shown and offset:  # at the top one stays at the top, and sees what is new
                self._scroll(offset + self.cursor - before)
            self._reveal()
        self.refresh()
        if self.cursor != before or cursor < 0:
            self.post_message(self.Moved(self, self.cursor))

    def grow(self, count: int) -> None:
        """More rows at the end; the others stay where they are."""
        self._count = count
        self._drawn.clear()
        self.virtual_size = Size(self.columns_in_view, count + self.HEAD)
        if self.cursor < 0 and count:
            self.move_to(0)
        self.refresh()

    def redraw(self) -> None:
        """Rows say something else now."""
        self._drawn.clear()
        self.refresh()

    @property
    def columns_in_view(self) -> int:
        """Columns beside the scroll bar."""
        return max(self.scrollable_content_region.width, 1)

    @property
    def body(self) -> int:
        """Rows in view."""
        return max(self.size.height - self.HEAD, 1)

    @property
    def seen(self) -> range:
        """Which rows are in view."""
        first = self.scroll_offset.y
        return range(first, min(first + self.body, self._count))

    # -- moving ----------------------------------------------------------------------------------

    def move_to(self, row: int, way: int = 1) -> None:
        """The cursor to this row or, where it cannot stand there, to the next that way."""
        if not self._count:
            return
        found = self._nearest(min(max(row, 0), self._count - 1), way)
        if found >= 0 and found != self.cursor:
            before, self.cursor = self.cursor, found
            for each in (before, found):
                self._drawn.pop(each, None)
                self._refresh_row(each)
            self.post_message(self.Moved(self, found))
        self._reveal()

    def _nearest(self, row: int, way: int) -> int:
        """A row where the cursor can stand, from this one on, that way first; -1: there is none."""
        for step in (way, -way):
            at = row
            while 0 <= at < self._count:
                if self.selectable(at):
                    return at
                at += step
        return -1

    def _reveal(self) -> None:
        """Scroll as little as shows the cursor, and what stands above it without being a row."""
        top, cursor = self.scroll_offset.y, self.cursor
        first = cursor
        while first > 0 and not self.selectable(first - 1) and cursor - first < self.body - 1:
            first -= 1
        if first < top:
            self._scroll(first)
        elif cursor >= top + self.body:
            self._scroll(cursor - self.body + 1)

    def _scroll(self, top: int) -> None:
        self.scroll_to(y=max(top, 0), animate=False, force=True)

    def action_move(self, rows: int) -> None:
        self.move_to(self.cursor + rows, 1 if rows > 0 else -1)

    def action_page(self, pages: int) -> None:
        self.move_to(self.cursor + pages * max(self.body - 1, 1), pages)

    def action_go(self, row: int) -> None:
        self.move_to(row if row >= 0 else self._count - 1, 1 if row >= 0 else -1)

    def action_choose(self) -> None:
        if self.cursor >= 0:
            self.post_message(self.Chosen(self, self.cursor))

    # -- mouse -----------------------------------------------------------------------------------

    def on_click(self, event: events.Click) -> None:
        place = event.get_content_offset(self)
        if place is None:
            return
        if place.y < self.HEAD:
            self.post_message(self.HeadClicked(self, place.x))
            return
        row = place.y - self.HEAD + self.scroll_offset.y
        if row < self._count and self.selectable(row):
            self.move_to(row)
            if self.ONE_CLICK or event.chain == 2:
                self.action_choose()

    # -- Line API --------------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        width = self.columns_in_view
        if y < self.HEAD:
            style = self.get_component_rich_style("rows--head")
            return self._strip(self.draw_head(width), width).apply_style(style)
        row = y - self.HEAD + self.scroll_offset.y
        if row >= self._count:
            return Strip.blank(width, self.rich_style)
        strip = self._drawn.get(row)
        if strip is None or strip.cell_length != width:
            strip = self._draw(row, width)
            if len(self._drawn) > MOST_KEPT:
                self._drawn.clear()
            self._drawn[row] = strip
        return strip

    def _draw(self, row: int, width: int) -> Strip:
        body = self._strip(self.draw_row(row, width - GUTTER), width - GUTTER)
        if row != self.cursor:
            return Strip([Segment(NO_CURSOR), *body], width).apply_style(self.rich_style)
        sign, name = CURSOR_ELSEWHERE, "rows--elsewhere"
        if self.has_focus:
            sign, name = CURSOR, "rows--cursor"
        style = self.get_component_rich_style(name)
        return Strip([Segment(sign), *body], width).apply_style(style)

    def _strip(self, text: Text, width: int) -> Strip:
        if text.style and not text.spans:
            text.stylize(text.style)  # else it would be left out
        segments = text.render(self.app.console, end="")
        return Strip(segments).adjust_cell_length(max(width, 0))

    def _refresh_row(self, row: int) -> None:
        y = row - self.scroll_offset.y
        if 0 <= y < self.body:
            self.refresh(Region(0, y + self.HEAD, self.size.width, 1))

    # -- what changes how rows look ----------------------------------------------------------------

    def on_resize(self, _event: events.Resize) -> None:
        self._drawn.clear()
        self.virtual_size = Size(self.columns_in_view, self._count + self.HEAD)
        if self.cursor >= 0:
            self._reveal()

    def on_focus(self) -> None:
        self._drawn.pop(self.cursor, None)
        self._refresh_row(self.cursor)

    def on_blur(self) -> None:
        self.on_focus()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._drawn.clear()
