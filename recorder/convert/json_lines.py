"""A recording as JSON: its events as ``events --json`` has them, and its frames as rows of text.

Knows: records and frames in order. Must never know: stores, command lines. Called by ``gatereel
export``.

A frame that stood there when a range begins comes first, as `standing`.
Rows that left a screen after its last frame come at the end, as `passed`.
Everything beyond ASCII is escaped, so showing the file does nothing to a terminal. What was typed
is told as a count unless it is asked for, and the salt of the recording's hashes is left out: who
is given an export needs no means to guess what was struck from another copy.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, TextIO

from recorder.convert.walk import Shown
from recorder.event_json import event_json
from recorder.events import Disclosed, Input, Salt
from recorder.format import Packed
from recorder.summary import rfc3339

Facts = dict[str, Any]


def write_lines(
    out: TextIO,
    session: Facts,
    wall_ns: int,
    before: Iterable[Shown],
    steps: Iterable[Packed | Shown],
    *,
    typed: bool,
) -> int:
    """One object a line: the session, then events and frames as they came; how many of these."""
    count = 0
    out.write(json.dumps({"entry": "session", **session}) + "\n")
    for entry in _entries(before, steps, wall_ns, typed=typed):
        out.write(json.dumps(entry) + "\n")
        count += 1
    return count


def write_document(
    out: TextIO,
    session: Facts,
    wall_ns: int,
    before: Iterable[Shown],
    steps: Iterable[Packed | Shown],
    *,
    typed: bool,
) -> int:
    """The same as one object: ``session``, and ``entries`` as they came; how many of these."""
    count = 0
    out.write(f'{{"session": {json.dumps(session)},\n"entries": [')
    for entry in _entries(before, steps, wall_ns, typed=typed):
        out.write((",\n" if count else "\n") + json.dumps(entry))
        count += 1
    out.write("\n]}\n")
    return count


def _entries(
    before: Iterable[Shown], steps: Iterable[Packed | Shown], wall_ns: int, *, typed: bool
) -> Iterator[Facts]:
    for shown in before:
        yield {"entry": "standing", **frame_json(shown, wall_ns)}
    for step in steps:
        if isinstance(step, Shown):
            if step.again:
                channel = step.ref.channel
                yield {"entry": "passed", "channel": channel, "scrolled": step.scrolled}
            else:
                yield {"entry": "frame", **frame_json(step, wall_ns)}
            continue
        fact = event_json(step, wall_ns)
        if isinstance(step.event, Salt):
            fact = {key: value for key, value in fact.items() if not key.startswith("secret")}
        elif isinstance(step.event, Input | Disclosed) and not typed:
            fact = {key: value for key, value in fact.items() if not key.startswith("data")}
            fact["count"] = len(step.event.data)
        yield {"entry": "event", **fact}


def frame_json(shown: Shown, wall_ns: int) -> Facts:
    """One frame: where it lies, and its rows without the blanks at their ends."""
    ref, screen = shown.ref, shown.screen
    x, y, visible = screen.cursor
    return {
        "frame": ref.number,
        "event": ref.last,
        "first_event": ref.first,
        "time": ref.closed,
        "opened": ref.opened,
        "wall": rfc3339(wall_ns, ref.closed),
        "channel": ref.channel,
        "stable": ref.stable,
        "cols": screen.cols,
        "rows": screen.rows,
        "cursor": {"x": x, "y": y, "visible": visible},
        "title": screen.title,
        "alternate": screen.alternate,
        "scrolled": shown.scrolled,
        "text": [screen.text(row) for row in range(screen.rows)],
    }
