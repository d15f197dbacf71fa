"""How one selects on the stage: by keys from the cursor, or by dragging the mouse.

Knows: the frame on show, the viewport, a `Selection`. Must never know: clipboards, files, players.
The stage is this and the painting. Tells `Begun` (what plays should pause: a selection is about one
frame) and `Selected` (with text to be copied).

Not focusable but while something is selected by keys: the player screen has the keys otherwise.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.message import Message
from textual.widget import Widget

from recorder.screen.frame import Frame
from replay.tui.keys import STAGE_BINDINGS
from replay.tui.selection import Glyph, Place, Selection, glyphs_in, glyphs_of, text_of
from replay.tui.viewport import Viewport


class Selecting(Widget):
    """A widget that shows a frame, cells of which can be selected."""

    BINDINGS: ClassVar[list[BindingType]] = [*STAGE_BINDINGS]

    class Begun(Message):
        """Somebody begins to select."""

    class Selected(Message):
        """Text was selected, and is to be copied."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(self) -> None:
        super().__init__()
        self.frame: Frame | None = None
        self.port = Viewport()
        self.selection: Selection | None = None
        self.above: Sequence[str] = ()
        """The lines that scrolled off in this frame: plain text, the oldest first."""
        self._dragging = False

    @abstractmethod
    def repaint(self, rows: Iterable[int] | None = None) -> None:
        """Paint these recorded rows again, or everything."""

    # -- selecting -----------------------------------------------------------------------------

    def begin_selection(self) -> None:
        """Select by keys, from the cursor, else from the top left of what is in view."""
        if self.frame is None:
            return
        cursor, origin, view = self.frame.cursor, self.port.origin, self.port.view
        inside = (
            origin.x <= cursor.x < origin.x + view.width
            and origin.y <= cursor.y < origin.y + view.height
        )
        place = Place(cursor.x, cursor.y) if inside else Place(*origin)
        self.post_message(self.Begun())
        self.select(Selection(place, place))
        self.can_focus = True
        self.focus()

    def select(self, selection: Selection | None) -> None:
        """Select this, or nothing."""
        before, self.selection = self.selection, selection
        rows = {y for chosen in (before, selection) if chosen for y in chosen.rows}
        if selection is None:
            self.can_focus = False
            if self.has_focus:
                self.screen.set_focus(None)
        elif self.port.reach(*selection.head):
            self.port.following = False
            self.repaint()
            return
        self.repaint(rows)

    def selected_text(self) -> str:
        """What is selected, as text."""
        if self.selection is None or self.frame is None:
            return ""
        return text_of(self.selection, self.glyphs, self._wrapped)

    def action_select_move(self, dx: int, dy: int) -> None:
        if self.selection is not None:
            x, y = self.selection.head
            self._head(Place(x + dx, y + dy))

    def action_select_edge(self, way: int) -> None:
        if self.selection is not None and self.frame is not None:
            self._head(Place(0 if way < 0 else self.frame.cols - 1, self.selection.head.y))

    def action_select_shape(self) -> None:
        if self.selection is not None:
            anchor, head, block = self.selection.anchor, self.selection.head, self.selection.block
            self.select(Selection(anchor, head, not block))

    def action_select_swap(self) -> None:
        if self.selection is not None:
            self.select(self.selection.swapped())

    def action_select_copy(self) -> None:
        text = self.selected_text()
        self.select(None)
        self.post_message(self.Selected(text))

    def action_select_drop(self) -> None:
        self.select(None)

    def _head(self, place: Place) -> None:
        assert self.selection is not None
        assert self.frame is not None
        x = min(max(place.x, 0), self.frame.cols - 1)
        y = min(max(place.y, -len(self.above)), self.frame.rows - 1)
        self.select(self.selection.to(Place(x, y)))

    # -- the mouse -----------------------------------------------------------------------------

    def on_mouse_down(self, event: events.MouseDown) -> None:
        cell = self.port.cell(event.offset)
        if event.button == 1 and cell is not None:
            self._dragging = True
            self.capture_mouse()
            self.select(None)
            place = Place(*cell)
            self.selection = Selection(place, place, block=event.ctrl or event.meta)
            event.stop()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if self._dragging and self.selection is not None:
            if self.selection.anchor == self.selection.head:
                self.post_message(self.Begun())
            # Beyond an edge of the stage, the viewport comes along.
            self._head(Place(*(self.port.origin + event.offset)))

    def on_mouse_up(self, event: events.MouseUp) -> None:
        if self._dragging:
            self._dragging = False
            self.release_mouse()
            event.stop()
            if self.selection is not None and self.selection.anchor != self.selection.head:
                self.post_message(self.Selected(self.selected_text()))
            else:
                self.select(None)

    def glyphs(self, y: int) -> list[Glyph]:
        assert self.frame is not None
        if y < 0:
            found = glyphs_in(self.above[y])
            return [*found, *[Glyph(" ", 1)] * (self.frame.cols - len(found))]
        return glyphs_of(self.frame.row(y))

    def _wrapped(self, y: int) -> bool:
        return y > 0 and self.frame is not None and self.frame.wrapped(y)
