"""One screen as text, as ANSI, as JSON: what ``gatereel show`` prints.

Knows: cells. Must never know: recordings, files. Called by the command line, and by conversion to
begin a range (`repaint`).

No recorded byte goes out. Escape sequences are made anew from how cells look, and a character
that would act on the terminal it is shown on (a control, a change of writing direction) is
replaced, as it would be in any export.
"""

from __future__ import annotations

import json
import re
from typing import Any, assert_never

from recorder.playback import View
from recorder.screen import Attributes, Cell, Color, Frame, Run

_ACTIVE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""Controls, line and paragraph separators, and what changes the writing direction."""
_REPLACEMENT = "\ufffd"

_SGR: tuple[tuple[Attributes, str], ...] = (
    (Attributes.BOLD, "1"),
    (Attributes.DIM, "2"),
    (Attributes.ITALIC, "3"),
    (Attributes.UNDERLINE_DOUBLE, "4:2"),
    (Attributes.UNDERLINE_CURLY, "4:3"),
    (Attributes.UNDERLINE_DOTTED, "4:4"),
    (Attributes.UNDERLINE_DASHED, "4:5"),
    (Attributes.BLINK, "5"),
    (Attributes.INVERSE, "7"),
    (Attributes.INVISIBLE, "8"),
    (Attributes.STRIKE, "9"),
    (Attributes.OVERLINE, "53"),
)
_STYLED = (
    Attributes.UNDERLINE_DOUBLE
    | Attributes.UNDERLINE_CURLY
    | Attributes.UNDERLINE_DOTTED
    | Attributes.UNDERLINE_DASHED
)


def render(view: View, form: str) -> str:
    """The screen in one of the formats, with its line ends. Raises `ValueError` for another."""
    match form:
        case "text":
            return as_text(view.screen)
        case "ansi":
            return as_ansi(view.screen)
        case "json":
            return json.dumps(as_json(view)) + "\n"
        case _:
            raise ValueError(f"no screen is shown as {form}")


def harmless(text: str) -> str:
    """The text without what acts on a terminal."""
    return _ACTIVE.sub(_REPLACEMENT, text)


def as_text(frame: Frame) -> str:
    """Rows as one would read them; blank ones at the end are left out."""
    lines = [harmless(frame.text(y)) for y in range(frame.rows)]
    while lines and not lines[-1]:
        lines.pop()
    return "".join(f"{line}\n" for line in lines)


def as_ansi(frame: Frame) -> str:
    """Rows with colours and attributes, each ending in the default ones."""
    return "".join(f"{_row(frame, y)}\n" for y in range(frame.rows))


def as_json(view: View) -> dict[str, Any]:
    """The shape that ``show --format json`` promises."""
    frame = view.screen
    x, y, visible = frame.cursor
    return {
        "cols": frame.cols,
        "rows": frame.rows,
        "cursor": {"x": x, "y": y, "visible": visible},
        "title": frame.title,
        "alternate": frame.alternate,
        "event": view.event,
        "frame": view.frame,
        "time": view.time,
        "channel": view.channel,
        "cells": [[_cell(cell) for cell in frame.row(y)] for y in range(frame.rows)],
    }


def repaint(frame: Frame) -> str:
    """What a fresh terminal of the frame's size has to be sent to look like it: cells, cursor,
    title and which buffer is shown. Margins, modes and saved cursors are not visible, and not in
    it."""
    parts = ["\x1b[?1049h"] if frame.alternate else []
    if frame.title:
        parts.append(f"\x1b]2;{harmless(frame.title)}\x1b\\")
    for y in range(frame.rows):
        row = _row(frame, y)
        if row:
            parts.append(f"\x1b[{y + 1};1H{row}")
    x, y, visible = frame.cursor
    parts.append(f"\x1b[{y + 1};{x + 1}H")
    if not visible:
        parts.append("\x1b[?25l")
    return "".join(parts)


def _row(frame: Frame, y: int) -> str:
    runs = frame.runs(y)
    while runs and _plain(runs[-1]) and not runs[-1].text.strip(" "):
        runs.pop()
    parts = [
        harmless(run.text) if _plain(run) else f"{sgr(run)}{harmless(run.text)}\x1b[m"
        for run in runs
    ]
    if parts and _plain(runs[-1]):
        parts[-1] = parts[-1].rstrip(" ")
    return "".join(parts)


def _plain(run: Run) -> bool:
    return run.fg is None and run.bg is None and not run.attributes


def sgr(look: Run | Cell) -> str:
    """The sequence that leads from the default look to this one."""
    attributes = look.attributes
    codes = [code for flag, code in _SGR if attributes & flag]
    if attributes & Attributes.UNDERLINE and not attributes & _STYLED:
        codes.append("4")
    codes += _colour(look.fg, 30) + _colour(look.bg, 40)
    return f"\x1b[{';'.join(codes)}m"


def _colour(colour: Color, base: int) -> list[str]:
    match colour:
        case None:
            return []
        case int():
            if colour < 8:
                return [str(base + colour)]
            return [f"{base + 8};5;{colour}"] if colour > 15 else [str(base + 60 + colour - 8)]
        case (red, green, blue):
            return [f"{base + 8};2;{red};{green};{blue}"]
        case _:
            assert_never(colour)


def _cell(cell: Cell) -> list[Any]:
    names = [flag.name.lower() for flag in Attributes if cell.attributes & flag and flag.name]
    colours = [list(c) if isinstance(c, tuple) else c for c in (cell.fg, cell.bg)]
    return [cell.text, cell.width, *colours, names]
