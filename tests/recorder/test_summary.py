"""One line about a session, whatever state it is in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from recorder.store import Store
from recorder.summary import Summary, rfc3339, summarise
from tests.recorder.builders import WALL_NS, Studio, crash, forge, outputs, packed, story
from tests.vectors.make import SESSION


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with Studio(tmp_path / "store") as made:
        yield made


def test_a_session_in_every_state(studio: Studio) -> None:
    sealed = studio.whole(outputs(10), principal="bob", target="db", account="")
    live = studio.begin()
    live.append(outputs(3)).result(10)
    summary = summarise(studio.store, sealed)
    assert (summary.state, summary.events, summary.duration) == ("sealed", 15, 9000)
    assert (summary.where, summary.reason) == ("db", "logout")
    assert summary.as_json(7)["frames"] == 7
    assert summary.as_json(None)["start"] == "2026-09-21T14:13:20.000000Z"
    summary = summarise(studio.store, live.id)
    assert (summary.state, summary.events, summary.duration) == ("live", 6, 2000)
    assert summary.where == "root@web1"
    crash(studio.writer)
    assert summarise(studio.store, live.id).state == "interrupted"
    studio.seal()
    after = summarise(studio.store, live.id)
    assert (after.state, after.events) == ("interrupted", 6)
    assert "stopped before" in after.reason


@pytest.mark.parametrize("content", [b"", b"nothing of it", bytes(5000)])
def test_a_bad_recording_is_a_line_that_says_so(tmp_path: Path, content: bytes) -> None:
    store = Store(tmp_path)
    store.reel(SESSION).write_bytes(content)
    summary = summarise(store, SESSION)
    assert (summary.id, summary.state, summary.facts) == (SESSION, "damaged", {})
    assert summary.reason
    assert summary.as_json(None)["principal"] == ""


def test_a_torn_recording_is_summed_up_as_far_as_it_goes(tmp_path: Path) -> None:
    store = Store(tmp_path)
    whole = forge(SESSION, packed(story(SESSION)))
    store.reel(SESSION).write_bytes(whole[: len(whole) // 2])
    summary = summarise(store, SESSION)
    assert summary.facts["principal"] == "alice"
    assert summary.state != "sealed"
    assert summary.events == 5


def test_a_newer_recording_says_what_it_needs(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.reel(SESSION).write_bytes(forge(SESSION, packed(story(SESSION, reader=9))))
    assert "newer gatereel" in summarise(store, SESSION).reason


@pytest.mark.parametrize(
    ("wall_ns", "time", "text"),
    [
        (0, 0, "1970-01-01T00:00:00.000000Z"),
        (WALL_NS, 1_500_000, "2026-09-21T14:13:21.500000Z"),
        (-1000, 0, "1969-12-31T23:59:59.999999Z"),
        (1 << 80, 0, None),
        (-(1 << 80), 0, None),
        (0, 1 << 61, None),
    ],
)
def test_instants(wall_ns: int, time: int, text: str | None) -> None:
    assert rfc3339(wall_ns, time) == text


def test_an_empty_summary_is_damaged() -> None:
    assert Summary("x", "y").state == "damaged"
    assert Summary("x", "y").wall_ns == 0
