"""From screen to screen: what opens when a screen asks for it, and what comes after the last hit.

Knows: the screens, and what each needs. Must never know: what happens inside of one. The base of
the app, which says what it begins with.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from recorder.clock import Clock
from recorder.moments import AtEvent, Moment
from recorder.reader import Recording
from recorder.store import Store
from replay.hunting import place
from replay.query import Query
from replay.scope import Scope
from replay.search import Hit
from replay.tui.case_screen import CaseScreen
from replay.tui.library_screen import LibraryScreen
from replay.tui.player_screen import PlayerScreen
from replay.tui.player_writes import CasePlace
from replay.tui.results_screen import ResultsScreen
from replay.tui.typed_ahead import TypedAhead
from replay.tui.verify_screen import VerifyScreen

Opener = Callable[[], Recording]


class Routes(TypedAhead):
    """The ways between the screens of one store."""

    def __init__(
        self, store: Store | None, clock: Clock, scope: Scope, case: CasePlace | None = None
    ) -> None:
        """``case``: where bookmarks go; None: nowhere."""
        super().__init__()
        self._case = case
        self._store = store
        self._clock = clock
        self._scope = scope

    def on_library_screen_opened(self, message: LibraryScreen.Opened) -> None:
        self.push_screen(self.player(self._opener(message.session), message.start))

    def on_library_screen_sought(self, message: LibraryScreen.Sought) -> None:
        assert self._store is not None
        library = message.library
        self.push_screen(
            ResultsScreen(
                message.query, self._store, self._scope, self._clock, library.values,
                library.missing,
            )
        )  # fmt: skip

    def on_results_screen_opened(self, message: ResultsScreen.Opened) -> None:
        self.push_screen(self._player_at(message.hit, message.query))

    def on_case_screen_opened(self, message: CaseScreen.Opened) -> None:
        self.push_screen(self.player(self._opener(message.session), AtEvent(message.event)))

    def action_case(self) -> None:
        """The bookmarks of all sessions, where there is a file to keep them in."""
        if self._case is None:
            self._refuse(
                "no case over SSH: no file is written here; y in the player copies a link,"
                " for `gatereel case add` where you are"
                if self._scope.served
                else "no case is open: `gatereel case new FILE` begins one"
            )
        elif not isinstance(self.screen, CaseScreen):
            self.push_screen(CaseScreen(self._case, self._clock, self._store))

    def action_verify(self) -> None:
        """Check the session that is on show, or chosen in the library."""
        screen, store, name = self.screen, self._store, ""
        if isinstance(screen, PlayerScreen) and screen.reel_place is not None:
            store, name = screen.reel_place
        elif isinstance(screen, LibraryScreen) and (entry := screen.table.chosen) is not None:
            name = entry.id
        if store is not None and name:
            self.push_screen(VerifyScreen(store, name, self._scope))

    def action_verify_store(self) -> None:
        """Check everything in the store; not for somebody who may see a part of it only."""
        if self._store is not None and not self._scope.served:
            self.push_screen(VerifyScreen(self._store, None, self._scope))
        else:
            self._refuse(
                "over SSH one session is checked at a time: v on it in the list"
                if self._scope.served
                else "this is one recording, not a store: V checks it"
            )

    def _refuse(self, why: str) -> None:
        """Say why nothing opens, over whatever screen is on top."""
        self.notify(why, severity="warning", markup=False)

    def on_next_session(self) -> None:
        self._cross(1)

    def on_previous_session(self) -> None:
        self._cross(-1)

    def _cross(self, way: int) -> None:
        """From the last hit of one session to the first of the next, where the results have it."""
        player, below = self.screen, self.screen_stack[-2]
        if not isinstance(player, PlayerScreen):
            return
        if not isinstance(below, ResultsScreen):
            player.news("no more hits in this session")
        elif (hit := below.neighbour(player.session, way)) is not None:
            self.switch_screen(self._player_at(hit, below.query_asked))
        elif below.settled:
            player.news("no more hits, and no other session with any")
        else:
            player.news("no more hits so far: the search goes on")

    def _player_at(self, hit: Hit, query: Query) -> PlayerScreen:
        return self.player(self._opener(hit.session), place(hit), query)

    def _opener(self, session: str) -> Opener:
        assert self._store is not None
        return partial(Recording, self._store, session)

    def player(
        self, recording: Opener, start: Moment | None, query: Query | None = None
    ) -> PlayerScreen:
        """The player on a recording, from this moment on, with these words to be found in it."""
        return PlayerScreen(
            recording, self._clock, start, query=query, case=self._case, scope=self._scope
        )
