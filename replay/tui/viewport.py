"""The part of a recorded grid that is in view: where it lies, and what is hidden beside it.

Knows: sizes and offsets. Must never know: frames, colours, widgets. Used by the stage. A grid that
is larger than the room is never reflowed or shrunk: one column and one row of the room go to edges
that tell what is hidden.

Above the grid there may be lines that scrolled off: the viewport can be moved up to them, and then
its origin's row is negative.
"""

from __future__ import annotations

from textual.geometry import Offset, Size

ARROWS = "◂▸▴▾"


class Viewport:
    """Where one looks."""

    def __init__(self) -> None:
        self.room = Size(0, 0)
        self.grid = Size(0, 0)
        self.above = 0
        """How many lines there are above the grid."""
        self.origin = Offset(0, 0)
        """The recorded cell at the top left."""
        self.following = True
        """Whether it follows the cursor."""

    @property
    def view(self) -> Size:
        """How many recorded columns and rows are in view."""
        (cols, rows), (width, height) = self.grid, self.room
        return Size(
            cols if cols <= width else max(width - 1, 1),
            rows if rows <= height else max(height - 1, 1),
        )

    @property
    def hidden(self) -> tuple[int, int, int, int]:
        """Recorded columns and rows out of view: left, right, above, below."""
        (cols, rows), view, origin = self.grid, self.view, self.origin
        return (
            origin.x,
            max(cols - view.width - origin.x, 0),
            max(origin.y, 0),
            max(rows - view.height - origin.y, 0),
        )

    @property
    def oversized(self) -> bool:
        """Whether not all of the grid fits."""
        return self.view != self.grid

    def place(self, origin: Offset) -> bool:
        """Look here, as near as it can be; whether that is elsewhere."""
        view, (cols, rows) = self.view, self.grid
        placed = Offset(
            min(max(origin.x, 0), max(cols - view.width, 0)),
            min(max(origin.y, -self.above), max(rows - view.height, 0)),
        )
        moved = placed != self.origin
        self.origin = placed
        return moved

    def fit(self, room: Size, grid: Size) -> bool:
        """Another room, another grid; whether what is in view moved."""
        before = self.view
        self.room, self.grid = room, grid
        return self.place(self.origin) or self.view != before

    def reach(self, x: int, y: int) -> bool:
        """Move as little as brings a cell into view; whether it moved."""
        view, origin = self.view, self.origin
        return self.place(
            Offset(
                min(max(origin.x, x - view.width + 1), x),
                min(max(origin.y, y - view.height + 1), y),
            )
        )

    def cell(self, offset: Offset) -> Offset | None:
        """The recorded cell at a place of the room; None beside the grid."""
        view = self.view
        if 0 <= offset.x < view.width and 0 <= offset.y < view.height:
            return self.origin + offset
        return None

    # -- edges -----------------------------------------------------------------------------------

    def right_edge(self, y: int) -> str:
        """The column right of the grid: its border, or what is hidden on either side."""
        left, right, _, _ = self.hidden
        if not left and not right:
            return "│"
        middle = self.view.height // 2
        if y == middle - 1 and left:
            return "◂"
        if y == middle and right:
            return "▸"
        return "┊" if right else "│"

    def bottom_edge(self) -> str:
        """The row under the grid: its border, or how much is hidden and where."""
        width = self.view.width
        found = [f"{arrow}{n}" for arrow, n in zip(ARROWS, self.hidden, strict=True) if n]
        if not found:
            return "─" * width + "┘"
        return f"╌╌ {' '.join(found)} ".ljust(width, "╌")[:width] + "┘"
