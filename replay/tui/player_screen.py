"""The player's screen: a stage, a scrubber, a status line, and the keys that move them.

Knows: its panes, and the parts that the actions of each subject are in. Must never know: files,
chunks, escape sequences. Called by the app with what opens a recording.
"""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical

from replay.tui.dialogs import Help
from replay.tui.keys import PLAYER, PLAYER_BINDINGS
from replay.tui.player_looks import Looks
from replay.tui.player_moves import Moves
from replay.tui.scrubber import Scrubber
from replay.tui.stage import Stage
from replay.tui.status import StatusLine

ROOMY = 8
"""Rows from which the scrubber is shown."""


class PlayerScreen(Moves, Looks):
    """One recording."""

    BINDINGS: ClassVar[list[BindingType]] = [*PLAYER_BINDINGS]

    def compose(self) -> ComposeResult:
        with Horizontal(id="panes"), Vertical(id="showing"):
            yield Stage()
        yield Scrubber(self.clock_words)
        yield StatusLine()

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(event.size.height < ROOMY, "-tiny")

    def action_help(self) -> None:
        self.app.push_screen(Help(PLAYER))

    def action_back(self) -> None:
        self.dismiss(None)
