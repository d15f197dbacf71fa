"""Small windows over the player: where to go, and which key does what.

Knows: moments as text, the table of keys. Must never know: players, recordings. Called by the
player screen.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from recorder.errors import MomentError
from recorder.moments import HELP, Span, Target, parse, resolve
from replay.tui.cells import label
from replay.tui.keys import Group, shown_key
from replay.tui.own_keys import keymap_of

_DIGITS = {
    "player": "To so many tenths of the recording",
    "library": "Sort by the column with this number",
}
_MOUSE = {
    "player": (
        ("scrubber", "Drag or click to go there; hover to read the time"),
        ("wheel", "Move the viewport of a screen larger than this terminal"),
    ),
    "library": (
        ("head", "Click a column to sort by it; again, the other way"),
        ("row", "Click to look, twice to open; click a facet to filter by it"),
    ),
    "results": (("row", "Click to look, twice to open"),),
    "case": (("row", "Click to look, again to open"),),
    "verify": (("row", "Click to read it whole"),),
}
"""By the room that keys belong to."""


class GoTo(ModalScreen[Target | None]):
    """Asks for a moment until it is one of the recording's, or escape."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "Cancel")]

    def __init__(self, span: Span) -> None:
        super().__init__()
        self._span = span

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog"):
            yield Static(label("Go to"), id="dialog-title")
            yield Input(placeholder="12:03", id="moment", select_on_focus=False)
            yield Static(label(HELP), id="dialog-line")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        try:
            target = resolve(parse(event.value), self._span)
        except MomentError as error:
            line = self.query_one("#dialog-line", Static)
            line.update(label(error.person))
            line.add_class("problem")
            return
        self.dismiss(target)


class Help(ModalScreen[None]):
    """Every key, in groups."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,f1", "dismiss(None)", "Close")
    ]

    def __init__(self, groups: tuple[Group, ...]) -> None:
        super().__init__()
        self._groups = groups

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="help"):
            yield Static(self._text(keymap_of(self.app)), id="help-text")

    def _text(self, own: Mapping[str, str] | None = None) -> Text:
        """One line a key; the ten digits are one."""
        text = Text(end="")
        room = (self._groups[0].bindings[0].id or "").partition(".")[0]
        for title, bindings in self._groups:
            text.append(f"{title}\n", "bold")
            for binding in bindings:
                key = shown_key(binding, own or {})
                if key and key in "123456789":
                    continue
                words = binding.description
                if key == "0":
                    key, words = "0 – 9", _DIGITS[room]
                text.append(f"  {key:<10}", "bold cyan")
                text.append(f"{words}\n")
        text.append("Everywhere\n", "bold")
        text.append(f"  {'ctrl p':<10}", "bold cyan")
        text.append("Every command by name\n")
        text.append("Mouse\n", "bold")
        for what, words in _MOUSE[room]:
            text.append(f"  {what:<10}", "bold cyan")
            text.append(f"{words}\n")
        return text
