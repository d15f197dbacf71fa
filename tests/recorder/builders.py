"""Recordings for the tests of the recorder's core: scripted clock, fixed key, counted entropy.

Everything made here is the same byte for byte on every run, so that vectors can be made of it.
`Studio` goes through the real journal and sealer; `forge` writes reels that no sealer would.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from recorder import format as fmt
from recorder import merkle
from recorder import seal as sealing
from recorder.attest import Checkpoint, Signer
from recorder.errors import RecordingError
from recorder.events import (
    SESSION,
    Anchor,
    ChannelOpened,
    End,
    Event,
    Facts,
    Header,
    Output,
    Salt,
)
from recorder.header import make_header
from recorder.journal import Journal, Writer
from recorder.reader import Recording
from recorder.sealer import Sealed, Sealer
from recorder.store import Entropy, Store, new_id

WALL_NS = 1_790_000_000_000_000_000
SECRET = bytes(range(32))


@dataclass
class ScriptedClock:
    """Two clocks that only move when they are told to."""

    wall: int = WALL_NS
    mono: int = 5_000_000_000

    def wall_ns(self) -> int:
        return self.wall

    def mono_ns(self) -> int:
        return self.mono

    def advance(self, us: int) -> None:
        """Both, by so many microseconds."""
        self.wall += us * 1000
        self.mono += us * 1000


def fixed_signer(name: str = "vectors", seed: int = 7) -> Signer:
    """The same key for the same arguments, always."""
    return Signer(name, Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32))


def counted(start: int = 1) -> Entropy:
    """Entropy that counts."""
    state = [start]

    def entropy(size: int) -> bytes:
        state[0] += 1
        return hashlib.sha256(state[0].to_bytes(8, "big")).digest()[:size]

    return entropy


@dataclass
class Studio:
    """A store with a writer and a sealer of its own."""

    path: Path
    clock: ScriptedClock = field(default_factory=ScriptedClock)
    signer: Signer = field(default_factory=fixed_signer)
    entropy: Entropy = field(default_factory=counted)

    def __post_init__(self) -> None:
        self.store = Store.open(self.path, create=True)
        self.store.trust(self.signer.verifier)
        self.writer = Writer(self.store, self.clock, self.entropy)

    def __enter__(self) -> Studio:
        return self

    def __exit__(self, *_: object) -> None:
        self.writer.close()

    def facts(self, **changes: Any) -> Facts:
        known: dict[str, Any] = {
            "session": new_id(self.clock, self.entropy),
            "principal": "alice",
            "kind": "person",
            "target": "web1",
            "account": "root",
            "protocol": "ssh",
            "build": "tests",
        }
        return make_header(**{**known, **changes})

    def begin(self, **changes: Any) -> Journal:
        """A live session."""
        return self.writer.open(self.facts(**changes))

    def seal(self) -> list[Sealed]:
        """One pass of a sealer that was never there before."""
        with Sealer(self.store, self.signer, self.clock) as sealer:
            return sealer.step()

    def whole(self, events: Sequence[Event] = (), **changes: Any) -> str:
        """The id of a sealed session of these events."""
        journal = self.begin(**changes)
        journal.append([ChannelOpened(0, 1, "session", "client"), *events]).result(10)
        journal.close("logout").result(10)
        self.seal()
        return journal.id

    def open(self, session: str) -> Recording:
        return Recording.open(session, self.path)


def outputs(count: int, size: int = 20, *, every: int = 1000, channel: int = 1) -> list[Output]:
    """So much output, one event each so many microseconds, each another."""
    return [
        Output(i * every, channel, (b"%d " % i).ljust(size, b"abcdefghij"[i % 10 : i % 10 + 1]))
        for i in range(count)
    ]


def crash(writer: Writer) -> None:
    """What a kill of the front leaves: locks gone, nothing ended."""
    writer.close()


# -- reels that no sealer would write --------------------------------------------------------------


def header(session: str, **changes: Any) -> Header:
    facts = dict(
        make_header(
            session=session,
            wall_ns=WALL_NS,
            principal="alice",
            kind="person",
            target="web1",
            account="root",
            protocol="ssh",
            build="tests",
        )
    )
    facts["salt"] = hashlib.sha256(SECRET).digest()
    return Header(0, SESSION, {**facts, **changes})


def story(session: str, **changes: Any) -> list[list[Event]]:
    """Two chunks of events: a header to an output, an anchor to the end."""
    return [
        [
            header(session, **changes),
            Salt(0, SESSION, SECRET),
            Anchor(0, SESSION, 2, 0, WALL_NS, 5_000_000_000),
            ChannelOpened(0, 1, "session", "client"),
            Output(500, 1, b"hi\n"),
        ],
        [
            Anchor(900, SESSION, 5, 900, WALL_NS + 900_000, 5_000_900_000),
            Output(900, 1, b"more\n"),
            End(1000, SESSION, "logout"),
        ],
    ]


def packed(chunks: Iterable[Iterable[Event]]) -> list[list[bytes]]:
    """The records of each chunk."""
    time, done = 0, []
    for chunk in chunks:
        raws = []
        for event in chunk:
            raws.append(fmt.pack_record(event.at - time, event))
            time = event.at
        done.append(raws)
    return done


def forge(
    session: str,
    chunks: Sequence[Sequence[bytes]],
    *,
    signer: Signer | None = None,
    end: str = "closed",
    compress: Callable[[bytes], bytes] = fmt.compress,
) -> bytes:
    """A whole reel of these records, sealed as if all were well; without an end where ``end`` is
    empty. Records that cannot be read count, and stand at the time of the one before."""
    signer = signer or fixed_signer()
    frontier, time, previous, out = merkle.Frontier(), 0, sealing.NO_SEAL, b""
    entries: list[tuple[int, int]] = []
    for raws in chunks:
        first, began = frontier.size, None
        before = None if not first else fmt.Place(first - 1, time)
        for raw in raws:
            try:
                record = fmt.unpack_record(raw, before)
                before, time = fmt.Place(record.number, record.time), record.time
            except RecordingError:
                before = fmt.Place(frontier.size, time)
            began = time if began is None else began
            frontier.append(merkle.salted_leaf(SECRET, frontier.size, time, raw))
        content = b"".join(raws)
        frame = compress(content)
        size = len(content)
        seal = sealing.Seal(
            session, first, len(raws), size, began or 0, time, hashlib.sha256(frame).digest(),
            previous, tuple(frontier.hashes), "", "",
        )  # fmt: skip
        sealed = signed(seal, frontier, signer, len(frame))
        previous = sealing.seal_hash(sealed)
        out += frame + sealed
        entries += [(len(frame), size), (len(sealed), 0)]
    if end:
        seal = sealing.Seal(
            session, frontier.size, 0, 0, time, time, hashlib.sha256(b"").digest(), previous,
            tuple(frontier.hashes), end, "logout",
        )  # fmt: skip
        sealed = signed(seal, frontier, signer, 0)
        out += sealed + sealing.pack_table([*entries, (len(sealed), 0)])
    return out


def signed(seal: sealing.Seal, frontier: merkle.Frontier, signer: Signer, data_size: int) -> bytes:
    bound = f"seal {b64encode(seal.digest()).decode()}"
    text = Checkpoint(seal.recording, seal.total, frontier.root(), bound).text()
    return sealing.pack_seal(seal, signer.sign(text), data_size)


def frames_of(reel: bytes) -> list[bytes]:
    """A finished reel taken apart: data, seal, data, seal, ..., end's seal, seek table."""
    length = sealing.table_size(reel) or 0
    entries = sealing.unpack_table(reel[-length:])
    parts, offset = [], 0
    for size, _ in entries:
        parts.append(reel[offset : offset + size])
        offset += size
    return [*parts, reel[offset:]]
