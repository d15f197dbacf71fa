"""What the app looks like: its theme, and what the palette colours of a recording are here.

Knows: colours. Must never know: anything else. Called by the app.
"""

from __future__ import annotations

from rich.terminal_theme import TerminalTheme
from textual.theme import Theme

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
