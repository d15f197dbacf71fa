"""How much room is left, and when that is worth a word. Pure.

Knows: two thresholds, bytes. Must never know: file systems, who is told. Called by
`gateway.house` every second or so. Below the first threshold there is a warning; below the second
nobody new is let in, so that those who are inside can end well. Either is over only when there is
a tenth more room than its threshold, so that a disk at the brink does not flutter.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Level(Enum):
    ROOMY = "there is room"
    LOW = "the disk is nearly full"
    FULL = "the disk is too full for anybody new"


@dataclass(frozen=True, slots=True)
class DiskSettings:
    """In MiB."""

    warn_below: int = 2048
    refuse_below: int = 256


class DiskWatch:
    """Remembers how it was."""

    def __init__(self, settings: DiskSettings) -> None:
        self.settings = settings
        self.level = Level.ROOMY

    def look(self, free: int) -> bool:
        """``free`` bytes are left; whether that is another `level` than before."""
        before = self.level
        warn, refuse = self.settings.warn_below << 20, self.settings.refuse_below << 20
        if free < _brink(refuse, before is Level.FULL):
            self.level = Level.FULL
        elif free < _brink(max(warn, refuse), before is not Level.ROOMY):
            self.level = Level.LOW
        else:
            self.level = Level.ROOMY
        return self.level is not before


def _brink(threshold: int, below: bool) -> int:
    """Where the level changes: higher on the way up than on the way down."""
    return threshold + threshold // 10 if below else threshold
