"""How far sealing a session has come, and how to find that again after a crash.

Knows: reels, seals, leaves. Must never know: keys, compression, who seals. Called by
`recorder.sealer` only.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace

from recorder import distrust, merkle, reel
from recorder import format as fmt
from recorder import seal as sealing
from recorder.errors import RecordingError
from recorder.events import End, Event, Salt
from recorder.store import Store


@dataclass(slots=True)
class Position:
    """How far the records of one session have been hashed."""

    frontier: merkle.Frontier
    time: int = 0
    secret: bytes = b""
    ended: str | None = None
    """The reason in the `End`, once there was one."""

    def take(self, record: fmt.Packed) -> None:
        """The next record; raises `RecordingError` where it is not the next."""
        if record.number != self.frontier.size or record.time != self.time + record.delta:
            raise RecordingError("a record does not follow", where=f"event {record.number}")
        self.note_event(record.event)
        leaf = merkle.salted_leaf(self.secret, record.number, record.time, record.raw)
        self.frontier.append(leaf)
        self.time = record.time

    def note_event(self, event: Event) -> None:
        """Keeps what sealing needs to know of the events themselves."""
        if isinstance(event, Salt):
            self.secret = event.secret
        elif isinstance(event, End):
            self.ended = event.reason

    def place(self) -> fmt.Place:
        """The place of the last record taken."""
        return fmt.Place(self.frontier.size - 1, self.time)

    def copy(self) -> Position:
        return replace(self, frontier=self.frontier.copy())


@dataclass(slots=True)
class Progress:
    """A session that has journals, or whose reel has no end yet."""

    session: str
    total: int = 0
    """Records in sealed chunks."""
    sealed: Position = field(default_factory=lambda: Position(merkle.Frontier()))
    previous: bytes = sealing.NO_SEAL
    size: int = 0
    """Bytes of the reel."""
    entries: list[tuple[int, int]] = field(default_factory=list)
    live: Position | None = None
    """Beyond `sealed`: what of the newest segment has been hashed already."""
    offset: int = 0
    """Bytes of that segment that `live` covers."""
    unread: int = 0
    """Bytes at the end of the last segment that are no whole record."""
    ended: str = ""
    """The state in the end's seal, once the reel has one."""
    told: bool = False
    """That it ended has been reported."""
    checked_ns: int = 0
    checked: int = 0
    """Records that the newest checkpoint covers."""
    note: str = ""
    """The newest checkpoint."""


def resume(store: Store, session: str) -> Progress:
    """Where sealing stopped, from what is on disk; cuts off what a crash left half-done.

    This is the only place where a reel gets shorter.
    """
    state = Progress(session)
    path = store.reel(session)
    try:
        fd = distrust.open_own(path, os.O_RDWR)
    except FileNotFoundError:
        return state
    try:
        layout = reel.walk(fd)
        if layout.torn:
            _check_torn(store, session, fd, layout)
            os.ftruncate(fd, layout.size)
            os.fsync(fd)
        if not layout.chunks:
            return state
        state.entries = list(reel.table_entries(fd, layout.chunks))
        last, state.note, _ = reel.read_seal(fd, layout.chunks[-1])
        state.previous = sealing.seal_hash(reel.read_at(fd, *layout.chunks[-1].seal))
        state.size, state.ended = layout.size, last.state
        frontier = merkle.Frontier(last.total, list(last.frontier))
        state.total = state.checked = last.total
        state.sealed = Position(frontier, last.last_time)
        data_chunks = [chunk for chunk in layout.chunks if chunk.data is not None]
        for chunk in data_chunks[:1] + data_chunks[-1:]:
            _remember(state.sealed, fd, chunk)
        if last.state and not layout.finished:
            reel.append_durably(path, state.size, sealing.pack_table(state.entries))
    finally:
        os.close(fd)
    return state


def _check_torn(store: Store, session: str, fd: int, layout: reel.Layout) -> None:
    """Raises `RecordingError` where cutting off what belongs to no chunk would lose events. A
    crash cannot lead there, since a segment goes only when its chunk is durable: damage can."""
    total = reel.read_seal(fd, layout.chunks[-1]).seal.total if layout.chunks else 0
    for path in store.journals(session):
        for raw, _ in fmt.journal_records(distrust.read_plain(path)):
            if fmt.unpack_record(raw, None).number <= total:
                return
            break
    table = sealing.pack_table([(0, 0)] * (2 * len(layout.chunks) - 1))
    if layout.chunks and layout.chunks[-1].data is None and layout.torn < len(table):
        return
    raise RecordingError("the reel is damaged before its end", where=f"byte {layout.size}")


def _remember(position: Position, fd: int, chunk: reel.Chunk) -> None:
    """The salt and the end, where they are in this chunk."""
    for record in fmt.unpack_records(fmt.decompress(reel.read_at(fd, *(chunk.data or (0, 0))))):
        position.note_event(record.event)
