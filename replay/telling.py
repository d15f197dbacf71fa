"""The screen that tells most of a session: what a list shows beside its row.

Knows: a recording's screens and cues. Must never know: the catalog, widgets. Called by
`replay.describing`.

What tells most is where something went wrong: a request that was refused, denied or held, a command
that failed. The last `CAUSES` of these are looked at, and of the rest `SAMPLES` screens that stood
still, from the whole length of the session: the last one alone is mostly a farewell. A screen
counts as many points as there are different words on it, one with a cause twice as many; of two
equal ones the later wins. So it is the fullest screen that one could read, unless something went
wrong, and never a blank one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from recorder.cues import Cue
from recorder.index import Index
from recorder.playback import Playback
from recorder.reader import Recording
from recorder.screen import Frame, FrameRow
from replay.entry import PREVIEW_COLS, PREVIEW_ROWS, Preview

CAUSES = 4
SAMPLES = 8
_NEAR = 32
"""Frames back to one that stood still."""
FULLEST = "fullest"
_WORD = re.compile(r"\w{2,}")


class _Candidate(NamedTuple):
    frame: int
    why: str


def telling(recording: Recording, index: Index) -> Preview | None:
    """None where there is nothing on any screen."""
    playback = Playback(recording, index)
    best: tuple[int, Preview] | None = None
    # In the order of the recording: each goes on from the one before where that is near.
    for frame, why in sorted(set(_causes(index)) | set(_samples(index))):
        view = playback.at_frame(frame)
        rows = window(view.screen)
        points = len(set(_WORD.findall("\n".join(rows)))) * (1 if why == FULLEST else 2)
        if points and (best is None or points >= best[0]):
            best = points, Preview(frame, view.event, view.time, why, rows)
    return None if best is None else best[1]


def cause_of(cue: Cue) -> str:
    """What went wrong at a cue, in a word; "" where nothing did."""
    match cue.kind, cue.text.split(" ", 1)[0]:
        case "refused", _:
            return "refused"
        case "verdict", "deny":
            return "denied"
        case "verdict", "hold":
            return "held"
        case (("status" | "exit"), status) if status not in ("", "0"):
            return "failed"
        case _:
            return ""


def window(screen: Frame) -> tuple[str, ...]:
    """The part of a screen that fits into a preview and has most on it."""
    texts = [_cut(row) for row in screen.lines]
    starts = range(max(len(texts) - PREVIEW_ROWS, 0) + 1)
    sizes = [len(text) - text.count(" ") for text in texts]
    best = max(starts, key=lambda start: (sum(sizes[start : start + PREVIEW_ROWS]), start))
    rows = texts[best : best + PREVIEW_ROWS]
    while rows and not rows[-1]:
        rows.pop()
    return tuple(rows)


def _cut(row: FrameRow) -> str:
    """A row's text, as far as the preview is wide. No half of a wide character."""
    cells = row.cells()[:PREVIEW_COLS]
    if cells and cells[-1].width == 2:
        cells = cells[:-1]
    return "".join(cell.text for cell in cells).rstrip()


def _causes(index: Index) -> Iterator[_Candidate]:
    frames = len(index.frames)
    found = ((cue, why) for cue in reversed(index.cues) if (why := cause_of(cue)))
    for cue, why in islice(found, CAUSES):
        # What the person had before, and what was there when it had happened.
        before = index.frames.number_at_event(cue.event - 1)
        for frame in {max(before, 0), min(before + 1, frames - 1)} if frames else ():
            yield _Candidate(frame, why)


def _samples(index: Index) -> Iterator[_Candidate]:
    frames = index.frames
    count = len(frames)
    places: Sequence[int] = [count * n // SAMPLES - 1 for n in range(1, SAMPLES + 1)]
    for place in {max(place, 0) for place in places} if count else ():
        back = range(place, max(place - _NEAR, -1), -1)
        yield _Candidate(next((n for n in back if frames[n].stable), place), FULLEST)
