"""That a moment is of a recording: the root over all records up to it, tied to a signed checkpoint.

Knows: a recording's seals and the tree. Must never know: screens, cases. Called by whoever keeps a
citation of a moment and may have to show, when the recording is gone, what it was a part of.

The screen at an event depends on every record up to it, so it is the root over those that is
kept: who has the recording can compute it again, and who has only the checkpoint can check by the
consistency proof that the checkpoint's tree begins with exactly these records.
"""

from __future__ import annotations

import binascii
import os
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import takewhile
from typing import Any, NamedTuple

from recorder import merkle, reel
from recorder import seal as sealing
from recorder.attest import Checkpoint, Verifier, note_text, open_note
from recorder.errors import NotFound, RecordingError
from recorder.events import Salt
from recorder.reader import Recording

PROOF_LIMIT = 128
"""Hashes of a proof: more than any tree needs."""


class Evidence(NamedTuple):
    """What ties one event to its recording."""

    root: bytes
    """Merkle root over the records up to and with the event."""
    note: str
    """A signed checkpoint of the recording over these or more records; "" where there was none."""
    proof: tuple[bytes, ...]
    """RFC 6962 consistency proof from that root to the checkpoint's."""

    def as_json(self) -> dict[str, Any]:
        return {
            "root": self.root.hex(),
            "note": self.note,
            "proof": [part.hex() for part in self.proof],
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Evidence:
        """From `as_json`, which may come from anywhere. Raises `RecordingError`."""
        try:
            root, note, proof = values["root"], values["note"], values["proof"]
            if type(note) is not str or type(proof) is not list or len(proof) > PROOF_LIMIT:
                raise ValueError("shape")
            made = cls(binascii.unhexlify(root), note, tuple(map(binascii.unhexlify, proof)))
        except (KeyError, TypeError, ValueError) as error:
            raise RecordingError(
                "the evidence of a moment is none", operator=repr(error)
            ) from error
        if any(len(part) != merkle.HASH_SIZE for part in (made.root, *made.proof)):
            raise RecordingError("the evidence of a moment is none")
        return made


def evidence_of(recording: Recording, event: int) -> Evidence:
    """For an event that is there. Reads one chunk. Raises `RecordingError` where there is no such
    event."""
    frontier, seal = _around(recording, event)
    first, total = frontier.size, seal.seal.total if seal else event + 1
    leaves = list(_leaves(recording, first, total))
    if first + len(leaves) <= event:
        raise RecordingError(f"there is no event {event}")
    known = frontier.copy()
    for leaf in leaves[: event + 1 - first]:
        known.append(leaf)
    if seal is None:
        return Evidence(known.root(), "", ())
    proof = _Tail(frontier, leaves).consistency(event + 1)
    return Evidence(known.root(), seal.note, tuple(proof))


def check_evidence(
    evidence: Evidence, session: str, event: int, verifiers: Sequence[Verifier]
) -> None:
    """That a known key's checkpoint of this session covers the moment. Raises `RecordingError`."""
    if not evidence.note:
        raise RecordingError("nothing was sealed yet when it was kept")
    checkpoint = Checkpoint.parse(open_note(evidence.note, verifiers))
    if checkpoint.recording != session:
        raise RecordingError("the checkpoint is another recording's")
    if not merkle.verify_consistency(
        event + 1, checkpoint.size, evidence.root, checkpoint.root, list(evidence.proof)
    ):
        raise RecordingError("the checkpoint does not cover these events")


def stated_size(evidence: Evidence) -> int:
    """How many records its checkpoint speaks of; 0 without one."""
    return Checkpoint.parse(note_text(evidence.note)).size if evidence.note else 0


def _leaves(recording: Recording, first: int, total: int) -> list[bytes]:
    salt = next(recording.stored(1)).event
    secret = salt.secret if isinstance(salt, Salt) else b""
    records = takewhile(lambda record: record.number < total, recording.stored(first))
    return [merkle.salted_leaf(secret, r.number, r.time, r.raw) for r in records]


def _around(recording: Recording, event: int) -> tuple[merkle.Frontier, sealing.ReadSeal | None]:
    """The frontier before the chunk that holds an event, and that chunk's seal; where it is not
    sealed yet, the frontier of all that is."""
    try:
        fd = os.open(recording.path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return merkle.Frontier(), None
    except OSError as error:
        raise NotFound(f"cannot read {recording.path}: {error.strerror}") from error
    try:
        chunks = [chunk for chunk in reel.layout(fd).chunks if chunk.data is not None]
        totals = range(len(chunks))
        at = bisect_right(totals, event, key=lambda i: reel.read_seal(fd, chunks[i]).seal.total)
        before = reel.read_seal(fd, chunks[at - 1]).seal if at else None
        frontier = merkle.Frontier(before.total, list(before.frontier)) if before else None
        seal = reel.read_seal(fd, chunks[at]) if at < len(chunks) else None
        return frontier or merkle.Frontier(), seal
    finally:
        os.close(fd)


class _Tail:
    """A tree of which the roots of the beginning and the leaves of the end are known."""

    def __init__(self, frontier: merkle.Frontier, leaves: Sequence[bytes]) -> None:
        self._first = frontier.size
        self._leaves = leaves
        self._roots: dict[tuple[int, int], bytes] = {}
        begin = 0
        for root in frontier.hashes:
            size = 1 << ((frontier.size - begin).bit_length() - 1)
            self._roots[begin, begin + size] = root
            begin += size

    def consistency(self, size: int) -> list[bytes]:
        """From the tree over the first ``size`` leaves to this one. Not for a size inside the
        part of which only roots are known."""
        return self._proof(size, 0, self._first + len(self._leaves), complete=True)

    def _proof(self, size: int, begin: int, end: int, *, complete: bool) -> list[bytes]:
        if size == end:
            return [] if complete else [self._root(begin, end)]
        split = begin + (1 << (end - begin - 1).bit_length() - 1)
        if size <= split:
            rest = self._proof(size, begin, split, complete=complete)
            return [*rest, self._root(split, end)]
        return [*self._proof(size, split, end, complete=False), self._root(begin, split)]

    def _root(self, begin: int, end: int) -> bytes:
        known = self._roots.get((begin, end))
        if known is not None:
            return known
        if begin >= self._first:
            return merkle.root_of(self._leaves[begin - self._first : end - self._first])
        split = begin + (1 << (end - begin - 1).bit_length() - 1)
        return merkle.node_hash(self._root(begin, split), self._root(split, end))
