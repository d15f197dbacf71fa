"""The mini-map: a recorded screen that does not fit, as a whole, and which part of it is in view.

Knows: a frame's text, a viewport. Must never know: players, recordings. Shown over a corner of the
stage while the viewport is moved by hand; a click or a drag moves it there.

A dot of a braille character stands for a rectangle of cells, and is set where one of them is not
blank.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from rich.segment import Segment
from textual import events
from textual.geometry import Offset, Size
from textual.strip import Strip
from textual.widget import Widget

from recorder.screen.frame import Frame
from replay.tui.messages import ViewSought
from replay.tui.viewport import Viewport

WIDEST, HIGHEST = 40, 12
LEAST = Size(24, 8)
"""On a smaller stage there is no room for a map."""
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""A braille character's dots, by row and column."""


class Layout(NamedTuple):
    """How a grid is drawn: characters, and the cells that a dot stands for."""

    size: Size
    dot: Size


def layout(grid: Size, room: Size) -> Layout:
    """The map of a grid in a third of a room each way, its sides in proportion."""
    width = max(min(room.width // 3, WIDEST), 1)
    height = max(min(room.height // 3, HIGHEST), 1)
    # A cell is about twice as high as wide, and so is a dot.
    each = max(-(-grid.width // (2 * width)), -(-grid.height // (4 * height)), 1)
    return Layout(
        Size(-(-grid.width // (2 * each)), -(-grid.height // (4 * each))), Size(each, each)
    )


def draw(texts: Sequence[str], made: Layout) -> list[str]:
    """The map's rows. ``texts``: a string for each row of the grid, a character for each column."""
    (width, height), (across, down) = made
    rows = [[0] * width for _ in range(height)]
    for y, text in enumerate(texts):
        if not text or text.isspace():
            continue
        row, bits = rows[min(y // down // 4, height - 1)], _DOTS[y // down % 4]
        for dot in range(min(-(-len(text) // across), width * 2)):
            piece = text[dot * across : (dot + 1) * across]
            if piece and not piece.isspace():
                row[dot // 2] |= bits[dot % 2]
    return ["".join(chr(0x2800 + bits) for bits in row) for row in rows]


class Minimap(Widget):
    """Shows a frame as a whole."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"minimap--view", "minimap--rest"}
    ALLOW_SELECT = False

    def __init__(self) -> None:
        super().__init__()
        self._frame: Frame | None = None
        self._port = Viewport()
        self._made = Layout(Size(0, 0), Size(1, 1))
        self._rows: list[str] = []
        self._dragging = False
        self.display = False

    def show(self, frame: Frame | None, port: Viewport) -> None:
        """Show where this viewport is on this frame, if it was moved by hand and not all fits."""
        self._port = port
        roomy = port.room.width >= LEAST.width and port.room.height >= LEAST.height
        self.display = frame is not None and port.oversized and roomy and not port.following
        if frame is None or not self.display:
            return
        made = layout(port.grid, port.room)
        if frame is not self._frame or made != self._made:
            self._frame, self._made = frame, made
            self._rows = draw([row.text for row in frame.lines], made)
            self.styles.width, self.styles.height = made.size
        view = port.view
        self.styles.offset = (
            min(view.width, port.room.width) - made.size.width,
            min(view.height, port.room.height) - made.size.height,
        )
        self.refresh()

    def render_line(self, y: int) -> Strip:
        view, rest = (
            self.get_component_rich_style(f"minimap--{part}") for part in ("view", "rest")
        )
        text = self._rows[y] if y < len(self._rows) else ""
        left, right = self._shown(0)
        top, bottom = self._shown(1)
        pieces = (text[:left], text[left:right], text[right:])
        styles = (rest, view if top <= y < bottom else rest, rest)
        return Strip([Segment(*each) for each in zip(pieces, styles, strict=True) if each[0]])

    def _shown(self, axis: int) -> tuple[int, int]:
        """The characters, along a row or a column, that stand for something in view."""
        dots = self._made.dot[axis] * (2, 4)[axis]
        start = max(self._port.origin[axis], 0)
        return start // dots, -(-(start + self._port.view[axis]) // dots)

    # -- mouse -----------------------------------------------------------------------------------

    def on_mouse_down(self, event: events.MouseDown) -> None:
        self._dragging = True
        self.capture_mouse()
        self._seek(event)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if self._dragging:
            self._seek(event)

    def on_mouse_up(self, event: events.MouseUp) -> None:
        self._dragging = False
        self.release_mouse()
        event.stop()

    def _seek(self, event: events.MouseEvent) -> None:
        """What is under the mouse comes into the middle of the view."""
        (across, down), view = self._made.dot, self._port.view
        cell = Offset(event.x * 2 * across, event.y * 4 * down)
        self.post_message(ViewSought(cell - Offset(view.width // 2, view.height // 2)))
        event.stop()
