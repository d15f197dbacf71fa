"""Events and frames as JSON."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from recorder.convert.json_lines import write_document, write_lines
from recorder.convert.walk import walk
from recorder.events import Disclosed, Input, Output
from recorder.index import Index
from recorder.reader import Recording
from tests.recorder.recordings import WALL_NS, Making, on_terminal


@pytest.fixture
def making(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Making]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    made = Making(tmp_path / "store")
    yield made
    made.close()


@pytest.fixture
def recording(making: Making) -> Iterator[Recording]:
    events = on_terminal([(5, b"one\r\n")], cols=10, rows=2)
    events += [
        Input(6, 1, b"typed"),
        Disclosed(7, 1, b"\xff"),
        Output(500_000, 1, "two \u202e\r\n漢\x1b]2;</script>\u2028\x07\x1b[?25l".encode()),
    ]
    with making.sealed(events) as made:
        yield made


def lines(recording: Recording, *, typed: bool = False) -> list[dict[str, Any]]:
    out = io.StringIO()
    with Index.load_or_build(recording) as index:
        count = write_lines(out, {"id": "x"}, WALL_NS, [], walk(recording, index), typed=typed)
    text = out.getvalue()
    assert text.isascii()
    assert text.replace("\n", "").isprintable()
    made = [json.loads(line) for line in text.splitlines()]
    assert count == len(made) - 1
    return made


def test_events_and_the_frames_that_they_complete(recording: Recording) -> None:
    session, *entries = lines(recording)
    assert session == {"entry": "session", "id": "x"}
    kinds = [(entry["entry"], entry["event"], entry.get("code")) for entry in entries]
    assert kinds[5:] == [
        ("event", 5, "o"),
        ("frame", 5, None),
        ("event", 6, "i"),
        ("event", 7, "t"),
        ("event", 8, "o"),
        ("frame", 8, None),
        ("event", 9, "end"),
    ]
    assert entries[-2] == {
        "entry": "frame",
        "frame": 1,
        "event": 8,
        "first_event": 8,
        "time": 500_000,
        "opened": 500_000,
        "wall": entries[-3]["wall"],
        "channel": 1,
        "stable": True,
        "cols": 10,
        "rows": 2,
        "cursor": {"x": 2, "y": 1, "visible": False},
        "title": "</script>\u2028",
        "alternate": False,
        "scrolled": ["one"],
        "text": ["two \u202e", "漢"],
    }


def test_typed_bytes_only_where_they_are_asked_for_and_never_the_salt(
    recording: Recording,
) -> None:
    told = {entry.get("code"): entry for entry in lines(recording)}
    assert (told["i"]["count"], told["t"]["count"]) == (5, 1)
    assert "typed" not in json.dumps(told["i"])
    assert "data_hex" not in told["t"]
    assert not [key for key in told["salt"] if key.startswith("secret")]
    told = {entry.get("code"): entry for entry in lines(recording, typed=True)}
    assert (told["i"]["data"], told["t"]["data_hex"]) == ("typed", "ff")
    assert not [key for key in told["salt"] if key.startswith("secret")]


def test_one_document_holds_the_same(recording: Recording) -> None:
    out = io.StringIO()
    with Index.load_or_build(recording) as index:
        count = write_document(out, {"id": "x"}, WALL_NS, [], walk(recording, index), typed=False)
    document = json.loads(out.getvalue())
    session, *entries = lines(recording)
    assert document == {"session": {"id": session["id"]}, "entries": entries}
    assert count == len(entries)
    out = io.StringIO()
    write_document(out, {}, WALL_NS, [], [], typed=False)
    assert json.loads(out.getvalue()) == {"session": {}, "entries": []}
