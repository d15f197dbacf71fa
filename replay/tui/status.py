"""The status line: where in the recording one is, in words that can be quoted.

Knows: the facts of one position. Must never know: players, recordings. Called by the player
screen. What a narrow terminal has no room for is left out, the least needed first.
"""

from __future__ import annotations

from dataclasses import dataclass

from rich.text import Text
from textual.widget import Widget

from recorder.moments import SECOND, format_offset, format_wall
from replay.tui.cells import label


@dataclass(frozen=True, slots=True)
class Position:
    """Everything that the line says."""

    playing: str
    """ "►", "‖" or "●"."""
    wall_ns: int
    time: int
    duration: int
    frame: int
    frames: int
    event: int
    sealed: tuple[int, int]
    speed: int
    """In quarters."""
    idle: str
    absolute: bool
    health: str
    """"" or why to be careful: "live", "interrupted"."""
    found: str = ""
    """Which hit is on show."""


def format_speed(quarters: int) -> str:
    """`1×`, `64×`, `0.25×`."""
    return f"{quarters // 4}×" if quarters % 4 == 0 else f"{quarters * 25 / 100:g}×"


def format_clock(time: int, wall_ns: int, *, absolute: bool) -> str:
    """A recorded time on the clock that is chosen: the wall's, or the session's own."""
    if absolute:
        return format_wall(wall_ns, time)
    return f"{format_offset(time)}.{time % SECOND // 1000:03}"


def fields(position: Position) -> list[tuple[int, str, str]]:
    """The line's fields: how soon each is left out (0: never), its text, its style."""
    sealed, total = position.sealed
    frame = f"f{position.frame}" if position.frame >= 0 else "f–"
    absolute = position.absolute
    clock = format_clock(position.time, position.wall_ns, absolute=absolute)
    found = [
        (0, position.playing, "bold"),
        (1 if absolute else 0, clock, ""),
        (0, format_offset(position.time), "") if absolute else None,
        (5, f"of {format_offset(position.duration)[1:]}", "dim") if not absolute else None,
        (0, f"{frame}/{position.frames}", "bold"),
        (2, f"e{position.event}", ""),
        (4, f"sealed {sealed}/{total}", "" if sealed == total else "bold yellow"),
        (3, format_speed(position.speed), ""),
        (6, position.idle, ""),
        (1, position.health, "bold yellow") if position.health else None,
        (1, position.found, "bold cyan") if position.found else None,
    ]
    return [field for field in found if field is not None]


def line(position: Position, width: int) -> Text:
    """The status line in so many columns."""
    chosen = fields(position)
    while len(chosen) > 1 and _length(chosen) > width:
        least = max(chosen, key=lambda field: field[0])
        if least[0] == 0:
            break
        chosen.remove(least)
    text = Text(no_wrap=True, overflow="crop", end="")
    for index, (_, words, style) in enumerate(chosen):
        text.append(("  " if index else "") + words, style)
    text.truncate(width)
    return text


def _length(chosen: list[tuple[int, str, str]]) -> int:
    return sum(len(words) + 2 for _, words, _ in chosen) - 2


class StatusLine(Widget):
    """One row: the position, or a line of news until the next position is set."""

    ALLOW_SELECT = False

    def __init__(self) -> None:
        super().__init__()
        self._position: Position | None = None
        self._news: Text | None = None

    def show(self, position: Position) -> None:
        """Say this position, unless there is news."""
        if position != self._position:
            self._position = position
            self.refresh()

    def say(self, words: str, style: str = "") -> None:
        """Say something else, until `clear`."""
        self._news = label(words, style)
        self.refresh()

    def clear(self) -> None:
        """Back to the position."""
        if self._news is not None:
            self._news = None
            self.refresh()

    def unsay(self, words: str) -> None:
        """`clear`, where this is still what is said."""
        if self._news is not None and self._news.plain == label(words).plain:
            self.clear()

    def render(self) -> Text:
        if self._news is not None:
            return self._news
        return line(self._position, self.size.width) if self._position else Text()
