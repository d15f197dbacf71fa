"""What is kept of a moment is the moment, however one came to it."""

from __future__ import annotations

from pathlib import Path

from recorder.index import Index
from recorder.playback import Playback
from recorder.screen import frame_of
from replay.keep import keep
from tests.recorder.builders import Studio
from tests.replay.cases import kept, recorded


def test_the_frame_and_its_place(tmp_path: Path) -> None:
    with Studio(tmp_path) as studio:
        session = recorded(studio)
        moment = kept(studio, session)
        with studio.open(session) as recording, Index.load_or_build(recording) as index:
            frame = Playback(recording, index).at_frame(1).screen
            assert frame_of(moment.screen) == frame
            (time,) = [r.time for r in recording.records() if r.number == moment.cites.event]
            between = keep(recording, Playback(recording, index).at_time(time + 7))
    assert moment.cites.session == session
    assert (moment.cites.frame, moment.cites.time, moment.cites.channel) == (1, time, 1)
    assert between == moment
    assert dict(moment.about)["target"] == "web1"
