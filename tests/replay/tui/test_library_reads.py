"""The library reads the catalog and the store's names, and not one recording: whatever is opened by
this process is noted by the interpreter itself."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from recorder.reader import Recording
from replay.tui.app import ReplayApp
from tests.recorder.recordings import Making
from tests.replay.tui.driving import Driven, drive, library_of, lines_of
from tests.replay.tui.libraries import WIDE, shown

_opened: list[str] = []
"""Of every file that was opened since it was last emptied: its name. A hook cannot be taken away,
so there is one for all tests of this process."""


def _note(event: str, arguments: tuple[object, ...]) -> None:
    if event == "open" and isinstance(arguments[0], str | bytes | os.PathLike):
        _opened.append(os.fsdecode(arguments[0]))


sys.addaudithook(_note)


def opened_in(folder: Path) -> set[str]:
    """The names of the files in this folder that were opened since."""
    return {Path(name).name for name in _opened if Path(name).parent == folder}


def a_store(making: Making, count: int = 12) -> ReplayApp:
    for _ in range(count):
        making.sealed(lines_of(3)).close()
    return library_of(making)


def test_the_hook_sees_a_recording_that_is_opened(making: Making) -> None:
    recording = making.sealed(lines_of(3))
    recording.close()
    _opened.clear()
    Recording.open(recording.path).close()
    assert opened_in(making.path) == {recording.path.name}


def test_the_library_opens_no_recording(making: Making) -> None:
    app = a_store(making)

    async def body(driven: Driven) -> None:
        assert len(shown(driven)) == 12
        await driven.press("down", "end", "home", "f", "escape", "s", "S", "p", "p")
        await driven.press("slash", *"who:alice", "enter")
        await driven.until(lambda: "line 2" in driven.text())
        names = opened_in(making.path)
        assert not {name for name in names if name.endswith((".reel", ".index"))}
        assert names <= {".catalog.db.lock"}  # SQLite opens its file without the interpreter
        await driven.press("escape", "enter")
        await driven.until(lambda: any(n.endswith(".reel") for n in opened_in(making.path)))

    _opened.clear()
    drive(app, body, WIDE)


def test_nor_does_a_search_before_a_hit_is_opened(making: Making) -> None:
    app = a_store(making)

    async def body(driven: Driven) -> None:
        await driven.press("slash", *"line", "enter")
        await driven.until(lambda: "36 hits" in driven.text())
        assert opened_in(making.path) <= {".catalog.db.lock"}

    _opened.clear()
    drive(app, body, WIDE)
