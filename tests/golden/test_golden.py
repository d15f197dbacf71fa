"""The frames of each sample session are what they were."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from recorder.index import Index
from recorder.playback import Playback
from recorder.reader import Recording
from tests.golden.frames import FOLDER, samples, screens, table

SAMPLES = dict(samples())


def test_every_sample_has_its_golden_file_and_there_is_no_other() -> None:
    assert {path.stem for path in FOLDER.glob("*.txt")} == SAMPLES.keys()


@pytest.mark.parametrize("name", SAMPLES)
def test_frames_are_what_they_were_forwards_and_backwards(name: str, tmp_path: Path) -> None:
    reel = Path(shutil.copy(SAMPLES[name], tmp_path))
    expected = (FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    with Recording.open(reel) as recording, Index.load_or_build(recording) as index:
        playback = Playback(recording, index)
        assert table(index, playback) == expected
        backwards = list(screens(playback, reversed(range(len(index.frames)))))
        assert backwards[::-1] == [line.rpartition(" ")[2] for line in expected[1:]]
