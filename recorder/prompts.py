"""Commands typed at a prompt that nobody marks: read off the screen, with a stated confidence.

Knows: a screen, when something was typed and whether that was Enter. Must never know: the keys
themselves, files, frame rules. Called by `recorder.tables` before each key goes to a channel and
after each of its runs. A shell that marks its prompts (`recorder.shell_marks`) needs none of this.

Where the cursor stands when typing begins, a prompt ends. When the cursor has left that line, what
stands there behind the prompt was entered: the command as the person saw it, after history,
completion and editing, and without what was typed but never shown. It is over when a prompt that
looks the same is back; a prompt within (``psql`` in a shell) begins commands of its own.

What is typed elsewhere is no command: an answer to a question, a password, a line for a full-screen
program. Not recognised: prompts that end in a letter or in ``:`` and have no sign that is known
(`recorder.prompt_shapes`), those lines of one paste that have left the screen, and a command that
was entered while the one before it still wrote.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from recorder.cues import TEXT_LIMIT, Cue
from recorder.prompt_shapes import asks_for_more, look_of, shape_of
from recorder.screen import Attributes, Cell, Screen

UNKNOWN_PROMPT = 50
"""Confidence, per cent, where only its coming back tells that a prompt is one."""
UNSURE_ENTER = 20
"""Less where the line was left, but nothing says that it was by Enter."""
UNSEEN_TYPING = 30
"""Less where the line was there only after the fact: several of them in one paste."""
MOST_NESTED = 8
MOST_PROMPTS = 16
_GAP = "   "
"""What divides a line from a prompt at its right."""


_QUESTION = re.compile(r"[?:\])]\s*$")
_GREY = frozenset((8, *range(234, 250)))


class _Line(NamedTuple):
    """A line that is being typed."""

    row: int
    """Counted from the first row that ever was."""
    x: int
    """Where the prompt ends."""
    prompt: str
    since: int
    """Record of its first key."""
    key: int
    """Record of the last one, and its time."""
    at: int
    enter: int
    """1: that was Enter, 0: it was not, -1: nobody knows."""
    text: str
    """What stood there before that key."""


class _Held(NamedTuple):
    """A command that may go on behind another prompt."""

    prompt: str
    since: int
    key: int
    at: int
    text: str
    confidence: int
    row: int
    """Its last one."""


class _Running(NamedTuple):
    look: str
    event: int
    """Of its cue."""


class PromptWatch:
    """The prompts of one channel."""

    def __init__(self, channel: int) -> None:
        self.channel = channel
        self._line: _Line | None = None
        self._held: _Held | None = None
        self._running: list[_Running] = []
        self._prompts: dict[str, int] = {}
        """Prompts seen, and how often."""

    @property
    def idle(self) -> bool:
        """Whether the end of a run can mean nothing."""
        return self._line is None and self._held is None and not self._running

    def key(self, screen: Screen, record: int, at: int, enter: bool | None) -> list[Cue]:
        """Something is typed with this record; the screen is as it was before."""
        found = self._look(screen)
        sign = -1 if enter is None else int(enter)
        if screen.frame().alternate:
            return found
        line = self._line
        if line is None:
            line = self._begin(screen, record)
        if line is not None:
            text = _typed(screen, line)
            self._line = line._replace(
                key=record, at=at, enter=sign, text=line.text if text is None else text[0]
            )
        return found

    def disclose(self, enter: bool) -> None:
        """What was typed last: whether it was Enter."""
        if self._line is not None and self._line.enter < 0:
            self._line = self._line._replace(enter=int(enter))

    def close(self, screen: Screen, record: int, at: int) -> list[Cue]:
        """A run of the channel is over with this record."""
        if self.idle:
            return []
        found = self._look(screen)
        if self._running and self._line is None and self._held is None:
            prompt = self._prompt_here(screen)
            if prompt is not None:
                found += self._end(look_of(prompt), prompt, record, at)
        return found

    def forget(self, *, all_of_it: bool = False) -> None:
        """Somebody else says where prompts are; ``all_of_it``: and that nothing runs any more."""
        self._line = self._held = None
        if all_of_it:
            self._running.clear()

    # -- inside --------------------------------------------------------------------------------

    def _look(self, screen: Screen) -> list[Cue]:
        """What of the line is certain now."""
        line, found = self._line, list[Cue]()
        if line is not None and _left(screen, line):
            self._line = _drawn_again(screen, line)
            if self._line is None:
                self._enter(screen, line)
        held = self._held
        if held is not None and self._line is None and not self._goes_on(screen, held):
            self._held = None
            found.append(self._command(held))
            found += self._pasted(screen, held)
        return found

    def _begin(self, screen: Screen, record: int) -> _Line | None:
        """A line begins where the cursor is, or behind a prompt that was seen before."""
        x, y, _ = screen.cursor
        cells = screen.frame().row(y)
        before = _text(cells[:x])
        for prompt in self._prompts:
            if prompt.strip() and len(prompt) < len(before) and before.startswith(prompt):
                before, x = prompt, _columns(cells, prompt)
                break
        if not before.strip():
            return None
        return _Line(screen.rows_left + y, x, before, record, record, 0, -1, "")

    def _enter(self, screen: Screen, line: _Line) -> None:
        """The line was left."""
        now = _typed(screen, line)
        text, end = (line.text, line.row) if now is None else now
        held = self._held
        self._held = None
        if line.enter == 0 or text.endswith("^C"):
            return
        if held is not None and asks_for_more(held.prompt, line.prompt):
            joined = f"{held.text}\n{text}"[:TEXT_LIMIT]
            self._held = held._replace(key=line.key, at=line.at, text=joined, row=end)
            return
        seen = self._seen(line.prompt)
        shape = shape_of(line.prompt)
        if not text.strip() or (shape is None and (seen < 2 or _QUESTION.search(line.prompt))):
            return
        confidence = UNKNOWN_PROMPT if shape is None else shape.confidence
        if line.enter < 0:
            confidence -= UNSURE_ENTER
        text = text.strip()[:TEXT_LIMIT]
        self._held = _Held(line.prompt, line.since, line.key, line.at, text, confidence, end)

    def _goes_on(self, screen: Screen, held: _Held) -> bool:
        """Whether the next row asks for the rest of a command."""
        x, y, _ = screen.cursor
        if screen.rows_left + y != held.row + 1 or screen.frame().alternate:
            return False
        return asks_for_more(held.prompt, _text(screen.frame().row(y)[:x]))

    def _command(self, held: _Held) -> Cue:
        look = look_of(held.prompt)
        while any(running.look == look for running in self._running):
            self._running.pop()  # its prompt was back, but no frame showed it
        if len(self._running) == MOST_NESTED:
            del self._running[0]
        self._running.append(_Running(look, held.key))
        text, confidence = held.text, held.confidence
        return Cue("command", held.key, held.at, self.channel, text, confidence, held.since)

    def _pasted(self, screen: Screen, held: _Held) -> list[Cue]:
        """Further lines behind the same prompt, above the cursor: they came in one paste."""
        frame, found = screen.frame(), list[Cue]()
        if frame.alternate or not held.prompt.strip() or shape_of(held.prompt) is None:
            return found
        _, y, _ = screen.cursor
        for row in range(max(held.row + 1 - screen.rows_left, 0), y):
            text = frame.text(row)
            if text.startswith(held.prompt) and not frame.wrapped(row):
                more = held._replace(
                    text=text[len(held.prompt) :].strip()[:TEXT_LIMIT],
                    confidence=held.confidence - UNSEEN_TYPING,
                )
                if more.text:
                    found.append(self._command(more))
        return found

    def _prompt_here(self, screen: Screen) -> str | None:
        """What stands before the cursor, where one of the running commands began behind it."""
        frame = screen.frame()
        x, y, _ = screen.cursor
        if frame.alternate or frame.lines[y].text[x:].partition(_GAP)[0].strip():
            return None
        before = frame.lines[y].text[:x].rstrip()
        if not before or all(before[-1] != known.rstrip()[-1:] for known in self._prompts):
            return None
        return _text(frame.row(y)[:x])

    def _end(self, look: str, prompt: str, record: int, at: int) -> list[Cue]:
        """All that ran up to the command that began behind such a prompt is over."""
        if all(running.look != look for running in self._running):
            return []
        found = list[Cue]()
        while True:
            running = self._running.pop()
            found.append(
                Cue("prompt", record, at, self.channel, prompt[:TEXT_LIMIT], 90, running.event)
            )
            if running.look == look:
                return found

    def _seen(self, prompt: str) -> int:
        count = self._prompts.pop(prompt, 0) + 1
        self._prompts[prompt] = count
        if len(self._prompts) > MOST_PROMPTS:
            del self._prompts[next(iter(self._prompts))]
        return count

    # -- to go on from -------------------------------------------------------------------------

    def state(self, screen: Screen) -> list[Any]:
        """Everything, JSON-able, for `restore` with the same screen."""
        left = screen.rows_left
        line = None if self._line is None else list(self._line._replace(row=self._line.row - left))
        held = None if self._held is None else list(self._held._replace(row=self._held.row - left))
        running = [list(each) for each in self._running]
        return [line, held, running, [list(item) for item in self._prompts.items()]]

    @classmethod
    def restore(cls, channel: int, state: list[Any], screen: Screen) -> PromptWatch:
        """From `state`. Raises `TypeError` or `ValueError` where it is none."""
        made = cls(channel)
        line, held, running, prompts = state
        left = screen.rows_left
        if line is not None:
            begun = _Line(*line)
            made._line = begun._replace(row=begun.row + left)
        if held is not None:
            kept = _Held(*held)
            made._held = kept._replace(row=kept.row + left)
        made._running = [_Running(*each) for each in running]
        made._prompts = dict(prompts)
        return made


def _text(cells: tuple[Cell, ...]) -> str:
    return "".join(cell.text for cell in cells)


def _columns(cells: tuple[Cell, ...], text: str) -> int:
    """How many columns this text at the row's beginning takes."""
    length = 0
    for column, cell in enumerate(cells):
        if length >= len(text) and cell.width:
            return column
        length += len(cell.text)
    return len(cells)


def _left(screen: Screen, line: _Line) -> bool:
    """Whether the cursor has left the line."""
    frame = screen.frame()
    x, y, _ = screen.cursor
    begin = line.row - screen.rows_left
    if frame.alternate or begin < 0 or y < begin:
        return True
    if any(not frame.wrapped(row) for row in range(begin + 1, y + 1)):
        return True
    return y == begin and x < line.x and not frame.text(y).startswith(line.prompt.rstrip())


def _drawn_again(screen: Screen, line: _Line) -> _Line | None:
    """The line, where it was only drawn elsewhere (a cleared screen) and is still being typed."""
    frame = screen.frame()
    _, y, _ = screen.cursor
    there = (line.prompt + line.text).rstrip()
    if line.enter == 1 or frame.alternate or (line.enter < 0 and not line.text.strip()):
        return None
    if y == line.row - screen.rows_left or not frame.text(y).startswith(there):
        return None
    return line._replace(row=y + screen.rows_left)


def _typed(screen: Screen, line: _Line) -> tuple[str, int] | None:
    """What stands behind the prompt, and in which row that ends; None where it has gone."""
    frame = screen.frame()
    begin = line.row - screen.rows_left
    if frame.alternate or not 0 <= begin < frame.rows:
        return None
    if _text(frame.row(begin)[: line.x]) != line.prompt:
        return None
    end = begin
    while end + 1 < frame.rows and frame.wrapped(end + 1):
        end += 1
    cells = tuple(cell for row in range(begin, end + 1) for cell in frame.row(row))
    x, y, _ = screen.cursor
    cursor = (y - begin) * frame.cols + x if begin <= y <= end else len(cells)
    return _without_extras(cells, line.x, max(cursor, line.x)), end + screen.rows_left


def _without_extras(cells: tuple[Cell, ...], begin: int, cursor: int) -> str:
    """Without what the shell shows beside the line: a suggestion in grey, a prompt at the right."""
    end = cursor
    while end < len(cells) and not _pale(cells[end]):
        end += 1
    text = _text(cells[begin:end]).rstrip()
    typed = _text(cells[begin : min(cursor, end)])
    gap = text.find(_GAP, len(typed.rstrip()) if cursor < len(cells) else 0)
    return text if gap < 0 else text[:gap]


def _pale(cell: Cell) -> bool:
    return bool(cell.attributes & Attributes.DIM) or (
        isinstance(cell.fg, int) and cell.fg in _GREY and cell.text != " "
    )
