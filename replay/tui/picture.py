"""A picture of the app as it is, without a terminal: for the README and the docs.

Knows: the app. Must never know: what is drawn. Run as ``python -m replay.tui.picture PATH OUT.svg
[--at T] [--size 120x36]``; PATH is a recording, or a store for its library.
"""

from __future__ import annotations

import argparse
import asyncio
import re
from functools import partial
from pathlib import Path
from typing import Protocol, runtime_checkable

from textual.pilot import Pilot
from textual.widgets import Input

from recorder.moments import Moment, parse
from recorder.reader import Recording
from recorder.store import Store, locate
from replay.tending import keep_once
from replay.tui.app import ReplayApp

LONGEST = 500
"""So many looks at the app (each lets its queue run dry) before the picture is taken anyway."""
ALIKE = 3
_ELSEWHERE = re.compile(r"@font-face\s*\{[^}]*\}\s*|<!--.*?-->\s*", re.DOTALL)


def app_on(path: Path, start: Moment | None = None) -> ReplayApp:
    """The app on a recording, or on the library of a store."""
    if path.is_dir():
        store = Store.open(path)
        keep_once(store)
        return ReplayApp(store)
    return ReplayApp(recording=partial(Recording, *locate(str(path), None)), start=start)


async def picture(app: ReplayApp, size: tuple[int, int], keys: tuple[str, ...] = ()) -> str:
    """The app as SVG, after these keys. It names no other host: the viewer's own fixed-width
    font is used."""
    async with app.run_test(size=size) as pilot:
        await _rest(app, pilot)
        for key in keys:
            await pilot.press(key)
            await _rest(app, pilot)
        svg = _ELSEWHERE.sub("", await _settle(app, pilot))
        return svg.replace("<svg ", '<svg xml:space="preserve" ', 1).replace("&#160;", " ")


async def _rest(app: ReplayApp, pilot: Pilot[None]) -> None:
    """Until nothing more is to come: a key may be for the screen that the one before opened."""
    for _ in range(LONGEST):
        await pilot.pause()
        if ready(app):
            return
        await pilot.pause(0.02)


async def _settle(app: ReplayApp, pilot: Pilot[None]) -> str:
    """The app as SVG once nothing more is to come, and several looks see the same."""
    svg, alike = "", 0
    for _ in range(LONGEST):
        await pilot.pause(0.02)
        if not ready(app):
            continue
        for box in app.screen.query(Input):
            box.cursor_blink = False
        before, svg = svg, app.export_screenshot(title="gatereel replay")
        alike = alike + 1 if svg == before else 0
        if alike == ALIKE:
            break
    return svg


@runtime_checkable
class Settling(Protocol):
    """A screen to which something comes from another thread, and that says when it is there."""

    @property
    def settled(self) -> bool: ...


def ready(app: ReplayApp) -> bool:
    """Whether nothing more is to come by itself."""
    screen = app.screen
    if not app.answered:
        return False
    return not isinstance(screen, Settling) or screen.settled or getattr(screen, "failed", False)


def main() -> None:
    """Make one picture."""
    parser = argparse.ArgumentParser(prog="python -m replay.tui.picture")
    parser.add_argument("path", type=Path, help="a recording (.reel), or a store")
    parser.add_argument("out", type=Path, help="the SVG file to make")
    parser.add_argument("--at", help="a moment: 12:03, 50%%, #f12")
    parser.add_argument("--size", default="120x36", help="columns x rows")
    parser.add_argument("--keys", default="", help="keys to press before, as Textual names them")
    options = parser.parse_args()
    columns, _, rows = options.size.partition("x")
    start = parse(options.at) if options.at else None
    keys = tuple(options.keys.split())
    svg = asyncio.run(picture(app_on(options.path, start), (int(columns), int(rows)), keys))
    options.out.write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main()
