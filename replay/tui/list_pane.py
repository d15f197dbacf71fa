"""The list beside the stage: commands, events, hits and notes, each a tab; any of a million rows.

Knows: `replay.lists`, and which row the position belongs to. Must never know: recordings, players,
threads. Called by the player's screen; tells `Sought` (a row was chosen), `Needed` (rows are in
view that nobody has read) and `Turned` (another tab).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from recorder.moments import AtEvent, AtFrame
from replay.lists import Commands, Events, Hits, List, Notes, Row, Tab
from replay.tui.cells import label
from replay.tui.virtual_rows import VirtualRows

NOTHING = {
    Tab.COMMANDS: "no commands were found in this session",
    Tab.EVENTS: "no events",
    Tab.HITS: "nothing was searched for: / begins",
    Tab.NOTES: "no bookmarks: m sets one",
}


class Tabs(Widget):
    """The names of the lists, in one row."""

    ALLOW_SELECT = False

    class Picked(Message):
        """One was clicked."""

        def __init__(self, tab: Tab) -> None:
            super().__init__()
            self.tab = tab

    def __init__(self) -> None:
        super().__init__()
        self.tab = Tab.COMMANDS
        self.counts: dict[Tab, str] = {}

    def show(self, tab: Tab, counts: dict[Tab, str]) -> None:
        """This one is open; so much is in each."""
        self.tab, self.counts = tab, counts
        self.refresh()

    def render(self) -> Text:
        text = Text(no_wrap=True, overflow="crop", end="")
        for words, tab in self._words():
            text.append(words, "bold reverse" if tab is self.tab else "")
        return text

    def _words(self) -> list[tuple[str, Tab]]:
        """Whole names where they fit, else three letters of those that are not open."""
        full = [(f" {tab.value} {self.counts.get(tab, '')}".rstrip() + " ", tab) for tab in Tab]
        if sum(len(words) for words, _ in full) <= self.size.width:
            return full
        return [(w if tab is self.tab else f" {tab.value[:3]} ", tab) for w, tab in full]

    def on_click(self, event: events.Click) -> None:
        at = 0
        for words, tab in self._words():
            at += len(words)
            if event.x < at:
                self.post_message(self.Picked(tab))
                return


class Rows(VirtualRows, inherit_bindings=False):
    """The rows of the open list."""

    ONE_CLICK = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "Up", show=False),
        Binding("down", "move(1)", "Down", show=False),
        Binding("pageup", "page(-1)", "A page up", show=False),
        Binding("pagedown", "page(1)", "A page down", show=False),
        Binding("home", "go(0)", "To the first", show=False),
        Binding("end", "go(-1)", "To the last", show=False),
        Binding("enter", "choose", "Open", show=False),
        Binding("left", "turn(-1)", "List before", show=False),
        Binding("right", "turn(1)", "Next list", show=False),
    ]

    class Turning(Message):
        """Another tab is asked for."""

        def __init__(self, way: int) -> None:
            super().__init__()
            self.way = way

    def __init__(self, clock: Callable[[int], str]) -> None:
        super().__init__(id="rows")
        self._clock = clock
        self.list: List = Commands(())
        self.nothing = ""

    def action_turn(self, way: int) -> None:
        self.post_message(self.Turning(way))

    def draw_row(self, row: int, width: int) -> Text:
        read = self.list.row(row)
        if read is None:
            return Text("…", "dim", end="")
        return row_text(read, self._clock(read.time), width)

    def draw_head(self, width: int) -> Text:  # noqa: ARG002 - there is no head
        return Text(end="")

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self.post_message(ListPane.Needed())

    def render_line(self, y: int) -> Strip:
        if y == 0 and not self.count:
            said = self._strip(label(f"  {self.nothing}", "dim"), self.size.width)
            return said.apply_style(self.rich_style)  # what has no style has no colour to take
        return super().render_line(y)


def row_text(row: Row, clock: str, width: int) -> Text:
    """A row in so many columns: what is least needed is left out where there is no room."""
    text = Text(no_wrap=True, overflow="ellipsis", end="")
    if width >= 30:
        text.append(f"{clock} ", "dim")
    text.append(f"{row.name} ", "bold red" if row.bad else "cyan")
    room = max(width - text.cell_len - (len(row.tail) + 1 if row.tail else 0), 8)
    said = label(row.text)
    for start, end in row.spans:
        said.stylize("bold reverse", start, end)
    said.truncate(room, overflow="ellipsis", pad=True)
    text.append_text(said)
    if row.tail and text.cell_len + len(row.tail) < width:
        text.append_text(label(f" {row.tail}", "bold yellow" if row.bad else "dim"))
    return text


class ListPane(Vertical):
    """Tabs and rows."""

    class Sought(Message):
        """A row was chosen."""

        def __init__(self, tab: Tab, row: int, target: AtEvent | AtFrame) -> None:
            super().__init__()
            self.tab = tab
            self.row = row
            self.target = target

    class Needed(Message):
        """Other rows are in view."""

    class Turned(Message):
        """Another list is open."""

    def __init__(self, clock: Callable[[int], str]) -> None:
        super().__init__()
        self.tab = Tab.COMMANDS
        self.events = Events()
        self.lists: dict[Tab, List] = {
            Tab.COMMANDS: Commands(()),
            Tab.EVENTS: self.events,
            Tab.HITS: Hits(),
            Tab.NOTES: Notes(()),
        }
        self.words: dict[Tab, str] = {}
        """What each list is filtered by."""
        self.more: dict[Tab, str] = {}
        """Behind each count: "+" where there is more, "…" where it is still counted."""
        self.nothing: dict[Tab, str] = {}
        """What is said where a list is empty, if not what is said at first."""
        self._clock = clock
        self._event = -1
        self._hit = -1

    def compose(self) -> ComposeResult:
        yield Tabs()
        yield Rows(self._clock)

    @property
    def rows(self) -> Rows:
        return self.query_one(Rows)

    def on_mount(self) -> None:
        self.open(self.tab)

    # -- what is shown ---------------------------------------------------------------------------

    def open(self, tab: Tab) -> None:
        """Show this list."""
        self.tab = tab
        nothing = self.nothing.get(tab, "")
        self.put(tab, self.lists[tab], more=self.more.get(tab, ""), nothing=nothing)
        self.post_message(self.Turned())

    def put(self, tab: Tab, content: List, *, more: str = "", nothing: str = "") -> None:
        """A list has this content now."""
        self.lists[tab], self.more[tab], self.nothing[tab] = content, more, nothing
        if tab is self.tab:
            self.rows.list = content
            words = self.words.get(tab)
            self.rows.nothing = f"nothing has “{words}”" if words else nothing or NOTHING[tab]
            self.rows.set_count(len(content), max(self._row(), 0))
            self.post_message(self.Needed())
        self._count()

    def follow(self, event: int) -> None:
        """The position is at this event."""
        if event != self._event:
            self._event = event
            row = self._row()
            if row >= 0:
                self.rows.move_to(row)

    def hold(self, hit: int) -> None:
        """Of all hits on this screen it is this one that was gone to; -1: none."""
        if hit != self._hit:
            self._hit = hit
            if hit >= 0 and self.tab is Tab.HITS:
                self.rows.move_to(hit)

    def _row(self) -> int:
        """The row of the open list that says where one is."""
        content = self.lists[self.tab]
        if self.tab is Tab.HITS and 0 <= self._hit < len(content):
            return self._hit
        return content.at(self._event)

    def unread(self) -> list[int]:
        """The events in view that are still to be read, and some beyond."""
        seen = self.rows.seen
        if self.tab is not Tab.EVENTS or not self.is_shown:
            return []
        return self.events.unread(range(max(seen.start - 20, 0), seen.stop + 20))

    @property
    def is_shown(self) -> bool:
        """Whether it takes any room."""
        return self.size.width > 0 and self.display

    def redraw(self) -> None:
        """Rows say something else now."""
        self.rows.redraw()

    def _count(self) -> None:
        counts = {
            tab: f"{len(content) or ''}{self.more.get(tab, '')}"
            for tab, content in self.lists.items()
        }
        for tab, words in self.words.items():
            if words:
                counts[tab] = f"{counts[tab]}&"
        self.query_one(Tabs).show(self.tab, counts)

    # -- what the person does --------------------------------------------------------------------

    def on_tabs_picked(self, message: Tabs.Picked) -> None:
        message.stop()
        self.open(message.tab)

    def on_rows_turning(self, message: Rows.Turning) -> None:
        message.stop()
        tabs = list(Tab)
        self.open(tabs[(tabs.index(self.tab) + message.way) % len(tabs)])

    def on_virtual_rows_chosen(self, message: VirtualRows.Chosen) -> None:
        message.stop()
        target = self.lists[self.tab].target(message.row)
        self.post_message(self.Sought(self.tab, message.row, target))

    def on_virtual_rows_moved(self, message: VirtualRows.Moved) -> None:
        message.stop()
