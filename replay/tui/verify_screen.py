"""The verification's screen: what was checked, what failed, where.

Knows: `recorder.verify`. Must never know: what a check looks at. Called by the app with a store
and, perhaps, one session of it. The work is done on a worker's thread and can be left at any time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen
from textual.widgets import DataTable, Static

from recorder.errors import GatereelError
from recorder.store import Store
from recorder.verify import Report, verify_reel
from recorder.verify_store import verify_store
from replay.scope import Scope
from replay.tui.case_keys import VERIFY, VERIFY_BINDINGS, VERIFY_HINTS, hints
from replay.tui.cells import label
from replay.tui.dialogs import Help
from replay.tui.own_keys import keymap_of

COLUMNS = ("", "check", "what was found", "where", "session")


class VerifyScreen(Screen[None]):
    """One session, or a whole store."""

    BINDINGS: ClassVar[list[BindingType]] = [*VERIFY_BINDINGS]
    DEFAULT_CSS = """
    VerifyScreen #verify-title { height: 1; background: $panel; padding: 0 1; text-style: bold; }
    VerifyScreen #verify-table { height: 1fr; }
    VerifyScreen #verify-detail { height: auto; max-height: 4; padding: 0 1; }
    VerifyScreen #verify-line { height: 1; background: $surface; padding: 0 1; }
    """

    def __init__(self, store: Store, session: str | None, scope: Scope) -> None:
        """``session``: the name of its reel; None: everything in the store. ``scope`` is asked
        before a session is checked."""
        super().__init__()
        self._store = store
        self._scope = scope
        self._session = session
        self._reports: Sequence[Report] = ()
        self._only = False
        self._busy = False
        self._shown: list[str] = []

    def compose(self) -> ComposeResult:
        yield Static(id="verify-title")
        yield DataTable[Text](cursor_type="row", id="verify-table")
        yield Static(id="verify-detail")
        yield Static(id="verify-line")

    def on_mount(self) -> None:
        table = self.query_one(DataTable)
        for column in COLUMNS:
            table.add_column(label(column), key=column)
        table.focus()
        self.action_again()

    @property
    def settled(self) -> bool:
        """Whether the check is done."""
        return not self._busy

    def action_again(self) -> None:
        """Check (again)."""
        self._busy = True
        self._title(f"verifying {self._session or self._store.path} …")
        self.run_worker(self._verify, thread=True, exclusive=True, name="verify")

    def _verify(self) -> None:
        store, session = self._store, self._session
        reports: Sequence[Report] = ()
        trouble = ""
        try:
            if session is None:
                reports = verify_store(store, store.verifiers())
            else:
                self._scope.verified(session)
                keys = store.verifiers()
                reports = [verify_reel(store.reel(session), keys)]
        except (GatereelError, OSError) as error:
            trouble = str(error)
        self.app.call_from_thread(self._done, reports, trouble)

    def _done(self, reports: Sequence[Report], trouble: str) -> None:
        self._reports = reports
        failed = [report for report in reports if not report.ok]
        what = self._session or str(self._store.path)
        if trouble:
            self._title(trouble, "bold red")
        elif failed:
            count = f"{len(failed)} of {len(reports)} recordings fail: " if len(reports) > 1 else ""
            self._title(f"NOT verified — {count}{what}", "bold red")
        elif not reports:
            self._title(f"nothing to verify — {what}", "bold yellow")
        else:
            self._title(f"verified — {what}", "bold green")
        self._fill()
        # The table's columns get the width of what is in them when it is next at leisure.
        self.call_after_refresh(self._rest)

    def _rest(self) -> None:
        self._busy = False

    def _fill(self) -> None:
        table = self.query_one(DataTable)
        table.clear()
        self._shown = []
        for report in self._reports:
            for check in report.checks:
                if check.ok and self._only:
                    continue
                mark = label("ok", "green") if check.ok else label("FAIL", "bold red")
                row = (check.name, check.detail[:200], check.where, report.subject[-12:])
                table.add_row(mark, *map(label, row))
                self._shown.append(f"{check.detail}  {check.where}".strip())
        self.query_one("#verify-line", Static).update(
            label(hints(VERIFY_HINTS, VERIFY_BINDINGS, keymap_of(self.app)))
        )
        self.on_data_table_row_highlighted()

    def on_data_table_row_highlighted(self) -> None:
        """The chosen check in full, wrapped."""
        row = self.query_one(DataTable).cursor_row
        words = label(self._shown[row] if 0 <= row < len(self._shown) else "")
        words.no_wrap = False
        self.query_one("#verify-detail", Static).update(words)

    def _title(self, words: str, style: str = "") -> None:
        self.query_one("#verify-title", Static).update(label(words, style))

    def action_only(self) -> None:
        self._only = not self._only
        self._fill()

    def action_help(self) -> None:
        self.app.push_screen(Help(VERIFY))

    def action_back(self) -> None:
        self.dismiss(None)
