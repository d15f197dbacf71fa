"""The app: what it begins with, and what it looks like.

Knows: a store or one recording to begin with, a clock, who looks. Must never know: what a screen
does, or which one comes next (`replay.tui.routing`). Called by `replay.cli` and
`replay.tui.picture`.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import ClassVar

from rich.text import Text
from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen

from recorder.clock import Clock, SystemClock
from recorder.moments import Moment
from recorder.store import Store
from replay.errors import AppBroke
from replay.scope import LocalScope, Scope
from replay.tending import Tender
from replay.tui.keys import shown_key
from replay.tui.library_screen import LibraryScreen
from replay.tui.own_keys import OwnKeys
from replay.tui.player_writes import CasePlace
from replay.tui.routing import Opener, Routes
from replay.tui.theme import PALETTE, THEME

LOW = 12
"""Rows below which what is only for the eye is left out."""
SERVED_FAULT = f"gatereel: {AppBroke.code}: {AppBroke.summary}; tell whoever runs this gateway"


class ReplayApp(Routes):
    """The investigator's app."""

    TITLE = "gatereel"
    CSS_PATH = "app.tcss"
    VERTICAL_BREAKPOINTS = [(0, "-tight"), (LOW, "-roomy")]  # noqa: RUF012 - as App declares it
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "quit", "Quit", show=False, priority=True),
    ]

    def __init__(
        self,
        store: Store | None = None,
        *,
        recording: Opener | None = None,
        start: Moment | None = None,
        clock: Clock | None = None,
        scope: Scope | None = None,
        tender: Tender | None = None,
        case: CasePlace | None = None,
        own: OwnKeys | None = None,
    ) -> None:
        """With ``recording``, the player on it; else the library of ``store``, whose catalog
        ``tender`` keeps up meanwhile. ``scope`` says what whoever looks may see and do; without
        one, everything, as at home. ``case``: where bookmarks go. ``own``: a person's own keys."""
        super().__init__(store, clock or SystemClock(), scope or LocalScope(), case)
        self.own_keys = own or OwnKeys({})
        self._recording = recording
        self._start = start
        self._tender = tender
        self.ansi_theme_dark = PALETTE

    def on_mount(self) -> None:
        self.register_theme(THEME)
        self.theme = THEME.name
        self.set_keymap(dict(self.own_keys.keymap))
        if self.own_keys.problem:
            self.notify(self.own_keys.problem, severity="error", markup=False)
        if self._recording is not None:
            self.push_screen(self.player(self._recording, self._start), lambda _: self.exit())
        elif self._store is not None:
            self.push_screen(LibraryScreen(self._store, self._scope, self._clock))
            if self._tender is not None:
                self.run_worker(self._tend, thread=True, name="tender")

    def on_unmount(self) -> None:
        if self._tender is not None:
            self._tender.stop()

    def _tend(self) -> None:
        """On a worker's thread."""
        assert self._tender is not None
        self._tender.run(lambda line: self.call_from_thread(self._tell_work, line))

    def _tell_work(self, line: str) -> None:
        for screen in self.screen_stack:
            if isinstance(screen, LibraryScreen):
                screen.tell_work(line)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The palette: every key of the screen on top, by name; then what Textual offers."""
        for binding in screen.BINDINGS:
            if isinstance(binding, Binding):
                key = shown_key(binding, self.own_keys.keymap)
                yield SystemCommand(
                    binding.description,
                    f"key {key}",
                    partial(self.run_action, binding.action, screen),
                )
        yield from (c for c in super().get_system_commands(screen) if c.title in ("Theme", "Quit"))

    def _print_error_renderables(self) -> None:
        """What is left on the terminal after a fault: at home all of it, so that it can be mended;
        at the other end of a connection a line, and nothing of our insides."""
        if self._scope.served and self._exception is not None:
            self._exit_renderables = [Text(SERVED_FAULT)]
        super()._print_error_renderables()
