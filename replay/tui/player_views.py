"""What the player does with its stage and its scrubber: viewport, selection, terminals, zoom.

Knows: the panes, the projector's errands, the clipboard of the viewer's terminal. Must never know:
how a recording is read. Part of the player's screen.

What a screen has beside its cells (the lines that scrolled off in its frame) is asked for when the
player has stood still for a moment, so that steps and scrubbing never wait for it.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from textual.timer import Timer

from recorder.places import cache_folder
from recorder.playback import Playback
from replay import clipboard
from replay.heat import Load, Scale
from replay.player import State
from replay.projector import Desk, Loaded, heat_of
from replay.tui.cells import plain
from replay.tui.messages import HeatWanted, TerminalSought, ViewSought
from replay.tui.minimap import Minimap
from replay.tui.player_base import PlayerBase
from replay.tui.scrubber import Scrubber
from replay.tui.stage import Stage
from replay.tui.terminals import Terminals

STILL = 0.2
"""How long (s) a screen stands until what scrolled off in its frame is looked up."""
SCROLLED, HEAT = "scrolled", "heat"
FINER = 2
"""Stretches asked for, for each column of the scrubber."""


class Views(PlayerBase):
    """Everything that is done to a screen on show, and not with its position."""

    _still: Timer | None = None
    _was: Loaded | None = None

    # -- what others tell ------------------------------------------------------------------------

    def grown(self) -> None:
        super().grown()
        loaded, before = self.loaded, self._was
        self._was = loaded
        if loaded is None:
            return
        if before is not None and before.state != loaded.state:
            self._tell_end(loaded)
        self._step_in_terminal()
        self._show_terminals()

    def placed(self) -> None:
        super().placed()
        self._show_terminals()
        if self._still is not None:
            self._still.stop()
        self._still = self.set_timer(STILL, self._look_up)

    def answered(self, name: str, found: object) -> None:
        match name, found:
            case "scrolled", (int() as frame, list() as lines):
                shown = self.shown
                if shown is not None and shown.view.frame == frame and lines:
                    self.query_one(Stage).scrolled_off(lines)
            case "heat", Load() as load:
                self.query_one(Scrubber).heat(load)
            case _:
                super().answered(name, found)

    def _tell_end(self, loaded: Loaded) -> None:
        if loaded.state == "sealed":
            self.bad_news(f"the session has ended: {plain(loaded.ended) or 'no reason given'}")
        elif loaded.state == "interrupted":
            why = f": {plain(loaded.ended)}" if loaded.ended else ""
            self.bad_news(f"the session was interrupted{why}: nobody records it any more")

    # -- lines that scrolled off -----------------------------------------------------------------

    def _look_up(self) -> None:
        player, shown = self.player, self.shown
        if player is None or shown is None or player.state is State.PLAYING:
            return
        frame, stage = shown.view.frame, self.query_one(Stage)
        if frame >= 0 and self.settled and not stage.above:
            self.projector.ask(SCROLLED, lambda desk: (frame, _scrolled(desk, frame)))

    # -- viewport --------------------------------------------------------------------------------

    def on_stage_looked(self) -> None:
        stage = self.query_one(Stage)
        self.query_one(Minimap).show(stage.frame, stage.port)

    def on_view_sought(self, message: ViewSought) -> None:
        self.query_one(Stage).look(message.origin)

    def action_pan(self, dx: int, dy: int) -> None:
        self.query_one(Stage).pan(dx, dy)

    def action_viewport(self) -> None:
        """Look around with a map, or follow the cursor again."""
        stage = self.query_one(Stage)
        if not stage.port.following:
            stage.follow()
        elif stage.port.oversized:
            stage.pan(0, 0)
        else:
            self.news("all of the screen is in view")

    # -- selecting and copying -------------------------------------------------------------------

    def action_select(self) -> None:
        self.query_one(Stage).begin_selection()

    def on_selecting_begun(self) -> None:
        """What is selected belongs to one frame."""
        if self.player is not None and self.player.state is not State.PAUSED:
            self.command(lambda player: player.pause())

    def on_selecting_selected(self, message: Stage.Selected) -> None:
        lines = message.text.count("\n") + 1
        self.copy(message.text, f"{lines} lines" if lines > 1 else "the selection")

    def action_copy_text(self) -> None:
        frame = self.query_one(Stage).frame
        if frame is not None:
            lines = [plain(frame.text(y)) for y in range(frame.rows)]
            self.copy("\n".join(lines).rstrip() + "\n", f"{frame.cols}×{frame.rows} characters")

    def action_copy_link(self) -> None:
        """What to type, or to paste into a report, to see this very screen: by its event, which
        stays what it is when the rules for frames change."""
        if self.player is not None and self.shown is not None:
            link = f"gatereel replay {self.session}#e{self.shown.view.event}"
            self.app.copy_to_clipboard(link)
            self.news(f"copied: {link}")

    def copy(self, text: str, what: str) -> None:
        """Into the clipboard of the viewer's terminal, and where that may have none, into a file
        too; never into a file of the gateway's."""
        if not text.strip():
            self.news("nothing but blanks: the clipboard is as it was")
            return
        self.app.copy_to_clipboard(text)
        if self.scope.served or clipboard.takes_text(os.environ):
            self.news(f"copied {what} to the clipboard")
            return
        try:
            path = clipboard.keep(text, cache_folder())
        except OSError as error:
            self.news(f"copied {what}; without a clipboard it is lost: {error.strerror}")
            return
        self.news(f"copied {what}; for a terminal without a clipboard: {path}")

    # -- several terminals -----------------------------------------------------------------------

    def _show_terminals(self) -> None:
        channels = self.loaded.terminals if self.loaded else ()
        shown = self.shown.view.channel if self.shown else -1
        self.query_one(Terminals).show(channels, self.terminal, shown)

    def on_terminal_sought(self, message: TerminalSought) -> None:
        self._turn_to(message.channel)

    def action_terminal(self, way: int) -> None:
        terminals = self.query_one(Terminals)
        if len(terminals.channels) < 2:
            self.news("this session has one terminal")
            return
        self._turn_to(terminals.next(way))

    def _turn_to(self, channel: int | None) -> None:
        """Show this terminal, whichever was written to, and step through its frames."""
        self.terminal = channel
        self._step_in_terminal()
        self.sync()

    def _step_in_terminal(self) -> None:
        if self.player is not None and self.loaded is not None:
            chosen = self.terminal
            self.player.among = None if chosen is None else self.loaded.frames.of_channel(chosen)

    # -- the scrubber ----------------------------------------------------------------------------

    def action_zoom_time(self, steps: int) -> None:
        self.query_one(Scrubber).zoom(steps)

    def on_heat_wanted(self, message: HeatWanted) -> None:
        self.projector.ask(HEAT, _heat(message.scale))


def _scrolled(desk: Desk, frame: int) -> list[str]:
    """On the projector's thread: with a screen of its own, so that the one on show stays where
    stepping on from it is quick."""
    if frame >= len(desk.index.frames):
        return []
    return Playback(desk.recording, desk.index).scrolled(frame)


def _heat(scale: Scale) -> Callable[[Desk], Load]:
    def errand(desk: Desk) -> Load:
        return heat_of(desk.index, scale.start, scale.end, scale.width * FINER)

    return errand
