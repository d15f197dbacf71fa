"""The form in which screens are compared, ours with the reference's.

A case is a dict: name, cols, rows, and steps: ("feed", bytes as latin-1 text), ("resize", cols,
rows) and ("show",). Each "show" gives a snapshot: rows, cursor (inside the window), whether the
alternate buffer shows, title. A row is its text and its runs of [columns, fg, bg, flags] without
a default-looking end. In the text a right half is DEL; if a cell has several code points, cells
are parted by US.
"""

from __future__ import annotations

from itertools import groupby
from typing import Any

from recorder.screen import Cell, Screen
from recorder.screen.pens import Attributes

Case = dict[str, Any]
Snapshot = dict[str, Any]

HALF, PART = "\x7f", "\x1f"
# What the reference does not tell apart, or tells in another way.
HIDDEN_FLAGS = int(Attributes.LINK)


def row(cells: tuple[Cell, ...]) -> list[Any]:
    texts = [cell.text or HALF for cell in cells]
    joined = ("" if all(len(text) == 1 for text in texts) else PART).join(texts)
    runs = [[len(list(group)), *look] for look, group in groupby(cells, key=_look)]
    if runs[-1][1:] == [None, None, 0]:
        runs.pop()
    return [joined.rstrip(" " + PART), runs]


def _look(cell: Cell) -> list[Any]:
    fg, bg = (list(c) if isinstance(c, tuple) else c for c in (cell.fg, cell.bg))
    return [fg, bg, int(cell.attributes) & ~HIDDEN_FLAGS]


def snapshot(screen: Screen) -> Snapshot:
    frame = screen.frame()
    return {
        "rows": [row(frame.row(y)) for y in range(frame.rows)],
        "cursor": [frame.cursor.x, frame.cursor.y, frame.cursor.visible],
        "alternate": frame.alternate,
        "title": frame.title,
    }


def play(case: Case) -> list[Snapshot]:
    """What our screen shows at each "show" of a case."""
    screen = Screen(case["cols"], case["rows"])
    shown = []
    for what, *rest in case["steps"]:
        if what == "feed":
            screen.feed(rest[0].encode("latin-1"))
        elif what == "resize":
            screen.resize(*rest)
        else:
            shown.append(snapshot(screen))
    return shown


def differences(ours: Snapshot, theirs: Snapshot) -> list[str]:
    """In what two snapshots differ: text, attributes, cursor, buffer, title."""
    found = []
    if [text for text, _ in ours["rows"]] != [text for text, _ in theirs["rows"]]:
        found.append("text")
    if [runs for _, runs in ours["rows"]] != [runs for _, runs in theirs["rows"]]:
        found.append("attributes")
    found += [name for name in ("cursor", "alternate", "title") if ours[name] != theirs[name]]
    return found
