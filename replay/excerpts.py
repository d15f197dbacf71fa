"""What the list and the inspector read of a recording: rows of events, and some events whole.

Knows: a projector's desk (`replay.projector`). Must never know: widgets, keys, players. Its
functions make errands, which run on the projector's thread between screens.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import assert_never

from recorder.event_json import event_json
from recorder.format import Packed
from recorder.moments import AtEvent, AtFrame
from replay.inspect import MOST_EVENTS, Line, data_of, event_name, inspect
from replay.inspect_escapes import LONGEST
from replay.invisible import visible
from replay.projector import Desk, Errand

ROW_TEXT = 160
"""Characters of a row that tell what is in the event."""
_BACK = 64
"""Records before an event in which the beginning of a torn sequence is looked for."""
_IN_ROW = ("event", "time", "wall", "code", "channel")


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event in one line."""

    event: int
    time: int
    channel: int
    code: str
    text: str
    """Untrusted, with nothing invisible in it."""


@dataclass(frozen=True, slots=True)
class Inspected:
    """What there is to say about a position, for a width."""

    target: AtFrame | AtEvent
    width: int
    lines: Sequence[Line]


def row_of(record: Packed) -> EventRow:
    """A record in one line."""
    event = record.event
    data = data_of(event)
    if data is not None:
        text = visible(data[: ROW_TEXT * 2].decode("utf-8", "surrogateescape"))
    else:
        facts = event_json(record, 0)
        values = [
            f"{name}={value}" for name, value in facts.items() if name not in _IN_ROW and value
        ]
        text = " ".join([event_name(event.code), *map(visible, values)])
    return EventRow(record.number, record.time, event.channel, event.code, text[:ROW_TEXT])


def rows(numbers: Sequence[int]) -> Errand:
    """An errand for these events' rows (numbers ascending), by number."""
    wanted = tuple(numbers)

    def read(desk: Desk) -> dict[int, EventRow]:
        found: dict[int, EventRow] = {}
        for run in _runs(wanted):
            for record in islice(desk.recording.records(run[0]), len(run)):
                found[record.number] = row_of(record)
        return found

    return read


def look(target: AtFrame | AtEvent, width: int) -> Errand:
    """An errand for everything about a frame's events, or about one event."""

    def read(desk: Desk) -> Inspected:
        match target:
            case AtFrame(number):
                frame = desk.index.frames[number]
                read = _read(desk, frame.first, frame.last, frame.channel)
                hidden = desk.playback.hidden(frame.last, frame.channel)
            case AtEvent(number):
                read = _read(desk, number, number, None)
                hidden = desk.playback.hidden(number)
            case _:
                assert_never(target)
        lines = inspect(
            read.records,
            read.before,
            hidden,
            desk.recording.header.facts["wall"],
            width=width,
            more=read.more,
        )
        return Inspected(target, width, lines)

    return read


@dataclass(slots=True)
class _Read:
    records: list[Packed] = field(default_factory=list)
    before: dict[int, bytes] = field(default_factory=dict)
    """By number, the end of what came before in the same stream."""
    more: int = 0


def _read(desk: Desk, first: int, last: int, channel: int | None) -> _Read:
    """The events from one number to another, of one channel or of all."""
    found = _Read()
    tails: dict[tuple[int, type], bytes] = {}
    for record in desk.recording.records(max(first - _BACK, 0)):
        if record.number > last:
            break
        event = record.event
        stream = (event.channel, type(event))
        if record.number >= first and channel in (None, event.channel):
            if len(found.records) == MOST_EVENTS:
                found.more += 1
                continue
            found.records.append(record)
            found.before[record.number] = tails.get(stream, b"")
        if (data := data_of(event)) is not None:
            tails[stream] = (tails.get(stream, b"") + data)[-LONGEST:]
    return found


def _runs(numbers: Iterable[int]) -> Iterator[list[int]]:
    """Ascending numbers, cut where one does not follow the other."""
    run: list[int] = []
    for number in numbers:
        if run and number != run[-1] + 1:
            yield run
            run = []
        run.append(number)
    if run:
        yield run
