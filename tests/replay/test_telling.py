from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from recorder.cues import Cue
from recorder.events import ChannelOpened, Event, ExitSignal, Output, Refused, Requested
from recorder.index import Index
from recorder.reader import Recording
from recorder.store import Store
from replay.entry import PREVIEW_COLS, PREVIEW_ROWS, Preview
from replay.telling import cause_of, telling
from tests.recorder.recordings import Making, on_terminal

S = 1_000_000
SAMPLES = Path(__file__).parents[2] / "sample_sessions"


@pytest.fixture
def making(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Making]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    made = Making(tmp_path / "store")
    yield made
    made.close()


def told(making: Making, events: list[Event]) -> Preview | None:
    with making.sealed(events) as recording, Index.load_or_build(recording) as index:
        return telling(recording, index)


def test_the_fullest_screen_and_not_the_farewell(making: Making) -> None:
    pieces = [
        (0, b"$ "),
        (1 * S, b"cat notes\r\none two three four five\r\nsix seven eight nine ten\r\n$ "),
        (3 * S, b"\x1b[2J\x1b[H$ exit\r\n"),
    ]
    preview = told(making, on_terminal(pieces))
    assert preview is not None
    assert (preview.frame, preview.why, preview.time) == (1, "fullest", 1 * S)
    assert preview.rows[0] == "$ cat notes"
    assert preview.rows[-1] == "$"


def test_where_something_was_refused_tells_more(making: Making) -> None:
    pieces = [
        (0, b"a long list of many different words in the beginning of it all\r\n"),
        (2 * S, b"\x1b[2J\x1b[Hone two three four five six seven\r\n"),
        (5 * S, b"\x1b[2J\x1b[H$ exit"),
    ]
    events = on_terminal(pieces)
    events.insert(4, Refused(2 * S, 1, "forward", b"db1:5432", "GR-231"))
    preview = told(making, events)
    assert preview is not None
    assert (preview.why, preview.frame) == ("refused", 1)


@pytest.mark.parametrize(
    ("kind", "text", "cause"),
    [
        ("refused", "sftp", "refused"),
        ("verdict", "deny not yours", "denied"),
        ("verdict", "hold", "held"),
        ("verdict", "allow", ""),
        ("status", "0", ""),
        ("status", "127", "failed"),
        ("exit", "signal TERM", "failed"),
        ("exit", "", ""),
        ("command", "rm deny", ""),
    ],
)
def test_what_went_wrong(kind: str, text: str, cause: str) -> None:
    assert cause_of(Cue(kind, 5, 0, 1, text, 100)) == cause


def test_nothing_on_any_screen_is_none(making: Making) -> None:
    assert told(making, on_terminal([(0, b"\x1b[2J"), (S, b"  \r\n")])) is None
    assert told(making, [ChannelOpened(0, 1, "session", "client")]) is None


def test_a_program_that_fails_without_a_terminal(making: Making) -> None:
    events: list[Event] = [
        ChannelOpened(0, 1, "session", "client"),
        Requested(0, 1, "exec", b"backup"),
        Output(10, 1, b"copying a thing\n"),
        ExitSignal(2 * S, 1, "KILL", False, ""),
    ]
    preview = told(making, events)
    assert preview is not None
    assert preview.why == "failed"
    assert "copying a thing" in preview.rows


def test_a_large_screen_is_cut_to_where_most_is(making: Making) -> None:
    wide = "漢" * 100
    text = "".join(f"\x1b[{row};1H{wide}" for row in range(30, 55)) + "\x1b[5;1Hx"
    preview = told(making, on_terminal([(0, text.encode())], cols=250, rows=60))
    assert preview is not None
    assert len(preview.rows) <= PREVIEW_ROWS
    assert preview.rows[0] == "漢" * (PREVIEW_COLS // 2)


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.reel")), ids=lambda p: p.stem[-4:])
def test_every_sample_has_one_that_could_be_read(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    copy = tmp_path / path.name
    copy.write_bytes(path.read_bytes())
    with Recording(Store(tmp_path), path.stem) as recording, Index.load(recording) as index:
        index.refresh()
        preview = telling(recording, index)
        assert preview is not None
        assert 0 <= preview.frame < len(index.frames)
        assert index.frames[preview.frame].last == preview.event
    assert sum(map(bool, preview.rows)) >= 5
