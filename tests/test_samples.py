"""The sample sessions as they are shipped: whole, provable, and showing what they are said to."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from recorder.events import Output, Resize, Typed, Withheld
from recorder.reader import Recording
from recorder.screen import Screen
from recorder.store import Store
from recorder.verify_store import verify_store
from sample_sessions.driver import Drive, Expect, Press, Rest, Type, Unexpected, Window
from sample_sessions.scripts import SAMPLES
from tests.system.peers import need

SAMPLES_FOLDER = Path(__file__).parent.parent / "sample_sessions"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A copy: looking at a recording may write beside it."""
    for path in SAMPLES_FOLDER.iterdir():
        if path.suffix == ".reel" or path.name == "verifiers":
            (tmp_path / path.name).write_bytes(path.read_bytes())
    return Store.open(tmp_path)


def recordings(store: Store) -> Iterator[Recording]:
    for session in store.ids():
        with Recording(store, session) as recording:
            yield recording


def the(store: Store, title: str) -> list[object]:
    """The events of the sample whose title begins so."""
    for recording in recordings(store):
        if recording.header.facts["target"].startswith(title):
            return [packed.event for packed in recording.records()]
    pytest.fail(f"no sample is called {title}")


def test_every_script_has_its_recording(store: Store) -> None:
    titles = sorted(recording.header.facts["target"] for recording in recordings(store))
    assert titles == sorted(sample.about for sample in SAMPLES)


def test_all_are_whole_and_provable(store: Store) -> None:
    reports = verify_store(store, store.verifiers())
    assert reports
    assert [check for report in reports for check in report.checks if not check.ok] == []
    assert all(recording.state == "sealed" for recording in recordings(store))


def test_stock_tools_accept_them() -> None:
    zstd = need("zstd")
    for path in SAMPLES_FOLDER.glob("*.reel"):
        subprocess.run([zstd, "-q", "-t", path], check=True)
        assert subprocess.run([zstd, "-q", "-dc", path], check=True, capture_output=True).stdout


def test_they_are_small() -> None:
    assert sum(path.stat().st_size for path in SAMPLES_FOLDER.glob("*.reel")) < 500_000


def test_the_password_is_nowhere_and_its_length_is_told(store: Store) -> None:
    events = the(store, "shell")
    assert sum(event.count for event in events if isinstance(event, Typed)) >= 13
    assert sum(event.count for event in events if isinstance(event, Withheld)) >= 13
    for recording in recordings(store):
        assert all(b"correct horse" not in packed.raw for packed in recording.records())


def test_a_window_changes_its_size(store: Store) -> None:
    sizes = [(e.cols, e.rows) for e in the(store, "resize") if isinstance(e, Resize)]
    assert sizes == [(120, 36), (60, 18), (100, 30)]


def test_wide_characters_come_back_as_they_were(store: Store) -> None:
    screen = Screen(80, 24)
    for event in the(store, "wide"):
        if isinstance(event, Output):
            screen.feed(event.data)
    frame = screen.frame()
    shown = "\n".join(frame.text(row) for row in range(frame.rows))
    assert "セッションは記録されています" in shown
    assert "👩🏽‍🔬" in shown


def test_the_driver_types_waits_resizes_and_tells_the_status(tmp_path: Path) -> None:
    drive = Drive([need("sh"), "-i"], {"PS1": "$ ", "PATH": "/usr/bin:/bin"}, str(tmp_path))
    status = drive.run(
        [
            Expect(r"\$ "),
            Window(100, 30),
            Type("stty size"),
            Press("Enter"),
            Expect("30 100"),
            Rest(0.01),
            Type("exit 4"),
            Press("Enter"),
        ]
    )
    assert status == 4


def test_the_driver_says_what_it_waited_for(tmp_path: Path) -> None:
    drive = Drive([need("cat")], {}, str(tmp_path))
    with pytest.raises(Unexpected, match="never"):
        drive.run([Expect("never", seconds=0.05)])
    assert drive.run([Press("C-d")]) == 0
