"""Editing one row: pure functions on its text and its pens.

A row is two strings. `text` has one character per column: the right half of a wide character is
HALF, a cell of several code points is a stand-in character (clusters.py). `pens` has one pen
character per column. Both end where the rest of the row is blank with the default pen, and each
may be shorter than the row or (after the window was made narrower) longer.

Promise: a wide character and its right half are written, moved and erased together; where an
operation cuts one, the half that is left becomes a blank.
"""

from __future__ import annotations

from collections.abc import Callable

from recorder.screen.pens import DEFAULT

Edit = Callable[[str, str, int, int, int, str], tuple[str, str]]

HALF = "\0"
BLANK = " "
GOES_ON = "\r"
"""Before a row that left the screen and that went on where the one above it ended."""


def paint(pens: str, start: int, end: int, pen: str) -> str:
    """Pens with `pen` from `start` up to `end`."""
    if len(pens) <= start:
        if pen == DEFAULT:
            return pens
        return pens.ljust(start, DEFAULT) + pen * (end - start)
    return pens[:start] + pen * (end - start) + pens[end:]


def write(text: str, pens: str, start: int, run: str, pen: str) -> tuple[str, str]:
    """Cells of `run` (one character per column) over those from `start` on."""
    end = start + len(run)
    length = len(text)
    if length <= start:
        return text.ljust(start) + run, paint(pens, start, end, pen)
    if HALF in text:
        if text[start] == HALF:
            text = text[: start - 1] + BLANK + text[start:]
            pens = paint(pens, start - 1, start, pen)
        if end < length and text[end] == HALF:
            text = text[:end] + BLANK + text[end + 1 :]
            pens = paint(pens, end, end + 1, pen)
    return text[:start] + run + text[end:], paint(pens, start, end, pen)


def erase(text: str, pens: str, start: int, end: int, cols: int, pen: str) -> tuple[str, str]:
    """Blanks with the erasing pen from `start` up to `end`."""
    if end < cols:
        # An erased row's text stays short, its colours do not.
        if len(text) > start:
            return write(text, pens, start, BLANK * (end - start), pen)
        return text, paint(pens, start, end, pen)
    if 0 < start < len(text) and text[start] == HALF:
        text = text[: start - 1] + BLANK + text[start:]
        pens = paint(pens, start - 1, start, pen)
    hidden, hidden_pens = text[cols:], pens[cols:]
    text, pens = text[:start], pens[:start]
    if pen != DEFAULT:
        pens = pens.ljust(start, DEFAULT) + pen * (cols - start)
    if hidden:
        text = text.ljust(cols) + hidden
    if hidden_pens:
        pens = pens.ljust(cols, DEFAULT) + hidden_pens
    return text, pens


def insert(text: str, pens: str, at: int, count: int, cols: int, pen: str) -> tuple[str, str]:
    """`count` blanks at `at`; what leaves the row at the right is lost."""
    count = min(count, cols - at)
    if at < len(text):
        if at and text[at] == HALF:
            text = text[: at - 1] + BLANK + BLANK + text[at + 1 :]
            pens = paint(pens, at - 1, at, pen)
        text = text[:at] + BLANK * count + text[at:]
        if len(text) > cols:
            cut = text[cols] == HALF
            text = text[: cols - 1] + BLANK if cut else text[:cols]
            if cut:
                pens = paint(pens, cols - 1 - count, cols - count, pen)
    if pen != DEFAULT or at < len(pens):
        pens = pens.ljust(at, DEFAULT)
        pens = (pens[:at] + pen * count + pens[at:])[:cols]
    return text, pens


def delete(text: str, pens: str, at: int, count: int, cols: int, pen: str) -> tuple[str, str]:
    """Cells from `at` on move `count` to the left; blanks come in at the right."""
    count = min(count, cols - at)
    if at < len(text):
        cut_left = at > 0 and text[at] == HALF
        cut_right = at + count < len(text) and text[at + count] == HALF
        text = text[:at] + text[at + count :]
        if cut_left:
            text = text[: at - 1] + BLANK + text[at:]
        if cut_right:
            text = text[:at] + BLANK + text[at + 1 :]
    else:
        cut_left = cut_right = False
    if at < len(pens):
        pens = pens[:at] + pens[at + count :]
    if pen != DEFAULT:
        pens = pens.ljust(cols - count, DEFAULT)[: cols - count] + pen * count
    if cut_left:
        pens = paint(pens, at - 1, at, pen)
    if cut_right:
        pens = paint(pens, at, at + 1, pen)
    return text, pens


def erase_unguarded(
    text: str, pens: str, start: int, end: int, pen: str, guarded: frozenset[str]
) -> tuple[str, str]:
    """As `erase`, but cells whose pen is one of `guarded` stay (DECSED, DECSEL)."""
    column = start
    while column < end:
        if column < len(pens) and pens[column] in guarded:
            column += 1
            continue
        stop = column + 1
        while stop < end and not (stop < len(pens) and pens[stop] in guarded):
            stop += 1
        if column < len(text):
            text, pens = write(text, pens, column, BLANK * (stop - column), pen)
        else:
            pens = paint(pens, column, stop, pen)
        column = stop
    return text, pens


def visible(text: str, pens: str, cols: int) -> tuple[str, str]:
    """A row as it is shown: cut to the window, without trailing blanks, no half character."""
    return cut_text(text, cols).rstrip(BLANK), pens[:cols].rstrip(DEFAULT)


def cut_text(text: str, cols: int) -> str:
    """At most `cols` columns of a row; a wide character that does not fit becomes a blank."""
    if len(text) <= cols:
        return text
    return text[: cols - 1] + BLANK if text[cols] == HALF else text[:cols]
