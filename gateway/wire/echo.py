"""Which typed bytes the target showed again, so that only those are written down. Pure.

Knows: bytes typed on a PTY, bytes that the target sent, and the time. Must never know: what
any of them mean, events, policy. Called by `gateway.wire.terminal` only.

The gateway cannot see whether the target's terminal echoes. It can see echo. The unit is the
typed line: it ends at Enter or at a key that abandons or submits it, and is disclosed as it was
typed when every printable byte of it came back, or else withheld as a whole. What was withheld
is forgotten at once. An echo is strict, since a password must not be disclosed by chance:

- each printable typed byte must be the next printable byte of output, in order (spaces that
  nobody waits for are passed over, escape sequences and controls are not text);
- it stands alone: until a key that edits was pressed in the line, text that nobody typed,
  directly behind an echo, is not an echo;
- after an Enter whose line was not yet echoed, the output must also begin a new line, or move;
- it comes within `PATIENCE`, and within `SCAN_LIMIT` bytes of output.

Where any of this fails, everything typed and not yet decided is withheld: what follows would
be out of step. A line of controls alone has nothing to vouch for it and is withheld, unless it is
the one key that ends it. Keys that send several bytes (arrows, Alt) are no exception: what follows
ESC is text like any other, which never comes back, so a line that was edited with them is withheld.
Taken for keys, they would let a secret through that begins like the end of one.

A target can make a typed line be disclosed only by sending its bytes, and then they are in the
record of the output anyway. Lines that a full-screen program or a slow line handles in another
way are withheld though they were shown: what was run is read off the screen, not off the keys.
"""

from __future__ import annotations

import re
from collections import deque

from gateway.wire.sequences import ESC, Sequences

LINE_LIMIT = 4096
"""Bytes of a line beyond which it is withheld."""
OUTSTANDING_LIMIT = 64 * 1024
"""Bytes of undecided lines beyond which all of them are withheld."""
SCAN_LIMIT = 64 * 1024
"""Bytes of output, none of them the awaited echo, after which it is not awaited any more."""
PATIENCE = 1_000_000
"""µs after Enter until a line that was not echoed is withheld."""

Fate = bytes | int
"""What became of typed bytes, in the order of typing: themselves, or how many are withheld."""

_SPACE, _LF, _CR, _DEL = 0x20, 0x0A, 0x0D, 0x7F
_ENTER = b"\r\n"
_ENDS = re.compile(rb"[\r\n\x03\x04\x07\x15\x1a\x1c]")
"""Enter, and what abandons or submits a line: ^C ^D ^G ^U ^Z ^backslash."""
_TEXT = re.compile(rb"[^\x00-\x1f\x7f]+")


class _Line:
    """Typed bytes up to a key that ends them."""

    __slots__ = (
        "count",
        "deadline",
        "edited",
        "expected",
        "needs_move",
        "seen",
        "spoiled",
        "typed",
    )

    def __init__(self) -> None:
        self.typed = bytearray()
        self.count = 0
        self.expected = bytearray()
        """The bytes that must come back; the first ``seen`` have."""
        self.seen = 0
        self.edited = False
        self.spoiled = False
        self.needs_move = False
        """Ended by Enter with echo outstanding: a new line must be seen too."""
        self.deadline: int | None = None
        """None while the line is being typed."""

    @property
    def outstanding(self) -> bool:
        return self.seen < len(self.expected)


class EchoWatch:
    """Matches what is typed on one PTY with its output; all calls in the order of events."""

    def __init__(self) -> None:
        self._lines: deque[_Line] = deque([_Line()])
        """Undecided lines; the last is being typed. The first is the one whose echo is due."""
        self._held = 0
        """Bytes in all of them."""
        self._output = Sequences()
        self._adjacent = False
        """The byte before was the last awaited echo."""
        self._move_due = False
        """The Enter of a line that is decided may still show as a line end."""
        self._scanned = 0

    @property
    def wake(self) -> int | None:
        """When `tick` wants to be called, in session time (µs)."""
        return self._lines[0].deadline

    # -- the three things that happen, and the end -----------------------------------------------

    def typed(self, data: bytes, at: int) -> list[Fate]:
        """These bytes go to the target now."""
        fates: list[Fate] = []
        if not self._attentive():
            self._scanned = 0
        position, end = 0, len(data)
        while position < end:
            line = self._lines[-1]
            if line.spoiled:
                position = self._typed_unseen(line, data, position, at, fates)
            elif text := _TEXT.match(data, position):
                line.expected += text[0]
                self._keep(line, text[0], fates)
                position = text.end()
            else:
                self._typed_control(line, data[position], at, fates)
                position += 1
        return fates

    def output(self, data: bytes) -> list[Fate]:
        """These bytes come from the target now."""
        fates: list[Fate] = []
        position, end = 0, len(data)
        while position < end:
            if not self._attentive():
                self._output.skip(data, position)
                break
            before = position
            if self._output.open:
                position = self._output.run(data, position)
            else:
                self._shown(data[position], fates)
                position += 1
            self._scanned += position - before
            if self._scanned > SCAN_LIMIT:
                self._look_away(fates)
        return fates

    def tick(self, at: int) -> list[Fate]:
        """It is that late now."""
        fates: list[Fate] = []
        deadline = self._lines[0].deadline
        if deadline is not None and deadline <= at:
            self._spoil(fates)
        return fates

    def end(self) -> list[Fate]:
        """Nothing more is decided: all that is left is withheld."""
        fates: list[Fate] = []
        self._spoil(fates)
        line = self._lines.pop()
        if line.count:
            fates.append(line.count)
        self._lines.append(_Line())
        return fates

    # -- what is typed -----------------------------------------------------------------------------

    def _typed_unseen(
        self, line: _Line, data: bytes, position: int, at: int, fates: list[Fate]
    ) -> int:
        """In a line that is withheld anyway, only its end matters."""
        found = _ENDS.search(data, position)
        stop = found.end() if found else len(data)
        line.count += stop - position
        if found:
            self._end_line(line, data[stop - 1], at, fates)
        elif line.count >= LINE_LIMIT:
            fates.append(line.count)
            line.count = 0
        return stop

    def _typed_control(self, line: _Line, byte: int, at: int, fates: list[Fate]) -> None:
        """Nothing is expected for it."""
        line.edited = True
        self._keep(line, bytes((byte,)), fates)
        if _ENDS.match(bytes((byte,))):
            self._end_line(line, byte, at, fates)

    def _keep(self, line: _Line, data: bytes, fates: list[Fate]) -> None:
        line.count += len(data)
        if line.spoiled:
            return
        line.typed += data
        self._held += len(data)
        if line.count > LINE_LIMIT or self._held > OUTSTANDING_LIMIT:
            self._spoil(fates)

    def _end_line(self, line: _Line, key: int, at: int, fates: list[Fate]) -> None:
        self._adjacent = False
        vouched = bool(line.expected) or line.count == 1
        if not vouched and not line.spoiled:
            self._spoil(fates)
        if line.spoiled:
            fates.append(line.count)
            self._lines.pop()
        else:
            line.deadline = at + PATIENCE
            undecided = len(self._lines) > 1 or line.outstanding
            line.needs_move = undecided and key in _ENTER
            self._move_due |= not undecided and key in _ENTER
        self._lines.append(_Line())
        self._decide(fates)

    # -- what is shown -----------------------------------------------------------------------------

    def _attentive(self) -> bool:
        """Whether the next bytes of output can change anything."""
        line = self._lines[0]
        return line.outstanding or line.needs_move or self._adjacent or self._move_due

    def _shown(self, byte: int, fates: list[Fate]) -> None:
        if byte == ESC:
            self._output.begin()
            self._moved(fates)
        elif byte == _CR:
            self._moved(fates)
        elif byte == _LF:
            self._line_shown(fates)
        elif byte >= _SPACE and byte != _DEL:
            self._text_shown(byte, fates)
        else:
            self._adjacent = False

    def _text_shown(self, byte: int, fates: list[Fate]) -> None:
        line = self._lines[0]
        if byte == _SPACE and not (line.outstanding and line.expected[line.seen] == _SPACE):
            return
        self._move_due = False
        if line.outstanding:
            if byte != line.expected[line.seen]:
                self._spoil(fates)
                return
            line.seen += 1
            self._scanned = 0
            self._adjacent = not line.edited
            self._decide(fates)
        elif line.needs_move or (self._adjacent and not line.edited):
            self._spoil(fates)
        else:
            self._adjacent = False

    def _line_shown(self, fates: list[Fate]) -> None:
        """A line feed: the echo of an Enter, or a sign that what was typed is not shown."""
        self._adjacent = False
        line = self._lines[0]
        if self._move_due:
            self._move_due = False
        elif line.outstanding:
            self._spoil(fates)
        elif line.needs_move:
            line.needs_move = False
            self._decide(fates)

    def _moved(self, fates: list[Fate]) -> None:
        """The cursor may have moved; a line feed that follows belongs to the same Enter."""
        self._adjacent = False
        line = self._lines[0]
        if line.needs_move and not line.outstanding:
            line.needs_move = False
            self._move_due = True
            self._decide(fates)

    # -- what is decided ---------------------------------------------------------------------------

    def _decide(self, fates: list[Fate]) -> None:
        """Disclose the first lines for which nothing is missing."""
        while True:
            line = self._lines[0]
            if line.deadline is None or line.outstanding or line.needs_move:
                return
            fates.append(bytes(line.typed))
            self._held -= line.count
            self._adjacent = False
            self._lines.popleft()

    def _spoil(self, fates: list[Fate]) -> None:
        """Withhold all that is undecided; of the line being typed, the rest too."""
        line = self._lines.pop()
        withheld = sum(each.count for each in self._lines)
        if withheld:
            fates.append(withheld)
        self._lines.clear()
        line.spoiled |= line.count > 0
        line.typed.clear()
        line.expected.clear()
        line.seen = 0
        self._lines.append(line)
        self._held = 0
        self._adjacent = self._move_due = False
        self._scanned = 0

    def _look_away(self, fates: list[Fate]) -> None:
        """What is awaited has not come in all this output."""
        line = self._lines[0]
        if line.outstanding or line.needs_move:
            self._spoil(fates)
        self._adjacent = self._move_due = False
