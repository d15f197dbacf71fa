"""The player's screen: a stage, a scrubber, a list, an inspector, and the keys that move them.

Knows: its panes, and the parts that the actions of each subject are in. Must never know: files,
chunks, escape sequences. Called by the app with what opens a recording.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Horizontal, Vertical

from recorder.clock import Clock
from recorder.errors import MomentError
from recorder.moments import Moment, resolve
from recorder.reader import Recording
from replay.query import Query
from replay.scope import Scope
from replay.timeline import IdleMode
from replay.tui.command_line import (
    ACTIONS,
    Command,
    NoCommandError,
    Prompt,
    Purpose,
    read_command,
)
from replay.tui.dialogs import Help
from replay.tui.inspector import Inspector
from replay.tui.keys import PLAYER, PLAYER_BINDINGS, SELECT
from replay.tui.list_pane import ListPane
from replay.tui.minimap import Minimap
from replay.tui.player_ends import Ends
from replay.tui.player_looks import Looks
from replay.tui.player_panes import Pane
from replay.tui.player_writes import CasePlace, Writes
from replay.tui.scrubber import Scrubber
from replay.tui.stage import Stage
from replay.tui.status import StatusLine
from replay.tui.terminals import Terminals

IDLE_MODES = {"off": IdleMode.OFF, "cap": IdleMode.CAP, "log": IdleMode.LOG}


class PlayerScreen(Writes, Ends, Looks):
    """One recording."""

    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [*PLAYER_BINDINGS]

    def __init__(
        self,
        recording: Callable[[], Recording],
        clock: Clock,
        start: Moment | None = None,
        *,
        query: Query | None = None,
        case: CasePlace | None = None,
        scope: Scope | None = None,
    ) -> None:
        """``query``: what led here, highlighted and searched on with `n`; ``case``: where bookmarks
        go, None for nowhere."""
        super().__init__(recording, clock, start, scope=scope)
        self.case = case
        self._first_query = query

    def compose(self) -> ComposeResult:
        with Horizontal(id="panes"):
            with Vertical(id="showing"):
                yield Terminals()
                with Container(id="stage-place"):
                    yield Stage()
                    yield Minimap()
                yield Inspector()
            yield ListPane(self.short_clock)
        yield Scrubber(self.clock_words)
        yield Prompt()
        yield StatusLine()

    def grown(self) -> None:
        super().grown()
        query, self._first_query = self._first_query, None
        if query is not None and query.asks:
            self.query_text = query.text
            self.look_for(query, jump=False)

    # -- what is written at the bottom -------------------------------------------------------------

    def action_command_line(self) -> None:
        self.query_one(Prompt).ask(Purpose.COMMAND)

    async def on_prompt_written(self, message: Prompt.Written) -> None:
        prompt, text = self.query_one(Prompt), message.text
        self.query_one(StatusLine).clear()
        match message.purpose:
            case Purpose.COMMAND:
                prompt.close()
                self.turn_to(self.pane)
                await self.obey(text)
            case Purpose.FIND:
                if not self.find(text):
                    return  # what is wrong is said below what was written
                prompt.close()
                self.turn_to(self.pane)
            case Purpose.FILTER:
                prompt.close()
                self.filter(text)
                self.turn_to(Pane.LIST)
            case Purpose.NOTE:
                prompt.close()
                self.turn_to(self.pane)
                self.write_down(text.strip())

    async def obey(self, text: str) -> None:
        """A line of the command line."""
        try:
            command = read_command(text)
            if not isinstance(command, Command):
                if self.loaded is not None:
                    self.go(resolve(command, self.loaded.span))
                return
        except NoCommandError as error:
            self.bad_news(str(error))
        except MomentError as error:
            self.say_error(error)
        else:
            await self._run_verb(command)

    async def _run_verb(self, command: Command) -> None:
        """A verb; with an argument, where it takes one."""
        verb, argument = command
        if not argument:
            await self.run_action(ACTIONS[verb])
            return
        match verb:
            case "go":
                await self.obey(argument)
            case "find":
                self.find(argument)
            case "filter":
                self.filter(argument)
            case "note" | "bookmark":
                self.write_down(argument)
            case "idle" if argument in IDLE_MODES:
                self.idle_in(IDLE_MODES[argument])
            case "end-session":
                self.bad_news("end-session asks for the reason itself: write it alone")
            case _ if argument.isdecimal() and len(argument) < 7 and verb.startswith(STEPS):
                for digit in argument:
                    self.count_only(int(digit))
                await self.run_action(ACTIONS[verb])
            case _:
                self.bad_news(f"{verb} does not take {argument[:40]!r}")

    # -- panes and app -----------------------------------------------------------------------------

    def on_list_pane_sought(self, message: ListPane.Sought) -> None:
        self.sought(message.tab, message.row, message.target)

    def action_help(self) -> None:
        self.app.push_screen(Help((*PLAYER, SELECT)))

    def action_back(self) -> None:
        if not self.step_out():
            self.dismiss(None)


STEPS = ("next-", "previous-")
"""Verbs that a number counts."""
