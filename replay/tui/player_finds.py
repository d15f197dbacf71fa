"""How one finds things in the player: a search, its hits on the stage and in the list, a filter.

Knows: queries, hits, the stage's highlight. Must never know: files, chunks. Part of the player's
screen. Searches run on threads of their own (`replay.searching`); hits are shown as they come.
"""

from __future__ import annotations

import threading
from array import array
from functools import partial

from recorder.moments import AtEvent, AtFrame
from recorder.screen import Frame
from replay.highlight import Cells, cells_of, found_on
from replay.lists import Commands, Hits, Notes, Tab
from replay.markers import Mark
from replay.player import Player
from replay.query import Query, QueryError
from replay.searching import Found, Sifted, search, sift
from replay.tui.command_line import Prompt, Purpose
from replay.tui.messages import HitsFound, NextSession, PreviousSession, RowsSifted
from replay.tui.player_panes import Panes
from replay.tui.query_bar import read
from replay.tui.stage import Stage


class Finds(Panes):
    """Searching in one session."""

    query_text = ""
    query_asked: Query | None = None
    hits: Hits = Hits()
    hit = -1
    """The hit that was gone to; -1: none yet."""
    searching = False
    _search = 0
    _filter = 0
    _cancel = threading.Event()
    _cancel_filter = threading.Event()
    _jump: int | None = None
    """Where the search was begun, as long as one waits there for its first hit."""
    _lit: tuple[int, int] = (-1, -1)
    _lit_frame: Frame | None = None

    @property
    def settled(self) -> bool:
        """Whether a search has come to its end, too."""
        return super().settled and not self.searching

    # -- asking ----------------------------------------------------------------------------------

    def action_find(self) -> None:
        self.query_one(Prompt).ask(Purpose.FIND, self.query_text)

    def action_find_this(self) -> None:
        """What is selected, else the word under the cursor, else the command that ran last."""
        stage = self.query_one(Stage)
        frame = stage.frame
        text = " ".join(stage.selected_text().split())
        if not text and frame is not None:
            text = word_at(frame, frame.cursor.x, frame.cursor.y)
        if not text and self.loaded is not None and self.shown is not None:
            commands = Commands(self.loaded.commands)
            at = commands.at(self.shown.view.event)
            text = self.loaded.commands[at].text if at >= 0 else ""
        if not text:
            self.news("there is nothing under the cursor to search for")
            return
        quoted = text.replace("\\", "\\\\").replace('"', '\\"')
        self.find(f'"{quoted}"')

    def find(self, text: str) -> bool:
        """Search for this; False where it is no query, which is said."""
        if not text.strip():
            self.forget()
            return True
        try:
            query = read(text, self.clock)
        except QueryError as error:
            self.say_error(error)
            return False
        if not query.asks:
            self.bad_news("that chooses sessions, and finds nothing in one: add a word")
            return False
        self.query_text = text
        self.look_for(query, jump=True)
        return True

    def look_for(self, query: Query, *, jump: bool) -> None:
        """Begin this search; with ``jump``, go to its first hit from here on."""
        self._cancel.set()
        self._cancel = threading.Event()
        self._search += 1
        self.query_asked, self.hits, self.hit = query, Hits(), -1
        self.searching = True
        self._jump = self.player.event if jump and self.player is not None else None
        self.remark()
        self._put_hits(0)
        self.pane_list.open(Tab.HITS)
        self.light()
        tell = self._tell_found
        self.run_worker(
            partial(search, self._search, self.opener, query, tell, self.clock, self._cancel),
            thread=True,
            group="search",
        )

    def forget(self) -> None:
        """No search any more."""
        self._cancel.set()
        self._search += 1
        self.query_asked, self.query_text, self.hits, self.hit = None, "", Hits(), -1
        self.searching = False
        self.pane_list.put(Tab.HITS, self.hits)
        self.remark()
        self.light()

    def _tell_found(self, found: Found) -> None:
        """Called on the search's thread."""
        self.post_message(HitsFound(found))

    def on_hits_found(self, message: HitsFound) -> None:
        found = message.found
        if found.search != self._search:
            return
        gone_to = self.hits[self.hit] if 0 <= self.hit < len(self.hits) else None
        self.hits.add(found.hits)
        if gone_to is not None:
            self.hit = self.hits.index(gone_to)  # others may have come in before it
        self.hold()
        self.searching = not found.done
        self._put_hits(found.percent)
        if found.hits or found.done:
            self.remark()
        if not found.done:
            return
        jump, self._jump = self._jump, None
        if not len(self.hits) and not found.problem:
            self.news("nothing was found")
        elif len(self.hits) and self.player is not None and self.player.event == jump:
            at = self.hits.at(jump - 1) + 1
            self.go_to_hit(at if at < len(self.hits) else 0)
        if found.problem:
            self.bad_news(found.problem)

    def _put_hits(self, percent: int) -> None:
        """What was found so far, into the list; in words where that is nothing."""
        far = f" {percent} %" if percent else ""
        more = f"…{far}" if self.searching else "+" if self.hits.lost else ""
        said = f"searching …{far}" if self.searching else "nothing was found"
        self.pane_list.put(Tab.HITS, self.hits, more=more, nothing=said)

    # -- hits ------------------------------------------------------------------------------------

    def action_hit(self, way: int) -> None:
        if self.query_asked is None:
            self.news("nothing was searched for: / begins")
            return
        self.counted(lambda player, count: self._step_hit(player, way * count))

    def _step_hit(self, player: Player, count: int) -> None:
        hits = self.hits
        if self.on_hit:
            wanted = self.hit + count
        else:
            before = hits.at(player.event) if count > 0 else hits.at(player.event - 1) + 1
            wanted = before + count
        if 0 <= wanted < len(hits):
            self.go_to_hit(wanted)
            return
        where = "after" if count > 0 else "before"
        self.news("still searching …" if self.searching else f"no hit {where} this one")
        if not self.searching:
            self.post_message(NextSession() if count > 0 else PreviousSession())

    def go_to_hit(self, number: int) -> None:
        """Show this hit."""
        self.hit = number
        target = self.hits.target(number)
        self.command(lambda player: player.seek(target))
        self.hold()
        self.light()

    @property
    def on_hit(self) -> bool:
        """Whether the hit that was gone to is on show."""
        return (
            self.player is not None
            and 0 <= self.hit < len(self.hits)
            and self.player.target == self.hits.target(self.hit)
        )

    def hold(self) -> None:
        """The list's row is the hit on show, where it is one of several on one screen."""
        self.pane_list.hold(self.hit if self.on_hit else -1)

    def where_found(self) -> str:
        """Which hit is on show, for the status line; the marks of one that is not to be read on
        the screen."""
        if not self.on_hit:
            return ""
        marks = " ".join(self.hits[self.hit].marks)
        return f"hit {self.hit + 1}/{len(self.hits)} {marks}".rstrip()

    def found_marks(self) -> list[Mark]:
        return [*super().found_marks(), *self.hits.marks()]

    def placed(self) -> None:
        self.hold()
        super().placed()
        self.light()

    def grown(self) -> None:
        super().grown()
        pane = self.pane_list
        more, nothing = pane.more.get(Tab.HITS, ""), pane.nothing.get(Tab.HITS, "")
        pane.put(Tab.HITS, self.hits, more=more, nothing=nothing)

    def light(self) -> None:
        """Highlight on the stage what the query finds there."""
        stage = self.query_one(Stage)
        frame, query, shown = stage.frame, self.query_asked, self.shown
        if frame is None or shown is None:
            return
        state = (self._search, self.hit)
        if state == self._lit and frame is self._lit_frame:
            return
        self._lit, self._lit_frame = state, frame
        if query is None:
            stage.highlight(())
            return
        every = [cell for cells in found_on(frame, query) for cell in cells]
        stage.highlight(every, self._current(frame))

    def _current(self, frame: Frame) -> Cells | None:
        """The cells of the hit that was gone to, where it is on this frame."""
        if not 0 <= self.hit < len(self.hits) or self.shown is None:
            return None
        hit = self.hits[self.hit]
        if self.shown.target != self.hits.target(self.hit):
            return None
        places = cells_of(frame, hit.passage, hit.spans)
        return places[0][0] if places else None

    # -- the list's filter -----------------------------------------------------------------------

    def action_filter(self) -> None:
        pane = self.pane_list
        self.query_one(Prompt).ask(Purpose.FILTER, pane.words.get(pane.tab, ""))

    def filter(self, text: str) -> None:
        """Rows of the open list that have these words; all, where there are none."""
        pane, words = self.pane_list, text.casefold().split()
        pane.words[pane.tab] = text.strip()
        match pane.tab:
            case Tab.COMMANDS:
                found = self.loaded.commands if self.loaded else ()
                pane.put(Tab.COMMANDS, Commands(found, words))
            case Tab.EVENTS:
                self._sift(words)
            case Tab.NOTES:
                pane.put(Tab.NOTES, Notes(self.notes(), words))
            case Tab.HITS:
                pane.words[Tab.HITS] = ""
                self.news("hits are what was searched for: / searches for something else")

    def notes(self) -> list[Mark]:
        """What was written."""
        return []

    def _sift(self, words: list[str]) -> None:
        pane = self.pane_list
        self._cancel_filter.set()
        self._cancel_filter = threading.Event()
        self._filter += 1
        self._sifted = array("q")
        pane.events.choose(self._sifted if words else None)
        pane.put(Tab.EVENTS, pane.events, more="…" if words else "")
        if words:
            self.run_worker(
                partial(
                    sift,
                    self._filter,
                    self.opener,
                    words,
                    self._tell_sifted,
                    self.clock,
                    self._cancel_filter,
                ),
                thread=True,
                group="filter",
            )

    def _tell_sifted(self, sifted: Sifted) -> None:
        """Called on the filter's thread."""
        self.post_message(RowsSifted(sifted))

    def on_rows_sifted(self, message: RowsSifted) -> None:
        sifted = message.sifted
        if sifted.filter != self._filter:
            return
        self._sifted.extend(sifted.numbers)
        pane = self.pane_list
        pane.put(Tab.EVENTS, pane.events, more="" if sifted.done else "…")
        if sifted.problem:
            self.bad_news(sifted.problem)

    # -- leaving ---------------------------------------------------------------------------------

    def on_unmount(self) -> None:
        self._cancel.set()
        self._cancel_filter.set()

    def sought(self, tab: Tab, row: int, target: AtEvent | AtFrame) -> None:
        """A row of the list was chosen."""
        if tab is Tab.HITS:
            self.go_to_hit(row)
        else:
            self.command(lambda player: player.seek(target))


def word_at(frame: Frame, x: int, y: int) -> str:
    """The word in a row at, or right before, a column; "" where there is none."""
    cells = [cell.text if cell.width else "" for cell in frame.row(y)]
    at = min(x, len(cells) - 1)
    while at > 0 and cells[at].isspace() and at >= x - 1:
        at -= 1
    if not cells or cells[at].isspace():
        return ""
    start = end = at
    while start > 0 and not cells[start - 1].isspace():
        start -= 1
    while end < len(cells) and not cells[end].isspace():
        end += 1
    return "".join(cells[start:end]).strip()
