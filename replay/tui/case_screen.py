"""The case's screen: its bookmarks, the screen that each keeps, who wrote it, whether it holds.

Knows: a case file and what can be checked of it. Must never know: how a key signs, chunks, the
catalog. Called by the app, which is told what to open (`Opened`). The disk, the agent and the
checks are waited for on worker threads. Whatever is in a case is somebody else's text: it is shown
through `label` alone.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.message import Message
from textual.screen import Screen
from textual.widgets import DataTable, Input, Static

from recorder.allowed_signers import AllowedSigner, load_allowed_signers
from recorder.clock import Clock
from recorder.errors import GatereelError
from recorder.moments import format_offset, format_wall
from recorder.reader import Recording
from recorder.store import Store
from replay.agent import agent_signers, choose
from replay.case import Bookmark, Case
from replay.case_check import Author, Finding, Trust, author_of, check_case
from replay.case_file import CaseFile
from replay.case_report import citation_words, kept_frame, standing_words
from replay.tui.case_keys import CASE, CASE_BINDINGS, CASE_HINTS, hints
from replay.tui.cells import label
from replay.tui.dialogs import Help
from replay.tui.own_keys import keymap_of
from replay.tui.player_writes import CasePlace
from replay.tui.stage import Stage

COLUMNS = ("", "note", "when (UTC)", "by", "who and where")
SIGNS = {
    Author.KNOWN: ("✓", "green"),
    Author.UNKNOWN: ("?", "bold yellow"),
    Author.ANOTHER: ("✗", "bold red"),
    Author.UNSIGNED: ("○", "yellow"),
    Author.FORGED: ("✗", "bold red"),
}
"""By what is known of the author: a sign that says it without colour too, and its style."""
EMPTY = "No bookmark yet: m in the player sets one."


def usual_signers() -> list[AllowedSigner]:
    """Whose key is whose, as this person has it written down. Raises `KeyFileError`."""
    named = os.environ.get("GATEREEL_ALLOWED_SIGNERS")
    path = Path(named) if named else Path.home() / ".ssh" / "allowed_signers"
    return load_allowed_signers(path) if named or path.exists() else []


class CaseScreen(Screen[None]):
    """One case."""

    BINDINGS: ClassVar[list[BindingType]] = [*CASE_BINDINGS]
    DEFAULT_CSS = """
    CaseScreen #case-title { height: 1; background: $panel; padding: 0 1; text-style: bold; }
    CaseScreen #case { height: 1fr; }
    CaseScreen #case-list { width: 1fr; height: 1fr; }
    CaseScreen #case-table { height: 1fr; }
    CaseScreen #case-said { width: 46%; height: 1fr; border-left: vkey $panel; }
    CaseScreen #case-words { height: auto; padding: 0 1; }
    CaseScreen #case-frame { height: 1fr; min-height: 6; }
    CaseScreen #case-input { border: none; height: 1; padding: 0 1; display: none; }
    CaseScreen #case-line { height: 1; background: $surface; padding: 0 1; }
    CaseScreen.-narrow #case { layout: vertical; }
    CaseScreen.-narrow #case-said { width: 100%; border-left: none; }
    """

    class Opened(Message):
        """This session is to be shown at this event."""

        def __init__(self, session: str, event: int) -> None:
            super().__init__()
            self.session = session
            self.event = event

    def __init__(self, place: CasePlace, clock: Clock, store: Store | None) -> None:
        super().__init__()
        self._place = place
        self._clock = clock
        self._store = store
        self._file: CaseFile | None = None
        self._signers: Sequence[AllowedSigner] = ()
        self._findings: dict[str, list[Finding]] = {}
        self._asked: Callable[[str], None] | None = None
        self._striking = ""
        self._busy = False

    def compose(self) -> ComposeResult:
        yield Static(id="case-title")
        with Horizontal(id="case"):
            with Vertical(id="case-list"):
                yield DataTable[Text](cursor_type="row", id="case-table")
            with Vertical(id="case-said"):
                with VerticalScroll(id="case-frame"):
                    yield Stage()
                yield Static(id="case-words")
        yield Input(id="case-input")
        yield Static(id="case-line")

    def on_mount(self) -> None:
        table = self.query_one(DataTable)
        for column in COLUMNS:
            table.add_column(label(column), key=column)
        table.focus()
        self.action_reload()

    def on_resize(self) -> None:
        self.set_class(self.size.width < 100, "-narrow")

    @property
    def settled(self) -> bool:
        """Whether nothing is being waited for."""
        return not self._busy

    # -- the file ----------------------------------------------------------------------------------

    def action_reload(self) -> None:
        """Read the file again."""
        self._later(self._open)

    def _open(self) -> str:
        self._file = CaseFile.open_or_begin(self._place.path, self._place.author, self._clock)
        self._signers = usual_signers()
        return ""

    def _later(self, work: Callable[[], str]) -> None:
        """Does this on a worker's thread, and shows what came of it; what it gives is said."""
        self._busy = True
        self._say("…")

        def whole() -> None:
            try:
                words, style = work(), ""
            except (GatereelError, OSError) as error:
                words, style = str(error), "bold red"
            self.app.call_from_thread(self._done, words, style)

        self.run_worker(whole, thread=True, name="case")

    def _done(self, words: str, style: str) -> None:
        self._busy = False
        self._fill()
        self._say(words, style)

    @property
    def case(self) -> Case | None:
        """What the file holds; None while it cannot be read."""
        return self._file.case if self._file is not None else None

    # -- showing it --------------------------------------------------------------------------------

    def _fill(self) -> None:
        file, table = self._file, self.query_one(DataTable)
        if file is None:
            self.query_one("#case-title", Static).update(label(str(self._place.path)))
            return
        case = file.case
        unsigned = len(case.unsigned())
        state = f"{unsigned} not signed" if unsigned else "all signed"
        faults = f", {len(file.faults)} damaged lines" if file.faults else ""
        count = len(case.bookmarks)
        title = f"{case.title} — {count} bookmark{'' if count == 1 else 's'}, {state}{faults}"
        self.query_one("#case-title", Static).update(label(title))
        chosen = table.cursor_row
        table.clear()
        for bookmark in case.bookmarks:
            table.add_row(*self._row(bookmark), key=bookmark.name)
        if table.row_count:
            table.move_cursor(row=min(chosen, table.row_count - 1))
        self._show()

    def _row(self, bookmark: Bookmark) -> list[Text]:
        cites, about = bookmark.cites, bookmark.about
        author, _ = author_of(bookmark.written, self._signers)
        sign, style = SIGNS[author]
        wall = about.get("wall")
        when = format_wall(wall, cites.time)[:19] if isinstance(wall, int) else ""
        who = f"{about.get('principal', '')} {about.get('target', '')}"
        failed = any(not finding.ok for finding in self._findings.get(bookmark.name, ()))
        note = next(iter(bookmark.shown.splitlines()), "") or f"#e{cites.event}"
        if bookmark.pending is not None and author is Author.KNOWN:
            sign, style = SIGNS[Author.UNSIGNED]
        struck = "strike dim" if bookmark.withdrawn else ""
        return [
            label("✗" if failed else sign, "bold red" if failed else style),
            label(note[:60], struck),
            label(when or format_offset(cites.time)),
            label(bookmark.author[:20]),
            label(who[:40]),
        ]

    def _chosen(self) -> Bookmark | None:
        table, case = self.query_one(DataTable), self.case
        if case is None or not 0 <= table.cursor_row < len(case.bookmarks):
            return None
        return case.bookmarks[table.cursor_row]

    def on_data_table_row_highlighted(self) -> None:
        self._striking = ""
        self._show()

    def _show(self) -> None:
        """The chosen bookmark: the screen that it keeps, and all that was said of it."""
        bookmark, stage = self._chosen(), self.query_one(Stage)
        words = self.query_one("#case-words", Static)
        frame = kept_frame(bookmark) if bookmark else None
        stage.display = frame is not None
        if frame is not None:
            stage.show(frame)
        words.update(self._words(bookmark) if bookmark else label(EMPTY, "dim"))

    def _words(self, bookmark: Bookmark) -> Text:
        judge = partial(author_of, signers=self._signers)
        text = Text(end="")
        lines = [
            (citation_words(bookmark), "dim"),
            (standing_words(bookmark.written, judge)[0], ""),
        ]
        lines += [(line, "") for line in bookmark.note.splitlines()]
        if bookmark.pending is not None:
            lines += [
                (f"not signed yet: {line}", "italic") for line in bookmark.pending.splitlines()
            ]
        if bookmark.withdrawn:
            lines.append(("withdrawn", "bold"))
        for note in bookmark.notes:
            said = note.text if note.pending is None else note.pending
            who = standing_words(note.written, judge)[0]
            lines.append((f"— {said} ({who})", "strike" if note.withdrawn else ""))
        for finding in self._findings.get(bookmark.name, ()):
            mark, style = ("ok", "green") if finding.ok else ("FAIL", "bold red")
            lines.append((f"{mark} {finding.name}: {finding.detail}", style))
        for line, style in lines:
            text.append_text(label(line, style))
            text.append("\n")
        return text

    def _say(self, words: str, style: str = "") -> None:
        keys = hints(CASE_HINTS, CASE_BINDINGS, keymap_of(self.app))
        self.query_one("#case-line", Static).update(label(words or keys, style))

    # -- commands ----------------------------------------------------------------------------------

    def on_data_table_row_selected(self) -> None:
        self.action_jump()

    def action_jump(self) -> None:
        bookmark = self._chosen()
        if bookmark is None:
            return
        session = bookmark.cites.session
        if self._store is None or not self._store.reel(session).exists():
            self._say("its recording is not here: what is shown is what the case keeps")
        else:
            self.post_message(self.Opened(session, bookmark.cites.event))

    def action_edit(self) -> None:
        file, bookmark = self._file, self._chosen()
        if file is not None and bookmark is not None:
            name = bookmark.name
            self._ask(lambda text: file.edit(name, text), bookmark.draft.replace("\n", " "))

    def action_note(self) -> None:
        file, bookmark = self._file, self._chosen()
        if file is not None and bookmark is not None:
            name = bookmark.name
            self._ask(lambda text: file.note(text, name))

    def action_note_case(self) -> None:
        file = self._file
        if file is not None:
            self._ask(file.note)

    def _ask(self, write: Callable[[str], object], text: str = "") -> None:
        """One line from the person, and what to do with it."""

        def written(said: str) -> None:
            def work() -> str:
                write(said)
                return "written; s signs it"

            self._later(work)

        self._asked = written
        box = self.query_one("#case-input", Input)
        box.value, box.display = text, True
        box.focus()
        self._say("enter writes it, escape does not")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        asked = self._asked
        self._close_input()
        if asked is not None and event.value.strip():
            asked(event.value.strip())

    def _close_input(self) -> None:
        self._asked = None
        self.query_one("#case-input", Input).display = False
        self.query_one(DataTable).focus()
        self._say("")

    def action_withdraw(self) -> None:
        file, bookmark = self._file, self._chosen()
        if file is None or bookmark is None or bookmark.withdrawn:
            return
        name = bookmark.name
        if self._striking != name:
            self._striking = name
            self._say("d again takes it back; it stays in the case, struck", "bold")
            return
        self._striking = ""

        def work() -> str:
            file.withdraw(name)
            return "taken back; s signs that"

        self._later(work)

    def action_sign(self) -> None:
        file = self._file
        if file is None:
            return

        def work() -> str:
            signer = choose(agent_signers(), None)
            return f"signed {file.sign(signer)} entries with {signer.comment}"

        self._later(work)

    def action_verify(self) -> None:
        file, store = self._file, self._store
        if file is None:
            return

        def work() -> str:
            keys = store.verifiers() if store is not None else []
            opener = partial(Recording, store) if store is not None else None
            found: dict[str, list[Finding]] = {}
            for finding in check_case(file, Trust(self._signers, keys), opener):
                found.setdefault(finding.entry, []).append(finding)
            self._findings = found
            failed = [f for findings in found.values() for f in findings if not f.ok]
            if not failed:
                return "verified: authors, order, seals and screens"
            return f"NOT verified, {len(failed)} faults: {failed[0].detail}"

        self._later(work)

    def action_help(self) -> None:
        self.app.push_screen(Help(CASE))

    def action_back(self) -> None:
        if self._asked is not None:
            self._close_input()
        else:
            self.dismiss(None)
