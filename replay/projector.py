"""The projector: the thread that opens a recording and turns positions into screens.

Knows: a `Recording`, its `Index` and `Playback`, which live on its thread and nowhere else. Must
never know: widgets, keys, players. Called by the app: `run` as the body of one worker thread,
`show` and `stop` from the user interface's.

Of the positions asked for, only the newest is shown: while one screen is made, a flood of others
collapses into the last. What there is to tell goes to ``tell``, from this thread: one `Report`.

A recording that nobody has indexed yet is derived here, a part at a time and between what is
asked for: told first is what there is after a moment, and again as it gets longer.

Whatever else is to be read of the recording for a moment (the rows of a list, the bytes of an
event) is an errand: `ask`. Of each name the newest is run, after the screen that is waited for.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import NamedTuple, assert_never

from recorder.clock import Clock
from recorder.columns import FrameTable
from recorder.command_table import Command
from recorder.errors import GatereelError
from recorder.events import Header
from recorder.index import Index
from recorder.moments import AtEvent, AtFrame, Span
from recorder.playback import Playback, View
from recorder.reader import Recording, State
from recorder.tables import BUCKET
from replay.heat import FINEST, Load
from replay.markers import Markers
from replay.timeline import Timeline, find_idles

GROWTH = 100_000_000
"""How often (ns) it is looked whether a live session grew: most looks are a look at file sizes."""
SLICE = 500_000_000
"""How long (ns) what nobody has derived yet is derived at a time, at most: then it is told."""
SHARE = 8
"""What takes long (marks, heat, idles) is made anew at most one part of so many of the time."""

Target = AtFrame | AtEvent


class Wanted(NamedTuple):
    """A screen that was asked for."""

    target: Target
    terminal: int | None


class Derived(NamedTuple):
    """How far a recording is derived that nobody has indexed yet."""

    done: int
    total: int
    """Records; of a live session, as far as is known."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What there is to play; told again whenever it has grown."""

    header: Header
    frames: FrameTable
    timeline: Timeline
    span: Span
    sealed: tuple[int, int]
    """Sealed chunks, and those with the journal's segments that are not sealed yet."""
    sealed_until: int | None
    """Up to when (µs) it is sealed; None where all of it is."""
    state: State
    ended: str
    """Why it ended, where it has; untrusted."""
    terminals: Sequence[int]
    """The channels that have a screen."""
    heat: Load
    """Of the whole duration, or, of a live session, up to when it was last measured."""
    commands: Sequence[Command]
    markers: Markers
    damage: str
    """Why it ends where it does, where that is no end: what comes after cannot be read."""
    indexing: Derived | None = None
    """How far the rest has come, where this is only the first part; it is told again, longer."""


@dataclass(frozen=True, slots=True)
class Shown:
    """The screen of the position that was asked for."""

    target: AtFrame | AtEvent
    view: View
    terminal: int | None
    """The channel that was asked for; None: the one that was last written to."""


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


Report = Loaded | Shown | Broke | Answered


@dataclass(frozen=True, slots=True)
class Desk:
    """What an errand may use, on the projector's thread and while it runs."""

    recording: Recording
    index: Index
    playback: Playback


Errand = Callable[[Desk], object]
"""Quick (milliseconds): screens wait while it runs. It may raise `GatereelError` or `OSError`."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What takes long to tell of a whole recording."""

    timeline: Timeline
    heat: Load
    commands: Sequence[Command]
    markers: Markers


class Projector:
    """One open recording on one thread."""

    def __init__(
        self, recording: Callable[[], Recording], tell: Callable[[Report], None], clock: Clock
    ) -> None:
        self._open = recording
        self._tell = tell
        self._clock = clock
        self._wake = threading.Condition()
        self._wanted: Wanted | None = None
        self._survey: Survey | None = None
        self._survey_due = 0
        self._told_due = 0
        self._sizes: list[tuple[str, int]] = []
        self._state: State | None = None
        self._watched = False
        """Whether it was live while we looked: then its sealing is waited for."""
        self._errands: dict[str, Errand] = {}
        self._stopped = False

    def show(self, target: Target, terminal: int | None = None) -> None:
        """Make this position's screen next, instead of any that still waits: of this channel, or
        of the one that was last written to by then."""
        with self._wake:
            self._wanted = Wanted(target, terminal)
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
        except (GatereelError, OSError) as error:
            self._tell(Broke(line_of(error), fatal=True))

    def _serve(self, recording: Recording) -> None:
        with Index.load(recording) as index:
            desk = Desk(recording, index, Playback(recording, index))
            self._derive(index)
            watched = not self._stopped and self._load(recording, index)
            due = self._clock.mono_ns() + GROWTH
            while not self._stopped:
                wish = self._next(self._patience(index, due if watched else None))
                match wish:
                    case Wanted():
                        self._show(desk, wish)
                    case (name, errand):
                        self._run(desk, name, errand)
                    case None:
                        pass
                if index.partial:
                    watched = self._derive_on(recording, index)
                elif watched and self._clock.mono_ns() >= due:
                    watched = self._grow(recording, index)
                    due = self._clock.mono_ns() + GROWTH

    def _patience(self, index: Index, due: int | None) -> int | None:
        """How long (ns) nothing is to be done but what is asked for; None: for ever."""
        if index.partial:
            return 0
        return None if due is None else due - self._clock.mono_ns()

    def _derive(self, index: Index) -> None:
        """Some of what nobody has derived yet: for a moment, or until somebody asks."""
        end = self._clock.mono_ns() + SLICE
        index.refresh(enough=lambda: self._asked() or self._clock.mono_ns() >= end)

    def _asked(self) -> bool:
        """Whether somebody waits. Read without the lock: it is looked at again with it."""
        return self._stopped or self._wanted is not None or bool(self._errands)

    def _derive_on(self, recording: Recording, index: Index) -> bool:
        """The next part, told as soon as telling is a small part of the work, or all is there."""
        try:
            self._derive(index)
            if index.partial and self._clock.mono_ns() < self._told_due:
                return True
            return self._load(recording, index)
        except (GatereelError, OSError) as error:
            self._tell(Broke(line_of(error), fatal=False))
            index.partial = False  # what there is stays; no more is tried
            return False

    def _next(self, patience_ns: int | None) -> Wanted | tuple[str, Errand] | None:
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
            sizes = _sizes_of(recording)
            grown, self._sizes = sizes != self._sizes, sizes
            stale = self._survey is not None and self._survey.heat.end < index.duration
            if grown or recording.state != self._state:
                index.refresh()
                return self._load(recording, index)
            if stale and self._clock.mono_ns() >= self._survey_due:
                return self._load(recording, index)
        except (GatereelError, OSError) as error:
            # What was read before is good: the app stays on it.
            self._tell(Broke(line_of(error), fatal=False))
            return False
        return True

    def _show(self, desk: Desk, wanted: Wanted) -> None:
        target, terminal = wanted
        playback, frames = desk.playback, desk.index.frames
        try:
            match target:
                case AtFrame(number) if terminal is not None and 0 <= number < len(frames):
                    view = playback.at_event(frames[number].last, terminal)
                case AtFrame(number):
                    view = playback.at_frame(number)
                case AtEvent(number):
                    view = playback.at_event(number, terminal)
                case _:
                    assert_never(target)
            self._tell(Shown(target, view, terminal))
        except (GatereelError, OSError) as error:
            self._tell(Broke(line_of(error), fatal=False))

    def _load(self, recording: Recording, index: Index) -> bool:
        """Tell what there is; returns whether it may grow."""
        began = self._clock.mono_ns()
        state = recording.state
        live = state == "live" and index.damage is None
        self._state, self._watched = state, self._watched or live
        # A table that grows on this thread must not be read on another.
        growing = live or index.partial
        frames = deepcopy(index.frames) if growing else index.frames
        duration = index.duration
        survey = self._surveyed(index, live=growing)
        chunks = recording.chunk_count
        journals = len(recording.store.journals(recording.id))
        self._tell(
            Loaded(
                header=recording.header,
                frames=frames,
                timeline=Timeline(survey.timeline.idles, duration),
                span=Span(duration, recording.header.facts["wall"], len(frames), index.events),
                sealed=(chunks, chunks + journals),
                sealed_until=recording.sealed_time if journals else None,
                state=state,
                ended=recording.end_reason,
                terminals=index.channels,
                heat=survey.heat,
                commands=survey.commands,
                markers=survey.markers,
                damage=line_of(index.damage) if index.damage is not None else "",
                indexing=self._indexing(recording, index),
            )
        )
        now = self._clock.mono_ns()
        self._told_due = now + max(SLICE, SHARE * (now - began))
        return live or (self._watched and index.damage is None and not recording.finished)

    @staticmethod
    def _indexing(recording: Recording, index: Index) -> Derived | None:
        if not index.partial:
            return None
        return Derived(index.events, max(recording.sealed_events, index.events))

    def _surveyed(self, index: Index, *, live: bool) -> Survey:
        """All that takes long: of a live session, as it was a moment ago, where that moment is
        short beside what it would take."""
        began = self._clock.mono_ns()
        if self._survey is None or not live or began >= self._survey_due:
            duration, commands = index.duration, index.commands
            self._survey = Survey(
                Timeline(find_idles(index.frames.closed, duration), duration),
                heat_of(index, 0, duration, min(max(duration // BUCKET, 1), FINEST)),
                commands,
                Markers.of(index.cues, commands),
            )
            now = self._clock.mono_ns()
            self._survey_due = now + SHARE * (now - began)
        return self._survey


def heat_of(index: Index, start: int, end: int, columns: int) -> Load:
    """How busy a stretch of time was."""
    loads = index.density.columns(columns, start, end)
    return Load(start, end, [load.output for load in loads], [load.input for load in loads])


def _sizes_of(recording: Recording) -> list[tuple[str, int]]:
    """What tells that there is more to read: cheaper than to look for it."""
    found = []
    for path in (recording.path, *recording.store.journals(recording.id)):
        with contextlib.suppress(FileNotFoundError):
            found.append((path.name, path.stat().st_size))
    return found


def line_of(error: GatereelError | OSError) -> str:
    """An error as the one line that a person gets."""
    if isinstance(error, GatereelError):
        return f"{error.code}: {error.person}"
    return f"cannot read the recording: {error.strerror or error}"
