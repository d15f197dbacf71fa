"""The library's screen: the store's sessions in a table, filtered as one types.

Knows: rows of `replay.library`. Must never know: recordings, payloads. Called by the app; asks
it to open a session. The store is read on a worker's thread, a batch at a time, so that the
first rows are there at once, however many there are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen
from textual.widgets import DataTable, Input, Static
from textual.worker import get_current_worker

from recorder.errors import GatereelError
from recorder.moments import format_duration, format_wall
from recorder.store import Store
from recorder.summary import DAMAGED, Summary
from replay.library import Order, fact, matches, ordered, sessions
from replay.tui.cells import label
from replay.tui.dialogs import Help
from replay.tui.keys import LIBRARY, LIBRARY_BINDINGS
from replay.tui.messages import SessionsListed, StoreFailed

BATCH = 200
MOST = 250
"""So many rows are shown at most: whoever has more sessions filters."""
COLUMNS = ("when (UTC)", "who", "where", "how", "length", "events", "state", "session")
STYLES = {"live": "bold green", "sealed": "", "interrupted": "yellow", DAMAGED: "bold red"}
EMPTY = (
    "No session is recorded here yet.\n\n"
    "gatereel record            records a shell on this machine\n"
    "gatereel record -- CMD     records one command\n"
    "gatereel demo              puts the gateway in front of a server of its own"
)

KEYS = "enter opens  / filters  s sorts  r rereads  ? help  q quits"


class LibraryScreen(Screen[None]):
    """The sessions of one store."""

    BINDINGS: ClassVar[list[BindingType]] = [*LIBRARY_BINDINGS]

    def __init__(self, store: Store, open_session: Callable[[str], None]) -> None:
        super().__init__()
        self._store = store
        self._open = open_session
        self._sessions: dict[str, Summary] = {}
        self._found: dict[str, Summary] = {}
        self._order = Order.NEWEST
        self._done = False

    def compose(self) -> ComposeResult:
        yield Input(placeholder="filter: words of who, where, how, state or id", id="filter")
        yield DataTable[Text](cursor_type="row", id="sessions")
        yield Static(Text(EMPTY, end=""), id="empty")
        yield Static(id="library-line")

    def on_mount(self) -> None:
        table = self.query_one(DataTable)
        for column in COLUMNS:
            table.add_column(label(column), key=column)
        table.focus()
        self.query_one("#empty").display = False
        self.action_reload()

    @property
    def settled(self) -> bool:
        """Whether the whole store was read."""
        return self._done

    # -- reading the store -----------------------------------------------------------------------

    def action_reload(self) -> None:
        """Read the store again."""
        self._done = False
        self._found = {}
        self.run_worker(self._list, thread=True, exclusive=True, name="library")

    def _list(self) -> None:
        worker = get_current_worker()
        batch: list[Summary] = []
        try:
            for session in sessions(self._store):
                if worker.is_cancelled:
                    return
                batch.append(session)
                if len(batch) == BATCH:
                    self.post_message(SessionsListed(batch, done=False))
                    batch = []
        except (GatereelError, OSError) as error:
            self.post_message(StoreFailed(str(error)))
            return
        self.post_message(SessionsListed(batch, done=True))

    def on_sessions_listed(self, message: SessionsListed) -> None:
        self._found.update((session.id, session) for session in message.sessions)
        if message.done or not self._sessions:
            self._done = message.done
            self._sessions = dict(self._found)
            self._fill()
        else:
            self._line(label(f"reading the store … {len(self._found)} sessions"))

    def on_store_failed(self, message: StoreFailed) -> None:
        self._done = True
        self._line(label(message.line, "bold red"))

    # -- showing it ------------------------------------------------------------------------------

    def _fill(self) -> None:
        """The rows that fit the filter, in order; the cursor stays on its session."""
        table = self.query_one(DataTable)
        query = self.query_one("#filter", Input).value
        chosen = self._chosen()
        rows = ordered((s for s in self._sessions.values() if matches(s, query)), self._order)
        table.clear()
        for session in rows[:MOST]:
            table.add_row(*cells_of(session), key=session.id)
        if chosen in table.rows:
            table.move_cursor(row=table.get_row_index(chosen))
        self._show_empty(self._done and not self._sessions)
        self._line(label(f"{self._counted(len(rows))}, {self._order.value}   {KEYS}"))

    def _show_empty(self, empty: bool) -> None:
        """A store without sessions has nothing to filter or choose, but the keys still work."""
        table, hint = self.query_one(DataTable), self.query_one("#empty")
        if hint.display != empty:
            hint.display = empty
            table.display = self.query_one("#filter").display = not empty
            if not empty:
                table.focus()

    def _counted(self, fitting: int) -> str:
        """How many sessions there are, fit, and are shown."""
        count = len(self._sessions)
        words = f"{count} session{'' if count == 1 else 's'}"
        if fitting < count:
            words = f"{fitting} of {words}"
        return f"{words}, the first {MOST} shown" if fitting > MOST else words

    def _line(self, text: Text) -> None:
        self.query_one("#library-line", Static).update(text)

    def _chosen(self) -> str:
        table = self.query_one(DataTable)
        if not table.row_count:
            return ""
        return table.coordinate_to_cell_key(table.cursor_coordinate).row_key.value or ""

    # -- commands --------------------------------------------------------------------------------

    def on_input_changed(self) -> None:
        self._fill()

    def on_input_submitted(self) -> None:
        self.query_one(DataTable).focus()

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        session = self._sessions[event.row_key.value or ""]
        if session.state == DAMAGED:
            self._line(label(session.reason, "bold red"))
        else:
            self._open(session.id)

    def action_filter(self) -> None:
        self.query_one("#filter", Input).focus()

    def action_sort(self) -> None:
        self._order = self._order.next()
        self._fill()

    def action_help(self) -> None:
        self.app.push_screen(Help(LIBRARY))

    def action_back(self) -> None:
        """Out of the filter, then out of the app."""
        filter_box = self.query_one("#filter", Input)
        if filter_box.has_focus or filter_box.value:
            filter_box.value = ""
            self.query_one(DataTable).focus()
        else:
            self.app.exit()


def cells_of(session: Summary) -> list[Text]:
    """A session's row, in the order of `COLUMNS`."""
    # The end of an id tells sessions apart, and every verb takes it; the beginning is the time.
    name = label(session.id[-12:], "dim")
    if session.state == DAMAGED:
        unknown = label("–", "dim")
        state = label(DAMAGED, STYLES[DAMAGED])
        return [*[unknown] * 6, state, name]
    return [
        label(format_wall(session.wall_ns)[:19]),
        label(fact(session, "principal"), "bold"),
        label(session.where),
        label(fact(session, "protocol")),
        Text(format_duration(session.duration), justify="right"),
        Text(str(session.events), justify="right"),
        label(session.state, STYLES.get(session.state, "")),
        name,
    ]
