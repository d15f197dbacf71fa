"""The inspector: what the events on show are made of, line by line.

Knows: lines of `replay.inspect`. Must never know: recordings, players. Called by the player's
screen; scrolls like any list, and draws only what can be seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from replay.inspect import Line, Part
from replay.tui.cells import label
from replay.tui.virtual_rows import VirtualRows

STYLES = {
    Part.HEAD: "bold",
    Part.FACT: "dim",
    Part.HIDDEN: "bold yellow",
    Part.TEXT: "",
    Part.CONTROL: "green",
    Part.SEQUENCE: "cyan",
    Part.BROKEN: "bold red",
    Part.HEX: "dim",
}


class Inspector(VirtualRows, inherit_bindings=False):
    """Lines about one position."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "Up", show=False),
        Binding("down", "move(1)", "Down", show=False),
        Binding("pageup", "page(-1)", "A page up", show=False),
        Binding("pagedown", "page(1)", "A page down", show=False),
        Binding("home", "go(0)", "To the first", show=False),
        Binding("end", "go(-1)", "To the last", show=False),
    ]

    class Needed(Message):
        """It has another width: lines are to be cut for that."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: Sequence[Line] = ()

    def show(self, lines: Sequence[Line]) -> None:
        """These lines from now on, from the top."""
        self.lines = lines
        self.set_count(len(lines), 0)
        self.scroll_to(y=0, animate=False, force=True)

    def on_resize(self, event: events.Resize) -> None:
        super().on_resize(event)
        self.post_message(self.Needed())

    @property
    def columns(self) -> int:
        """For how many columns lines are to be cut."""
        return max(self.size.width - 3, 20)

    def draw_row(self, row: int, width: int) -> Text:
        part, left, right = self.lines[row]
        text = label(f"{left}  {right}" if part is Part.HEAD else f"{left} {right}", STYLES[part])
        text.truncate(width)
        return text

    def draw_head(self, width: int) -> Text:  # noqa: ARG002 - there is no head
        return Text(end="")
