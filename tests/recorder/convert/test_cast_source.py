"""asciicast v2 and v3 as sources of events."""

from __future__ import annotations

import io

import pytest

from recorder.convert.asciicast import CastEvent
from recorder.convert.cast_source import CastSource, events_of, parse_status
from recorder.convert.foreign import PIECE
from recorder.errors import ConversionError
from recorder.events import Event, Exit, Gap, Input, Marker, Output, Resize

V2 = b'{"version": 2, "width": 80, "height": 24, "timestamp": 4294967296, "title": "t"}\n'


@pytest.mark.parametrize(
    ("event", "ours"),
    [
        (CastEvent(5, "o", "é"), [Output(5, 1, "é".encode())]),
        (CastEvent(5, "i", "x"), [Input(5, 1, b"x")]),
        (CastEvent(5, "o", ""), []),
        (CastEvent(5, "o", "a" * (PIECE + 1)), [Output(5, 1, b"a" * PIECE), Output(5, 1, b"a")]),
        (CastEvent(5, "r", "90x20"), [Resize(5, 1, 90, 20, 0, 0)]),
        (CastEvent(5, "m", "here"), [Marker(5, 0, "here")]),
        (CastEvent(5, "x", "3"), [Exit(5, 1, 3)]),
        (CastEvent(5, "?", "3"), []),
    ],
)
def test_each_event_is_one_of_ours(event: CastEvent, ours: list[Event]) -> None:
    assert list(events_of(event)) == ours


@pytest.mark.parametrize("text", ["", "-1", "x", "٣", "1234567890"])
def test_a_status_that_is_none(text: str) -> None:
    with pytest.raises(ConversionError):
        parse_status(text)


def test_what_is_not_known_is_told_at_the_end_each_time() -> None:
    source = CastSource(io.BytesIO(V2 + b'[1, "Z", ""]\n[2, "o", "a"]\n[3, "Z", ""]\n'))
    for _ in range(2):
        assert list(source.events()) == [
            Output(2_000_000, 1, b"a"),
            Gap(3_000_000, 0, "events of unknown kinds were left out: 2 of 'Z'"),
        ]
    about = source.about()
    assert (about.protocol, about.title, about.cols, about.rows) == ("asciicast", "t", 80, 24)
    assert about.began_ns == 4294967296 * 10**9
    assert about.claims["version"] == 2
