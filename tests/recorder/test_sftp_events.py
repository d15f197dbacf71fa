"""What is done over SFTP is part of the one vocabulary, under codes of their own."""

from __future__ import annotations

from recorder import sftp_events
from recorder.event import Recorded
from recorder.events import EVENT_TYPES


def test_they_are_all_in_the_vocabulary_under_one_prefix() -> None:
    own = [
        kind
        for kind in vars(sftp_events).values()
        if isinstance(kind, type) and issubclass(kind, Recorded) and kind is not Recorded
    ]
    assert own
    assert {*own} == {kind for kind in EVENT_TYPES if kind.code.startswith("sftp-")}
