from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from recorder.events import Event, Marker, Output
from recorder.index import Index
from recorder.moments import AtEvent, AtFrame
from recorder.playback import Playback
from replay.excerpts import ROW_TEXT, EventRow, Inspected, look, rows
from replay.inspect import Part
from replay.projector import Desk, Errand
from tests.recorder.recordings import Making, on_terminal

SECOND = 1_000_000


@pytest.fixture
def making(tmp_path: Path) -> Iterator[Making]:
    made = Making(tmp_path / "store")
    yield made
    made.close()


@contextmanager
def desk_on(making: Making, events: list[Event]) -> Iterator[Desk]:
    with making.sealed(events) as recording, Index.load_or_build(recording) as index:
        yield Desk(recording, index, Playback(recording, index))


def done(errand: Errand, desk: Desk) -> Inspected:
    found = errand(desk)
    assert isinstance(found, Inspected)
    return found


def lefts(found: Inspected, part: Part) -> list[str]:
    return [line.left.strip() for line in found.lines if line.part is part]


def test_rows_of_events_wherever_they_are(making: Making) -> None:
    events = on_terminal([(n * SECOND, b"\x1b[1mline %d\r\n" % n) for n in range(1, 6)])
    with desk_on(making, [*events, Marker(9 * SECOND, 0, "here\u200b")]) as desk:
        last = desk.index.events - 1
        found = rows([4, 5, 8, last - 1, 10**9])(desk)
        assert isinstance(found, dict)
        assert list(found) == [4, 5, 8, last - 1]
        assert found[5] == EventRow(5, SECOND, 1, "o", "␛[1mline 1␍␊")
        assert found[last - 1] == EventRow(last - 1, 9 * SECOND, 0, "m", "marker label=here⟦ZWSP⟧")
        assert all(len(row.text) <= ROW_TEXT for row in found.values())
        assert rows([])(desk) == {}


def test_a_frame_is_all_its_events_and_what_its_screen_hides(making: Making) -> None:
    pieces = [(SECOND, b"one "), (SECOND + 5000, "t\u200bwo".encode()), (3 * SECOND, b"three")]
    with desk_on(making, on_terminal(pieces)) as desk:
        found = done(look(AtFrame(0), 80), desk)
        assert found.target == AtFrame(0)
        assert lefts(found, Part.HEAD) == [
            "not to be seen on this screen", "#e5  output", "#e6  output",
        ]  # fmt: skip
        assert lefts(found, Part.TEXT) == ["“one ”", "“t⟦ZWSP⟧wo”"]
        assert lefts(done(look(AtFrame(1), 80), desk), Part.HEAD) == ["#e7  output"]


def test_one_event_with_the_sequence_that_the_one_before_began(making: Making) -> None:
    pieces = [(SECOND, b"a\x1b[3"), (2 * SECOND, b"1mred")]
    with desk_on(making, on_terminal(pieces)) as desk:
        assert lefts(done(look(AtEvent(5), 80), desk), Part.BROKEN) == ["␛[3"]
        found = done(look(AtEvent(6), 80), desk)
        assert lefts(found, Part.SEQUENCE) == ["…1m"]
        assert lefts(found, Part.HEAD) == ["#e6  output"]
        assert lefts(done(look(AtEvent(0), 80), desk), Part.HEAD) == ["#e0  header"]


def test_a_frame_of_very_many_events_is_counted(making: Making) -> None:
    events: list[Event] = [*on_terminal([])]
    events += [Output(SECOND + n * 100, 1, b"x") for n in range(230)]
    with desk_on(making, events) as desk:
        found = done(look(AtFrame(0), 80), desk)
        assert len(lefts(found, Part.HEAD)) == 200
        assert found.lines[-1].right == "… and 30 events more: `.` goes on"
