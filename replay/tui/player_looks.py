"""How the player tells the time. Viewport, selection and clipboard are `player_views`.

Must never know: recordings, threads. Part of the player's screen.
"""

from __future__ import annotations

from replay.tui.list_pane import ListPane
from replay.tui.player_views import Views
from replay.tui.scrubber import Scrubber


class Looks(Views):
    """Everything that changes how a position is shown, and nothing of the position."""

    def action_clock(self) -> None:
        self.absolute = not self.absolute
        self.place()
        self.query_one(Scrubber).refresh()
        self.query_one(ListPane).redraw()
