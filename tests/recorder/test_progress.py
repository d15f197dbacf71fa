"""Where sealing stopped is found again from what is on disk. `test_sealer` stops it everywhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from recorder import format as fmt
from recorder import merkle
from recorder.errors import RecordingError
from recorder.progress import Position, resume
from recorder.store import Store
from tests.recorder.builders import Studio, outputs, packed, story
from tests.vectors.make import SESSION


def test_without_a_reel_nothing_is_sealed(tmp_path: Path) -> None:
    store = Store.open(tmp_path, create=True)
    state = resume(store, SESSION)
    assert (state.total, state.size, state.ended) == (0, 0, "")


def test_a_finished_reel_says_all_of_it(tmp_path: Path) -> None:
    with Studio(tmp_path) as studio:
        session = studio.whole(outputs(3))
        state = resume(studio.store, session)
    assert (state.total, state.ended) == (state.sealed.frontier.size, "closed")
    assert state.size == studio.store.reel(session).stat().st_size
    assert state.note
    assert state.sealed.secret


def test_half_a_seek_table_is_made_whole(tmp_path: Path) -> None:
    with Studio(tmp_path) as studio:
        session = studio.whole(outputs(3))
        reel = studio.store.reel(session)
        whole = reel.read_bytes()
        reel.write_bytes(whole[:-5])
        state = resume(studio.store, session)
    assert reel.read_bytes() == whole
    assert state.ended == "closed"


def test_a_record_that_does_not_follow_is_not_taken() -> None:
    raws = packed(story(SESSION))[0]
    position = Position(merkle.Frontier())
    first = fmt.unpack_record(raws[0], None)
    position.take(first)
    with pytest.raises(RecordingError, match="does not follow"):
        position.take(first)
    second = fmt.unpack_record(raws[1], position.place())
    copy = position.copy()
    copy.take(second)
    assert (position.frontier.size, copy.frontier.size) == (1, 2)
