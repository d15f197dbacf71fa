"""What one channel's screen said, as lines with the frames between which they could be read.

Knows: frames of a screen, the rows that left it, its annotations. Must never know: bytes, files,
record contents, who searches. Called by `recorder.tables`, which shows it every frame; what comes
out goes into the index and from there into every search.

A *line* is what a program wrote as one: rows that the terminal wrapped are joined, with rows that
have left the screen too. It is told once, however long it stood: one that stays costs nothing, one
that moves to another row is the same line, and one that comes back within `BRIDGE` (a spinner, a
redraw) goes on where it was. A line that is typed letter by letter is one line, whole from some
frame on. So a line says three places: `first`, when its beginning appeared; `whole`, from
when on all of it was there; `last`, when it was still there. The places are numbers of the last
records of frames.

Lines that left the screen before any frame showed them are told as *passed*; what a terminal does
not show at all, with the reason (`recorder.screen.annotations`). All of it is bounded, and
depends on the frames alone; where work is interrupted does not matter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from recorder.screen import Annotation, Frame, FrameRow, Hidden

BRIDGE = 2_000_000
"""A line that comes back after so long at most, in µs, was there all the time."""
LONGEST = 4096
"""Characters of a line, about; what is longer is told in parts."""
OVERLAP = 128
FEW = 6
"""Changed rows up to which it is quicker to look at them alone."""
MOST_GONE = 256
"""Lines that are waited for to come back."""
MOST_PASSED = 50_000
"""Different lines of one run that are remembered so that each is told once."""

SHOWN = ""
PASSED = "passed"
MARKS: tuple[str, ...] = (SHOWN, PASSED, *Hidden)
"""What a line can be: its place here is how it is stored, so new ones go to the end."""
_WORD = re.compile(r"\S{2,}")


class Seen(NamedTuple):
    """A line, or several passed ones of the same place, of one channel."""

    channel: int
    first: int
    whole: int
    last: int
    row: int
    """Where it stood when all of it was there; -1 where that is nowhere."""
    alternate: bool
    """Whether it was on the alternate screen."""
    mark: str
    """One of `MARKS`."""
    text: str
    """Without line feeds, but for the one between lines that passed."""
    detail: str = ""
    """Of an annotation."""


class Text(NamedTuple):
    """A line as whoever searches gets it: the same, with numbers of frames."""

    channel: int
    first: int
    """The frame with which it began to appear."""
    whole: int
    """The frame from which on all of it was there."""
    last: int
    """The frame in which it still was."""
    row: int
    alternate: bool
    mark: str
    text: str
    detail: str


@dataclass(slots=True)
class _Line:
    first: int
    whole: int
    last: int
    row: int
    left: int = 0
    """When it was missed first."""


_Key = tuple[bool, str, str, str]
"""Alternate, mark, text, detail."""


class ChannelText:
    """The lines of one channel. For each run: `leave` and `annotate` as often as wished, then
    `close`; `told` grows, and whoever takes it clears it."""

    def __init__(self, channel: int) -> None:
        self.channel = channel
        self.told: list[Seen] = []
        self._rows: tuple[FrameRow, ...] = ()
        self._texts: list[str] = []
        """What these rows say, where none of them goes on in the next."""
        self._alternate = False
        self._last = -1
        """Last record of the last frame."""
        self._shown: dict[str, _Line] = {}
        self._places: dict[str, int] = {}
        """The row of each line in that frame."""
        self._gone: dict[_Key, _Line] = {}
        """In the order in which they were missed."""
        self._tail = ""
        """The last line that left the screen: it may go on in what is still there."""
        self._passed: dict[str, None] = {}
        """Lines that passed in this run."""
        self._glimpsed: dict[str, None] = {}
        """Lines that were there in the middle of this run, and in no frame as yet."""

    # -- what happens --------------------------------------------------------------------------

    def leave(self, continues: bool, lines: list[str], record: int) -> None:
        """Lines that left the screen at its top by this record; ``continues``: the first goes on
        where the last one before it ended."""
        if not lines:
            return
        if continues:
            lines = [self._tail + lines[0], *lines[1:]]
        elif self._tail:
            lines = [self._tail, *lines]
        if max(map(len, lines)) > LONGEST:
            lines = [part for line in lines for part in _parts(line)]
        self._tail = lines[-1]
        self._pass(lines[:-1], record)

    def annotate(self, notes: Iterable[Annotation], alternate: bool, record: int, at: int) -> None:
        """What was written up to this record and a terminal would not show."""
        for why, text, detail, row in notes:
            self._note((alternate, why, _one_line(text), _one_line(detail)), row, record, at)

    def glimpse(self, frame: Frame) -> None:
        """The screen in the middle of a run. It is no frame, yet what stands there now and not when
        the run is over must not be lost: a screen's annotations only know what came since."""
        for text in self._lines(frame):
            if text not in self._shown:
                self._glimpsed[text] = None
        self._passed.clear()

    def close(self, frame: Frame, record: int, at: int, *, changed: bool) -> None:
        """A run is over with this record; ``changed``: it made a frame."""
        while self._gone:
            key, line = next(iter(self._gone.items()))
            if line.left + BRIDGE >= at and len(self._gone) <= MOST_GONE:
                break
            self._tell(key, self._gone.pop(key))
        if self._glimpsed:
            self._miss(frame, record, at)
        if changed:
            before = set(self._shown) if self._tail else set()
            if (
                frame.lines is not self._rows
                or frame.alternate != self._alternate
                or frame.wrapped(0)
            ):
                self._compare(frame, record, at)
            self._last = record
            if self._tail and not frame.alternate and not frame.wrapped(0):
                if self._tail not in before:
                    self._pass([self._tail], record)
                self._tail = ""
        self._passed.clear()

    def finish(self) -> None:
        """There are no more frames: everything is told. Nothing else may follow."""
        self.told += self.open()

    def open(self) -> list[Seen]:
        """What `finish` would tell. Changes nothing."""
        told = [self._seen(key, line) for key, line in self._gone.items()]
        for text, line in self._shown.items():
            line.last = self._last
            told.append(self._seen((self._alternate, SHOWN, text, ""), line))
        if self._tail and self._tail not in self._shown:
            key = (False, PASSED, self._tail, "")
            told.append(self._seen(key, _Line(self._last, self._last, self._last, -1)))
        return told

    def standing(self, frame: Frame, record: int) -> list[Seen]:
        """The lines on the screen of a run that is not over, which were in no frame yet. Changes
        nothing."""
        return [
            Seen(self.channel, record, record, record, row, frame.alternate, SHOWN, text)
            for text, row in self._lines(frame).items()
            if text not in self._shown
        ]

    # -- inside --------------------------------------------------------------------------------

    def _compare(self, frame: Frame, record: int, at: int) -> None:
        """Which lines came, which went, which grew."""
        switched = frame.alternate != self._alternate
        places = None if switched else self._few(frame)
        if places is None:
            places = self._lines(frame)
            texts = [line.text if line.text.isascii() else line.read() for line in frame.lines]
            self._texts = [] if any(line.wrapped for line in frame.lines) else texts
        shown, before = self._shown, self._places
        missed = [text for text in shown if switched or text not in places]
        missed.sort(key=before.__getitem__)
        lines = {text: shown.pop(text) for text in missed}
        # By row: where a line went, one that begins with it has grown out of it.
        rows = {} if switched else {before[text]: text for text in missed}
        for text, row in places.items():
            if text in shown:
                continue
            begun, line = rows.get(row), None
            if begun is not None and text.startswith(begun):
                line = lines.pop(begun)
                line.whole, line.row = record, row
            else:
                line = self._gone.pop((frame.alternate, SHOWN, text, ""), None)
            shown[text] = line or _Line(record, record, record, row)
        for text, line in lines.items():
            line.last, line.left = self._last, at
            self._gone[self._alternate, SHOWN, text, ""] = line
        self._places = places
        self._rows, self._alternate = frame.lines, frame.alternate

    def _few(self, frame: Frame) -> dict[str, int] | None:
        """What `_lines` would say, where only few rows are others; None where they are not."""
        if len(self._texts) != frame.rows:
            return None
        pairs = enumerate(zip(frame.lines, self._rows, strict=True))
        changed = [y for y, (line, old) in pairs if line is not old]
        if len(changed) > FEW or any(frame.wrapped(y) for y in changed):
            return None
        texts, touched = self._texts, set[str]()
        for y in changed:
            touched.add(texts[y])
            texts[y] = frame.text(y)
            touched.add(texts[y])
        touched.discard("")
        places = {text: row for text, row in self._places.items() if text not in touched}
        there = [(texts.index(text), text) for text in touched if text in texts]
        places.update((text, row) for row, text in sorted(there))
        return places

    def _lines(self, frame: Frame) -> dict[str, int]:
        """The lines that are there, and in which row each begins; blank ones are none."""
        found: dict[str, int] = {}
        text, begin, columns = "", 0, 0
        rows: list[str] = []
        if not frame.alternate and frame.wrapped(0):
            text, columns = self._tail, frame.cols
            if len(text) >= LONGEST:
                text = text[-OVERLAP:]
        for y, line in enumerate(frame.lines):
            part = line.text
            if not part.isascii():
                part = line.read()
            if not line.wrapped:
                if text:
                    found.setdefault(text, begin)
                text, begin, rows = part, y, [part]
            else:
                part = " " * (frame.cols - columns) + part
                if len(text) >= LONGEST:
                    # As in `_parts`, a word that is cut here is whole in the next one.
                    found.setdefault(text, begin)
                    again = rows[-(OVERLAP // frame.cols + 1) :]
                    text, begin = "".join(again), y - len(again)
                text += part
                rows.append(part)
            columns = len(line.text)
        if text:
            found.setdefault(text, begin)
        return found

    def _pass(self, lines: list[str], record: int) -> None:
        """Lines that no frame has shown, or so it seems: those of the last frame are known."""
        if self._glimpsed and lines:
            gone = "\n".join(["", *lines])
            for line in [line for line in self._glimpsed if f"\n{line}" in gone]:
                del self._glimpsed[line]  # as it was, or with more behind it
        passed, shown = self._passed, self._shown
        fresh = [
            line
            for line in dict.fromkeys(lines)
            if line and line not in passed and line not in shown
        ]
        if not fresh:
            return
        if len(passed) + len(fresh) > MOST_PASSED:
            passed.clear()
        passed.update(dict.fromkeys(fresh))
        text = "\n".join(fresh)
        self.told.append(Seen(self.channel, record, record, record, -1, False, PASSED, text))

    def _miss(self, frame: Frame, record: int, at: int) -> None:
        """What was glimpsed, is not there now, and did not leave at the top either."""
        there = "\n".join([*self._lines(frame), *self._passed, self._tail])
        for text in sorted(self._glimpsed):
            for word in _WORD.findall(text):
                if word not in there:
                    key = (frame.alternate, Hidden.OVERWRITTEN, word, "")
                    self._note(key, -1, record, at)
        self._glimpsed.clear()

    def _note(self, key: _Key, row: int, record: int, at: int) -> None:
        line = self._gone.pop(key, None) or _Line(record, record, record, row)
        line.last, line.left = record, at
        self._gone[key] = line

    def _tell(self, key: _Key, line: _Line) -> None:
        self.told.append(self._seen(key, line))

    def _seen(self, key: _Key, line: _Line) -> Seen:
        alternate, mark, text, detail = key
        return Seen(
            self.channel, line.first, line.whole, line.last, line.row, alternate, mark, text, detail
        )

    # -- to go on from -------------------------------------------------------------------------

    def state(self, frame: Frame) -> list[Any]:
        """Everything but what is told, JSON-able, for `restore` with the same frame. A line that
        stands where it stood in the last frame need not be written again."""
        there = {row: text for text, row in self._lines(frame).items()}
        shown = []
        for text, line in self._shown.items():
            row = self._places[text]
            written = 0 if there.get(row) == text else text
            shown.append([written, row, line.first, line.whole, line.row])
        gone = [
            [int(alternate), MARKS.index(mark), text, detail, line.first, line.whole, line.last,
             line.row, line.left]
            for (alternate, mark, text, detail), line in self._gone.items()
        ]  # fmt: skip
        glimpsed = [text for text in self._glimpsed if text not in there.values()]
        rest = [row for row, text in there.items() if text in self._glimpsed]
        return [
            self._last, int(self._alternate), self._tail, shown, gone, glimpsed, rest,
        ]  # fmt: skip

    @classmethod
    def restore(cls, channel: int, state: list[Any], frame: Frame) -> ChannelText:
        """From `state`. Raises `KeyError`, `TypeError`, `ValueError` or `IndexError` where it is
        none."""
        made = cls(channel)
        made._last, alternate, made._tail, shown, gone, glimpsed, rest = state
        made._alternate = bool(alternate)
        there = {row: text for text, row in made._lines(frame).items()}
        for written, row, first, whole, begun in shown:
            text = there[row] if written == 0 else written
            made._shown[text] = _Line(first, whole, first, begun)
            made._places[text] = row
        for on_alternate, mark, text, detail, *line in gone:
            made._gone[bool(on_alternate), MARKS[mark], text, detail] = _Line(*line)
        made._glimpsed = dict.fromkeys([*glimpsed, *(there[row] for row in rest)])
        return made


def _parts(line: str) -> list[str]:
    """Where it is cut, parts overlap: a word in two of them is whole in one."""
    starts = range(0, max(len(line) - OVERLAP, 1), LONGEST - OVERLAP)
    return [line[start : start + LONGEST] for start in starts]


def _one_line(text: str) -> str:
    return text.replace("\n", " ")
