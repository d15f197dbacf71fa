"""Whether text that is copied can be expected to arrive in the viewer's clipboard, and a file for
where it cannot.

Knows: environment variables of terminals, a folder. Must never know: widgets, recordings. Called by
the player screen, which sends the text to the terminal (OSC 52) in any case.

No terminal answers whether it took a text. Those named here are known to take it as they come;
others may have it switched off (xterm), may never have heard of it (the console, VTE before 0.76),
or keep what programs send to themselves (tmux, screen). For these the text is kept in a file too.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

NAME = "copied.txt"
_PROGRAMS = frozenset(("iTerm.app", "WezTerm", "ghostty", "vscode", "rio", "mintty"))
_TERMS = ("xterm-kitty", "alacritty", "foot", "xterm-ghostty", "wezterm", "contour")
_BETWEEN = ("TMUX", "STY", "ZELLIJ")


def takes_text(environment: Mapping[str, str]) -> bool:
    """Whether the terminal is one of those that are known to put text into the clipboard."""
    if any(environment.get(name) for name in _BETWEEN):
        return False
    return (
        environment.get("TERM_PROGRAM", "") in _PROGRAMS
        or environment.get("TERM", "").startswith(_TERMS)
        or bool(environment.get("WT_SESSION"))
        or bool(environment.get("KITTY_WINDOW_ID"))
    )


def keep(text: str, folder: Path) -> Path:
    """Write the text where only its owner reads it, instead of what was kept before; the file.

    Raises `OSError`. The file's name is always the same: nothing recorded becomes a name.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / NAME
    path.unlink(missing_ok=True)
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(fd, "w", encoding="utf-8") as file:
        file.write(text)
    return path
