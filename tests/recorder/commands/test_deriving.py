"""A verb derives what it needs: a screen early in a recording needs little, and is the same."""

from __future__ import annotations

import io
import random
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import recorder.index
from bench.workload import session as busy
from recorder.commands import deriving, meter
from recorder.errors import MomentError
from recorder.index import Index
from recorder.moments import AtEvent, AtFrame, AtTime, Target, parse
from recorder.playback import Playback, View
from recorder.reader import Recording
from tests.recorder.builders import Studio


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a short recording is to these verbs what a long one is."""
    monkeypatch.setattr(recorder.index, "_LOOK_EVERY", 4096)
    monkeypatch.setattr(deriving, "_LOOKS", 2)


@pytest.fixture
def recording(tmp_path: Path) -> Iterator[Recording]:
    with Studio(tmp_path / "store") as studio:
        name = studio.whole(list(busy(80_000, 600_000_000)))
        with studio.open(name) as opened:
            yield opened


def _view(recording: Recording, index: Index, target: Target) -> View:
    playback = Playback(recording, index)
    match target:
        case AtTime(time):
            return playback.at_time(time)
        case AtEvent(event):
            return playback.at_event(event)
        case AtFrame(number):
            return playback.at_frame(number)


def _fresh(recording: Recording) -> None:
    recording.store.index(recording.name).unlink(missing_ok=True)


def test_a_screen_is_the_same_however_little_is_derived(recording: Recording) -> None:
    chance = random.Random(4)
    with deriving.whole(recording) as index:
        span = index.events, len(index.frames), index.duration
        moments = [f"#e{chance.randrange(span[0])}" for _ in range(4)]
        moments += [f"#f{chance.randrange(span[1])}" for _ in range(4)]
        moments += [f"{chance.randrange(span[2]) / 1e6:f}s" for _ in range(4)]
        moments += ["0%", "37%", "100%", "-5m", "#e0", "#f0", f"#e{span[0] - 1}"]
        wanted = {}
        for text in moments:
            again, target = deriving.until(recording, parse(text))
            with again:
                assert not again.partial  # it is all there
            wanted[text] = target, _view(recording, index, target)
    short = 0
    for text, (target, view) in wanted.items():
        _fresh(recording)
        index, found = deriving.until(recording, parse(text))
        with index:
            short += index.partial
            assert found == target, text
            assert _view(recording, index, found) == view, text
    assert short >= 8


def test_little_is_derived_for_the_beginning(recording: Recording) -> None:
    index, _ = deriving.until(recording, parse("#e10"))
    with index:
        assert 10 < index.events < recording.last().number / 4
    with deriving.whole(recording) as whole:
        assert whole.finished
        assert whole.events == recording.last().number + 1


def test_a_moment_that_is_not_there_is_refused(recording: Recording) -> None:
    for text in ("#e999999", "#f999999", "3h"):
        with pytest.raises(MomentError):
            deriving.until(recording, parse(text))


def test_a_terminal_is_told_how_far_it_is(
    recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    screen, pipe = Terminal(), io.StringIO()
    monkeypatch.setattr(meter, "_EVERY_NS", 0)
    monkeypatch.setattr(recorder.index, "_TOLD_EVERY", 64)
    monkeypatch.setattr(sys, "stderr", screen)
    deriving.whole(recording).close()
    assert "\rindexing: 5" in screen.getvalue()
    assert screen.getvalue().endswith(" \r")
    _fresh(recording)
    monkeypatch.setattr(sys, "stderr", pipe)
    deriving.whole(recording).close()
    assert pipe.getvalue() == ""
