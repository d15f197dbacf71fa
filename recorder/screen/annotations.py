"""What a terminal would not show, kept as notes beside the frames so that nothing can hide.

A person looking at the screen sees none of these: characters without a shape, text turned around
by bidirectional controls, text in its own background's colour or concealed, titles and targets of
links, other strings that a terminal takes and does not show, bytes that are no UTF-8, messages in
characters without a shape, letters shown as line drawing, and text that was overwritten or erased
before a frame closed.
`Notes` is fed the decoded text as it comes, which costs next to nothing, and looks at it only when
it is asked. It is not part of a screen's state, and it is bounded: what was too much is counted.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from enum import StrEnum
from itertools import chain
from typing import NamedTuple

from recorder.screen.charsets import DEC_GRAPHICS
from recorder.screen.frame import Frame
from recorder.screen.pens import Attributes
from recorder.screen.placed import placed
from recorder.screen.smuggled import drawn, in_characters, overlong, turned
from recorder.screen.tokens import tokens


class Hidden(StrEnum):
    """Why a terminal would not show it."""

    FORMAT = "format"
    BIDI = "bidi"
    CONCEALED = "concealed"
    SAME_COLOUR = "same-colour"
    TITLE = "title"
    LINK = "link"
    NOT_UTF8 = "not-utf-8"
    OVERWRITTEN = "overwritten"
    UNEXAMINED = "unexamined"
    STRING = "control-string"
    CHARSET = "charset"


class Annotation(NamedTuple):
    """One hidden thing: why, the text to read and to search, the detail, the row or -1.

    For FORMAT and BIDI the text is the word or line without the characters named in `detail`.
    """

    why: Hidden
    text: str
    detail: str = ""
    y: int = -1


# Text kept for a look, notes of one kind kept until they are taken, and the longest text in one.
MOST_TEXT = 1 << 18
MOST_NOTES = 4096
# Words that are looked for in all that is there, each of which may take a fraction of a ms.
MOST_SEARCHED = 4096
LONGEST_NOTE = 200
_OVERLAP = 40

_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
# Default_Ignorable_Code_Point, and the interlinear annotation controls.
_FORMAT = (
    "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200d\u2060-\u2065\u206a-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff"
)
_HIDDEN = re.compile(f"[{_FORMAT}{_BIDI}]")
_HIDDEN_WORD = re.compile(f"[^\\s\0-\x1f]{{0,40}}[{_FORMAT}][^\\s\0-\x1f]{{0,40}}")
_TURNED = re.compile(f"[^\\s\0-\x1f]{{0,40}}[{_BIDI}][^\0-\x1f]{{0,80}}")
# Bytes that are no UTF-8, as they are decoded to be found, and some of what is around them.
_NO_TEXT = re.compile("[^\0- \udc80-\udcff]{0,40}(?:[\udc80-\udcff]+[^\0- \udc80-\udcff]{0,40})+")
_STRAY = re.compile("[\udc80-\udcff]")
_INSIDE = re.compile("[^\udc80-\udcff][\udc80-\udcff]+[^\udc80-\udcff]")
_STYLE = re.compile("\x1b\\[[0-9:;]*m")
_MOVES = re.compile("[\x1b\b]|\r(?!\n)")
_VARIATIONS = ("\ufe0e", "\ufe0f")
_JOINERS = ("\u200c", "\u200d")


class Notes:
    """Gathers what the screen does not show, until it is taken."""

    __slots__ = (
        "_bytes",
        "_kept",
        "_length",
        "_made",
        "_numbers",
        "_reported",
        "_room",
        "_scrolled",
        "_skipped",
        "_unkept",
    )

    def __init__(self) -> None:
        # Pieces with bytes that are no UTF-8, parted by a blank where others were in between.
        self._bytes: list[bytes] = []
        self._room = MOST_TEXT
        self._unkept = 0
        self._kept: deque[str] = deque()
        self._length = 0
        self._skipped = 0
        self._made: dict[Annotation, None] = {}
        self._numbers: Counter[Hidden] = Counter()
        self._scrolled: list[str] = []
        self._reported: set[Annotation] = set()

    def see(self, text: str) -> None:
        """Text as decoded, with its control sequences."""
        if self._bytes and self._bytes[-1] != b" ":
            self._bytes.append(b" ")
        self._keep(text)

    def _keep(self, text: str) -> None:
        self._kept.append(text)
        self._length += len(text)
        while self._length > MOST_TEXT:
            gone = len(self._kept.popleft())
            self._length -= gone
            self._skipped += gone

    def scrolled(self, lines: list[str]) -> None:
        """Rows that left the screen at its top: seen, so not overwritten."""
        self._scrolled += lines
        if len(self._scrolled) > MOST_TEXT >> 4:
            del self._scrolled[: -(MOST_TEXT >> 4)]

    def add(self, why: Hidden, text: str, detail: str = "", y: int = -1) -> None:
        """What is too long for one note makes several, which overlap: a word in two is whole in
        one."""
        for start in range(0, max(len(text) - _OVERLAP, 1), LONGEST_NOTE - _OVERLAP):
            self._add(Annotation(why, text[start : start + LONGEST_NOTE], detail, y))

    def _add(self, note: Annotation) -> None:
        why = note.why
        if not note.text or note in self._made:
            return
        if self._numbers[why] >= MOST_NOTES:
            self._unkept += 1
            return
        self._numbers[why] += 1
        self._made[note] = None

    def see_bytes(self, data: bytes, text: str) -> None:
        """Bytes of which some are no UTF-8, and the text that is left without those."""
        self._keep(text)
        self._bytes.append(data[: self._room])
        self._skipped += max(0, len(data) - self._room)
        self._room -= len(self._bytes[-1])

    def _find_bytes(self) -> None:
        """Each run of bytes that are no UTF-8, escaped, with what stands around it."""
        data = b"".join(self._bytes)
        for match in _NO_TEXT.finditer(data.decode("utf-8", "surrogateescape")):
            text = match[0].encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
            self.add(Hidden.NOT_UTF8, text)
            without = _STRAY.sub("", match[0])
            if 0 < len(without) < len(match[0]) and _INSIDE.search(match[0]):
                self.add(Hidden.NOT_UTF8, without, text[:LONGEST_NOTE])
        for match in _NO_TEXT.finditer(data.decode("utf-8", "surrogateescape")):
            said = overlong(match[0].encode("utf-8", "surrogateescape"))
            if len(said) < len(match[0].encode("utf-8", "surrogateescape")):
                text = said.decode("utf-8", "backslashreplace")
                self.add(Hidden.NOT_UTF8, text, "encoded longer than it may be")

    def assume(self, frame: Frame) -> None:
        """What is concealed in `frame`, which was restored, was told when it was stored."""
        self._reported = set(concealed(frame))

    def take(self, frame: Frame) -> list[Annotation]:
        """Notes since the last call, `frame` being what is visible now; each kind in order."""
        text = "".join(self._kept)
        if not text.isascii() and _HIDDEN.search(text):
            self._find_format(text)
        if _MOVES.search(text):
            self._find_overwritten(text, frame)
        now = set(concealed(frame))
        for note in sorted(now - self._reported):
            self.add(*note)
        self._reported = now
        if self._bytes:
            self._find_bytes()
        if self._skipped:
            self.add(Hidden.UNEXAMINED, f"{self._skipped} characters were not looked at")
        if self._unkept:
            self.add(Hidden.UNEXAMINED, f"{self._unkept} more were not kept")
        taken = list(self._made)
        self._kept.clear()
        self._scrolled.clear()
        self._made.clear()
        self._bytes.clear()
        self._numbers.clear()
        self._room = MOST_TEXT
        self._length = self._skipped = self._unkept = 0
        return taken

    def _find_format(self, text: str) -> None:
        for said, detail in in_characters(text):
            self.add(Hidden.FORMAT, said, detail)
        for said, detail in turned(text):
            self.add(Hidden.BIDI, _HIDDEN.sub("", said), detail)
        for match in _HIDDEN_WORD.finditer(text):
            odd = [
                char
                for at, char in enumerate(match[0])
                if _HIDDEN.match(char) and not _ordinary(match[0], at)
            ]
            if odd:
                self.add(Hidden.FORMAT, _HIDDEN.sub("", match[0]) or " ", _names(odd))
        for match in _TURNED.finditer(text):
            odd = [char for char in match[0] if _HIDDEN.match(char)]
            self.add(Hidden.BIDI, _HIDDEN.sub("", match[0]) or " ", _names(odd))

    def _find_overwritten(self, text: str, frame: Frame) -> None:
        """Words that were written and are neither visible now nor among the scrolled rows."""
        rows = [line.read() for line in frame.lines]
        lines = "\n".join([*self._scrolled, *rows])
        joined = "".join([*self._scrolled, *rows])
        seen = set(lines.split())  # most words are there as they were written
        searched = 0
        for run in chain(_runs(text), placed(text)):
            for word in run.split():
                if len(word) < 2 or word in seen:
                    continue
                seen.add(word)
                searched += 1
                if searched > MOST_SEARCHED:
                    self._unkept += 1
                elif word not in lines and word not in joined:
                    shapes = word.translate(DEC_GRAPHICS)
                    if shapes not in lines and shapes not in joined:
                        self.add(Hidden.OVERWRITTEN, word)
                    elif drawn(word):
                        self.add(Hidden.CHARSET, word)


def _runs(text: str) -> Iterator[str]:
    """Text between control sequences; a change of colour does not end a run."""
    run = ""
    for token in tokens(_STYLE.sub("", text)):
        if token >= " " and not "\x80" <= token[0] <= "\x9f":
            run += token
        elif run:
            yield run
            run = ""
    if run:
        yield run


def concealed(frame: Frame) -> Iterator[Annotation]:
    """What stands on this screen and cannot be read there, whenever it was written."""
    for y, line in enumerate(frame.lines):
        if not (line.pens and line.may_conceal):
            continue
        for run in line.runs():
            text = run.text.strip()
            if not text:
                continue
            if run.attributes & Attributes.INVISIBLE:
                yield Annotation(Hidden.CONCEALED, text, "", y)
            elif run.fg is not None and run.fg == run.bg:
                yield Annotation(Hidden.SAME_COLOUR, text, f"colour {run.fg}", y)


def _ordinary(text: str, at: int) -> bool:
    """Whether the format character at `at` has its usual place: in an emoji, or in a script."""
    if at == 0 or text[at] not in _VARIATIONS + _JOINERS:
        return False
    before = text[at - 1]
    if before in _VARIATIONS and at > 1:
        before = text[at - 2]
    if unicodedata.category(before).startswith("S") or ord(before) >= 0x1F000:
        return True
    if text[at] in _VARIATIONS:
        return before in "0123456789#*"
    return ord(before) >= 0x600 and unicodedata.category(before)[0] in "LM"


def _names(chars: Iterable[str]) -> str:
    return " ".join(f"U+{ord(char):04X}" for char in dict.fromkeys(chars))
