"""Hits as rows: a heading for each session, then a line for each hit with the match in it.

Knows: `replay.hunting.Hits`. Must never know: queries, files, who searches. Called by the results
screen. Everything recorded goes through `label`.
"""

from __future__ import annotations

from collections.abc import Mapping

from rich.text import Text

from recorder.moments import format_offset, format_wall
from replay.entry import Entry
from replay.hunting import Hits
from replay.passage import Kind
from replay.search import Hit
from replay.tui.cells import label
from replay.tui.session_table import badge
from replay.tui.virtual_rows import VirtualRows

BEFORE = 3
"""A third of the room is for what stands before a match."""
ROOMY = 64
"""Columns from which the last time is told, and more than the sign of a session's health."""
_MARKS: Mapping[str, str] = {"flash": "bold yellow", "alt": "cyan", "typed": "bold magenta"}
_KINDS: Mapping[Kind, str] = {
    Kind.SCREEN: "",
    Kind.TYPED: "in ",
    Kind.COMMAND: "cmd ",
    Kind.TITLE: "title ",
    Kind.FILE: "file ",
    Kind.STATEMENT: "sql ",
    Kind.NOTICE: "notice ",
}


class HitList(VirtualRows):
    """The rows."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - as every widget's
        super().__init__(id=id)
        self.found = Hits()

    def show(self, found: Hits) -> None:
        """Other hits altogether."""
        self.found = found
        self.set_count(len(found.rows), 0)

    def selectable(self, row: int) -> bool:
        return self.found.rows[row] >= 0

    def draw_row(self, row: int, width: int) -> Text:
        number = self.found.rows[row]
        if number < 0:
            count = len(self.found.of_session(~number))
            return heading(self.found.sessions[~number], count, width)
        return line(self.found.hits[number], width)

    @property
    def chosen(self) -> Hit | None:
        """The hit that the cursor is on."""
        return self.found.hit(self.cursor) if 0 <= self.cursor < self.count else None


def heading(entry: Entry, count: int, width: int) -> Text:
    """What is said of a session above its hits."""
    text = Text(end="").append_text(badge(entry, 2)).append(" ")
    text.append_text(label(entry.principal or "–", "bold underline"))
    text.append_text(label(f" on {entry.where or '–'}", "underline"))
    if entry.wall_ns:
        text.append(f"  {format_wall(entry.wall_ns)[:16]}Z")
    hits = Text(f"  {count} hit{'' if count == 1 else 's'}", "dim")
    # Whose and where can be cut and still be known; a number that is cut is another number.
    text.truncate(max(width - hits.cell_len, 1), overflow="ellipsis")
    text.append_text(hits)
    if width >= ROOMY and entry.purpose:
        text.append_text(label(f"  {entry.purpose}", "italic"))
    text.truncate(width, overflow="ellipsis")
    return text


def times(hit: Hit, *, both: bool) -> str:
    """When the match was first there as a whole, and when last."""
    first, last = format_offset(hit.passage.time), format_offset(hit.passage.until)
    if not both:
        return first
    return f"{first}–{last[1:]}" if last != first else first + " " * len(last)


def line(hit: Hit, width: int) -> Text:
    """One hit in so many columns."""
    text = Text(end="").append(times(hit, both=width >= ROOMY), "cyan").append(" ")
    text.append(_KINDS[hit.passage.kind], "italic")
    marks = Text(end="")
    for mark in hit.marks:
        marks.append_text(label(f" {mark}", _MARKS.get(mark, "bold red")))
    room = width - text.cell_len - marks.cell_len
    if room < 8:
        marks, room = Text(end=""), width - text.cell_len
    text.append_text(context(hit, max(room, 1)))
    text.pad_right(max(width - text.cell_len - marks.cell_len, 0))
    return text.append_text(marks)


def context(hit: Hit, width: int) -> Text:
    """The line around the first match, with every match in it highlighted."""
    said = hit.passage.text
    start = 0
    if hit.spans and hit.spans[0].end > width - 1:
        # What stands before it, but not so little of what comes after that room is left over.
        start = max(min(hit.spans[0].start - width // BEFORE, len(said) - width + 2), 0)
    text = Text(no_wrap=True, end="").append("…" if start else "", "dim")
    at = start
    for span in sorted(hit.spans):
        if span.end <= at:
            continue
        text.append_text(label(said[at : max(span.start, at)]))
        text.append_text(label(said[max(span.start, at) : span.end], "bold reverse"))
        at = span.end
        if text.cell_len > width:
            break
    # More than there is room for is not even made fit to be shown.
    text.append_text(label(said[at : at + width + 1]))
    text.truncate(width, overflow="ellipsis")
    return text
