"""A terminal's bytes as the text that stands there: where colour changes do not part a value.

Knows: which escape sequences move nothing. Must never know: values, time. Pure. Called by
`gateway.masking.stream`.

Colours, erasing to the end of a line and character sets are taken out; every other sequence may
have moved the cursor, so that what stands behind it need not go on what stood before: it becomes
one line feed, across which nothing is found. What is in a title or another string is text.
"""

from __future__ import annotations

import re
from array import array
from typing import NamedTuple

PARAMETERS = 40
"""Bytes of a sequence's parameters; a longer one is none."""
SEQUENCES = 4
"""Colour changes in a row after which what follows stands by itself."""

_PARAMETERS = rb"[\x20-\x3f]{0,%d}" % PARAMETERS
_SEQUENCE = re.compile(
    rb"(\x1b\[[0-9;:]{0,%d}m|\x1b\[[0-2]?K|\x1b[()][0-9A-Za-z])" % PARAMETERS
    + rb"|\x1b(?:\[" + _PARAMETERS + rb"[\x40-\x7e]|[\x20-\x2f][\x30-\x7e]|[\x30-\x7e]|)"
)  # fmt: skip
_BEGUN = re.compile(rb"\x1b(?:\[" + _PARAMETERS + rb"|[\x20-\x2f])?\Z")


class Text(NamedTuple):
    """What stands there. ``places`` has where in the bytes each byte of it is; None: all alike."""

    text: bytes
    places: array[int] | None
    end: int
    """Bytes that this is about; a sequence that has only begun is behind them."""
    in_row: int
    """Sequences that were taken out since the last byte of the text."""


def text_of(raw: bytes, *, whole: bool = False, in_row: int = 0) -> Text:
    """``whole``: nothing more comes, so that what has begun is all there is. ``in_row``: what the
    text before this ended with."""
    first = raw.find(b"\x1b")
    if first < 0:
        return Text(raw, None, len(raw), in_row if not raw else 0)
    end = len(raw)
    if not whole and (begun := _BEGUN.search(raw, max(first, end - PARAMETERS - 2))):
        end = begun.start()
    pieces: list[bytes] = []
    places = array("I")
    at = 0
    while at < end:
        escape = raw.find(b"\x1b", at, end)
        stop = end if escape < 0 else escape
        if stop > at:
            in_row = 0
            pieces.append(raw[at:stop])
            places.extend(range(at, stop))
        if escape < 0:
            break
        match = _SEQUENCE.match(raw, escape, end)
        assert match is not None
        in_row += 1
        if match[1] is None or in_row > SEQUENCES:
            pieces.append(b"\n")
            places.append(escape)
            in_row = 0
        at = match.end()
    return Text(b"".join(pieces), places, end, in_row)
