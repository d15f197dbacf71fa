"""One channel's screen: which of its events feed it, and what of it has changed.

Knows: the events of a channel, `Screen`. Must never know: files, times, frame rules. Called by
`recorder.tables` (to index), `recorder.playback` (to show) and `recorder.convert` (to export):
all three must feed alike, so all feed through here.

What the principal saw is output, error output and the gateway's notices, in the order recorded.

* With a PTY the size is the PTY's, and bytes are fed as they are.
* Without one (``ssh host cmd``) the channel's transcript is fed (`recorder.transcript`): what the
  principal's own terminal showed, and what no output says, on a screen of the header's size or
  80×24.
* A channel that carries a protocol (a subsystem, a forward) shows none of its bytes: nobody saw
  them. What was done over it is in its transcript.
* A channel number that is used again after its close begins with a blank screen.

Bytes are gathered and fed late, since many small pieces cost more than one large one; where they
are cut never matters to a screen.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any, NamedTuple

from recorder.events import (
    ChannelClosed,
    ChannelOpened,
    ErrorOutput,
    Event,
    Notice,
    Output,
    Requested,
    Resize,
    Terminal,
)
from recorder.screen import Frame, Screen
from recorder.transcript import TELLING, Transcript

COLS, ROWS = 80, 24
SIDE_LIMIT = 1000
"""A window that claims more columns or rows is shown with this many."""
_GATHER = 1 << 16
SHAPING = (ChannelOpened, Requested, Terminal, Resize, ChannelClosed)
"""Events that are not shown, but decide how a channel's bytes are."""
FEEDING = (*SHAPING, *TELLING)
"""Events that may put something on a screen that is there, beside what is shown."""
_PROTOCOL_KINDS = ("tcpip", "streamlocal", "x11", "auth-agent")


class Size(NamedTuple):
    """Of a window, in characters."""

    cols: int
    rows: int


def default_size(facts: Mapping[str, Any]) -> Size:
    """The size of screens that no terminal gave one: the header's, or 80×24."""
    return bounded(facts.get("cols", 0), facts.get("rows", 0), Size(COLS, ROWS))


def bounded(cols: int, rows: int, otherwise: Size) -> Size:
    """A size that can be shown: 0 means that the client did not know."""
    if cols <= 0 or rows <= 0:
        return otherwise
    return Size(min(cols, SIDE_LIMIT), min(rows, SIDE_LIMIT))


def shown_bytes(event: Event) -> bytes | None:
    """What an event put before the principal's eyes, where it is of that kind."""
    match event:
        case Output() | ErrorOutput() | Notice():
            return event.data
        case _:
            return None


class ChannelScreen:
    """A channel's screen, and the two answers that the frame rules ask of it."""

    def __init__(self, size: Size) -> None:
        self.default = size
        self._begin()

    def _begin(self) -> None:
        self._gathered: list[bytes] = []
        self._size = 0
        self.tty = False
        self.protocol = False
        self.closed = False
        self._transcript = Transcript()
        self.blank = True
        """Nothing was shown yet: however large it is made, it is still the blank screen."""
        self.screen = Screen(*self.default)
        self._settled: Frame | None = self.screen.frame()
        self._print: bytes = b""
        """The fingerprint of the last frame, where `_settled` is not at hand (restored)."""

    # -- feeding -------------------------------------------------------------------------------

    def receive(self, event: Event) -> None:
        """The channel's next event, of whatever kind."""
        data = self.take(event)
        if data is not None:
            self.gather(data)

    def take(self, event: Event) -> bytes | None:
        """The channel's next event, but for feeding: for who feeds its bytes in pieces of their
        own. The bytes that are to be fed, None where there are none."""
        if self.closed:
            if not self.begins_anew(event):
                return None
            self._begin()
        match event:
            case ChannelOpened():
                self.protocol = any(kind in event.kind for kind in _PROTOCOL_KINDS)
            case Requested(kind="subsystem"):
                self.protocol = True
            case Terminal():
                self.tty = True
                self.resize(bounded(event.cols, event.rows, self.default))
            case Resize():
                now = Size(self.screen.cols, self.screen.rows)
                self.resize(bounded(event.cols, event.rows, now))
            case ChannelClosed():
                self.closed = True
            case _:
                pass
        if self.tty and not self.protocol:
            return shown_bytes(event) or None
        return self._transcript.take(event, streams=not self.protocol)

    @staticmethod
    def begins_anew(event: Event) -> bool:
        """Whether this event on a closed channel means that its number is used again."""
        return bool(shown_bytes(event)) or (
            isinstance(event, SHAPING) and not isinstance(event, ChannelClosed)
        )

    def gather(self, data: bytes) -> None:
        """Bytes for the screen, as `take` gave them."""
        self.blank = False
        self._gathered.append(data)
        self._size += len(data)
        if self._size >= _GATHER:
            self.flush()

    def flush(self) -> None:
        """Feeds what was gathered."""
        if self._gathered:
            self.screen.feed(b"".join(self._gathered))
            self._gathered.clear()
            self._size = 0

    def resize(self, size: Size) -> None:
        self.flush()
        if size != (self.screen.cols, self.screen.rows):
            self.screen.resize(*size)
            if self.blank:
                self._settled = self.screen.frame()

    def frame(self) -> Frame:
        """What it shows now."""
        self.flush()
        return self.screen.frame()

    @property
    def settled(self) -> Frame:
        """What it showed when `settle` was last asked."""
        return self.frame() if self._settled is None else self._settled

    # -- what the frame rules ask --------------------------------------------------------------

    def busy(self) -> bool:
        self.flush()
        return self.screen.busy

    def settle(self) -> bool:
        now = self.frame()
        changed = self._differs(now)
        self._settled = now
        return changed

    def changed(self) -> bool:
        """What `settle` would answer."""
        return self._differs(self.frame())

    def _differs(self, now: Frame) -> bool:
        if self._settled is None:
            return fingerprint(now) != self._print
        return looks_different(self._settled, now)

    # -- keyframes -----------------------------------------------------------------------------

    def state(self) -> tuple[dict[str, Any], bytes]:
        """Everything, as JSON-able facts and the screen's keyframe."""
        self.flush()
        settled = self._print if self._settled is None else fingerprint(self._settled)
        facts = {
            "default": list(self.default),
            "tty": self.tty,
            "protocol": self.protocol,
            "closed": self.closed,
            "blank": self.blank,
            "transcript": self._transcript.state(),
            "settled": settled.hex(),
        }
        return facts, self.screen.keyframe()

    @classmethod
    def restore(cls, facts: Mapping[str, Any], keyframe: bytes) -> ChannelScreen:
        """From `state`. Raises `KeyError`, `TypeError` or `ValueError` where it is none."""
        made = cls.__new__(cls)
        made.default = Size(*facts["default"])
        made.tty = facts["tty"]
        made.protocol = facts["protocol"]
        made.closed = facts["closed"]
        made.blank = facts["blank"]
        made._transcript = Transcript.restore(facts["transcript"])
        made.screen = Screen.restore(keyframe)
        made._gathered = []
        made._size = 0
        made._settled = None
        made._print = bytes.fromhex(facts["settled"])
        return made


class Peek:
    """A channel's screen for frame rules that only try what would be."""

    def __init__(self, screen: ChannelScreen) -> None:
        self._screen = screen

    def busy(self) -> bool:
        return self._screen.busy()

    def settle(self) -> bool:
        return self._screen.changed()


def looks_different(one: Frame, two: Frame) -> bool:
    """Whether cells, size, cursor or title differ (which buffer is active is not visible)."""
    if one is two:
        return False
    if (one.cols, one.rows, one.cursor, one.title) != (two.cols, two.rows, two.cursor, two.title):
        return True
    pairs = [(a, b) for a, b in zip(one.lines, two.lines, strict=True) if a is not b and a != b]
    # Text tells most rows apart; cells are made only where it does not.
    return any(a.read() != b.read() for a, b in pairs) or any(
        a.cells() != b.cells() for a, b in pairs
    )


def fingerprint(frame: Frame) -> bytes:
    """Equal for frames that do not look different, whatever screens they come from."""
    lines: list[str | list[tuple[object, str, int]]] = []
    for y, row in enumerate(frame.lines):
        if not row.pens:
            lines.append(row.read())
            continue
        line: list[tuple[object, str, int]] = []
        for text, columns, fg, bg, attributes in frame.runs(y):
            look = (fg, bg, int(attributes))
            if line and line[-1][0] == look:  # pens may differ in what is not visible
                _, begun, width = line.pop()
                text, columns = begun + text, width + columns
            line.append((look, text, columns))
        plain = len(line) == 1 and line[0][0] == (None, None, 0)
        lines.append(line[0][1].rstrip(" ") if plain else line)
    seen = (frame.cols, frame.rows, tuple(frame.cursor), frame.title, lines)
    return blake2b(repr(seen).encode("utf-8", "surrogatepass"), digest_size=16).digest()
