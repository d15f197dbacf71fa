"""What foreign formats have in common."""

from __future__ import annotations

from recorder.convert.foreign import CHANNEL, PIECE, pieces
from recorder.events import Input, Output


def test_bytes_become_records_of_one_instant() -> None:
    data = bytes(range(256)) * (PIECE // 128)
    made = list(pieces(Output, 7, data + b"x"))
    assert [len(event.data) for event in made if isinstance(event, Output)] == [PIECE, PIECE, 1]
    assert {(type(event), event.at, event.channel) for event in made} == {(Output, 7, CHANNEL)}
    assert list(pieces(Input, 7, b"")) == []
