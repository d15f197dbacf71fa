"""A range in order: records, and the frames that they complete."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from recorder.channel_screen import looks_different
from recorder.convert.walk import Shown, walk
from recorder.events import Event, Output
from recorder.format import Packed
from recorder.index import Index
from recorder.playback import Playback
from tests.recorder.recordings import Making, on_terminal

MS = 1000


@pytest.fixture
def making(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Making]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    made = Making(tmp_path / "store")
    yield made
    made.close()


def story() -> list[Event]:
    """Two terminals, with enough on the first to need keyframes."""
    chance = random.Random(7)
    pieces = [
        (n * 7 * MS, b"\x1b[3%dm%d%s\x1b[m\r\n" % (n % 8, n, b"x" * chance.randrange(40)))
        for n in range(400)
    ]
    other = [(n * 30 * MS, b"line %d\r\n" % n) for n in range(60)]
    one, two = on_terminal(pieces, rows=10), on_terminal(other, channel=2, rows=5)
    return sorted([*one, *two], key=lambda event: event.at)


@pytest.mark.parametrize(
    ("start", "end", "channel"),
    [(0, None, None), (0, None, 2), (1_000_000, 1_500_000, None), (2_000_001, None, 1), (1, 1, 1)],
)
def test_each_frame_is_what_playback_shows(
    making: Making, start: int, end: int | None, channel: int | None
) -> None:
    with making.sealed(story()) as recording, Index.load_or_build(recording) as index:
        until = index.duration if end is None else end
        steps = list(walk(recording, index, start, end, channel))
        shown = [step for step in steps if isinstance(step, Shown)]
        assert [step.ref for step in shown] == [
            frame
            for frame in index.frames
            if start <= frame.closed <= until and channel in (None, frame.channel)
        ]
        of = {0, 1, 2} if channel is None else {0, channel}
        assert [step.number for step in steps if isinstance(step, Packed)] == [
            record.number
            for record in recording.records()
            if start <= record.time <= until and record.event.channel in of
        ]
        playback = Playback(recording, index)
        for step in shown:
            assert not looks_different(step.screen, playback.at_frame(step.ref.number).screen)


def test_rows_that_left_belong_to_the_frame_that_follows(making: Making) -> None:
    with making.sealed(story()) as recording, Index.load_or_build(recording) as index:
        whole = [s for s in walk(recording, index, channel=1) if isinstance(s, Shown)]
        rows = [row for step in whole for row in step.scrolled]
        rows += [whole[-1].screen.text(y) for y in range(10)]
        written = b"".join(
            record.event.data
            for record in recording.records()
            if isinstance(record.event, Output) and record.event.channel == 1
        )
        assert len(rows) == written.count(b"\n") + 1
        for start in (500_000, 1_234_567, 2_700_000):
            part = [s for s in walk(recording, index, start, None, 1) if isinstance(s, Shown)]
            assert part
            tail = whole[-len(part) :]
            assert [s.scrolled for s in part] == [s.scrolled for s in tail]
