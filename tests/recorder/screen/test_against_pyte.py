"""Where stock pyte is right, we show the same: random sessions in its vocabulary."""

import pyte
from hypothesis import given, settings
from hypothesis import strategies as st

from recorder.screen import Cell, Screen

COLS, ROWS = 20, 6
NUMBERS = st.sampled_from(["", "1", "2", "3", "5", "9", "30"])
# Left out is what docs/screen.md says of pyte: blanks in colour, controls in a pending wrap, its
# stack of saved cursors, inserted and deleted cells, lines and margins.
WORDS = st.text(st.sampled_from("abcXYZ 09éß─"), min_size=1, max_size=9)
COLOURS = st.sampled_from([1, 3, 4, 5, 7, 9, 22, 23, 24, 27, 29, 31, 36, 39, 42, 49])
STEPS = st.one_of(
    WORDS,
    st.sampled_from(["\r\n", "\r", "\b", "\t", "\x1bM", "\x1b7abc\x1b8", "\x1b[H"]),
    st.builds("\x1b[{}{}".format, NUMBERS, st.sampled_from(list("ABCDEFGd"))),
    st.builds("\x1b[{};{}H".format, NUMBERS, NUMBERS),
    st.builds("\x1b[m\x1b[{}{}".format, st.sampled_from(["", "1", "2"]), st.sampled_from("JK")),
    st.builds("\x1b[m\x1b[{}{}".format, NUMBERS, st.sampled_from(list("PX"))),
    st.builds("\x1b[{}m{}\x1b[m".format, COLOURS, WORDS),
)
_NAMES = "black red green brown blue magenta cyan white".split()


def look(cell: Cell) -> tuple[object, ...]:
    flags = cell.attributes
    return (
        cell.text,
        "default" if cell.fg is None else _NAMES[int(str(cell.fg))],
        "default" if cell.bg is None else _NAMES[int(str(cell.bg))],
        *(bool(flags & bit) for bit in (1, 4, 8, 32, 128)),
    )


@given(st.lists(STEPS, max_size=25))
@settings(max_examples=200, deadline=None)
def test_the_same_cells_and_cursor(steps: list[str]) -> None:
    theirs = pyte.Screen(COLS, ROWS)
    stream = pyte.Stream(theirs)
    ours = Screen(COLS, ROWS)
    # pyte treats cells on which nothing was ever written in ways of its own.
    for step in ["\r\n".join(["." * (COLS - 1)] * ROWS) + "\x1b[H", *steps]:
        if theirs.cursor.x >= COLS and step[0] < " ":
            stream.feed("\r")
            ours.feed(b"\r")
        stream.feed(step)
        ours.feed(step.encode())
    frame = ours.frame()
    assert ours.display == theirs.display
    assert (ours.cursor.x, ours.cursor.y) == (theirs.cursor.x, theirs.cursor.y)
    for y in range(ROWS):
        for x, cell in enumerate(frame.row(y)):
            char = theirs.buffer[y][x]
            assert look(cell) == (
                char.data,
                char.fg,
                char.bg,
                char.bold,
                char.italics,
                char.underscore,
                char.reverse,
                char.strikethrough,
            )
