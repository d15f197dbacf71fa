"""The preview: what is known of one session, and the screen of it that tells most.

Knows: an entry of the catalog and its preview. Must never know: recordings, files. Called by the
library's screen. Text alone, through `label`: nothing of it is markup.
"""

from __future__ import annotations

from rich.text import Text
from textual.widget import Widget

from recorder.moments import format_offset, format_wall
from replay.entry import Entry, Preview
from replay.tui.cells import label

_WHY = {
    "refused": "where something was refused",
    "denied": "where something was denied",
    "held": "where something was held",
    "failed": "where a command failed",
    "fullest": "where the screen was fullest",
}


class PreviewPane(Widget):
    """The pane."""

    ALLOW_SELECT = False

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - as every widget's
        super().__init__(id=id)
        self.entry: Entry | None = None
        self.preview: Preview | None = None
        self.waiting = False

    def expect(self, entry: Entry | None) -> None:
        """This session; its screen is on its way."""
        if entry is None or self.entry is None or entry.id != self.entry.id:
            self.preview = None
        self.waiting = entry is not None
        self.entry = entry
        self.refresh()

    def show(self, session: str, preview: Preview | None) -> None:
        """The screen that was expected; another session's is nothing to us."""
        if self.entry is not None and self.entry.id == session:
            self.preview, self.waiting = preview, False
            self.refresh()

    def render(self) -> Text:
        width, height = self.size
        entry = self.entry
        text = Text(no_wrap=True, overflow="crop", end="")
        if entry is None or height < 1:
            return text
        lines = [*heading(entry, self.preview)]
        room = height - len(lines)
        if self.preview is not None:
            lines += [label(row) for row in part(self.preview.rows, room)]
        elif not self.waiting:
            words = "no screen to show: " + (entry.reason or "nothing of it is in the catalog yet")
            lines.append(label(words, "dim"))
        for number, line in enumerate(lines[:height]):
            line.truncate(width, overflow="ellipsis")
            text.append_text(line)
            if number + 1 < min(len(lines), height):
                text.append("\n")
        return text


def heading(entry: Entry, preview: Preview | None) -> list[Text]:
    """What is said above the screen."""
    first = label("").append_text(label(entry.principal or "–", "bold"))
    first.append_text(label(f" on {entry.where or '–'}"))
    if entry.purpose:
        first.append_text(label(f" for {entry.purpose}", "italic"))
    counts = f"{entry.id[-12:]}  {entry.events} events  {entry.frames} frames"
    second = label("").append_text(label(counts, "dim"))
    if entry.client or entry.address:
        second.append_text(label(f"  from {entry.client} {entry.address}".rstrip(), "dim"))
    if entry.state == "interrupted" and entry.reason:
        second.append_text(label(f"  {entry.reason}", "yellow"))
    if entry.preserved:
        second.append_text(label(f"  preserved by {entry.preserved}", "bold cyan"))
    if entry.redacted:
        second.append_text(label(f"  {entry.redacted}", "bold magenta"))
    if entry.weaker:
        second.append_text(label(f"  without {', '.join(entry.weaker)}", "bold yellow"))
    if preview is not None:
        wall = format_wall(entry.wall_ns, preview.time)[11:19]
        why = _WHY.get(preview.why, preview.why)
        place = f"  f{preview.frame} {format_offset(preview.time)} {wall}Z, {why}"
        second.append_text(label(place, "dim"))
    return [first, second]


def part(rows: tuple[str, ...], room: int) -> tuple[str, ...]:
    """As many rows of a screen as there is room for: the last that say anything."""
    end = len(rows)
    while end and not rows[end - 1].strip():
        end -= 1
    return rows[max(end - max(room, 0), 0) : end] if room > 0 else ()
