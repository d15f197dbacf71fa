"""Is it whole, unaltered, and signed by whom it should be? Verification of one reel.

Knows: the layout, the chain, the tree, checkpoints, and what others say that a recording must hold.
Must never know: screens, or what an event means beyond those. Called by ``gatereel verify``, the
demo and the tests. Goes by its own forward walk over the bytes, never by what the seek table or a
trailer says, and takes keys from the caller, never from the recording. What is wrong is a failed
`Check` that says where; only a file that cannot be read at all raises.
"""

from __future__ import annotations

import hashlib
import os
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from recorder import format as fmt
from recorder import merkle, reel
from recorder import seal as sealing
from recorder.attest import NOTE_LIMIT, Checkpoint, Verifier, note_text, open_note, opened_by
from recorder.errors import NotFound, RecordingError
from recorder.events import Header, Salt, TargetReached
from recorder.reader import is_live
from recorder.redacted import Original, is_copy
from recorder.store import Store, is_id


class Check(NamedTuple):
    """One thing that was looked at."""

    name: str
    ok: bool
    detail: str
    where: str
    """A place in the file, or ""."""


@dataclass(slots=True)
class Report:
    """Everything that was looked at in one reel, or said of one session."""

    subject: str
    checks: list[Check] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return all(check.ok for check in self.checks)

    def passed(self, name: str, detail: str) -> None:
        self.checks.append(Check(name, True, detail, ""))

    def failed(self, name: str, detail: str, where: str = "") -> None:
        self.checks.append(Check(name, False, detail, where))


Statements = Mapping[int, bytes]
"""Merkle roots that somebody else has a checkpoint for, by number of records."""


def verify_reel(
    path: Path,
    verifiers: Sequence[Verifier],
    witnessed: Statements | None = None,
    originals: Mapping[str, Statements] | None = None,
) -> Report:
    """Every check of one reel. ``witnessed`` are roots from the gateway's own recording;
    ``originals`` those of all sessions, for a redacted copy to be held against."""
    report = Report(path.stem)
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise NotFound(f"cannot read {path}: {error.strerror}") from error
    try:
        _Verification(fd, path, verifiers, dict(witnessed or {}), originals or {}, report).run()
    finally:
        os.close(fd)
    return report


class _Verification:
    """One pass over one reel, in constant memory."""

    def __init__(
        self,
        fd: int,
        path: Path,
        verifiers: Sequence[Verifier],
        witnessed: dict[int, bytes],
        originals: Mapping[str, Statements],
        report: Report,
    ) -> None:
        self._fd = fd
        self._path = path
        self._verifiers = verifiers
        self._witnessed = witnessed
        self._originals = originals
        self._report = report
        self._frontier = merkle.Frontier()
        self._secret = b""
        self._salt_hash = b""
        self._time = 0
        self._previous = sealing.NO_SEAL
        self._session: str | None = None
        self._original: Original | None = None
        self._opaque: list[int] = []
        """Channels whose bytes nobody read."""
        self._faults = 0
        self._signers: dict[Verifier, None] = {}
        """Who signed any, in order."""
        self._ended_by: list[Verifier] = []
        """Who signed the newest seal."""

    def run(self) -> None:
        layout = reel.walk(self._fd)
        self._take_live_checkpoint()
        seal: sealing.Seal | None = None
        for position, chunk in enumerate(layout.chunks):
            seal = self._chunk(position, chunk)
        chunks = len(layout.chunks) - (1 if layout.finished or (seal and seal.state) else 0)
        if not self._faults:
            events = self._frontier.size
            self._report.passed("chunks", f"{_count(chunks, 'chunk')}, {_count(events, 'event')}")
            keys = ", ".join(f"{each.name} ({each.key_id.hex()})" for each in self._signers)
            self._report.passed(
                "signatures", f"{_count(len(layout.chunks), 'checkpoint')} by {keys}"
            )
        if self._opaque:
            channels = ", ".join(map(str, sorted(set(self._opaque))))
            self._report.passed(
                "opaque", f"recorded byte for byte, but read by nobody: channel {channels}"
            )
        self._check_name()
        self._check_end(layout, seal)
        self._check_table(layout)
        self._check_witnesses()
        if self._original is not None and seal is not None and not self._faults:
            self._check_original(self._original, seal)

    # -- chunks ------------------------------------------------------------------------------------

    def _chunk(self, position: int, chunk: reel.Chunk) -> sealing.Seal | None:
        where = f"chunk {position}, byte {chunk.data.offset if chunk.data else chunk.seal.offset}"
        try:
            frame = reel.read_at(self._fd, *chunk.seal)
            seal, note, length = sealing.unpack_seal(frame)
        except RecordingError as error:
            self._fault("chunks", error.person, where)
            return None
        where += f", events {seal.first} to {max(seal.first, seal.total - 1)}"
        for problem in self._seal_problems(chunk, seal, length):
            self._fault("chunks", problem, where)
        for problem in self._content_problems(chunk, seal):
            self._fault("chunks", problem, where)
        if seal.frontier != tuple(self._frontier.hashes):
            self._fault("chunks", "the seal's Merkle frontier is not that of the events", where)
            # Go on from what the seal says, so that the next fault is told from this one.
            self._frontier = merkle.Frontier(seal.total, list(seal.frontier))
        self._check_note(note, seal, where)
        self._previous = sealing.seal_hash(frame)
        self._time = seal.last_time
        return seal

    def _seal_problems(self, chunk: reel.Chunk, seal: sealing.Seal, length: int) -> Iterator[str]:
        if self._session is None:
            self._session = seal.recording
        if seal.recording != self._session:
            yield "the seal is of another recording"
        if seal.previous != self._previous:
            yield "the seal does not follow the one before it: something was removed or swapped"
        if seal.first != self._frontier.size:
            yield f"the seal begins at event {seal.first}, expected {self._frontier.size}"
        if length != chunk.end - (chunk.data or chunk.seal).offset:
            yield "the chunk's length is not what its trailer says"
        if (chunk.data is None) is not bool(seal.state) or (chunk.data is None) is not (
            seal.count == 0
        ):
            yield "an end without a state, or a state without an end"

    def _content_problems(self, chunk: reel.Chunk, seal: sealing.Seal) -> Iterator[str]:
        data = reel.read_at(self._fd, *chunk.data) if chunk.data else b""
        if hashlib.sha256(data).digest() != seal.data_hash:
            yield "the data is not what was sealed"
            return
        if not data:
            if (seal.content_size, seal.first_time, seal.last_time) != (0, self._time, self._time):
                yield "the end's seal speaks of events"
            return
        try:
            content = fmt.decompress(data)
            first, count = -1, 0
            for record in fmt.unpack_records(content):
                if first < 0:
                    first = record.time
                self._take(record)
                count += 1
        except RecordingError as error:
            yield f"{error.person} ({error.where})" if error.where else error.person
            return
        if (count, len(content), first, self._time) != (
            seal.count, seal.content_size, seal.first_time, seal.last_time,
        ):  # fmt: skip
            yield "the seal's counts, sizes or times are not those of the events"

    def _take(self, record: fmt.Packed) -> None:
        if record.number != self._frontier.size or record.time != self._time + record.delta:
            raise RecordingError("an event does not follow the one before it")
        if isinstance(record.event, Header):
            fmt.check_readable(record.event)
            self._salt_hash = record.event.facts["salt"]
            if record.event.facts["id"] != self._session:
                raise RecordingError("the header is of another recording than the seal")
            if is_copy(record.event):
                self._original = Original(record.event)
        elif isinstance(record.event, Salt):
            self._secret = record.event.secret
            if hashlib.sha256(self._secret).digest() != self._salt_hash:
                raise RecordingError("the salt is not the one that the header commits to")
        elif isinstance(record.event, TargetReached) and record.event.facts.get("opaque") is True:
            self._opaque.append(record.event.channel)
        self._frontier.append(
            merkle.salted_leaf(self._secret, record.number, record.time, record.raw)
        )
        self._time = record.time
        self._compare(self._frontier.size)
        if self._original is not None:
            self._original.take(record)
            self._compare_original(self._original)

    def _check_note(self, note: str, seal: sealing.Seal, where: str) -> None:
        bound = f"seal {b64encode(seal.digest()).decode()}"
        expected = Checkpoint(seal.recording, seal.total, self._frontier.root(), bound)
        try:
            if note_text(note) != expected.text():
                self._fault(
                    "signatures", "the checkpoint states another root than the events give", where
                )
            elif not self._verifiers:
                self._fault("signatures", "no key to verify with: give --key FILE", where)
            else:
                self._ended_by = opened_by(note, self._verifiers)[1]
                self._signers.update(dict.fromkeys(self._ended_by))
        except RecordingError as error:
            self._fault("signatures", error.person, where)

    # -- the end, the table, the witnesses ---------------------------------------------------------

    def _check_name(self) -> None:
        """A reel under its session's name must be that session's: two swapped would both pass."""
        name = self._path.stem
        if is_id(name) and self._session not in (None, name):
            self._fault(
                "layout", f"the file is named after another session than {self._session}", ""
            )

    def _check_end(self, layout: reel.Layout, seal: sealing.Seal | None) -> None:
        if layout.torn:
            self._fault(
                "layout",
                f"{layout.torn} bytes behind the last whole chunk belong to no chunk",
                f"byte {layout.size}",
            )
        if seal is not None and seal.state and not self._frontier.size:
            self._fault("end", "the recording is empty", f"byte {layout.size}")
            return
        if seal is not None and seal.state:
            detail = f"{seal.state} at event {seal.total}"
            if seal.state == "interrupted":
                detail += f" ({seal.reason})"
            self._report.passed("end", detail)
            return
        store = Store(self._path.parent)
        events = self._frontier.size
        if is_live(store, self._path.stem):
            self._report.failed("end", f"live: sealed up to event {events}")
        elif store.journals(self._path.stem):
            self._report.failed("end", f"interrupted at event {events}: journals wait for a sealer")
        else:
            self._report.failed("end", f"interrupted at event {events}: it has no end")

    def _check_table(self, layout: reel.Layout) -> None:
        if not layout.finished:
            if layout.chunks and layout.chunks[-1].data is None:
                self._fault("table", "the seek table is missing or cut off", f"byte {layout.size}")
            return
        end = layout.chunks[-1].end
        stored = reel.read_at(self._fd, end, layout.file_size - end)
        if self._faults:
            return
        if stored == sealing.pack_table(list(reel.table_entries(self._fd, layout.chunks))):
            self._report.passed("table", "the seek table is that of the frames")
        else:
            self._fault("table", "the seek table is not that of the frames", f"byte {end}")

    def _take_live_checkpoint(self) -> None:
        """The checkpoint between seals, where there is one: one more statement to hold."""
        path = Store(self._path.parent).checkpoint(self._path.stem)
        try:
            with path.open("rb") as file:
                note = file.read(NOTE_LIMIT + 1).decode()
            checkpoint = Checkpoint.parse(open_note(note, self._verifiers))
        except FileNotFoundError:
            return
        except (OSError, UnicodeDecodeError, RecordingError) as error:
            self._fault("checkpoint", f"cannot be used: {error}", path.name)
            return
        self._witnessed.setdefault(checkpoint.size, checkpoint.root)

    def _compare(self, size: int) -> None:
        root = self._witnessed.get(size)
        if root is not None:
            del self._witnessed[size]
            if self._frontier.root() != root:
                self._fault(
                    "checkpoint", "the events contradict an earlier checkpoint", f"event {size}"
                )

    def _compare_original(self, original: Original) -> None:
        """What the gateway said of the original holds for what was kept of it."""
        size = original.frontier.size
        root = self._originals.get(original.session, {}).get(size)
        if root not in (None, original.frontier.root()):
            raise RecordingError("the kept events contradict a checkpoint of the original")

    def _check_original(self, original: Original, own: sealing.Seal) -> None:
        """A redacted copy: what was kept is the original's, and what was struck is named."""
        try:
            seal, signers = original.finish(self._verifiers, own)
        except RecordingError as error:
            self._fault("redacted", error.person, "event 0")
            return
        facts = original.facts
        self._report.passed(
            "redacted",
            f"a copy of {original.session} ({seal.state} at event {seal.total}) without events "
            f"{original.struck_words}, by {facts['by']}: {facts['reason']}; all others are the "
            "original's",
        )
        if all(signer in self._ended_by for signer in signers):
            # Whoever holds that key could have made up an original as well as a copy.
            detail = "one key signed the original and the copy: this is its holder's word"
            self._report.passed("redacted", detail)
        if not facts["record"]:
            detail = "its header was struck: who and where is not proven"
            self._report.passed("redacted", detail)

    def _check_witnesses(self) -> None:
        size = self._frontier.size
        beyond = [count for count in self._witnessed if count > size]
        journals = Store(self._path.parent).journals(self._path.stem)
        if beyond and not journals:
            self._fault(
                "checkpoint",
                f"shorter than a later checkpoint says: {size} of {max(beyond)} events are here",
                f"event {size}",
            )

    def _fault(self, name: str, detail: str, where: str) -> None:
        self._faults += 1
        self._report.failed(name, detail, where)


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
