"""Recordings and apps for the tests of the app: real ones, made through the recorder."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from time import monotonic

from textual import events
from textual.keys import _character_to_key, key_to_character
from textual.pilot import Pilot

from recorder.clock import Clock
from recorder.events import Event, Output, Resize
from recorder.moments import Moment
from recorder.reader import Recording
from replay.scope import Scope
from replay.tending import keep_once
from replay.tui.app import ReplayApp
from replay.tui.own_keys import OwnKeys
from replay.tui.picture import ready
from replay.tui.player_writes import CasePlace
from replay.tui.status import StatusLine
from tests.recorder.recordings import Making, StandingClock, on_terminal

SECOND = 1_000_000
LOOKS = 3
"""How often the app is seen at rest before it is."""
PATIENCE = 30.0


def lines_of(count: int, *, cols: int = 80, rows: int = 24) -> list[Event]:
    """``line 0`` at 1 s, ``line 1`` at 2 s, and so on: a frame each, every one stable."""
    return on_terminal(
        [((n + 1) * SECOND, f"line {n}\r\n".encode()) for n in range(count)], cols=cols, rows=rows
    )


def a_session() -> list[Event]:
    """Ten lines, a minute of nothing, a resize, a burst and a last line."""
    return [
        *lines_of(10),
        Resize(70 * SECOND, 1, 60, 20, 0, 0),
        *(Output(71 * SECOND + n * 50_000, 1, b"burst %d\r\n" % n) for n in range(4)),
        Output(80 * SECOND, 1, "end 日本\r\n".encode()),
    ]


class Driven:
    """An app that is driven by a test, and what a person would read on it."""

    def __init__(self, app: ReplayApp, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot
        app.patience = 60.0  # however slow a machine is, no key is taken for done that is not

    async def settle(self) -> None:
        """Until nothing more is to come by itself."""
        deadline, looks = monotonic() + PATIENCE, 0
        while looks < LOOKS:
            # Not for the processor to idle, which on a busy machine takes a second each time.
            await self.pilot.pause(0.001)
            looks = looks + 1 if ready(self.app) else 0
            assert monotonic() < deadline, "the app did not come to rest"

    async def until(self, happened: Callable[[], bool]) -> None:
        """Until something that comes from another thread has happened."""
        deadline = monotonic() + PATIENCE
        while not happened():
            await self.pilot.pause(0.002)
            assert monotonic() < deadline, f"it did not happen; the screen is\n{self.text()}"

    def packet(self, *keys: str) -> None:
        """Keys as they come over a slow line: all at once."""
        for key in keys:
            name = _character_to_key(key) if len(key) == 1 else key
            event = events.Key(name, key if len(key) == 1 else key_to_character(name))
            event.set_sender(self.app)
            self.app.post_message(event)

    async def hit(self, *keys: str) -> str:
        """Hit keys as fast as they are taken; returns the status line then. What the rest of the
        screen shows is not waited for."""
        await self._keyed(*keys)
        return self.status()

    async def _keyed(self, *keys: str) -> None:
        """One after the other, each when what the one before it did is shown."""
        deadline = monotonic() + PATIENCE
        for key in keys:
            self.packet(key)
            taken = asyncio.Event()
            self.app.call_later(taken.set)
            await taken.wait()
            while not ready(self.app):
                await asyncio.sleep(0.0005)
                assert monotonic() < deadline, "the app did not come to rest"

    async def press(self, *keys: str) -> str:
        """Press keys; returns the status line when all of the screen shows what they did."""
        await self._keyed(*keys)
        await self.settle()
        return self.status()

    def rows(self) -> list[str]:
        """Every row of the terminal as one would read it."""
        screen = self.app.screen
        width, height = self.app.size
        strips = screen._compositor.render_strips()
        return ["".join(s.text for s in strip)[:width].rstrip() for strip in strips[:height]]

    def text(self) -> str:
        return "\n".join(self.rows())

    def status(self) -> str:
        """The player's, with or without a dialog over it; "" where there is no player."""
        lines = (line for each in self.app.screen_stack[::-1] for line in each.query(StatusLine))
        return str(line.render()) if (line := next(lines, None)) is not None else ""


def drive(
    app: ReplayApp,
    body: Callable[[Driven], Awaitable[None]],
    size: tuple[int, int] = (80, 24),
) -> None:
    """Run an app headless and await ``body(driven)``."""

    async def whole() -> None:
        async with app.run_test(size=size, notifications=True) as pilot:
            driven = Driven(app, pilot)
            await driven.settle()
            await body(driven)

    asyncio.run(whole())


def library_of(making: Making) -> ReplayApp:
    """The app on a store whose catalog is up to date."""
    keep_once(making.store, making.clock)
    return ReplayApp(making.store, clock=making.clock)


def player_of(
    recording: Recording,
    start: Moment | None = None,
    clock: Clock | None = None,
    *,
    case: CasePlace | None = None,
    own: OwnKeys | None = None,
    scope: Scope | None = None,
) -> ReplayApp:
    """The app on one recording; time stands still unless there is a clock."""
    store, session = recording.store, recording.id
    recording.close()
    return ReplayApp(
        recording=partial(Recording, store, session),
        start=start,
        clock=clock or StandingClock(),
        case=case,
        own=own,
        scope=scope,
    )
