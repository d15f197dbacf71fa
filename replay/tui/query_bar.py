"""The bar in which a query is written: completed, checked and applied as one types.

Knows: the query language, by its parser and its completions. Must never know: catalogs (values are
asked for by field), what a query is used for. Called by the library and the results, which are told
each new query (`QueryBar.Changed`) and when enter asks for it (`QueryBar.Submitted`).

An error is shown where it is: its part of the query underlined, and under it what is wrong. A
filter that is half written stands for what begins so, so that rows do not go away while one types.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Static

from recorder.clock import Clock
from replay.library import completions
from replay.query import Query, QueryError, parse
from replay.query_completion import Completion
from replay.query_parser import ALIASES, FIELDS
from replay.tui.cells import label

Values = Callable[[str], Sequence[str]]
"""The values of a field of `replay.entry.Entry`, the most frequent first."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIELD = re.compile(rf"(?<![^\s-])-?(?:{'|'.join((*FIELDS, *ALIASES))}):", re.IGNORECASE)
_REGEX = re.compile(r"(?<!\S)-?/(?:[^/\\]|\\.)+/\w*")
_HALF = re.compile(r'[A-Za-z]+:[^\s"*]+$')
_UNSEEN = frozenset(("Cc", "Cf", "Cs", "Cn", "Zl", "Zp"))


def read(text: str, clock: Clock) -> Query:
    """A query, its days meant in UTC as everything here. Raises `QueryError`."""
    return parse(text, _EPOCH + timedelta(microseconds=clock.wall_ns() // 1000))


def safe(text: str) -> str:
    """A text of the same length in which no character acts: for what is edited in place."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        (chr(0x2400 + ord(c)) if ord(c) < 0x20 else "\ufffd")
        if unicodedata.category(c) in _UNSEEN
        else c
        for c in text
    )


class Line(Input):
    """The line itself: keys for the completions below it, errors where they are."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "complete", "Complete", show=False),
        Binding("down", "suggestion(1)", "Next completion, or into the sessions", show=False),
        Binding("up", "suggestion(-1)", "Previous completion", show=False),
        Binding("escape", "leave", "Close the completions; leave", show=False),
    ]

    problem: QueryError | None = None

    @property
    def _value(self) -> Text:
        text = Text(safe(self.value), no_wrap=True, overflow="ignore", end="")
        text.highlight_regex(_FIELD, "bold cyan")
        text.highlight_regex(_REGEX, "magenta")
        if self.problem is not None:
            start, end = self.problem.start, self.problem.end
            text.stylize("bold red underline", start, max(end, start + 1))
        return text

    @property
    def bar(self) -> QueryBar:
        assert isinstance(self.parent, QueryBar)
        return self.parent

    def action_complete(self) -> None:
        if not self.bar.accept(max(self.bar.suggestions.at, 0)):
            self.screen.focus_next()

    def action_suggestion(self, way: int) -> None:
        self.bar.suggest(way)

    def action_leave(self) -> None:
        self.bar.leave()

    async def action_submit(self) -> None:
        if not self.bar.accept(self.bar.suggestions.at):
            self.bar.submit()


class Suggestions(Widget):
    """The completions, over what is below the bar."""

    ALLOW_SELECT = False

    def __init__(self) -> None:
        super().__init__()
        self.found: Sequence[Completion] = ()
        self.at = -1

    def show(self, found: Sequence[Completion]) -> None:
        self.found, self.at = found, -1
        self.display = bool(found)
        self.refresh(layout=True)

    def move(self, way: int) -> bool:
        """To the next; False where one leaves them upwards or there are none."""
        at = self.at + way
        if not self.found or at < -1:
            return False
        self.at = min(at, len(self.found) - 1)
        self.refresh()
        return True

    def render(self) -> Text:
        text = Text(no_wrap=True, overflow="ellipsis", end="")
        wide = max((len(each.text) for each in self.found), default=0)
        for row, each in enumerate(self.found):
            mine = row == self.at
            line = Text("▸ " if mine else "  ")
            line.append_text(label(each.text.ljust(wide), "bold"))
            line.append_text(label(f"  {each.help}", "dim"))
            line.pad_right(max(self.size.width - line.cell_len, 0))
            if mine:
                line.stylize("reverse")
            text.append_text(line).append("\n" if row + 1 < len(self.found) else "")
        return text

    def on_click(self, event: events.Click) -> None:
        event.stop()
        bar = self.parent
        if isinstance(bar, QueryBar):
            bar.accept(event.y)
            bar.line.focus()


class QueryBar(Vertical):
    """The bar."""

    class Changed(Message):
        """What is written means this now; ``query`` is None where it cannot be read."""

        def __init__(self, query: Query | None) -> None:
            super().__init__()
            self.query = query

    class Submitted(Message):
        """Enter: this is asked for. It can be read."""

        def __init__(self, query: Query) -> None:
            super().__init__()
            self.query = query

    class Left(Message):
        """The person goes on to what is below."""

    def __init__(self, clock: Clock, values: Values, text: str = "") -> None:
        super().__init__()
        self._clock = clock
        self._values = values
        self._text = text
        self.line = Line(
            text,
            placeholder="/ words or filters: passwd  who:alice  state:live  after:yesterday",
            select_on_focus=False,
        )
        self.problem = Static(id="query-problem")
        self.suggestions = Suggestions()
        self.problem.display = self.suggestions.display = False

    def compose(self) -> ComposeResult:
        yield self.line
        yield self.suggestions
        yield self.problem

    @property
    def text(self) -> str:
        return self.line.value

    def write(self, text: str) -> None:
        """Other text, with the cursor at its end."""
        self.line.value = text
        self.line.cursor_position = len(text)

    # -- as one types ----------------------------------------------------------------------------

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._check()
        typing = self.line.has_focus
        self.suggestions.show(self._completions() if typing else ())

    def on_descendant_blur(self) -> None:
        self.suggestions.show(())

    def _completions(self) -> Sequence[Completion]:
        return completions(self.text, self.line.cursor_position, self._values)

    def _check(self) -> None:
        try:
            query: Query | None = read(self.text, self._clock)
            self._complain(None)
        except QueryError as error:
            query = None
            self._complain(error)
        self.post_message(self.Changed(self._half_written() or query))

    def _half_written(self) -> Query | None:
        """What is written if the filter that is being written goes on in any way."""
        if self.line.cursor_position == len(self.text) and _HALF.search(self.text):
            try:
                half = read(f"{self.text}*", self._clock)
            except QueryError:
                return None
            return half if half.filters else None
        return None

    def _complain(self, error: QueryError | None) -> None:
        self.line.problem = error
        self.problem.display = error is not None
        if error is not None:
            place = min(error.start, max(self.size.width - len(error.problem) - 5, 0))
            self.problem.update(label(f"{' ' * (place + 1)}▲ {error.problem}", "bold red"))
        self.line.refresh()

    # -- keys ------------------------------------------------------------------------------------

    def accept(self, number: int) -> bool:
        """Put a completion in; False where there is no such one."""
        if not 0 <= number < len(self.suggestions.found):
            return False
        text, cursor = self.suggestions.found[number].applied(self.text)
        if cursor == len(text) and not text.endswith(":"):
            text, cursor = f"{text} ", cursor + 1
        self.line.value = text
        self.line.cursor_position = cursor
        self.suggestions.show(self._completions() if text.endswith(":") else ())
        return True

    def suggest(self, way: int) -> None:
        """Through the completions; down where there are none leaves the bar."""
        if not self.suggestions.move(way) and way > 0:
            self.post_message(self.Left())

    def leave(self) -> None:
        """Close the completions, or leave."""
        if self.suggestions.found:
            self.suggestions.show(())
        else:
            self.post_message(self.Left())

    def submit(self) -> None:
        try:
            query = read(self.text, self._clock)
        except QueryError as error:
            self.suggestions.show(())
            self._complain(error)
            return
        self.suggestions.show(())
        self.post_message(self.Submitted(query))
