"""Hostile copies: whatever is put in the place of the original's records is found."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from recorder import format as fmt
from recorder import merkle, reel
from recorder.errors import RecordingError
from recorder.events import Anchor, Event, Header, Kept, Output, Redacted, Salt, Unknown
from recorder.reader import Recording
from recorder.redacted import FACT, NOBODY, Original, opened
from recorder.verify import verify_reel
from tests.recorder.builders import Studio, forge, packed
from tests.recorder.test_redact import AUDITOR, KEYS, copied, story

VERIFIER = Path(__file__).parent.parent.parent / "docs" / "verifier.py"
Change = Callable[[list[Event]], None]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    with Studio(tmp_path / "store") as studio:
        session = studio.whole(story(), claims={"level": 1})
        copied(studio, session, "5-6", tmp_path / "copy.reel")
    return tmp_path / "copy.reel"


def events_of(path: Path) -> list[Event]:
    """The copy's own records as events, with all their fields, to be altered and sealed anew."""
    made: list[Event] = []
    with Recording.open(path) as recording:
        for record in recording.stored():
            event = record.event
            if isinstance(event, Salt | Anchor):
                fields = tuple(fmt.fields_behind(record.raw, 0))
                event = Unknown(record.time, event.channel, event.code, fields)
            made.append(event)
    return made


def resealed(path: Path, events: list[Event], end: str = "closed") -> list[str]:
    """The names of the checks that fail when somebody with a good key seals these."""
    header = events[0]
    assert isinstance(header, Header)
    # The builder hashes with one secret: the copy is sealed with that.
    salt = events[1]
    assert isinstance(salt, Unknown)
    secret = bytes(range(32))
    facts = {**header.facts, "salt": hashlib.sha256(secret).digest()}
    events = [
        Header(0, 0, facts), Unknown(0, 0, "salt", (secret, *salt.fields[1:])), *events[2:],
    ]  # fmt: skip
    path.write_bytes(forge(facts["id"], packed([events]), signer=AUDITOR, end=end))
    keys = path.with_name("keys")
    keys.write_text("".join(f"{key}\n" for key in KEYS))
    other = subprocess.run(
        [sys.executable, VERIFIER, keys, path], capture_output=True, text=True, check=False
    )
    failed = sorted({check.name for check in verify_reel(path, KEYS).checks if not check.ok})
    assert (other.returncode == 0) is (not failed), (other.stdout, failed)
    return failed


def put(events: list[Event], number: int, event: Event) -> None:
    events[number] = event


def told(events: list[Event], **changes: Any) -> None:
    header = events[0]
    assert isinstance(header, Header)
    facts = {**header.facts, FACT: {**header.facts[FACT], **changes}}
    events[0] = Header(0, 0, facts)


def kept(events: list[Event], number: int) -> Kept:
    event = events[number]
    assert isinstance(event, Kept)
    return event


def other_record(events: list[Event]) -> None:
    event = kept(events, 8)
    raw = fmt.pack_record(0, Output(0, 1, b"nothing of note\r\n"))
    events[8] = Kept(event.at, event.channel, event.salt, raw)


def other_salt(events: list[Event]) -> None:
    event = kept(events, 8)
    events[8] = Kept(event.at, event.channel, bytes(32), event.record)


def later(events: list[Event]) -> None:
    event = kept(events, -1)
    events[-1] = Kept(event.at + 1, event.channel, event.salt, event.record)


def swapped(events: list[Event]) -> None:
    one, two = kept(events, 7), kept(events, 8)
    events[7] = Kept(one.at, 1, two.salt, two.record)
    events[8] = Kept(two.at, 1, one.salt, one.record)


def another_anchor(events: list[Event]) -> None:
    event = events[2]
    assert isinstance(event, Unknown)
    raw = fmt.pack_record(0, Anchor(0, 0, 2, 0, 7, 7))
    events[2] = Unknown(event.at, 0, "anchor", (*event.fields[:5], raw))


def two_in_one(events: list[Event]) -> None:
    """What is shown first, and behind it, where nobody has to look, what was there."""
    event = kept(events, 8)
    raw = fmt.pack_record(0, Output(0, 1, b"nothing of note\r\n"))
    fields = (bytes(32), raw, event.salt, event.record)
    events[8] = Unknown(event.at, event.channel, Kept.code, fields)


def another_type(events: list[Event]) -> None:
    header = events[0]
    assert isinstance(header, Header)
    events[0] = Header(0, 0, {**header.facts, "claims": {"level": True}})


def struck_header(events: list[Event], **says: Any) -> None:
    """Without record 0, and with something to say of it all the same."""
    header = events[0]
    assert isinstance(header, Header)
    raw = header.facts[FACT]["record"]
    leaf = merkle.leaf_of(bytes(32), 0, 0, raw)
    events[0] = Header(0, 0, {**header.facts, **NOBODY, **says})
    told(events, record=b"", leaf=leaf)


def another_principal(events: list[Event]) -> None:
    header = events[0]
    assert isinstance(header, Header)
    events[0] = Header(0, 0, {**header.facts, "principal": "mallory"})


CHANGES: dict[str, Change] = {
    "a record in front of the record": two_in_one,
    "a header of another type": another_type,
    "a struck header that names a principal": lambda e: struck_header(e, principal="mallory"),
    "a struck header that says more": lambda e: struck_header(e, purpose="mallory"),
    "a struck event at a time of its own": lambda e: put(
        e, 6, Redacted(e[6].at + 1, 1, e[6].leaf if isinstance(e[6], Redacted) else b"")
    ),
    "another record": other_record,
    "another salt": other_salt,
    "another time": later,
    "two swapped": swapped,
    "an anchor with other clocks": another_anchor,
    "an anchor without the original's": lambda e: put(e, 2, Anchor(0, 0, 2, 0, 1, 1)),
    "a header that says something else": another_principal,
    "another leaf": lambda e: put(e, 5, Redacted(e[5].at, 1, bytes(32))),
    "a leaf of another size": lambda e: put(e, 5, Redacted(e[5].at, 1, b"short")),
    "an event of its own": lambda e: put(e, 5, Output(e[5].at, 1, b"never happened")),
    "one event less": lambda e: e.__delitem__(8),
    "one more": lambda e: e.append(Redacted(e[-1].at, 1, bytes(32))),
    "another session": lambda e: told(e, session="019a0000-0000-7000-8000-00000000a001"),
    "no end": lambda e: told(e, end=b""),
    "no header": lambda e: told(e, record=b""),
    "a kept salt": lambda e: put(
        e, 8, Kept(e[8].at, 0, bytes(32), fmt.pack_record(0, Salt(0, 0, bytes(32))))
    ),
    "a copy in a copy": lambda e: put(
        e, 8, Kept(e[8].at, 0, bytes(32), fmt.pack_record(0, Redacted(0, 0, bytes(32))))
    ),
    "no record": lambda e: put(e, 8, Kept(e[8].at, 1, bytes(32), b"\xc1")),
}


def test_sealed_anew_without_a_change_it_is_sound(copy: Path) -> None:
    assert resealed(copy, events_of(copy)) == []


@pytest.mark.parametrize("change", CHANGES)
def test_a_copy_that_says_something_else_is_found(copy: Path, change: str) -> None:
    events = events_of(copy)
    CHANGES[change](events)
    assert resealed(copy, events)


def test_a_header_that_was_struck_says_nothing(copy: Path) -> None:
    events = events_of(copy)
    struck_header(events)
    assert resealed(copy, events) == []


def test_a_copy_that_ends_otherwise_is_found(copy: Path) -> None:
    assert resealed(copy, events_of(copy), "interrupted") == ["redacted"]


@pytest.mark.parametrize(
    "fact", [None, {}, {"session": "x"}, {"session": 1, "record": b"", "leaf": b"", "end": b""}]
)
def test_a_header_that_names_no_original(copy: Path, fact: object) -> None:
    with Recording.open(copy) as recording:
        facts = {**recording.header.facts, FACT: fact}
    with pytest.raises(RecordingError):
        Original(Header(0, 0, facts))


def test_a_record_is_opened_at_its_own_place(copy: Path) -> None:
    with Recording.open(copy) as recording:
        for stored in recording.stored():
            record = opened(stored)
            assert (record.number, record.time) == (stored.number, stored.time)
            assert isinstance(record.event, Kept) is False


def test_the_original_grows_back(copy: Path) -> None:
    with Recording.open(copy) as recording:
        original = Original(recording.header)
        for stored in recording.stored():
            original.take(stored)
        fd = os.open(copy, os.O_RDONLY)
    assert original.struck == [(1, 1), (5, 6)]
    assert original.struck_words == "5-6"
    seal, signers = original.finish(KEYS, reel.read_seal(fd, reel.layout(fd).chunks[-1]).seal)
    assert signers == KEYS[:1]
    assert seal.total == original.frontier.size
    os.close(fd)
    assert merkle.Frontier(seal.total, list(seal.frontier)).root() == original.frontier.root()
