"""Keys that come faster than they are answered: each goes to whom the one before has made way for.

Knows: keys, and the widgets that they go through. Must never know: what a key does. The base of the
app's ways.

Over a slow line a word arrives as one packet. Textual hands out all of its keys at once, and `/`
opens the query only when it has gone through every widget up to the app: by then the letters behind
it were taken for commands. Here a key waits until whatever the one before it began has come to its
end: it went up through the widgets, and so did what they told each other because of it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from rich.console import RenderableType
from textual import events
from textual.app import App
from textual.message_pump import MessagePump

ROUNDS = 3, 6
"""How often everything is gone through, at least and at most: the first time the key goes up, then
what was told because of it, and because of that; more while the focus still moves."""
PATIENCE = 0.5


class TypedAhead(App[None]):
    """Gives out one key at a time."""

    def __init__(self) -> None:
        super().__init__()
        self.patience = PATIENCE
        """Seconds after which the next key is given out, whatever became of this one."""
        self._waiting: deque[events.Key | events.Paste] = deque()
        self._number = 0
        """Of the key that is under way."""
        self._under_way = False
        self._ends = False

    @property
    def answered(self) -> bool:
        """Whether every key that came has done what it does, or nobody will answer any more."""
        return self._ends or not self._under_way

    def exit(
        self, result: None = None, return_code: int = 0, message: RenderableType | None = None
    ) -> None:
        self._ends = True
        super().exit(result, return_code, message)

    async def on_event(self, event: events.Event) -> None:
        if not isinstance(event, events.Key | events.Paste) or event.is_forwarded:
            await super().on_event(event)
        elif self._under_way:
            self._waiting.append(event)
        else:
            await self._give(event)

    async def _give(self, event: events.Key | events.Paste) -> None:
        self._under_way = True
        self._number += 1
        number = self._number
        self.set_timer(self.patience, lambda: self._over(number))
        before = self._place()
        await super().on_event(event)
        self._climb(number, iter(before), before, 1)

    def _place(self) -> tuple[MessagePump, ...]:
        """Whom the next key would go through, from the first to the last."""
        if not self.screen_stack:
            return (self,)
        return tuple((self.focused or self.screen).ancestors_with_self)

    def _climb(
        self, number: int, rest: Iterator[MessagePump], place: tuple[MessagePump, ...], turn: int
    ) -> None:
        """On to the next that is still there, once this one has done what it was told before."""
        for pump in rest:
            if pump.call_later(self._climb, number, rest, place, turn):
                return
        now = self._place()
        least, most = ROUNDS
        if turn < least or (now != place and turn < most):
            self._climb(number, iter(now), now, turn + 1)
        elif not self.call_later(self._over, number):
            self._under_way = False  # the app is at its end

    async def _over(self, number: int) -> None:
        """The key of this number has done what it does."""
        if number != self._number or not self._under_way:
            return
        self._under_way = False
        if self._waiting:
            await self._give(self._waiting.popleft())
