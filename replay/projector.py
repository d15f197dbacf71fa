"""The projector: the thread that opens a recording and turns positions into screens.

Knows: a `Recording`, its `Index` and `Playback`, which live on its thread and nowhere else. Must
never know: widgets, keys, players. Called by the app: `run` as the body of one worker thread,
`show` and `stop` from the user interface's.

Of the positions asked for, only the newest is shown: while one screen is made, a flood of others
collapses into the last. What there is to tell goes to ``tell``, from this thread: one `Report`.

Whatever else is to be read of the recording for a moment (the rows of a list, the bytes of an
event) is an errand: `ask`. Of each name the newest is run, after the screen that is waited for.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass

from recorder.clock import Clock
from recorder.command_table import Command
from recorder.errors import GatereelError
from recorder.events import Header
from recorder.frames import FrameRef
from recorder.index import Index
from recorder.moments import AtEvent, AtFrame, Span
from recorder.playback import Playback, View
from recorder.reader import Recording, State
from recorder.tables import BUCKET
from replay.heat import FINEST
from replay.markers import Markers
from replay.timeline import Timeline, find_idles

GROWTH = 250_000_000
"""How often (ns) it is looked whether a live session grew."""

Target = AtFrame | AtEvent


@dataclass(frozen=True, slots=True)
class Progress:
    """An index is being built: so many events of so many, as far as is known."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Loaded:
    """What there is to play; told again whenever it has grown."""

    header: Header
    frames: Sequence[FrameRef]
    timeline: Timeline
    span: Span
    sealed: tuple[int, int]
    """Sealed chunks, and those with the journal's segments that are not sealed yet."""
    state: State
    output: Sequence[int]
    """Bytes shown in equal stretches of the whole duration."""
    typed: Sequence[int]
    """Bytes typed in the same stretches."""
    commands: Sequence[Command]
    markers: Markers
    damage: str
    """Why it ends where it does, where that is no end: what comes after cannot be read."""


@dataclass(frozen=True, slots=True)
class Shown:
    """The screen of the position that was asked for."""

    target: AtFrame | AtEvent
    view: View


@dataclass(frozen=True, slots=True)
class Broke:
    """Something could not be read: ``fatal`` if nothing of the recording can be shown."""

    line: str
    fatal: bool


@dataclass(frozen=True, slots=True)
class Answered:
    """What an errand found."""

    name: str
    found: object


Report = Progress | Loaded | Shown | Broke | Answered


@dataclass(frozen=True, slots=True)
class Desk:
    """What an errand may use, on the projector's thread and while it runs."""

    recording: Recording
    index: Index
    playback: Playback


Errand = Callable[[Desk], object]
"""Quick (milliseconds): screens wait while it runs. It may raise `GatereelError` or `OSError`."""


class Projector:
    """One open recording on one thread."""

    def __init__(
        self, recording: Callable[[], Recording], tell: Callable[[Report], None], clock: Clock
    ) -> None:
        self._open = recording
        self._tell = tell
        self._clock = clock
        self._wake = threading.Condition()
        self._wanted: Target | None = None
        self._errands: dict[str, Errand] = {}
        self._stopped = False

    def show(self, target: Target) -> None:
        """Make this position's screen next, instead of any that still waits."""
        with self._wake:
            self._wanted = target
            self._wake.notify()

    def ask(self, name: str, errand: Errand) -> None:
        """Run this soon, instead of any of this name that still waits; `Answered` tells."""
        with self._wake:
            self._errands[name] = errand
            self._wake.notify()

    def stop(self) -> None:
        """Let `run` return soon."""
        with self._wake:
            self._stopped = True
            self._wake.notify()

    def run(self) -> None:
        """Open, then serve until `stop`. Errors are told, never raised."""
        try:
            with self._open() as recording:
                self._serve(recording)
        except _Stopped:
            pass
        except (GatereelError, OSError) as error:
            self._tell(Broke(line_of(error), fatal=True))

    def _serve(self, recording: Recording) -> None:
        with Index.load_or_build(recording, self._progress) as index:
            desk = Desk(recording, index, Playback(recording, index))
            live = self._load(recording, index)
            due = self._clock.mono_ns() + GROWTH
            while not self._stopped:
                wish = self._next(due - self._clock.mono_ns() if live else None)
                if isinstance(wish, tuple):
                    self._run(desk, *wish)
                elif wish is not None:
                    self._show(desk.playback, wish)
                if live and self._clock.mono_ns() >= due:
                    live = self._grow(recording, index)
                    due = self._clock.mono_ns() + GROWTH

    def _next(self, patience_ns: int | None) -> Target | tuple[str, Errand] | None:
        """The newest position asked for, else an errand; None where neither was for so long, or
        to stop."""
        patience = None if patience_ns is None else max(patience_ns, 0) / 1e9
        with self._wake:
            self._wake.wait_for(
                lambda: self._wanted is not None or self._errands or self._stopped, patience
            )
            target, self._wanted = self._wanted, None
            if target is not None or self._stopped or not self._errands:
                return target
            name = next(iter(self._errands))
            return name, self._errands.pop(name)

    def _run(self, desk: Desk, name: str, errand: Errand) -> None:
        try:
            self._tell(Answered(name, errand(desk)))
        except (GatereelError, OSError) as error:
            self._tell(Broke(line_of(error), fatal=False))

    def _grow(self, recording: Recording, index: Index) -> bool:
        """Take in what is new, and tell it; returns whether there may be more."""
        try:
            if index.refresh() or recording.state != "live":
                return self._load(recording, index)
        except (GatereelError, OSError) as error:
            # What was read before is good: the app stays on it.
            self._tell(Broke(line_of(error), fatal=False))
            return False
        return True

    def _show(self, playback: Playback, target: Target) -> None:
        try:
            match target:
                case AtFrame(number):
                    self._tell(Shown(target, playback.at_frame(number)))
                case AtEvent(number):
                    self._tell(Shown(target, playback.at_event(number)))
        except (GatereelError, OSError) as error:
            self._tell(Broke(line_of(error), fatal=False))

    def _load(self, recording: Recording, index: Index) -> bool:
        """Tell what there is; returns whether it may grow."""
        state = recording.state
        live = state == "live" and index.damage is None
        # A table that grows on this thread must not be read on another.
        frames = deepcopy(index.frames) if live else index.frames
        duration = index.duration
        stretches = min(max(duration // BUCKET, 1), FINEST)
        loads = index.density.columns(stretches, 0, duration)
        chunks = recording.chunk_count
        commands = index.commands
        self._tell(
            Loaded(
                header=recording.header,
                frames=frames,
                timeline=Timeline(find_idles(frames.closed, duration), duration),
                span=Span(duration, recording.header.facts["wall"], len(frames), index.events),
                sealed=(chunks, chunks + len(recording.store.journals(recording.id))),
                state=state,
                output=[load.output for load in loads],
                typed=[load.input for load in loads],
                commands=commands,
                markers=Markers.of(index.cues, commands),
                damage=line_of(index.damage) if index.damage is not None else "",
            )
        )
        return live

    def _progress(self, done: int, total: int) -> None:
        self._tell(Progress(done, total))
        if self._stopped:
            raise _Stopped("stopped while the index was made")


class _Stopped(Exception):
    """Nobody wants the index any more."""


def line_of(error: GatereelError | OSError) -> str:
    """An error as the one line that a person gets."""
    if isinstance(error, GatereelError):
        return f"{error.code}: {error.person}"
    return f"cannot read the recording: {error.strerror or error}"
