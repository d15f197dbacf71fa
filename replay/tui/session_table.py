"""The sessions as a table: any number of rows, columns by what there is room for.

Knows: entries of the catalog and how they are sorted. Must never know: queries, files, who looks.
Called by the library's screen. Everything that somebody else chose goes through `label`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import NamedTuple

from rich.text import Text

from recorder.moments import format_duration, format_wall
from replay.entry import DAMAGED, INTERRUPTED, LIVE, SEALED, Entry
from replay.library import Column, Order
from replay.tui.cells import label
from replay.tui.virtual_rows import GUTTER, VirtualRows

BADGES: Mapping[str, tuple[str, str]] = {
    LIVE: ("●", "bold green"),
    SEALED: ("✓", "green"),
    INTERRUPTED: ("!", "bold yellow"),
    DAMAGED: ("✗", "bold red"),
}
"""By state: a sign that says it without colour too, and its style."""
SHORT: Mapping[str, str] = {LIVE: "live", SEALED: "ok", INTERRUPTED: "cut", DAMAGED: "bad"}
"""The same in a word that fits where the whole one does not."""
WEAKER = "‼"
"""A protection was switched off."""
COPY = "▒"
"""A redacted copy."""
HOLD = "§"
"""Under a legal hold."""


class Room(NamedTuple):
    """What a column takes: so many columns of the terminal at least, at ease, and at most."""

    column: Column
    least: int
    ease: int
    most: int
    need: int
    """The higher, the sooner it is left out."""
    right: bool = False


ROOMS: tuple[Room, ...] = (
    Room(Column.HEALTH, 2, 2, 16, 0),
    Room(Column.WHO, 6, 14, 24, 1),
    Room(Column.WHERE, 7, 26, 44, 2),
    Room(Column.PURPOSE, 10, 22, 60, 5),
    Room(Column.PROTOCOL, 3, 8, 12, 8),
    Room(Column.WHEN, 11, 11, 19, 3),
    Room(Column.LENGTH, 6, 6, 8, 4, right=True),
    Room(Column.COMMANDS, 4, 5, 6, 6, right=True),
    Room(Column.VERDICTS, 5, 9, 16, 7),
    Room(Column.MASKS, 5, 5, 6, 9, right=True),
)
WIDTHS: Mapping[Column, tuple[int, ...]] = {Column.HEALTH: (16, 15, 14, 13, 10, 9, 8, 6, 2),
                                            Column.WHEN: (19, 16, 11)}  # fmt: skip
"""Of columns that say more or less, and not less of the same."""


def layout(width: int, wanted: Mapping[Column, int]) -> list[tuple[Room, int]]:
    """Which columns there are in this width, and how wide; ``wanted``: as wide as what is in them,
    which no column is given more than. Columns in which nothing is are left out."""
    chosen: list[Room] = []
    left = width + 1
    for room in sorted(ROOMS, key=lambda room: room.need):
        if not wanted.get(room.column, room.most):
            continue
        if room.least + 1 > left:
            break
        chosen.append(room)
        left -= room.least + 1
    widths = {room.column: room.least for room in chosen}
    for name in ("ease", "most"):
        growing = True
        while left and growing:  # a column of the terminal each in turn
            growing = False
            for room in chosen:
                column = room.column
                limit = min(getattr(room, name), max(wanted.get(column, room.most), room.least))
                steps = [w for w in WIDTHS.get(column, ()) if widths[column] < w <= limit]
                more = min(steps) - widths[column] if steps else 1
                if widths[column] + more <= limit and more <= left:
                    widths[column] += more
                    left -= more
                    growing = True
    return [(room, widths[room.column]) for room in ROOMS if room in chosen]


def measured(entries: Sequence[Entry]) -> dict[Column, int]:
    """How wide what these say in each column is, at most; the title where it is wider."""

    def longest(name: str) -> int:
        return max(map(len, set(map(attrgetter(name), entries))), default=0)

    def most(*names: str) -> int:
        return sum(max(map(attrgetter(name), entries), default=0) for name in names)

    signed = [most("denied", "refused"), most("held"), most("allowed")]
    states = {(entry.state, len(marks(entry))) for entry in entries}
    wide = {
        Column.HEALTH: max((len(state) + 2 + more for state, more in states), default=2),
        Column.WHO: longest("principal"),
        Column.WHERE: longest("account") + longest("target") + 1,
        Column.PURPOSE: longest("purpose"),
        Column.PROTOCOL: longest("protocol"),
        Column.WHEN: 19,
        Column.LENGTH: 8,
        Column.COMMANDS: len(count(most("commands"))),
        Column.VERDICTS: sum(len(count(number)) + 2 for number in signed if number),
        Column.MASKS: len(count(most("masks"))),
    }
    return {c: max(w, min(len(c.value) + 1, 9)) if w else 0 for c, w in wide.items()}


def cell(entry: Entry, column: Column, width: int) -> Text:
    """What a session says in a column."""
    match column:
        case Column.HEALTH:
            return badge(entry, width)
        case Column.WHO:
            return label(entry.principal, "bold")
        case Column.PURPOSE:
            return label(entry.purpose or (entry.reason if entry.state == DAMAGED else ""), "dim")
        case Column.WHERE:
            return label(entry.where)
        case Column.PROTOCOL:
            return label(entry.protocol)
        case Column.WHEN:
            return label(when(entry, width))
        case Column.LENGTH:
            return label(format_duration(entry.duration) if entry.wall_ns else "–")
        case Column.COMMANDS:
            return label(count(entry.commands))
        case Column.VERDICTS:
            return verdicts(entry)
        case Column.MASKS:
            return label(count(entry.masks), "magenta")


def badge(entry: Entry, width: int) -> Text:
    """A session's health: a sign, and the word, or a short one, where there is room."""
    sign, style = BADGES[entry.state]
    more = marks(entry)
    if WEAKER in more:
        style = "bold yellow"
    for word in (entry.state, SHORT[entry.state]):
        if len(text := f"{sign}{more} {word}") <= width:
            return Text(text, style)
    # Where there is no room for words there is for one of these: the rest is in the preview.
    return Text(sign + more[:1], style)


def marks(entry: Entry) -> str:
    """What else there is to know of a session's health; what matters most comes first."""
    weaker = WEAKER if entry.weaker and entry.state != DAMAGED else ""
    return weaker + (COPY if entry.redacted else "") + (HOLD if entry.preserved else "")


def when(entry: Entry, width: int) -> str:
    """When it began, in 19, 16 or 11 columns."""
    if not entry.wall_ns:
        return "–"
    whole = format_wall(entry.wall_ns)[:19]
    return whole[: 19 if width >= 19 else 16] if width >= 16 else whole[5:16]


def count(number: int) -> str:
    """A count in at most six columns; nothing where there is none."""
    if number < 100_000:
        return str(number or "")
    return f"{number // 1000}k" if number < 10_000_000 else f"{number // 1_000_000}M"


def verdicts(entry: Entry) -> Text:
    """How often something was denied, held, allowed: what matters first."""
    text = Text(end="")
    for sign, number, style in (
        ("✗", entry.denied + entry.refused, "bold red"),
        ("‖", entry.held, "yellow"),
        ("✓", entry.allowed, "green"),
    ):
        if number:
            text.append((" " if text else "") + sign + count(number), style)
    return text


class SessionTable(VirtualRows):
    """The table."""

    HEAD = 1

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - as every widget's
        super().__init__(id=id)
        self.entries: Sequence[Entry] = ()
        self.order = Order()
        self._rows: dict[str, int] = {}
        self._wanted: dict[Column, int] = {}
        self._layout: list[tuple[Room, int]] = []

    @property
    def chosen(self) -> Entry | None:
        """The session that the cursor is on."""
        return self.entries[self.cursor] if 0 <= self.cursor < len(self.entries) else None

    def show(self, entries: Sequence[Entry], order: Order) -> None:
        """These sessions, in this order; the cursor stays on its session, where that is there."""
        before = self.chosen
        self.entries, self.order = entries, order
        self._rows = {entry.id: row for row, entry in enumerate(entries)}
        row = self._rows.get(before.id, self.cursor) if before else 0
        self.set_count(len(entries), max(row, 0))

    def find(self, session: str) -> None:
        """The cursor to this session, where it is there."""
        if session in self._rows:
            self.move_to(self._rows[session])

    def columns(self) -> list[Column]:
        """Those that are shown, from left to right."""
        return [room.column for room, _ in self._layout]

    def column_at(self, x: int) -> Column | None:
        """What column of the table a column of the terminal belongs to."""
        edge = GUTTER
        for room, width in self._layout:
            edge += width + 1
            if x < edge:
                return room.column
        return None

    def on_resize(self, _event: object) -> None:
        self._arrange()

    def measure(self, entries: Sequence[Entry]) -> None:
        """Make the columns fit these sessions: all that there are, whatever is filtered."""
        wanted = measured(entries)
        if wanted != self._wanted or not self._layout:
            self._wanted = wanted
            self._arrange()

    def _arrange(self) -> None:
        self._layout = layout(max(self.columns_in_view - GUTTER, 1), self._wanted)
        self.redraw()

    def draw_head(self, width: int) -> Text:  # noqa: ARG002 - columns have theirs
        text = Text(" " * GUTTER, end="")
        for room, wide in self._layout:
            sorted_by = room.column is self.order.column
            sign = ("▾" if self.order.reverse else "▴") if sorted_by else ""
            title = room.column.value if wide > 3 else ""
            title = title if len(title) + len(sign) <= wide else title[: wide - len(sign)]
            words = Text(title + sign, "bold" if sorted_by else "")
            text.append_text(_fitted(words, wide, right=room.right)).append(" ")
        return text

    def draw_row(self, row: int, width: int) -> Text:  # noqa: ARG002 - columns have theirs
        text = Text(end="")
        for room, wide in self._layout:
            words = cell(self.entries[row], room.column, wide)
            text.append_text(_fitted(words, wide, right=room.right)).append(" ")
        return text


def _fitted(text: Text, width: int, *, right: bool) -> Text:
    """In exactly so many columns, an ellipsis where it has more."""
    text.truncate(width, overflow="ellipsis")
    missing = width - text.cell_len
    if right:
        text.pad_left(missing)
    else:
        text.pad_right(missing)
    return text
