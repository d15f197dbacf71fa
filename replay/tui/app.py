"""The app: which screen is on top, and nothing else.

Knows: a store or one recording to begin with, and a clock. Must never know: what a screen does.
Called by `replay.cli` and `replay.tui.picture`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import ClassVar

from rich.terminal_theme import TerminalTheme
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.theme import Theme

from recorder.clock import Clock, SystemClock
from recorder.moments import Moment
from recorder.reader import Recording
from recorder.store import Store
from replay.tui.library_screen import LibraryScreen
from replay.tui.player_screen import PlayerScreen

Opener = Callable[[], Recording]

THEME = Theme(
    name="gatereel",
    primary="#7aa2c8",
    secondary="#8f9bb3",
    accent="#e0a84e",
    warning="#e0a84e",
    error="#e06c6c",
    success="#8fbf7f",
    foreground="#d4d7dd",
    background="#14171c",
    surface="#1b1f26",
    panel="#242a33",
    dark=True,
)
_DIM = [(0, 0, 0), (205, 49, 49), (13, 188, 121), (205, 190, 60)]
_DIM += [(59, 120, 210), (188, 63, 188), (17, 168, 205), (212, 215, 221)]
_BRIGHT = [(110, 118, 129), (241, 76, 76), (35, 209, 139), (245, 240, 110)]
_BRIGHT += [(97, 160, 240), (214, 112, 214), (41, 184, 219), (255, 255, 255)]
PALETTE = TerminalTheme((20, 23, 28), (212, 215, 221), _DIM, _BRIGHT)
"""What the sixteen palette colours of a recording look like here."""


class ReplayApp(App[None]):
    """The investigator's app."""

    TITLE = "gatereel"
    CSS_PATH = "app.tcss"
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
    ) -> None:
        """With ``recording``, the player on it; else the library of ``store``."""
        super().__init__()
        self._store = store
        self._recording = recording
        self._start = start
        self._clock = clock or SystemClock()
        self.ansi_theme_dark = PALETTE

    def on_mount(self) -> None:
        self.register_theme(THEME)
        self.theme = THEME.name
        if self._recording is not None:
            self.push_screen(self._player(self._recording, self._start), lambda _: self.exit())
        elif self._store is not None:
            self.push_screen(LibraryScreen(self._store, self._open))

    def _open(self, session: str) -> None:
        assert self._store is not None
        self.push_screen(self._player(partial(Recording, self._store, session), None))

    def _player(self, recording: Opener, start: Moment | None) -> PlayerScreen:
        return PlayerScreen(recording, self._clock, start)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The palette: every key of the screen on top, by name; then what Textual offers."""
        for binding in screen.BINDINGS:
            if isinstance(binding, Binding):
                key = binding.key_display or binding.key
                yield SystemCommand(
                    binding.description,
                    f"key {key}",
                    partial(self.run_action, binding.action, screen),
                )
        yield from (c for c in super().get_system_commands(screen) if c.title in ("Theme", "Quit"))
