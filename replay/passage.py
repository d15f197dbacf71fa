"""One line of a recording as search sees it: the shape that passages, queries and catalog share.

Knows: nothing but itself; it is pure. Made by `replay.passages`, matched by `replay.query`, kept by
the catalog, shown as a hit.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

NEVER_SHOWN = "typed"
"""The mark of what was typed and was on no screen."""
EDITED = "edited"
"""The mark of what was typed and taken back before it was sent."""


class Kind(StrEnum):
    """Where a passage comes from."""

    SCREEN = "screen"
    TYPED = "typed"
    COMMAND = "command"
    TITLE = "title"
    FILE = "file"
    STATEMENT = "statement"
    NOTICE = "notice"
    """What the gateway said, or what was said of the session."""


class Passage(NamedTuple):
    """One line and where it stands. Frames are -1 before the first."""

    kind: Kind
    channel: int
    first: int
    """The frame in which its beginning appeared."""
    whole: int
    """The frame from which on all of it was there: where a hit leads to."""
    last: int
    """The frame in which it still was."""
    event: int
    """The durable citation: the last record of frame `whole`, or the record itself."""
    time: int
    """When all of it was there, in µs since the session's start."""
    until: int
    """When it was last visible, in µs."""
    row: int
    """Where it stood when all of it was there; -1 where that is nowhere."""
    alternate: bool
    """Whether it was on the alternate screen."""
    mark: str
    """One of `recorder.text.MARKS`, `NEVER_SHOWN` or `EDITED`."""
    text: str
    """Untrusted. Without line feeds."""
    detail: str = ""
    flash: bool = False
    """Whether it was gone again within a second."""
    again: bool = False
    """Whether a passage of a screen says the same: a word without a field passes this one over."""


SHOWN, PASSED = "", "passed"
FLASH, ALTERNATE, HIDDEN = "flash", "alt", "hidden"
HIDING: tuple[str, ...] = (
    "format", "bidi", "concealed", "same-colour", "link", "not-utf-8", "overwritten", "unexamined",
    "control-string", "charset",
)  # fmt: skip
"""Why a terminal would not show it (`recorder.screen.Hidden`, but for titles)."""
MARKS: tuple[str, ...] = (
    FLASH, ALTERNATE, NEVER_SHOWN, EDITED, PASSED, "title", HIDDEN, *HIDING
)  # fmt: skip
"""What a hit can be marked with."""


def marks_of(passage: Passage) -> tuple[str, ...]:
    """How, beside standing there to be read, this was shown: each one of `MARKS`."""
    found = []
    if passage.flash:
        found.append(FLASH)
    if passage.alternate:
        found.append(ALTERNATE)
    if passage.mark in HIDING:
        found.append(HIDDEN)
    if passage.mark == EDITED:
        found.append(NEVER_SHOWN)
    if passage.mark != SHOWN:
        found.append(passage.mark)
    return tuple(found)
