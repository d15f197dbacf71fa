"""How the player looks at things: clock, viewport, and what is copied.

Knows: the stage, the clipboard of the viewer's terminal. Must never know: recordings, threads.
Part of the player's screen.
"""

from __future__ import annotations

from replay.player import State
from replay.tui.cells import plain
from replay.tui.list_pane import ListPane
from replay.tui.player_base import PlayerBase
from replay.tui.scrubber import Scrubber
from replay.tui.selecting import Selecting
from replay.tui.stage import Stage


class Looks(PlayerBase):
    """Everything that changes how a position is shown, and nothing of the position."""

    def action_clock(self) -> None:
        self.absolute = not self.absolute
        self.place()
        self.query_one(Scrubber).refresh()
        self.query_one(ListPane).redraw()

    def action_pan(self, dx: int, dy: int) -> None:
        self.query_one(Stage).pan(dx, dy)

    def action_viewport(self) -> None:
        self.query_one(Stage).follow()

    def action_select(self) -> None:
        self.query_one(Stage).begin_selection()

    def on_selecting_begun(self) -> None:
        """A selection is about one frame: what plays pauses."""
        if self.player is not None and self.player.state is not State.PAUSED:
            self.command(lambda player: player.pause())

    def on_selecting_selected(self, message: Selecting.Selected) -> None:
        self.app.copy_to_clipboard(message.text)
        self.news(f"copied {len(message.text)} characters to the clipboard")

    def action_copy_text(self) -> None:
        frame = self.query_one(Stage).frame
        if frame is None:
            return
        lines = [plain(frame.text(y)) for y in range(frame.rows)]
        self.app.copy_to_clipboard("\n".join(lines).rstrip() + "\n")
        self.news(f"copied {frame.cols}×{frame.rows} characters of text to the clipboard")

    def action_copy_link(self) -> None:
        """What to type, or to paste into a report, to see this very screen: by its event, which
        stays what it is when the rules for frames change."""
        if self.player is None or self.shown is None:
            return
        link = f"gatereel replay {self.session}#e{self.shown.view.event}"
        self.app.copy_to_clipboard(link)
        self.news(f"copied: {link}")
