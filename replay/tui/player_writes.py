"""What one writes down in the player: bookmarks and notes, kept in a case outside the recording.

Knows: a case file, errands for the projector (a bookmark keeps the frame that it cites, and the
disk is waited for there, not here). Must never know: chunks, signatures. Part of the player's
screen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from recorder.clock import Clock
from replay.case import Bookmark
from replay.case_file import CaseFile
from replay.keep import keep
from replay.lists import Notes, Tab
from replay.markers import WRITTEN, Kind, Mark
from replay.projector import Desk
from replay.tui.command_line import Prompt, Purpose
from replay.tui.player_finds import Finds
from replay.tui.player_moves import Moves


@dataclass(frozen=True, slots=True)
class CasePlace:
    """Where bookmarks go: a file that need not be there yet, and who writes."""

    path: Path
    author: str

    def read(self, session: str, clock: Clock) -> list[Bookmark]:
        """What is there about a session. Raises `CaseError`."""
        if not self.path.exists():
            return []
        return CaseFile(self.path, self.author, clock).case.bookmarks_of(session)


@dataclass(frozen=True, slots=True)
class Noted:
    """The bookmarks of this session, after one was added perhaps."""

    bookmarks: Sequence[Bookmark]
    added: Bookmark | None = None


class Writes(Finds, Moves):
    """Bookmarks and notes."""

    case: CasePlace | None = None
    bookmarks: Sequence[Bookmark] = ()
    _asked_for_notes = False

    def grown(self) -> None:
        super().grown()
        case, session, clock = self.case, self.session, self.clock
        if case is not None and not self._asked_for_notes:
            self._asked_for_notes = True
            self.ask("case", lambda _desk: Noted(case.read(session, clock)))

    def answered(self, name: str, found: object) -> None:
        super().answered(name, found)
        if isinstance(found, Noted):
            self.bookmarks = found.bookmarks
            words = self.pane_list.words.get(Tab.NOTES, "").casefold().split()
            self.pane_list.put(Tab.NOTES, Notes(self.notes(), words))
            self.remark()
            if found.added is not None and self.case is not None:
                cites = found.added.cites
                self.news(f"bookmarked #e{cites.event} in {self.case.path.name}")

    def notes(self) -> list[Mark]:
        marks = []
        for bookmark in self.bookmarks:
            cites = bookmark.cites
            place = (cites.time, cites.event)
            said = bookmark.shown or "(no note)"
            text = f"{said} — {bookmark.author}"
            marks.append(Mark(*place, Kind.BOOKMARK, cites.channel, text))
            marks += [
                Mark(*place, Kind.NOTE, cites.channel, f"{note.text} — {note.written.entry.author}")
                for note in bookmark.notes
                if not note.withdrawn
            ]
        return marks

    def found_marks(self) -> list[Mark]:
        return [*super().found_marks(), *self.notes()]

    def action_bookmark(self) -> None:
        self.write_down("")

    def action_note(self) -> None:
        if self._may_write():
            self.query_one(Prompt).ask(Purpose.NOTE)

    def action_bookmarked(self, way: int) -> None:
        self.step_among(self.markers().events(WRITTEN), way, Kind.BOOKMARK.value)

    def write_down(self, note: str) -> None:
        """A bookmark on the screen that is on show."""
        case, shown, clock = self.case, self.shown, self.clock
        if shown is None or case is None or not self._may_write():
            self._may_write()
            return
        session, view = self.session, shown.view

        def add(desk: Desk) -> Noted:
            file = CaseFile.open_or_begin(case.path, case.author, clock)
            added = file.add(keep(desk.recording, view), note)
            return Noted(file.case.bookmarks_of(session), added)

        # Each under a name of its own: of two that wait, both are to be written.
        self.ask(f"bookmark {view.event} {note}", add)

    def _may_write(self) -> bool:
        if self.case is None:
            self.bad_news(
                "no file is written here: y copies a link, for `gatereel case add` where you are"
                if self.scope.served
                else "no case is open: `gatereel case new FILE` begins one"
            )
        return self.case is not None
