"""The results: hits across all sessions, as they are found, grouped by session.

Knows: hits, told by `replay.hunting` on a thread of its own; queries. Must never know: recordings,
SQL. Called by the app, which is told what to open (`Opened`), and which asks for the neighbours of
a session when somebody goes on searching in the player.
"""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Static

from recorder.clock import Clock
from recorder.store import Store
from replay.hunting import Found, Hits, Hunt
from replay.query import Query
from replay.scope import Scope
from replay.search import Hit
from replay.tui.cells import label
from replay.tui.dialogs import Help
from replay.tui.hit_list import HitList
from replay.tui.library_keys import RESULTS, RESULTS_BINDINGS
from replay.tui.query_bar import QueryBar, Values
from replay.tui.virtual_rows import VirtualRows

KEYS = "enter opens  n N hit  } { session  / query  esc back"


class ResultsScreen(Screen[None]):
    """What one query found."""

    BINDINGS: ClassVar[list[BindingType]] = [*RESULTS_BINDINGS]

    class Opened(Message):
        """This hit is to be shown."""

        def __init__(self, hit: Hit, query: Query) -> None:
            super().__init__()
            self.hit = hit
            self.query = query

    class Told(Message):
        """The search's thread had something to tell."""

        def __init__(self, found: Found) -> None:
            super().__init__()
            self.found = found

    def __init__(
        self,
        query: Query,
        store: Store,
        scope: Scope,
        clock: Clock,
        values: Values,
        missing: int = 0,
    ) -> None:
        """``missing``: so many sessions are in no catalog yet, and so in no result."""
        super().__init__()
        self.query_asked = query
        self._store, self._scope, self._clock, self._values = store, scope, clock, values
        self._missing = missing
        self._hunt: Hunt | None = None
        self._number = 0
        self._found = Hits()
        self._last: Found | None = None
        self._stopped = False

    def compose(self) -> ComposeResult:
        yield QueryBar(self._clock, self._values, self.query_asked.text)
        yield HitList(id="hits")
        yield Static(id="results-line")

    def on_mount(self) -> None:
        self.list.focus()
        self._search(self.query_asked)

    def on_unmount(self) -> None:
        if self._hunt is not None:
            self._hunt.stop()

    @property
    def list(self) -> HitList:
        return self.query_one(HitList)

    @property
    def searching(self) -> bool:
        """Whether more may come by itself."""
        return not self._stopped and (self._last is None or not self._last.over)

    @property
    def settled(self) -> bool:
        """Whether nothing more comes unless the person does something."""
        return not self.searching or (self._last is not None and self._last.resting)

    # -- searching -------------------------------------------------------------------------------

    def _search(self, query: Query) -> None:
        if self._hunt is not None:
            self._hunt.stop()
        self.query_asked, self._last, self._stopped = query, None, False
        self._number += 1
        self._found = Hits()
        self.list.show(self._found)
        self._hunt = Hunt(
            self._number,
            self._store,
            self._scope,
            query,
            lambda found: self.post_message(self.Told(found)),
            self._clock,
        )
        self.run_worker(self._hunt.run, thread=True, group="search", name="search")
        self._line()

    def on_results_screen_told(self, message: Told) -> None:
        found = message.found
        if found.hunt != self._number or self._stopped:
            return
        self._last = found
        if found.hits:
            self._found.add(found)
            self.list.grow(len(self._found.rows))
        self._line()

    def _line(self) -> None:
        last = self._last
        hits, sessions = len(self._found.hits), len(self._found.sessions)
        text = Text(end="")
        if last is not None and last.problem:
            text.append_text(label(last.problem, "bold red"))
        else:
            count = f"{hits:,}{'+' if last is None or not last.over else ''}"
            words = f"{count} {'hit' if hits == 1 else 'hits'} in {_sessions(sessions)}"
            if not hits and last is not None and last.over:
                words = f"nothing found in {_sessions(last.total)}"
            text.append_text(label(words, "bold"))
            if how := self._how():
                text.append_text(label(f"  {how}", "yellow"))
            for note in self.query_asked.notes:
                text.append_text(label(f"  {note}", "yellow"))
            if self._missing:
                text.append_text(label(f"  {self._missing:,} cannot be searched yet", "yellow"))
        text.append_text(label(f"  {KEYS}", "dim"))
        text.truncate(max(self.size.width - 2, 1), overflow="ellipsis")
        self.query_one("#results-line", Static).update(text)

    def _how(self) -> str:
        """How far the search is."""
        last = self._last
        if self._stopped:
            return "stopped; r searches again"
        if last is None:
            return "searching …"
        if last.over:
            return ""
        if last.resting:
            return "more as you go down"
        percent = last.done * 100 // max(last.total, 1)
        return f"searching … {percent} % of {_sessions(last.total)}, esc stops"

    def on_resize(self) -> None:
        self._line()

    # -- what the person does --------------------------------------------------------------------

    def on_virtual_rows_moved(self, message: VirtualRows.Moved) -> None:
        if self._hunt is not None and 0 <= message.row < len(self._found.rows):
            self._hunt.want(self._found.rows[message.row])

    def on_virtual_rows_chosen(self) -> None:
        hit = self.list.chosen
        if hit is not None:
            self.post_message(self.Opened(hit, self.query_asked))

    def on_query_bar_changed(self, message: QueryBar.Changed) -> None:
        """Only enter searches here: a search is not begun with each letter."""

    def on_query_bar_submitted(self, message: QueryBar.Submitted) -> None:
        if message.query.asks:
            self.list.focus()
            self._search(message.query)
        else:
            said = label("that chooses sessions only: add a word to look for", "bold red")
            self.query_one("#results-line", Static).update(said)

    def on_query_bar_left(self) -> None:
        self.list.focus()

    def neighbour(self, session: str, way: int) -> Hit | None:
        """The first hit of the session after this one, the last of the one before; the cursor goes
        there, so that whoever comes back is where they were."""
        row = self._found.neighbour(session, way)
        if row is None:
            if self._hunt is not None:
                self._hunt.want(len(self._found.hits))
            return None
        self.list.move_to(row)
        return self._found.hit(row)

    def action_hit(self, way: int) -> None:
        self.list.action_move(way)

    def action_session(self, way: int) -> None:
        """The first hit of the next session; of this one, or of the one before where one is on
        it already."""
        firsts = [self._found.of_session(n)[0] for n in range(len(self._found.sessions))]
        at = self.list.cursor
        rows = [row for row in firsts if (row > at if way > 0 else row < at)]
        if rows:
            self.list.move_to(rows[0] if way > 0 else rows[-1])

    def action_query(self) -> None:
        self.query_one(QueryBar).line.focus()

    def action_again(self) -> None:
        self._search(self.query_asked)

    def action_stop(self) -> None:
        """Stop the search where one goes on; else back."""
        if self.searching and not self.settled and self._hunt is not None:
            self._hunt.stop()
            self._stopped = True
            self._line()
        else:
            self.action_back()

    def action_help(self) -> None:
        self.app.push_screen(Help(RESULTS))

    def action_back(self) -> None:
        self.dismiss(None)


def _sessions(count: int) -> str:
    return f"{count:,} session{'' if count == 1 else 's'}"
