"""Recordings made for tests, through the journal and the sealer as any other."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from recorder.attest import Signer
from recorder.channel_screen import ChannelScreen, default_size
from recorder.events import ChannelOpened, Event, Output, Terminal
from recorder.format import Packed
from recorder.header import make_header
from recorder.journal import Journal, Writer
from recorder.reader import Recording
from recorder.screen import Frame
from recorder.sealer import Sealer
from recorder.store import Store, new_id

WALL_NS = 1_790_000_000_000_000_000


@dataclass
class StandingClock:
    """A clock that only moves when it is told to."""

    ns: int = 0

    def wall_ns(self) -> int:
        return WALL_NS + self.ns

    def mono_ns(self) -> int:
        return self.ns


@dataclass
class Making:
    """A store in which recordings come to be."""

    path: Path
    clock: StandingClock = field(default_factory=StandingClock)

    def __post_init__(self) -> None:
        self.store = Store.open(self.path, create=True)
        self.signer = Signer.generate("tests")
        numbers = itertools.count(1)
        self.entropy = lambda count: next(numbers).to_bytes(count, "big")
        self.writer = Writer(self.store, self.clock, self.entropy)

    def close(self) -> None:
        self.writer.close()

    def begin(self, *, cols: int = 0, rows: int = 0) -> Journal:
        """A live session."""
        self.clock.ns += 1_000_000_000
        facts = make_header(
            session=new_id(self.clock, self.entropy),
            wall_ns=self.clock.wall_ns(),
            principal="alice",
            kind="local",
            target="web1",
            account="root",
            protocol="ssh",
            build="test",
            cols=cols,
            rows=rows,
        )
        return self.writer.open(facts)

    def seal(self) -> None:
        """One pass of the sealer."""
        with Sealer(self.store, self.signer, self.clock) as sealer:
            sealer.step()

    def sealed(self, events: Sequence[Event], *, cols: int = 0, rows: int = 0) -> Recording:
        """A whole recording of these events, at most so many to a chunk as the journal makes."""
        journal = self.begin(cols=cols, rows=rows)
        journal.append(events).result()
        self.finish(journal)
        return self.open(journal)

    def finish(self, journal: Journal) -> None:
        """Ends a session, and seals until all of it is sealed: other threads write and sync."""
        journal.close("the end").result()
        for _ in range(2000):
            self.clock.ns += 50_000_000
            self.seal()
            if not self.store.journals(journal.id):
                return
            time.sleep(0.002)
        raise AssertionError("the session is never sealed")

    def open(self, journal: Journal) -> Recording:
        return Recording.open(journal.id, self.path)


def on_terminal(
    pieces: Iterable[tuple[int, bytes]], *, cols: int = 80, rows: int = 24, channel: int = 1
) -> list[Event]:
    """Output at these times (µs) on a channel with a PTY."""
    return [
        ChannelOpened(0, channel, "session", "client"),
        Terminal(0, channel, "xterm-256color", cols, rows, 0, 0, b""),
        *(Output(at, channel, data) for at, data in pieces),
    ]


def fed_from_start(recording: Recording, event: int, channel: int) -> Frame:
    """What feeding everything up to and with a record shows: what any view has to equal."""
    screen = ChannelScreen(default_size(recording.header.facts))
    for record in up_to(recording, event):
        if record.event.channel == channel:
            screen.receive(record.event)
            screen.flush()
    return screen.frame()


def up_to(recording: Recording, event: int) -> Iterable[Packed]:
    return itertools.takewhile(lambda record: record.number <= event, recording.records())
