"""The terminal emulator: bytes in, frames out.

`Screen` takes any bytes in any split, raises for none of them, and keeps a bounded amount of
state. It is fed by whoever has output events (frames, indexer, player); it never sees a file, a
clock or a viewer's terminal. Here are feeding in pieces, the views, resizing and renumbering;
parsing is in feeding.py, editing in operations.py, modes.py and printing.py, storing in state.py.
"""

from __future__ import annotations

from recorder.screen import rows as row
from recorder.screen import state
from recorder.screen.annotations import Annotation
from recorder.screen.clusters import Clusters
from recorder.screen.feeding import Feeding
from recorder.screen.frame import Cursor, Frame, FrameRow
from recorder.screen.machine import State
from recorder.screen.operations import MOST_SCROLLED
from recorder.screen.pens import Pens

# Raised whenever the same bytes may give another screen: derived files are then made anew.
EMULATOR_VERSION = 1

SMALLEST, LARGEST = 1, 1000
# Text is cut into pieces of this many characters, so that no list of tokens grows large.
_PIECE = 1 << 16


def _size(number: int) -> int:
    return max(SMALLEST, min(int(number), LARGEST))


class Screen(Feeding):
    """A terminal of `cols` x `rows` cells (each clamped to 1..1000)."""

    def __init__(self, cols: int = 80, rows: int = 24) -> None:
        super().__init__(_size(cols), _size(rows))
        self._scrolled_read: list[str] = []
        self._version = 0
        self._sources: list[tuple[str, str, bool]] = []
        self._frame = self._look(None)

    # Feeding

    def feed(self, data: bytes) -> None:
        """Take output of the program, in any split."""
        text = self._decode(data)
        if len(text) <= _PIECE:
            self._feed_text(text)
            self._tidy()
            return
        for start in range(0, len(text), _PIECE):
            self._feed_text(text[start : start + _PIECE])
            self._tidy()

    def _tidy(self) -> None:
        if self._pens.full or self._clusters.full:
            self._renumber()
        if len(self._scrolled) > MOST_SCROLLED:
            extra = len(self._scrolled) - MOST_SCROLLED
            del self._scrolled[:extra]
            self._scrolled_lost += extra

    def resize(self, cols: int, rows: int) -> None:
        """Another window size; see Buffer.resize for what is kept."""
        cols, rows = _size(cols), _size(rows)
        if (cols, rows) == (self.cols, self.rows):
            return
        self._buffer.x, self._buffer.y = self._x, self._y
        self._leave(self._main.resize(cols, rows))
        self._alt.resize(cols, rows, used=self._buffer is self._alt)
        self._x, self._y = self._buffer.x, self._buffer.y
        self.cols, self.rows = cols, rows

    # Views

    def frame(self) -> Frame:
        """What is visible now; the same object as before if nothing of it changed."""
        new = self._look(self._frame)
        if new is not self._frame and new != self._frame:
            self._frame = new
            self._version += 1
        return self._frame

    def _look(self, old: Frame | None) -> Frame:
        """A frame of what is visible, which shares with `old` all rows that are the same."""
        buffer = self._buffer
        cursor = Cursor(min(self._x, self.cols - 1), self._y, self._cursor_shown)
        sources = list(zip(buffer.text, buffer.pens, buffer.wrapped, strict=True))
        alternate = buffer is self._alt
        lines: tuple[FrameRow, ...] = ()
        if old is not None and old.cols == self.cols and old.rows == self.rows:
            if sources == self._sources:
                lines = old.lines
                if cursor == old.cursor and self.title == old.title and alternate == old.alternate:
                    return old
            else:
                lines = tuple(
                    line if now == before else self._line(*now)
                    for line, now, before in zip(old.lines, sources, self._sources, strict=True)
                )
        else:
            lines = tuple(self._line(*now) for now in sources)
        self._sources = sources
        return Frame(lines, self.cols, cursor, self.title, alternate)

    def _line(self, text: str, pens: str, wrapped: bool) -> FrameRow:
        text, pens = row.visible(text, pens, self.cols)
        return FrameRow(text, pens, self.cols, wrapped, self._pens.by_char, self._clusters)

    @property
    def visible_version(self) -> int:
        """Grows when visible cells, cursor or title changed since it was last asked for."""
        self.frame()
        return self._version

    @property
    def busy(self) -> bool:
        """Whether a synchronized update, a character or a sequence is only half here."""
        return self._synchronized or self._machine.state is not State.GROUND or self._utf8 != b""

    def take_scrolled(self) -> list[str]:
        """Text of rows that left the main screen at its top since the last call, oldest first.

        At most MOST_SCROLLED rows are kept; if more left, the first item says how many are gone.
        """
        rows = self._take_rows()
        return [text.removeprefix(row.GOES_ON).rstrip(row.BLANK) for text in rows]

    def take_left(self) -> tuple[bool, list[str]]:
        """As `take_scrolled`, but rows that the terminal wrapped are one line; and whether the
        first one goes on where the last one taken before ended. The last may go on in what follows:
        then it has its trailing blanks.
        """
        self._fill_wrapped()
        rows = self._take_rows()
        if not rows:
            return False, rows
        text = "\n".join(rows).replace("\n" + row.GOES_ON, "")
        *lines, last = text.removeprefix(row.GOES_ON).split("\n")
        if not self._main.wrapped[0]:
            last = last.rstrip(row.BLANK)
        return text.startswith(row.GOES_ON), [*(line.rstrip(row.BLANK) for line in lines), last]

    @property
    def rows_left(self) -> int:
        """How many rows left the main screen at its top since the screen was made or restored."""
        return (
            self._scrolled_before
            + self._scrolled_lost
            + len(self._scrolled_read)
            + len(self._scrolled)
        )

    def _take_rows(self) -> list[str]:
        self._scrolled_before = self.rows_left
        taken = self._scrolled_read + self._expanded(self._scrolled)
        self._notes.scrolled([text.removeprefix(row.GOES_ON) for text in taken])
        if self._scrolled_lost:
            taken.insert(0, f"[{self._scrolled_lost} earlier rows were not kept]")
        self._scrolled.clear()
        self._scrolled_read = []
        self._scrolled_lost = 0
        return taken

    def _fill_wrapped(self) -> None:
        """Blanks at the end of a row that goes on in the next are part of the line, and a restored
        screen has not kept them; those beyond the edge of a window made narrower are not."""
        rows, on_screen = self._scrolled, self._main.wrapped[0]
        if not rows or not (on_screen or any(text[:1] == row.GOES_ON for text in rows)):
            return
        goes_on = [text[:1] == row.GOES_ON for text in rows]
        for at, (text, marked) in enumerate(zip(rows, goes_on, strict=True)):
            if goes_on[at + 1] if at + 1 < len(rows) else on_screen:
                rows[at] = text.rstrip(row.BLANK).ljust(self.cols + marked)

    def _expanded(self, texts: list[str]) -> list[str]:
        expand = self._clusters.expand
        return [text if text.isascii() else expand(text) for text in texts]

    def take_annotations(self) -> list[Annotation]:
        """What was written since the last call and a terminal would not show (annotations.py).

        Meant for when a frame closes, before or after `take_scrolled`; MOST_NOTES of each kind.
        """
        left = self._scrolled_read + self._expanded(self._scrolled)
        self._notes.scrolled([text.removeprefix(row.GOES_ON) for text in left])
        if self._machine.state is not State.GROUND and self._machine.body:
            self.unseen("".join(self._machine.body))  # it may never be ended
        return self._notes.take(self.frame())

    # pyte's views

    @property
    def cursor(self) -> Cursor:
        """Where the next character goes: `x` is `cols` while a wrap is pending, as in pyte."""
        return Cursor(self._x, self._y, self._cursor_shown)

    @property
    def columns(self) -> int:
        return self.cols

    @property
    def lines(self) -> int:
        return self.rows

    @property
    def display(self) -> list[str]:
        """Rows as text, padded to the width, as pyte gives them."""
        return ["".join(cell.text for cell in line.cells()) for line in self.frame().lines]

    # Storing

    def keyframe(self) -> bytes:
        """All of the state, as bytes that `restore` takes; the same for the same state."""
        return state.dump(self)

    @classmethod
    def restore(cls, data: bytes) -> Screen:
        """The screen that `keyframe` was called on. Raises ScreenStateError, and only that."""
        screen = state.load(cls, data)
        screen._notes.assume(screen._frame)
        return screen

    def _renumber(self) -> None:
        """Forget pens and clusters that no cell uses any more.

        Frames made before keep the old tables. What is in use is numbered anew, so every row
        changes its strings; the tables are next looked at when they have doubled.
        """
        self._scrolled_read += self._expanded(self._scrolled)
        self._scrolled.clear()
        buffers = (self._main, self._alt)
        texts: set[str] = set()
        pens = {self._pen.char}
        for buffer in buffers:
            texts.update(*buffer.text, *(text for text, _, _ in buffer.back))
            pens.update(*buffer.pens, *(pen for _, pen, _ in buffer.back))
        clusters, table = Clusters(), Pens()
        old_clusters, old_pens = self._clusters.by_char, self._pens.by_char
        to_text = {
            ord(char): clusters.intern(old_clusters[char])
            for char in sorted(texts & old_clusters.keys())
        }
        to_pen = {ord(char): table.adopt(old_pens[char]).char for char in sorted(pens)}
        clusters.full_at = max(clusters.full_at, 2 * len(clusters.by_text))
        table.full_at = max(table.full_at, 3 * len(table.by_key))
        for buffer in buffers:
            buffer.translate(to_text, to_pen)
        self._pen = table.get(self._pen.key)
        self._pens, self._clusters = table, clusters
        # No row is taken over from the last frame unread.
        self._sources = [(row.HALF, "", False)] * self._frame.rows
