"""What of a recording can be searched: one session as passages, each with its place.

Knows: a recording, its index, which records hold text. Must never know: queries, the catalog, who
looks. Called by `replay.search` for one session and by whoever feeds the catalog.

A passage is a line: of a screen, as it was rendered (`recorder.text`: wrapped rows joined, with
what a terminal does not show told apart by its mark), or of what was typed, run, transferred or
said. Memory is bounded; nothing recorded as text is left out.
"""

from __future__ import annotations

import contextlib
from bisect import bisect_right
from collections.abc import Callable, Iterator
from itertools import chain, islice

from recorder.errors import RecordingError
from recorder.index import Index
from recorder.reader import Recording
from recorder.screen import Hidden
from recorder.text import SHOWN, Text
from replay.passage import EDITED as EDITED
from replay.passage import NEVER_SHOWN as NEVER_SHOWN
from replay.passage import Kind as Kind
from replay.passage import Passage as Passage
from replay.spoken import Echoes, spoken

FLASH = 1_000_000
"""What was visible for less, in µs, only flashed."""
HELD = 20_000
"""Typed lines and the like that are looked for on the screens; what is beyond is taken for not
shown: that is no longer somebody's typing, and nothing is lost by it."""


def passages(recording: Recording, index: Index) -> Iterator[Passage]:
    """Everything of one session: lines of screens, then what was typed, run and said. The index is
    as far as it is: whoever wants all of a recording refreshes it before."""
    return _passages(recording, index, shown=True)


Look = Callable[[int], bool]
"""Called with the number of each record that is read; whether nobody wants any more of it."""


def aside(recording: Recording, index: Index, look: Look | None = None) -> Iterator[Passage]:
    """Of the same, what was typed, run and said alone."""
    return _passages(recording, index, shown=False, look=look)


def _passages(
    recording: Recording, index: Index, *, shown: bool, look: Look | None = None
) -> Iterator[Passage]:
    rest = spoken(recording, index.frames, index.commands, look)
    if index.damage is not None:
        rest = _whole(rest)
    held = list(islice(rest, HELD))
    echoes = Echoes(held)
    places = _Places(index)
    for text in index.text() if shown or held else ():
        if look is not None and look(index.events):
            return
        echoes.see(text.text)
        if shown:
            yield places.passage(text)
    for passage in chain(held, rest):
        yield echoes.told(passage)


def screens(
    index: Index,
    *,
    since: int = 0,
    until: int | None = None,
    worth: Callable[[str], bool] | None = None,
) -> Iterator[Passage]:
    """The lines of screens alone, of all of it or between two of `Index.settled`; ``worth`` as
    `Index.text` has it."""
    places = _Places(index)
    for text in index.text(since=since, until=until, worth=worth):
        yield places.passage(text)


def _whole(told: Iterator[Passage]) -> Iterator[Passage]:
    """Those before the record at which a recording is damaged; its index says that it is."""
    with contextlib.suppress(RecordingError):
        yield from told


class _Places:
    """Lines of screens with the records and times of their frames."""

    def __init__(self, index: Index) -> None:
        self._frames = index.frames
        self._end = index.duration
        self._left: dict[tuple[int, int], int] = {}
        """By channel and frame: when the channel's next one began; -1 where there is none."""

    def passage(self, text: Text) -> Passage:
        kind = Kind.TITLE if text.mark == Hidden.TITLE else Kind.SCREEN
        event = time = until = 0
        flash = False
        if text.whole >= 0:
            frame = self._frames[text.whole]
            event, time = frame.last, frame.closed
            until = time
            if text.mark == SHOWN:
                left = self._leaves(text.channel, text.last)
                until = max(time, self._end if left < 0 else left)
                flash = left >= 0 and until - time < FLASH
        return Passage(
            kind, text.channel, text.first, text.whole, text.last, event, time, until, text.row,
            text.alternate, text.mark, text.text, text.detail, flash,
        )  # fmt: skip

    def _leaves(self, channel: int, frame: int) -> int:
        """When what was last in this frame was gone; -1 where it is there to the end."""
        key = (channel, frame)
        found = self._left.get(key)
        if found is None:
            numbers = self._frames.of_channel(channel)
            position = bisect_right(numbers, frame)
            found = self._frames[numbers[position]].opened if position < len(numbers) else -1
            if len(self._left) > 10_000:
                self._left.clear()
            self._left[key] = found
        return found
