"""The library's screen: the store's sessions in a table, filtered as one types, live ones on top.

Knows: entries of the catalog, told by `replay.watching` on a thread of its own; queries. Must never
know: recordings, payloads, SQL. Called by the app, which is told what to open (`Opened`) and what
to search for (`Sought`).

The table, the facets and the preview share the screen as there is room; whoever shows or hides one
by its key has the last word. New rows and other values come while one watches: the cursor stays on
its session.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, assert_never

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Static

from recorder.clock import Clock
from recorder.moments import AtFrame, Moment
from recorder.store import Store
from replay.entry import DAMAGED, Entry
from replay.library import Column, Order, admitted, facets, ordered, toggled, values_of
from replay.query import Query
from replay.scope import Scope
from replay.tui.cells import label
from replay.tui.dialogs import Help
from replay.tui.facets import Facets
from replay.tui.library_keys import LIBRARY, LIBRARY_BINDINGS
from replay.tui.preview import PreviewPane
from replay.tui.query_bar import QueryBar
from replay.tui.session_table import SessionTable
from replay.tui.virtual_rows import VirtualRows
from replay.watching import Listed, Previewed, Report, Trouble, Watch

EMPTY = (
    "No session is recorded here yet.\n\n"
    "gatereel record            records a shell on this machine\n"
    "gatereel record -- CMD     records one command\n"
    "gatereel demo              puts the gateway in front of a server of its own"
)
NOTHING = "No session fits. c clears the query, / changes it."
KEYS = "enter opens  / query  f facets  p preview  s sorts  ? help"
FACETS_FROM, PREVIEW_FROM = 110, 32
"""Columns from which facets, rows from which the preview is shown unasked."""
SOON = 0.02
"""Seconds until a query that was changed is applied."""
NARROW, LOW = 64, 14
"""Below these, what is shown beside or below the table takes its place."""


class LibraryScreen(Screen[None]):
    """The sessions of one store."""

    BINDINGS: ClassVar[list[BindingType]] = [*LIBRARY_BINDINGS]

    class Opened(Message):
        """This session is to be shown, from this moment on (None: where one begins)."""

        def __init__(self, session: str, start: Moment | None) -> None:
            super().__init__()
            self.session = session
            self.start = start

    class Sought(Message):
        """These words are to be searched for."""

        def __init__(self, library: LibraryScreen, query: Query) -> None:
            super().__init__()
            self.library = library
            self.query = query

    class Told(Message):
        """The catalog's thread had something to tell."""

        def __init__(self, report: Report) -> None:
            super().__init__()
            self.report = report

    def __init__(self, store: Store, scope: Scope, clock: Clock) -> None:
        super().__init__()
        self._watch = Watch(store, scope, lambda report: self.post_message(self.Told(report)))
        self._clock = clock
        self._entries: Sequence[Entry] = ()
        self._query: Query | None = None
        self._due = False
        """Whether the rows do not fit the query yet."""
        self._asks = False
        """Whether what is in the bar now looks for words in recordings."""
        self._shown: Sequence[Entry] = ()
        self._trouble = ""
        self._missing = self._unread = 0
        self._work = ""
        self._news = ""
        self._listed = False
        self._show_facets: bool | None = None
        self._show_preview: bool | None = None
        """Whether; None: as there is room."""

    def compose(self) -> ComposeResult:
        yield QueryBar(self._clock, self.values)
        with Horizontal(id="library"):
            yield Facets(id="facets")
            with Vertical(id="listed"):
                yield SessionTable(id="sessions")
                yield Static(id="empty")
                yield PreviewPane(id="preview")
        yield Static(id="library-line")

    def on_mount(self) -> None:
        self.table.focus()
        self.query_one("#empty").display = False
        self._line()
        self.run_worker(self._watch.run, thread=True, name="catalog")

    def on_unmount(self) -> None:
        self._watch.stop()

    @property
    def table(self) -> SessionTable:
        return self.query_one(SessionTable)

    @property
    def bar(self) -> QueryBar:
        return self.query_one(QueryBar)

    @property
    def settled(self) -> bool:
        """Whether all that is in the store is shown, and the preview that belongs to it."""
        pane = self.query_one(PreviewPane)
        listed = self._listed and not self._unread and not self._due
        return (listed or bool(self._trouble)) and not (pane.display and pane.waiting)

    def values(self, field: str) -> Sequence[str]:
        """The values of a field of `Entry`, the most frequent first."""
        return values_of(self._entries, field)

    @property
    def missing(self) -> int:
        """How many of them are in no catalog yet."""
        return self._missing

    def tell_work(self, line: str) -> None:
        """What is done to the catalog meanwhile; "" when it is done."""
        if line != self._work:
            self._work = line
            self._line()

    # -- what the catalog tells ------------------------------------------------------------------

    def on_library_screen_told(self, message: Told) -> None:
        match message.report:
            case Listed(entries, missing, unread):
                self._listed = True
                self._entries, self._missing, self._unread = entries, missing, unread
                self.table.measure(entries)
                self._fill()
            case Previewed(session, preview):
                self.query_one(PreviewPane).show(session, preview)
            case Trouble(line):
                self._trouble = line
                self._line()
            case _:
                assert_never(message.report)

    # -- showing it ------------------------------------------------------------------------------

    def _fill(self, order: Order | None = None) -> None:
        """The rows that fit the query, in order; the cursor stays on its session."""
        self._due = False
        query = self._query
        fitting = self._entries
        if query is not None and query.filters:
            fitting = admitted(query, fitting)
        self._shown = fitting
        self.table.show(ordered(fitting, order or self.table.order), order or self.table.order)
        pane = self.query_one(PreviewPane)
        chosen = self.table.chosen
        if chosen and pane.entry and chosen.id == pane.entry.id and chosen != pane.entry:
            self._ask_preview()
        self._fill_facets()
        self._arrange()
        self._line()

    def _fill_facets(self) -> None:
        pane = self.query_one(Facets)
        if pane.display:
            pane.show(facets(self._shown), set(self.bar.text.split()))

    def _arrange(self) -> None:
        """What is shown, by the room that there is and by what was asked for."""
        width, height = self.size
        empty = self._listed and not self._entries and not self._trouble
        none = not self._shown and self._listed
        with_facets = width >= FACETS_FROM if self._show_facets is None else self._show_facets
        with_facets = with_facets and bool(self._entries)
        with_preview = height >= PREVIEW_FROM if self._show_preview is None else self._show_preview
        with_preview = with_preview and bool(self._shown)
        facets_pane, preview = self.query_one(Facets), self.query_one(PreviewPane)
        fresh = with_facets and not facets_pane.display
        facets_pane.display, preview.display = with_facets, with_preview
        alone = with_facets and width < NARROW
        facets_pane.set_class(alone, "-alone")
        self.query_one("#listed").display = not alone
        self.table.display = not none and not (with_preview and height < LOW)
        hint = self.query_one("#empty", Static)
        hint.display = none
        if none:
            hint.update(label(NOTHING) if not empty else Text(EMPTY, end=""))
        self.set_class(height < LOW, "-low")
        if fresh:
            self._fill_facets()
        if self.focused is None or not self.focused.display:
            (facets_pane if alone else self.table).focus()

    def _line(self) -> None:
        text = label("").append_text(label(self._trouble or self._news, "bold red"))
        if not self._trouble and not self._news:
            text.append_text(label(self._counted(), "bold"))
            if self._asks:
                text.append_text(label("  enter searches in them", "bold cyan"))
            if self._work:
                text.append_text(label(f"  {self._work}", "yellow"))
            elif self._missing:
                text.append_text(label(f"  {self._missing:,} cannot be searched yet", "yellow"))
            keys = KEYS.removeprefix("enter opens  ") if self._asks else KEYS
            text.append_text(label(f"  {keys}", "dim"))
        text.truncate(max(self.size.width - 2, 1), overflow="ellipsis")
        self.query_one("#library-line", Static).update(text)

    def _counted(self) -> str:
        """How many sessions there are, and fit."""
        if not self._listed:
            return "opening …"
        count, fitting = len(self._entries), len(self._shown)
        words = f"{count:,} session{'' if count == 1 else 's'}"
        if fitting < count:
            words = f"{fitting:,} of {words}"
        live = sum(entry.live for entry in self._shown)
        words = f"{words}, {live:,} live" if live else words
        return f"{words}, {self._unread:,} to be read" if self._unread else words

    def on_resize(self, _event: events.Resize) -> None:
        self._arrange()
        self._line()

    # -- what the person does --------------------------------------------------------------------

    def on_query_bar_changed(self, message: QueryBar.Changed) -> None:
        self._asks = message.query is not None and message.query.asks
        self._news = ""
        if message.query is not None:
            self._query = message.query
            if not self._due:  # letters that are already typed come first
                self._due = True
                self.set_timer(SOON, self._fill)
        self._line()

    def on_query_bar_submitted(self, message: QueryBar.Submitted) -> None:
        if message.query.asks:
            self.post_message(self.Sought(self, message.query))
        else:
            self.table.focus()

    def on_query_bar_left(self) -> None:
        self.table.focus()

    def on_facets_picked(self, message: Facets.Picked) -> None:
        self.bar.write(toggled(self.bar.text, message.written))

    def on_virtual_rows_moved(self, message: VirtualRows.Moved) -> None:
        if message.rows is self.table:
            self._news = ""
            self._ask_preview()
            self._line()

    def _ask_preview(self) -> None:
        chosen, pane = self.table.chosen, self.query_one(PreviewPane)
        pane.expect(chosen)
        if chosen is not None:
            self._watch.preview(chosen.id)

    def on_virtual_rows_chosen(self, message: VirtualRows.Chosen) -> None:
        if message.rows is self.table:
            self._open(None)

    def on_virtual_rows_head_clicked(self, message: VirtualRows.HeadClicked) -> None:
        if message.rows is self.table:
            column = self.table.column_at(message.row)
            if column is not None:
                self._sort(self.table.order.by(column))

    def _open(self, start: Moment | None) -> None:
        entry = self.table.chosen
        if entry is None:
            return
        if entry.state == DAMAGED and not entry.wall_ns:
            self._news = entry.reason or "this recording cannot be read"
            self._line()
        else:
            self.post_message(self.Opened(entry.id, start))

    def _sort(self, order: Order) -> None:
        self._fill(order)

    def action_sort(self, way: int) -> None:
        columns = self.table.columns()
        before = self.table.order.column
        place = columns.index(before) if before in columns else -1
        self._sort(Order(Column.HEALTH).by(columns[(place + way) % len(columns)]))

    def action_reverse(self) -> None:
        self._sort(self.table.order.by(self.table.order.column))

    def action_column(self, number: int) -> None:
        columns = self.table.columns()
        if number <= len(columns):
            self._sort(self.table.order.by(columns[number - 1]))

    def action_query(self) -> None:
        self.bar.line.focus()

    def action_clear(self) -> None:
        self.bar.write("")

    def action_facets(self) -> None:
        """Into the facets; out of them and away where one is in them."""
        pane = self.query_one(Facets)
        if pane.display and not pane.has_focus:
            pane.focus()
            return
        self._show_facets = not pane.display
        self._arrange()
        (pane if pane.display else self.table).focus()

    def action_preview(self) -> None:
        pane = self.query_one(PreviewPane)
        self._show_preview = not pane.display
        self._arrange()

    def action_telling(self) -> None:
        pane = self.query_one(PreviewPane)
        telling = pane.preview
        self._open(AtFrame(telling.frame) if telling and telling.frame >= 0 else None)

    def action_reload(self) -> None:
        self._watch.look()

    def action_help(self) -> None:
        self.app.push_screen(Help(LIBRARY))

    def action_back(self) -> None:
        """Out of the facets, out of the query, then out of the app."""
        pane = self.query_one(Facets)
        if pane.has_focus:
            if pane.has_class("-alone"):
                self._show_facets = False
                self._arrange()
            self.table.focus()
        elif self.bar.line.has_focus or self.bar.text:
            self.bar.write("")
            self.table.focus()
        else:
            self.app.exit()
