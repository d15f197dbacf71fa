"""Ending a live session from the player: asked, confirmed with a reason, done by the gateway.

Knows: the scope (`replay.scope`), which asks the gateway. Must never know: sockets, processes,
policy. Part of the player's screen. Each question may wait for the gateway: on a worker's thread.
"""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from recorder.errors import GatereelError
from recorder.events import Header
from replay.tui.cells import label
from replay.tui.player_base import PlayerBase


class Confirm(ModalScreen[str | None]):
    """Asks why a session is to be ended: with a reason it is confirmed, with escape it is not."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "Cancel")]

    def __init__(self, header: Header) -> None:
        super().__init__()
        self._facts = header.facts

    def compose(self) -> ComposeResult:
        facts = self._facts
        who, account, target = (str(facts.get(n, "")) for n in ("principal", "account", "target"))
        where = f"{account}@{target}" if account else target
        with Vertical(id="dialog"):
            yield Static(label(f"End the session of {who} on {where}?"), id="dialog-title")
            yield Static(label("It is cut off at once, and told who did it and why."))
            yield Input(placeholder="the reason", id="reason")
            yield Static(label("enter ends it, escape lets it go on"), id="dialog-line")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        reason = event.value.strip()
        if reason:
            self.dismiss(reason)
            return
        line = self.query_one("#dialog-line", Static)
        line.update(label("a reason is recorded with it: write one, or leave with escape"))
        line.add_class("problem")


class Ends(PlayerBase):
    """Ending what is watched."""

    def action_end_session(self) -> None:
        loaded = self.loaded
        if loaded is None or loaded.state != "live":
            self.news("this session is over already")
            return
        self.run_worker(self._may_end, thread=True, group="end", exit_on_error=False)

    def _may_end(self) -> None:
        """On a thread: whether it may be offered at all."""
        try:
            may = self.scope.may_end(self.session)
        except GatereelError as error:
            self.app.call_from_thread(self.say_error, error)
            return
        self.app.call_from_thread(self._confirm if may else self._may_not)

    def _may_not(self) -> None:
        self.bad_news("you may not end this session from here: `gatereel kill` says where to ask")

    def _confirm(self) -> None:
        if self.loaded is not None:
            self.app.push_screen(Confirm(self.loaded.header), self.end_session)

    def end_session(self, reason: str | None) -> None:
        """End it, with this reason; None: it goes on."""
        if reason is not None:
            self.news("asking the gateway to end it …")
            self.run_worker(lambda: self._end(reason), thread=True, group="end")

    def _end(self, reason: str) -> None:
        """On a thread: wait for the gateway."""
        try:
            self.scope.end(self.session, reason)
        except GatereelError as error:
            self.app.call_from_thread(self.say_error, error)
        else:
            self.app.call_from_thread(self.news, "the session was ended")
