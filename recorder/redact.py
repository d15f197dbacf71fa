"""Makes a redacted copy: chosen records struck, all others provably those of the original.

Knows: a finished recording, the layout of a reel, docs/format.md, "Redacted copies". Must never
know: screens, why somebody chose these records. Called by ``gatereel redact``. Works chunk by
chunk in constant memory. The copy appears under its name whole or not at all, and nothing that was
struck, nor the secret that its hash could be tried with, is in any byte of it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from base64 import b64encode
from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from recorder import format as fmt
from recorder import merkle, reel
from recorder import seal as sealing
from recorder.attest import Checkpoint, Signer
from recorder.clock import Clock
from recorder.errors import RecordingError, RedactionError
from recorder.events import Anchor, End, Event, Header, Kept, Redacted, Salt, Unknown
from recorder.format import Packed
from recorder.progress import Position
from recorder.reader import Recording
from recorder.redacted import FACT, NOBODY, is_copy
from recorder.store import Entropy, new_id
from recorder.wire import HEADER_KEYS

LEVEL = 9
_RANGE = re.compile(r"(?:#?e)?([0-9]{1,18})(?:(?:-|\.\.)(?:#?e)?([0-9]{1,18}))?")
Ranges = Sequence[tuple[int, int]]
"""Numbers of records, both ends included; in order, apart from each other."""


class Copied(NamedTuple):
    """What was made."""

    session: str
    """The copy's own id."""
    struck: int
    kept: int


def parse_ranges(words: Sequence[str]) -> Ranges:
    """``12``, ``12-20``, ``#e12`` as ranges. Raises `RedactionError`."""
    found: list[tuple[int, int]] = []
    for word in (part for text in words for part in text.split(",")):
        match = _RANGE.fullmatch(word.strip())
        if match is None:
            raise RedactionError(f"{word[:40]!r} is no event: say 12, or 12-20")
        first, last = int(match[1]), int(match[2] or match[1])
        if first > last:
            raise RedactionError(f"the range {word!r} ends before it begins")
        found.append((first, last))
    merged: list[tuple[int, int]] = []
    for first, last in sorted(found):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged


def redact(
    recording: Recording,
    ranges: Ranges,
    path: Path,
    signer: Signer,
    clock: Clock,
    entropy: Entropy,
    *,
    by: str,
    reason: str,
    check: Callable[[Path], None] | None = None,
) -> Copied:
    """The copy, in a new file. ``check`` reads it before it has its name, and raises where it must
    not get it. Raises `RedactionError`, and `RecordingError` where the original is damaged."""
    if is_copy(recording.header):
        raise RedactionError(
            "this is a redacted copy already: redact the original, with all events"
        )
    if not recording.finished:
        raise RedactionError("only a recording that has ended can be redacted")
    if not ranges or ranges[-1][1] >= recording.sealed_events:
        raise RedactionError(
            f"there is no such event: the last one is {recording.sealed_events - 1}"
        )
    hidden = path.with_name(f".{path.stem}.{os.getpid()}.new.reel")
    try:
        with hidden.open("xb") as out:
            os.fchmod(out.fileno(), 0o600)
            copy = _Copy(recording, ranges, signer, out)
            copy.write(new_id(clock, entropy), entropy(32), by, reason)
            out.flush()
            os.fsync(out.fileno())
        if check is not None:
            check(hidden)
        os.link(hidden, path)
    except FileExistsError:
        raise RedactionError(f"{path} is there already: nothing is overwritten") from None
    except OSError as error:
        raise RedactionError(f"cannot write {path}: {error.strerror}") from error
    finally:
        with contextlib.suppress(OSError):
            hidden.unlink()
    return Copied(copy.session, copy.struck, copy.position.frontier.size - copy.struck)


class _Copy:
    """One copy while it is written."""

    def __init__(self, recording: Recording, ranges: Ranges, signer: Signer, out: BinaryIO) -> None:
        self.session = ""
        self.struck = 0
        self.position = Position(merkle.Frontier())
        self._recording = recording
        self._ranges = ranges
        self._signer = signer
        self._out = out
        self._secret = b""
        self._previous = sealing.NO_SEAL
        self._entries: list[tuple[int, int]] = []

    def write(self, session: str, secret: bytes, by: str, reason: str) -> None:
        self.session = session
        fd = os.open(self._recording.path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            chunks = reel.layout(fd).chunks
            end = reel.read_at(fd, *chunks[-1].seal)
            seals = [reel.read_seal(fd, chunk).seal for chunk in chunks]
        finally:
            os.close(fd)
        salt = next(self._recording.records(1)).event
        if not isinstance(salt, Salt):
            raise RecordingError("the salt is not the second record", where="event 1")
        self._secret = salt.secret
        facts = {"session": self._recording.id, "end": end, "by": by, "reason": reason}
        for seal in seals[:-1]:
            self._chunk(seal, secret, facts)
        self._end(seals[-1])

    def _chunk(self, original: sealing.Seal, secret: bytes, facts: dict[str, Any]) -> None:
        first, began, raws = original.first, -1, []
        records = takewhile(lambda r: r.number < original.total, self._recording.records(first))
        before = self.position.place() if first else None
        for record in records:
            event = self._event(record, secret, facts)
            raw = fmt.pack_record(event.at - self.position.time, event)
            stored = fmt.unpack_record(raw, None if record.number == first else before)
            self.position.take(stored)
            before = self.position.place()
            began = stored.time if began < 0 else began
            raws.append(raw)
        content = b"".join(raws)
        if len(content) > fmt.CHUNK_LIMIT:
            raise RedactionError(f"the events from {first} on are too many, and too short, to copy")
        frame = fmt.compress(content, LEVEL)
        data = hashlib.sha256(frame).digest()
        self._append(frame, self._seal(first, len(raws), len(content), began, data, "", ""))

    def _event(self, record: Packed, secret: bytes, facts: dict[str, Any]) -> Event:
        number, at, channel = record.number, record.time, record.event.channel
        salt = merkle.leaf_salt(self._secret, number)
        leaf = merkle.leaf_of(salt, number, at, record.raw)
        strike = self._strikes(number)
        match record.event:
            case Header():
                self.struck += strike
                return Header(at, channel, self._facts(record, leaf, secret, facts, strike))
            case Salt():
                self.struck += 1
                return Unknown(self.position.time, channel, Salt.code, (secret, leaf))
            case Anchor(number=stated, time=time, wall_ns=wall, mono_ns=mono):
                # It holds two clocks and nothing else, and chunks begin with it: it stays.
                fields = (stated, time, wall, mono, salt, record.raw)
                return Unknown(at, channel, Anchor.code, fields)
            case End(reason=said) if strike and said:
                raise RedactionError(
                    f"event {number} is the end, whose reason stands in the original's signed "
                    "seal too: it cannot be struck"
                )
            case _ if strike:
                self.struck += 1
                return Redacted(self.position.time, channel, leaf)
            case _:
                return Kept(at, channel, salt, record.raw)

    def _facts(
        self, record: Packed, leaf: bytes, secret: bytes, facts: dict[str, Any], strike: bool
    ) -> dict[str, Any]:
        """The copy's header: what the original says, so far as that is kept."""
        known = dict(self._recording.header.facts)
        if strike:
            known = {key: known[key] for key in HEADER_KEYS} | dict(NOBODY)
        told = {**facts, "record": b"" if strike else record.raw, "leaf": leaf if strike else b""}
        return {
            **known,
            "id": self.session,
            "must": [fmt.REDACTED],
            "salt": hashlib.sha256(secret).digest(),
            FACT: told,
        }

    def _strikes(self, number: int) -> bool:
        at = bisect_right(self._ranges, number, key=lambda r: r[0]) - 1
        return at >= 0 and number <= self._ranges[at][1]

    def _end(self, original: sealing.Seal) -> None:
        total, time = self.position.frontier.size, self.position.time
        nothing = hashlib.sha256(b"").digest()
        self._append(b"", self._seal(total, 0, 0, time, nothing, original.state, original.reason))
        self._out.write(sealing.pack_table(self._entries))

    def _seal(
        self, first: int, count: int, size: int, began: int, data: bytes, state: str, reason: str
    ) -> sealing.Seal:
        position = self.position
        return sealing.Seal(
            recording=self.session,
            first=first,
            count=count,
            content_size=size,
            first_time=began,
            last_time=position.time,
            data_hash=data,
            previous=self._previous,
            frontier=tuple(position.frontier.hashes),
            state=state,
            reason=reason,
        )

    def _append(self, frame: bytes, seal: sealing.Seal) -> None:
        frontier = self.position.frontier
        bound = f"seal {b64encode(seal.digest()).decode()}"
        text = Checkpoint(self.session, frontier.size, frontier.root(), bound).text()
        sealed = sealing.pack_seal(seal, self._signer.sign(text), len(frame))
        if frame:
            self._entries.append((len(frame), seal.content_size))
        self._entries.append((len(sealed), 0))
        self._out.write(frame + sealed)
        self._previous = sealing.seal_hash(sealed)
