"""A redacted copy as what it is: the original's records at their own numbers, less those struck.

Knows: docs/format.md, "Redacted copies": how a record of the original stands in one of the copy,
and how the original's tree is made again from what was kept. Must never know: files, screens, who
struck what. Pure. Called by the reader, by verification and by `recorder.redact`.

Record *n* of a copy stands for record *n* of the original, at the same time; a struck one stands
at the time of the record before it, so that nothing is told of when its bytes came.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from typing import Any, NamedTuple

from recorder import format as fmt
from recorder import merkle
from recorder import seal as sealing
from recorder.attest import Checkpoint, Verifier, opened_by
from recorder.errors import RecordingError
from recorder.events import Anchor, Facts, Header, Kept, Redacted, Salt
from recorder.format import Packed, Place
from recorder.wire import HEADER_KEYS

FACT = "redacted"
"""The header's key: a map of ``session``, ``record``, ``leaf``, ``end``, ``by`` and ``reason``."""
_TYPES: dict[str, type] = {
    "session": str,  # the original's id
    "record": bytes,  # its record 0, verbatim; empty where that was struck
    "leaf": bytes,  # the hash of record 0's leaf where it was struck, else empty
    "end": bytes,  # its end's seal, the whole frame
    "by": str,  # who made the copy
    "reason": str,  # and why
}
NOBODY: Facts = {"principal": "", "target": "", "account": "", "client": "", "claims": {}}
"""What the copy's header says of who and where when record 0 is struck."""


_ZERO = "event 0"


def is_copy(header: Header) -> bool:
    """Whether this is the header of a redacted copy."""
    return fmt.REDACTED in header.facts["must"]


def copy_facts(header: Header) -> Facts:
    """What a copy says of itself, checked. Raises `RecordingError`."""
    facts = header.facts.get(FACT)
    if type(facts) is not dict or any(type(facts.get(k)) is not t for k, t in _TYPES.items()):
        raise RecordingError("a redacted copy does not say of what", where="event 0")
    return facts


def copy_words(facts: Facts) -> str:
    """What whoever sees a copy has to know, from any header's facts; "" of what is none."""
    told = facts.get(FACT)
    if fmt.REDACTED not in facts.get("must", ()) or not isinstance(told, dict):
        return ""
    return (
        f"a redacted copy of {told.get('session')}, without some of its events, by "
        f"{told.get('by')}: {told.get('reason')}"
    )


def opened(stored: Packed) -> Packed:
    """A record of a copy as the original had it; a struck one, an anchor and the header stay as
    they are. Raises `RecordingError`."""
    event = stored.event
    if not isinstance(event, Kept):
        return stored
    where = f"event {stored.number}"
    record = _original(event.record, stored, where)
    if isinstance(record.event, Header | Salt | Anchor | Kept | Redacted):
        raise RecordingError("a redacted copy keeps what it may not", where=where)
    return record


def _original(raw: bytes, stored: Packed, where: str) -> Packed:
    """A record of the original that stands where the copy's does; its delta is its own."""
    try:
        delta = fmt.delta_of(raw)
        return fmt.unpack_record(raw, Place(stored.number - 1, stored.time - delta))
    except RecordingError as error:
        raise RecordingError(error.person, where=where) from error


class Ended(NamedTuple):
    """How the original ended, and the known keys that signed that."""

    seal: sealing.Seal
    signers: list[Verifier]


class Original:
    """The tree of the original, grown from the records of its copy."""

    def __init__(self, header: Header) -> None:
        """Raises `RecordingError` where the header is no copy's."""
        self.facts = copy_facts(header)
        self.session = str(self.facts["session"])
        self.frontier = merkle.Frontier()
        self.struck: list[tuple[int, int]] = []
        """Ranges of numbers, both ends included."""
        self._header = header

    def take(self, stored: Packed) -> None:
        """The next record of the copy. Raises `RecordingError` where it stands for none."""
        where = f"event {stored.number}"
        match stored.event:
            case Header():
                leaf = self._first(stored)
            case Salt():
                leaf = _hash(_more(stored, 1, where), 0, where)
                _check_untimed(stored, where)
                self._strike(stored.number)
            case Anchor():
                salt, raw = _more(stored, 4, where)[:2]
                if type(salt) is not bytes or type(raw) is not bytes:
                    raise RecordingError("an anchor of a copy lacks the original's", where=where)
                record = _original(raw, stored, where).event
                if not isinstance(record, Anchor) or (record.number, record.time) != (
                    stored.event.number,
                    stored.event.time,
                ):
                    raise RecordingError("an anchor of a copy is not the original's", where=where)
                leaf = _leaf(salt, stored, raw, where)
            case Kept(salt=salt, record=raw):
                opened(stored)
                leaf = _leaf(salt, stored, raw, where)
            case Redacted(leaf=hashed):
                leaf = _hash([hashed], 0, where)
                _check_untimed(stored, where)
                self._strike(stored.number)
            case _:
                raise RecordingError("a redacted copy holds an event of its own", where=where)
        self.frontier.append(leaf)

    def _first(self, stored: Packed) -> bytes:
        """The leaf of the original's header, which the copy's own must agree with."""
        raw, leaf, ours = self.facts["record"], self.facts["leaf"], self._header.facts
        if not raw:
            if ours.keys() - {*HEADER_KEYS, FACT} or any(ours[k] != v for k, v in NOBODY.items()):
                raise RecordingError("a copy says what was in a header that it struck", where=_ZERO)
            self._strike(0)
            return _hash([leaf], 0, _ZERO)
        first = fmt.unpack_record(raw, None)
        if not isinstance(first.event, Header) or first.event.facts["id"] != self.session:
            raise RecordingError("a copy's original is another", where=_ZERO)
        theirs = first.event.facts
        for key in sorted({*ours, *theirs} - {"id", "must", "salt", FACT}):
            # By their spelling, since True == 1, at any depth.
            if key not in ours or key not in theirs or repr(ours[key]) != repr(theirs[key]):
                raise RecordingError(
                    f"a copy's header says another {key[:40]!r} than the original", where=_ZERO
                )
        return _leaf(bytes(32), stored, raw, _ZERO)

    def _strike(self, number: int) -> None:
        if self.struck and self.struck[-1][1] == number - 1:
            self.struck[-1] = (self.struck[-1][0], number)
        else:
            self.struck.append((number, number))

    def finish(self, verifiers: Sequence[Verifier], own: sealing.Seal) -> Ended:
        """The original's end, which a known key must have signed for this very tree; the copy
        must have ended so too. Raises `RecordingError`."""
        seal, note, _ = sealing.unpack_seal(self.facts["end"])
        text, signers = opened_by(note, verifiers)
        checkpoint = Checkpoint.parse(text)
        if (seal.recording, checkpoint.recording) != (self.session, self.session):
            raise RecordingError("the end that a copy shows is another recording's")
        if not seal.state or checkpoint.bound != _bound(seal):
            raise RecordingError("the end that a copy shows is none")
        told = (checkpoint.size, checkpoint.root, seal.frontier)
        if told != (self.frontier.size, self.frontier.root(), tuple(self.frontier.hashes)):
            raise RecordingError("what was kept is not what the original's checkpoint states")
        if (own.state, own.reason) != (seal.state, seal.reason):
            raise RecordingError("a copy ends otherwise than the original")
        return Ended(seal, signers)

    @property
    def struck_words(self) -> str:
        """The numbers that were struck, as one would type them; record 1 always is."""
        alone = [(a, 0 if b == 1 else b) for a, b in self.struck if (a, b) != (1, 1)]
        ranges = [(max(a, 2) if a == 1 else a, b) for a, b in alone]
        return ", ".join(f"{a}" if a == b else f"{a}-{b}" for a, b in ranges)


def _bound(seal: sealing.Seal) -> str:
    return f"seal {b64encode(seal.digest()).decode()}"


def _check_untimed(stored: Packed, where: str) -> None:
    if stored.delta:
        raise RecordingError("a struck record with a time of its own", where=where)


def _more(stored: Packed, known: int, where: str) -> list[Any]:
    more = fmt.fields_behind(stored.raw, known)
    if not more or (known == 4 and len(more) < 2):
        raise RecordingError("a record of a copy lacks the original's", where=where)
    return more


def _hash(values: list[Any], at: int, where: str) -> bytes:
    value = values[at]
    if type(value) is not bytes or len(value) != merkle.HASH_SIZE:
        raise RecordingError("a struck record without its hash", where=where)
    return value


def _leaf(salt: bytes, stored: Packed, raw: bytes, where: str) -> bytes:
    if len(salt) != merkle.HASH_SIZE:
        raise RecordingError("a kept record without its salt", where=where)
    return merkle.leaf_of(salt, stored.number, stored.time, raw)
