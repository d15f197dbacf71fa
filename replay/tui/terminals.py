"""The switcher between the terminals of one session: which of them is shown.

Knows: channel numbers. Must never know: players, recordings. Called by the player screen; tells it
`TerminalSought`. There is a row for it only where a session has several.

On automatic, that of the last output is shown, whichever it is; the row says which that was.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.strip import Strip
from textual.widget import Widget

from replay.tui.messages import TerminalSought

AUTOMATIC = "auto"


class Terminals(Widget):
    """One row."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"terminals--chosen", "terminals--shown"}
    ALLOW_SELECT = False

    def __init__(self) -> None:
        super().__init__()
        self.channels: Sequence[int] = ()
        self._chosen: int | None = None
        self._shown = -1
        self.display = False

    def show(self, channels: Sequence[int], chosen: int | None, shown: int) -> None:
        """These can be chosen; this one is (None: automatic), and that one is on the stage."""
        before = (self.channels, self._chosen, self._shown)
        self.channels, self._chosen, self._shown = tuple(channels), chosen, shown
        if before != (self.channels, chosen, shown):
            self.display = len(self.channels) > 1
            self.refresh()

    def next(self, way: int) -> int | None:
        """What follows the one that is chosen, in a circle: automatic, then each channel."""
        choices: list[int | None] = [None, *self.channels]
        place = choices.index(self._chosen) if self._chosen in choices else 0
        return choices[(place + way) % len(choices)]

    def _tabs(self) -> list[tuple[int | None, Segment]]:
        chosen, shown = (
            self.get_component_rich_style(f"terminals--{part}") for part in ("chosen", "shown")
        )
        tabs: list[tuple[int | None, Segment]] = []
        for channel in (None, *self.channels):
            name = AUTOMATIC if channel is None else f"terminal {channel}"
            mark = "●" if channel is not None and channel == self._shown else " "
            style = self.rich_style
            if channel == self._chosen:
                style = chosen
            elif channel == self._shown:
                style = shown
            tabs.append((channel, Segment(f"{mark}{name} ", style)))
        return tabs

    def render_line(self, y: int) -> Strip:  # noqa: ARG002 - there is one row
        strip = Strip([segment for _, segment in self._tabs()])
        return strip.adjust_cell_length(self.size.width, self.rich_style)

    def on_click(self, event: events.Click) -> None:
        tabs = self._tabs()
        ends = accumulate(segment.cell_length for _, segment in tabs)
        for (channel, _), end in zip(tabs, ends, strict=True):
            if event.x < end:
                self.post_message(TerminalSought(channel))
                break
        event.stop()
