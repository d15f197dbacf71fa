"""What the app looks like, against pictures that were looked at: tests/golden/screens/NAME-WxH.svg.

In a test, for a screen at 80×24 and 140×40, on a copy of sample_sessions/ with the clock frozen::

    @pytest.mark.screens
    @pytest.mark.parametrize("size", SIZES)
    def test_library(tmp_path: Path, size: Size) -> None:
        check("library", size, lambda: ReplayApp(samples(tmp_path), clock=FROZEN), "down down")

``keys`` are pressed one after the other, as Textual names them; after each, the app comes to rest
(`replay.tui.picture.ready`: a screen says with ``settled`` whether anything is still to come).
``name`` and size name the picture. `the(store, "vim")` is the id of the sample whose target begins
with "vim".

Where a picture differs the test says which rows read differently, or which words have another
colour. After a change that is meant, write them anew and look at what changed::

    make screens            # GATEREEL_SCREENS=write pytest -m screens tests/replay/tui

Pictures are the same on every machine: no font, no other host, no random name is in them, and the
environment's say about colours (NO_COLOR, TERM …) is taken away while one is made.
"""

from __future__ import annotations

import asyncio
import difflib
import html
import os
import re
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

from recorder.reader import Recording
from recorder.store import Store
from replay.tui.app import ReplayApp
from replay.tui.picture import picture
from tests.recorder.recordings import StandingClock

SCREENS = Path(__file__).parents[2] / "golden" / "screens"
SAMPLES = Path(__file__).parents[3] / "sample_sessions"
WRITE = "GATEREEL_SCREENS"

Size = tuple[int, int]
SIZES: tuple[Size, ...] = ((80, 24), (140, 40))
FROZEN = StandingClock()
"""A clock that stands still."""

CHAR_WIDTH = 12.2
"""Of a column in a picture, in its units."""
_TEXT = re.compile(
    r'<text class="screen-(r\d+)" x="([\d.]+)" y="[\d.]+" textLength="[\d.]+" '
    r'clip-path="url\(#screen-line-(\d+)\)">(.*?)</text>',
    re.DOTALL,
)
_STYLE = re.compile(r"\.screen-(r\d+) \{ (.*?) \}")
_ID = re.compile(r"terminal-\d+")
_COLOUR_VARIABLES = ("NO_COLOR", "COLORTERM", "TERM", "FORCE_COLOR", "TEXTUAL_COLOR_SYSTEM")


def samples(folder: Path) -> Store:
    """A store with copies of the sample sessions: looking at one may write beside it."""
    store = Store.open(folder / "samples", create=True)
    for path in SAMPLES.iterdir():
        if path.suffix == ".reel" or path.name == "verifiers":
            (store.path / path.name).write_bytes(path.read_bytes())
    return store


def the(store: Store, target: str) -> str:
    """The id of the session whose target begins so."""
    for session in store.ids():
        with Recording(store, session) as recording:
            if str(recording.header.facts["target"]).startswith(target):
                return session
    raise LookupError(f"no session on {target}")


def check(name: str, size: Size, app: Callable[[], ReplayApp], keys: str = "") -> None:
    """Compare the app after these keys with its picture; fails with a diff that can be read."""
    svg = taken(app, size, keys)
    path = SCREENS / f"{name}-{size[0]}x{size[1]}.svg"
    if os.environ.get(WRITE) == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(svg, "utf-8")
        return
    assert path.exists(), f"{path.name} was never drawn: make screens, and look at it"
    kept = path.read_text("utf-8")
    if svg != kept:
        raise AssertionError(f"{path.name} looks different now:\n{difference(kept, svg)}")


def taken(app: Callable[[], ReplayApp], size: Size, keys: str = "") -> str:
    """The picture of an app after these keys, the same wherever and whenever it is taken."""
    kept = {name: value for name, value in os.environ.items() if name not in _COLOUR_VARIABLES}
    with patch.dict(os.environ, kept, clear=True):
        svg = asyncio.run(picture(app(), size, tuple(keys.split())))
    return stable(svg)


def stable(svg: str) -> str:
    """A picture without the name that is made from all of it, and a line for each piece of text."""
    return _ID.sub("screen", svg).replace("</text><text", "</text>\n<text")


def rows(svg: str) -> list[str]:
    """What can be read on a picture, a string for each row of the terminal."""
    lines: dict[int, list[str]] = {}
    for _, x, line, text in _TEXT.findall(svg):
        row = lines.setdefault(int(line), [])
        column = round(float(x) / CHAR_WIDTH)
        row += " " * (column - len(row))
        row[column:] = html.unescape(text)
    return ["".join(lines.get(y, [])).rstrip() for y in range(max(lines, default=-1) + 1)]


def looks(svg: str) -> list[str]:
    """Each piece of text with its place and style, one a line."""
    styles = dict(_STYLE.findall(svg))
    return [
        f"row {line} column {round(float(x) / CHAR_WIDTH)} {html.unescape(text).strip()!r}: "
        f"{styles.get(style, '')}"
        for style, x, line, text in _TEXT.findall(svg)
        if text.strip()
    ]


def difference(before: str, after: str) -> str:
    """How two pictures differ, for people: rows where the text does, else the styles."""
    for kind, read in (("text", rows), ("style", looks)):
        found = [
            line.rstrip("\n")
            for line in difflib.unified_diff(
                read(before), read(after), "golden", "now", lineterm="", n=1
            )
        ]
        if found:
            return f"(by {kind})\n" + "\n".join(found[:200])
    return "(only in backgrounds or sizes: compare the files)"
