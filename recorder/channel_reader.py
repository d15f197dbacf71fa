"""What one channel's screen says while it is fed: lines, annotations, commands.

Knows: a channel's screen, marks and prompts of shells, lines. Must never know: files, frame rules,
the index. Called by `recorder.tables` for each output and key of a channel and for each run that
closes; it feeds the screen, since a mark means something only on a screen that was fed up to it.
"""

from __future__ import annotations

from typing import Any

from recorder.channel_screen import ChannelScreen
from recorder.cues import TEXT_LIMIT, Cue
from recorder.events import Disclosed, Event, Input, Typed, Withheld
from recorder.prompts import PromptWatch
from recorder.shell_marks import ShellMarks
from recorder.text import ChannelText, Seen

_STEP = 1 << 15
_READ_EVERY = 1 << 16
"""Bytes after which a screen is read in the middle of a run: it keeps only so much unread."""
TYPING = (Input, Typed, Disclosed, Withheld)
"""Events that tell something about keys."""
_ENTER = (b"\r", b"\n")


class ChannelReader:
    """One channel's screen and what was read off it."""

    def __init__(self, channel: int, screen: ChannelScreen) -> None:
        self.channel = channel
        self.screen = screen
        self._text = ChannelText(channel)
        self._prompts = PromptWatch(channel)
        self._marks: ShellMarks | None = None
        self._marked = False
        """Whether the shell is at a prompt that it marked itself."""
        self._unread = 0

    # -- what happens --------------------------------------------------------------------------

    def show(self, number: int, at: int, data: bytes, *, quiet: bool) -> list[Cue]:
        """Bytes of this record to the screen, up to each mark; ``quiet``: no cues are wanted."""
        marks = self._marks
        if quiet or (marks is None and b"\x1b]1" not in data and b"\x1b" not in data[-4:]):
            self._gather(number, at, data)
            return []
        found: list[Cue] = []
        if marks is None:
            marks = self._marks = ShellMarks()
        for piece, mark in marks.cut(data):
            self._gather(number, at, piece)
            if mark is None:
                continue
            self.screen.flush()
            self._marked = mark.kind in "AB"
            self._prompts.forget(all_of_it=mark.kind == "D")
            said = marks.take(mark, self.screen.screen)
            if said is not None:
                text = said.text[:TEXT_LIMIT]
                found.append(Cue(said.kind, number, at, self.channel, text, 100))
        if marks.idle:
            self._marks = None
        return found

    def typed(self, number: int, event: Event) -> list[Cue]:
        """One of `TYPING`, before anything comes of it."""
        if self._marked or not self.screen.tty or self.screen.closed:
            return []
        match event:
            case Input():
                enter: bool | None = any(key in event.data for key in _ENTER)
            case Typed():
                enter = None
            case Disclosed():
                self._prompts.disclose(event.data.endswith(_ENTER))
                return []
            case _:
                return []
        self.screen.flush()
        return self._prompts.key(self.screen.screen, number, event.at, enter)

    def closed(self, last: int, at: int, *, changed: bool) -> list[Cue]:
        """A run is over with this record; ``changed``: it is a frame."""
        self._read(last, at)
        self._text.close(self.screen.settled, last, at, changed=changed)
        return self._prompts.close(self.screen.screen, last, at)

    def pause(self, number: int, at: int) -> None:
        """Here work may be interrupted: all is read up to this record."""
        self._read(number, at)
        self._text.glimpse(self.screen.frame())

    def take(self) -> list[Seen]:
        """The lines that are certain since this was last asked."""
        told = self._text.told
        self._text.told = []
        return told

    def finish(self) -> list[Seen]:
        """The channel is over: all that `take` has not told yet. Nothing else may follow."""
        self._text.finish()
        return self.take()

    def open(self, record: int) -> list[Seen]:
        """What `finish` would tell, and what stands there by this record, though nobody knows yet
        whether it is a frame. Changes nothing that is told later."""
        self.screen.flush()
        standing = self._text.standing(self.screen.frame(), record)
        return self._text.told + self._text.open() + standing

    # -- inside --------------------------------------------------------------------------------

    def _gather(self, number: int, at: int, data: bytes) -> None:
        for begin in range(0, len(data), _STEP):
            piece = data[begin : begin + _STEP]
            self.screen.gather(piece)
            self._unread += len(piece)
            if self._unread >= _READ_EVERY:
                self.pause(number, at)

    def _read(self, number: int, at: int) -> None:
        self.screen.flush()
        screen = self.screen.screen
        continues, lines = screen.take_left()
        self._text.leave(continues, lines, number)
        notes = screen.take_annotations()
        if notes:
            self._text.annotate(notes, screen.frame().alternate, number, at)
        self._unread = 0

    # -- to go on from -------------------------------------------------------------------------

    def state(self) -> list[Any]:
        """Everything but the screen, JSON-able, right after `pause`."""
        screen = self.screen.screen
        return [
            self._text.state(screen.frame()),
            self._prompts.state(screen),
            None if self._marks is None else self._marks.state(screen),
            int(self._marked),
        ]

    @classmethod
    def restore(cls, channel: int, screen: ChannelScreen, state: list[Any]) -> ChannelReader:
        """From `state`, with the screen as it was. Raises `KeyError`, `TypeError`, `ValueError` or
        `IndexError` where it is none."""
        made = cls(channel, screen)
        text, prompts, marks, marked = state
        made._text = ChannelText.restore(channel, text, screen.frame())
        made._prompts = PromptWatch.restore(channel, prompts, screen.screen)
        made._marks = None if marks is None else ShellMarks.restore(marks, screen.screen)
        made._marked = bool(marked)
        return made
