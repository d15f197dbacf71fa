"""What a gateway has recorded, read back from its store while it runs or after."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from recorder.events import Event, GatewayStarted
from recorder.reader import Recording
from recorder.store import Store

E = TypeVar("E")


def sessions(store: Path) -> list[str]:
    """Ids of all sessions but the gateway's own, oldest first."""
    found = []
    for name in reversed(Store.open(store).ids()):
        with Recording(Store.open(store), name) as recording:
            if recording.header.facts["kind"] != "gateway":
                found.append(name)
    return found


def events(store: Path, session: str) -> list[Event]:
    with Recording(Store.open(store), session) as recording:
        return [record.event for record in recording.records()]


def newest(store: Path) -> list[Event]:
    """Events of the session that was opened last."""
    return events(store, sessions(store)[-1])


def logbook(store: Path) -> list[Event]:
    """Events of the gateway's own newest recording."""
    for name in Store.open(store).ids():
        found = events(store, name)
        if any(isinstance(event, GatewayStarted) for event in found):
            return found
    raise AssertionError("the gateway wrote nothing down")


def state(store: Path, session: str) -> str:
    """ "live", "sealed" or "interrupted"."""
    with Recording(Store.open(store), session) as recording:
        return recording.state


def only(found: list[Event], kind: type[E]) -> list[E]:
    """Those of one kind."""
    return [event for event in found if isinstance(event, kind)]


def wait_until(done: Callable[[], object], seconds: float = 15) -> None:
    """Polls against a deadline; fails the test at it."""
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s")
        time.sleep(0.02)
