"""The library to test with: on made-up entries, on recordings, and what it shows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from recorder.header import make_header
from recorder.store import Store, new_id
from replay.entry import Entry
from replay.tui.app import ReplayApp
from replay.tui.library_screen import LibraryScreen
from tests.recorder.recordings import Making, StandingClock, on_terminal
from tests.replay.entries import entry, filled
from tests.replay.tui.driving import SECOND, Driven

WIDE, TINY = (140, 40), (20, 5)


def app_on(store: Store) -> ReplayApp:
    return ReplayApp(store, clock=StandingClock())


def of(tmp_path: Path, count: int = 12) -> ReplayApp:
    return app_on(filled(tmp_path / "store", [entry(n) for n in range(count)]))


def library(driven: Driven) -> LibraryScreen:
    screen = driven.app.screen
    assert isinstance(screen, LibraryScreen)
    return screen


def chosen(driven: Driven) -> Entry:
    found = library(driven).table.chosen
    assert found is not None
    return found


def shown(driven: Driven) -> list[str]:
    return [each.id for each in library(driven).table.entries]


def named(making: Making, principal: str, target: str, claims: dict[str, str] | None = None) -> str:
    """A sealed session of this principal on this target."""
    making.clock.ns += SECOND * 1000
    facts: dict[str, Any] = {
        **make_header(
            session=new_id(making.clock, making.entropy),
            wall_ns=making.clock.wall_ns(),
            principal=principal,
            kind="person",
            target=target,
            account="root",
            protocol="ssh",
            build="test",
        )
    }
    if claims:
        facts["claims"] = claims
    journal = making.writer.open(facts)
    journal.append(on_terminal([(SECOND, b"hello [@click=app.quit]world[/]\r\n")])).result()
    making.finish(journal)
    return journal.id
