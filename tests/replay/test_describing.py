from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from recorder.events import Authenticated, Decided, Event, Refused
from recorder.index import Index
from recorder.reader import Recording
from recorder.redact import redact
from replay.describing import describe, size_of, unreadable
from replay.entry import Entry
from tests.recorder.recordings import WALL_NS, Making, on_terminal


@pytest.fixture
def making(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Making]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    made = Making(tmp_path / "store")
    yield made
    made.close()


def test_all_that_a_recording_says_of_itself(making: Making) -> None:
    events: list[Event] = [
        Authenticated(0, 0, "alice", {"method": "publickey", "address": "10.0.0.9"}),
        Decided(0, 0, 1, "allow", ["r"], ""),
        *on_terminal([(5, b"$ "), (1_000_000, b"x")]),
        Refused(1_500_000, 1, "x11", b"", "GR-231"),
        Decided(2_000_000, 0, 2, "deny", ["r"], "not yours"),
    ]
    with making.sealed(events) as recording, Index.load_or_build(recording) as index:
        entry = describe(recording, index, 77)
        assert entry == Entry(
            recording.id, "alice", "local", "web1", "root", "ssh", "", "", "10.0.0.9",
            wall_ns=WALL_NS + 1_000_000_000, duration=entry.duration, events=index.events, frames=2,
            channels=1, allowed=1, denied=1, refused=1, state="sealed", reason="the end", size=77,
            indexed=index.events,
        )  # fmt: skip
        assert entry.duration >= 2_000_000


def test_a_hold_and_a_redacted_copy_are_said(making: Making, tmp_path: Path) -> None:
    with making.sealed(on_terminal([(5, b"$ ")])) as recording:
        hold = {"by": "carol", "reason": "a lawsuit", "since": ""}
        making.store.hold(recording.id).write_text(json.dumps(hold))
        with Index.load_or_build(recording) as index:
            assert describe(recording, index, 0).preserved == "carol: a lawsuit"
        redact(
            recording, [(4, 4)], tmp_path / "copy.reel", making.signer, making.clock, os.urandom,
            by="carol", reason="a password",
        )  # fmt: skip
    with Recording.open(tmp_path / "copy.reel") as copy, Index.load_or_build(copy) as index:
        entry = describe(copy, index, 0)
    assert entry.preserved == ""
    assert entry.redacted.startswith("a redacted copy of ")
    assert entry.redacted.endswith("by carol: a password")


def test_one_that_goes_on_is_live(making: Making) -> None:
    journal = making.begin()
    journal.append(on_terminal([(5, b"$ ")])).result()
    with making.open(journal) as recording, Index.load_or_build(recording) as index:
        entry = describe(recording, index, 0)
        assert (entry.state, entry.reason) == ("live", "")
    making.finish(journal)


def test_damage_is_said_with_what_there_is_before_it(making: Making) -> None:
    with making.sealed(on_terminal((n * 20_000, b"%d" % n) for n in range(90_000))) as recording:
        data = bytearray(recording.path.read_bytes())
        data[len(data) // 2] ^= 0xFF
        recording.path.write_bytes(data)
    with Recording(making.store, recording.id) as damaged, Index.load_or_build(damaged) as index:
        entry = describe(damaged, index, 0)
    assert entry.state == "damaged"
    assert entry.reason.startswith(f"damaged after event {entry.events - 1}: ")
    assert entry.principal == "alice"


def test_what_cannot_be_read_keeps_what_was_known(making: Making) -> None:
    session = "01a20965-b054-782c-ba80-e0efcf52b4dc"
    making.store.reel(session).write_bytes(b"x" * 10)
    assert unreadable(making.store, session, "no") == Entry(session, reason="no", size=10)
    before = Entry(session, "alice", state="sealed", commands=4)
    after = unreadable(making.store, session, "no", before)
    assert after == before._replace(state="damaged", reason="no", size=10)


def test_sizes_of_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"123")
    assert size_of([str(tmp_path / "a"), str(tmp_path / "gone")]) == 3
