"""The line at the bottom in which one writes: a command by name, a search, a filter, a note.

Knows: the verbs, which are the ids of the player's keys. Must never know: players, recordings.
Called by the player's screen; tells `Prompt.Written`. `read_command` is pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from enum import StrEnum
from typing import ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.suggester import SuggestFromList
from textual.widgets import Input, Static

from recorder.errors import MomentError
from recorder.moments import Moment, parse
from replay.tui.cells import label
from replay.tui.keys import PLAYER_BINDINGS


class Purpose(StrEnum):
    """What the line is for: what stands before it."""

    COMMAND = ":"
    FIND = "/"
    FILTER = "&"
    NOTE = ";"


HINTS = {
    Purpose.COMMAND: "next-frame 20, go 12:03, idle log, #f977 …",
    Purpose.FIND: 'words "a phrase" /a regex/ in:typed cmd: file: title:',
    Purpose.FILTER: "words that rows must have; empty: all rows",
    Purpose.NOTE: "what is to be seen here",
}


class Command(NamedTuple):
    """A verb, and what was written behind it."""

    verb: str
    argument: str


class NoCommandError(ValueError):
    """What was written is no command; its text says so."""


def verb_of(binding: Binding) -> str:
    """What a key is called."""
    return (binding.id or "").partition(".")[2]


ACTIONS = {verb_of(binding): binding.action for binding in PLAYER_BINDINGS}
"""What each verb does."""
VERBS: Sequence[str] = sorted(ACTIONS)


def read_command(text: str) -> Command | Moment:
    """A verb (or the beginning of one alone) and its argument, or a moment to go to.

    Raises `NoCommandError`.
    """
    written, _, argument = text.strip().lstrip(":").strip().partition(" ")
    if not written:
        raise NoCommandError("write a command: `help` lists them")
    if written in ACTIONS:
        return Command(written, argument.strip())
    meant = [verb for verb in VERBS if verb.startswith(written)]
    if len(meant) == 1:
        return Command(meant[0], argument.strip())
    try:
        return parse(text.strip().lstrip(":"))
    except MomentError:
        pass
    if meant:
        raise NoCommandError(f"{written[:40]} can be {', '.join(meant[:6])}")
    near = get_close_matches(written, VERBS, 1)
    more = f"; is {near[0]} meant?" if near else "; `help` lists them"
    raise NoCommandError(f"there is no command {written[:40]}{more}")


class Line(Input):
    """The input itself."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Leave", show=False),
        Binding("tab", "take", "Complete", show=False),
    ]

    class Left(Message):
        """Nothing is to be written after all."""

    def action_leave(self) -> None:
        self.post_message(self.Left())

    def action_take(self) -> None:
        self.action_cursor_right()


class Prompt(Horizontal):
    """Hidden until something is to be written."""

    class Written(Message):
        """Enter was pressed."""

        def __init__(self, purpose: Purpose, text: str) -> None:
            super().__init__()
            self.purpose = purpose
            self.text = text

    def __init__(self) -> None:
        super().__init__()
        self.display = False
        self.purpose = Purpose.COMMAND

    def compose(self) -> ComposeResult:
        yield Static(id="prompt-sign")
        yield Line(id="prompt-line", select_on_focus=False, compact=True)

    @property
    def line(self) -> Line:
        return self.query_one(Line)

    def ask(self, purpose: Purpose, text: str = "") -> None:
        """Let something be written."""
        self.purpose = purpose
        self.query_one("#prompt-sign", Static).update(label(purpose.value, "bold"))
        line = self.line
        line.placeholder = HINTS[purpose]
        line.suggester = SuggestFromList(VERBS) if purpose is Purpose.COMMAND else None
        line.value = text
        line.cursor_position = len(text)
        self.display = True
        line.focus()

    def close(self) -> None:
        """Nothing more is to be written."""
        if self.line.has_focus:  # else the keys would go to whatever comes next
            self.screen.set_focus(None)
        self.display = False

    def on_line_left(self, message: Line.Left) -> None:
        message.stop()
        self.close()

    def on_input_submitted(self, message: Input.Submitted) -> None:
        message.stop()
        self.post_message(self.Written(self.purpose, message.value))
