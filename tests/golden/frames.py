"""The frame table of a recording as text: one line a frame, with a hash of everything visible.

Called by the test that compares and by `tests.golden.make` that writes.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from recorder.index import Index
from recorder.playback import Playback
from recorder.reader import Recording
from recorder.screen import Frame
from recorder.store import Store

SAMPLES = Path(__file__).parents[2] / "sample_sessions"
FOLDER = Path(__file__).parent / "frames"
HEAD = "# number channel first last opened closed stable screen"


def samples() -> Iterator[tuple[str, Path]]:
    """Each sample session: the name of its golden file, and where it is."""
    store = Store.open(SAMPLES)
    for session in store.ids():
        with Recording(store, session) as recording:
            about = str(recording.header.facts["target"])
        yield re.sub(r"[^a-z0-9]+", "-", about.lower()).strip("-"), store.reel(session)


def table(index: Index, playback: Playback) -> list[str]:
    """The lines of a golden file."""
    lines = [HEAD]
    for ref, screen in zip(index.frames, screens(playback, range(len(index.frames))), strict=True):
        stable = "stable" if ref.stable else "-"
        lines.append(
            f"{ref.number} {ref.channel} {ref.first} {ref.last} "
            f"{ref.opened} {ref.closed} {stable} {screen}"
        )
    return lines


def screens(playback: Playback, numbers: Iterable[int]) -> Iterator[str]:
    """The hashes of these frames, one after the other on the same playback."""
    for number in numbers:
        yield digest(playback.at_frame(number).screen)


def digest(frame: Frame) -> str:
    """Of text, attributes, cursor, title and buffer."""
    cells = [
        [[text, width, fg, bg, int(attributes)] for text, width, fg, bg, attributes in frame.row(y)]
        for y in range(frame.rows)
    ]
    seen = [frame.cols, frame.rows, list(frame.cursor), frame.title, frame.alternate, cells]
    return hashlib.sha256(json.dumps(seen).encode()).hexdigest()[:16]
