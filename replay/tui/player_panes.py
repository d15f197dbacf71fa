"""The player's panes: which are open, which has the keys, and what the list and inspector read.

Knows: the panes, errands for the projector. Must never know: files, chunks. Part of the player's
screen.

Where there is room (`WIDE`), the list stands beside the stage; else it comes when it is gone to
with tab, and goes again. `+` gives one pane all the room.
"""

from __future__ import annotations

from enum import StrEnum
from typing import cast

from textual import events
from textual.widget import Widget

from recorder.moments import AtEvent, AtFrame
from replay.excerpts import EventRow, Inspected, look, rows
from replay.lists import Commands, Tab
from replay.tui.command_line import Prompt
from replay.tui.inspector import Inspector
from replay.tui.list_pane import ListPane
from replay.tui.player_base import PlayerBase

ROOMY = 8
"""Rows from which the scrubber is shown."""
WIDE = 120
"""Columns from which the list stands beside the stage."""
NARROW = 70
"""Columns up to which the list takes the place of the stage."""
TALL = 16
"""Rows from which the inspector stands below the stage, and not in its place."""


class Pane(StrEnum):
    """What can have the keys to itself."""

    STAGE = "stage"
    LIST = "list"
    INSPECTOR = "inspector"


class Panes(PlayerBase):
    """List, inspector, and the room between them."""

    pane = Pane.STAGE
    zoomed: Pane | None = None
    inspecting = False
    _looked: tuple[AtFrame | AtEvent, int] | None = None

    @property
    def by_event(self) -> bool:
        """Whether `,` and `.` step events now."""
        return self.inspecting

    @property
    def settled(self) -> bool:
        """Whether stage, list and inspector show what the player says."""
        return super().settled and not self.waiting

    @property
    def pane_list(self) -> ListPane:
        return self.query_one(ListPane)

    @property
    def inspector(self) -> Inspector:
        return self.query_one(Inspector)

    # -- room ------------------------------------------------------------------------------------

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(event.size.height < ROOMY, "-tiny")
        self.lay_out()

    def lay_out(self) -> None:
        """Give each pane its room."""
        size = self.app.size
        has_list = size.width >= WIDE or self.pane is Pane.LIST
        alone = self.zoomed
        if alone is None and self.pane is Pane.LIST and size.width < NARROW:
            alone = Pane.LIST
        if alone is None and self.inspecting and size.height < TALL:
            alone = Pane.LIST if self.pane is Pane.LIST else Pane.INSPECTOR
        self.pane_list.display = alone is Pane.LIST or (alone is None and has_list)
        self.inspector.display = alone is Pane.INSPECTOR or (alone is None and self.inspecting)
        self.query_one("#showing").display = alone is not Pane.LIST
        self.query_one("#stage-place").display = alone in (None, Pane.STAGE)
        self.set_class(alone is Pane.LIST, "-list-alone")
        self.set_class(alone is Pane.INSPECTOR, "-inspector-alone")
        self.call_after_refresh(self._fill)

    def _fill(self) -> None:
        """What has room now is to be read."""
        if self.is_mounted:
            self.read_rows()
            self.read_events()

    def turn_to(self, pane: Pane) -> None:
        """Give the keys to this pane."""
        self.pane = pane
        if self.zoomed not in (None, pane):
            self.zoomed = pane
        self.lay_out()
        match pane:
            case Pane.STAGE:
                self.set_focus(None)
            case Pane.LIST:
                self.pane_list.rows.focus()
            case Pane.INSPECTOR:
                self.inspector.focus()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """A click went to a pane."""
        found = self._pane_of(event.widget)
        if found is not None and found is not self.pane:
            self.pane = found

    def _pane_of(self, widget: Widget) -> Pane | None:
        if widget is self.inspector and self.inspecting:
            return Pane.INSPECTOR
        return Pane.LIST if widget is self.pane_list.rows else None

    def action_pane(self, way: int) -> None:
        panes = [Pane.STAGE, Pane.LIST, *([Pane.INSPECTOR] if self.inspecting else [])]
        at = panes.index(self.pane) if self.pane in panes else 0
        self.turn_to(panes[(at + way) % len(panes)])

    def action_zoom(self) -> None:
        self.zoomed = None if self.zoomed is not None else self.pane
        self.lay_out()

    def action_inspect(self) -> None:
        self.inspecting = not self.inspecting
        self._looked = None
        if not self.inspecting and Pane.INSPECTOR in (self.pane, self.zoomed):
            self.zoomed = None
            self.turn_to(Pane.STAGE)
        self.lay_out()

    def step_out(self) -> bool:
        """Out of what is in the way, one thing after the other; whether there was any."""
        prompt = self.query_one(Prompt)
        if prompt.display:
            prompt.close()
        elif self.zoomed is not None:
            self.zoomed = None
            self.lay_out()
        elif self.pane is not Pane.STAGE:
            self.turn_to(Pane.STAGE)
        elif self.inspecting:
            self.action_inspect()
        else:
            return False
        return True

    # -- what they show --------------------------------------------------------------------------

    def grown(self) -> None:
        super().grown()
        loaded = self.loaded
        if loaded is None:
            return
        pane = self.pane_list
        words = pane.words.get(Tab.COMMANDS, "").casefold().split()
        pane.put(Tab.COMMANDS, Commands(loaded.commands, words))
        pane.events.grow(loaded.span.events)
        pane.put(Tab.EVENTS, pane.events, more=pane.more.get(Tab.EVENTS, ""))

    def placed(self) -> None:
        super().placed()
        if self.shown is not None:
            self.pane_list.follow(self.shown.view.event)
        self.read_events()

    def answered(self, name: str, found: object) -> None:
        super().answered(name, found)
        if name == "rows":
            self.pane_list.events.learn(cast("dict[int, EventRow]", found))
            self.pane_list.redraw()
            self.read_rows()
        elif isinstance(found, Inspected):
            self.inspector.show(found.lines)

    def read_rows(self) -> None:
        """Ask for the rows of events that are in view."""
        unread = self.pane_list.unread()
        if unread:
            self.ask("rows", rows(unread))

    def read_events(self) -> None:
        """Ask for what the events on show are made of."""
        if not self.inspecting or self.shown is None or not self.inspector.size.width:
            return
        wanted = (self.shown.target, self.inspector.columns)
        if wanted != self._looked:
            self._looked = wanted
            self.ask("look", look(*wanted))

    def on_inspector_needed(self, _message: Inspector.Needed) -> None:
        self.read_events()

    def on_list_pane_needed(self, _message: ListPane.Needed) -> None:
        self.read_rows()

    def on_list_pane_turned(self, _message: ListPane.Turned) -> None:
        self.read_rows()
