"""The tables of a recording, over records that never were in a file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from recorder.channel_screen import Size
from recorder.events import (
    ChannelClosed,
    End,
    Event,
    Header,
    Input,
    Marker,
    Notice,
    Output,
    Requested,
    Resize,
    Terminal,
    Typed,
)
from recorder.format import Packed
from recorder.tables import (
    BUCKET,
    COST,
    LEAST_COST,
    MOST_CUES,
    Batch,
    Keyframe,
    Load,
    Progress,
    TableBuilder,
    cost_of,
)

MS = 1_000
HEADER = Header(0, 0, {"cols": 40, "rows": 6})


def packed(events: Sequence[Event]) -> list[Packed]:
    return [Packed(n, e.at, 0, repr(e).encode(), e) for n, e in enumerate([HEADER, *events])]


def build(events: Sequence[Event]) -> tuple[TableBuilder, list[Batch]]:
    builder = TableBuilder()
    batches = [b for record in packed(events) if (b := builder.take(record)) is not None]
    return builder, batches


def whole(events: Sequence[Event]) -> Batch:
    builder, batches = build(events)
    batches.append(builder.finish())
    first = batches[0]
    for batch in batches[1:]:
        first = batch.after(first)
    return first


def test_frames_come_from_what_was_seen() -> None:
    batch = whole(
        [
            Terminal(0, 1, "xterm", 40, 6, 0, 0, b""),
            Output(0, 1, b"$ "),
            Typed(50 * MS, 1, 1),
            Output(51 * MS, 1, b"l"),
            Output(300 * MS, 1, b"\x07"),
            Notice(900 * MS, 1, b"[recorded]", False),
            Resize(950 * MS, 1, 41, 6, 0, 0),
        ]
    )
    assert [(f.first, f.last, f.closed) for f in batch.frames] == [
        (2, 2, 0),
        (4, 4, 51 * MS),
        (6, 6, 900 * MS),
    ]


def test_a_resize_shows_with_the_next_output_of_its_channel() -> None:
    batch = whole(
        [
            Terminal(0, 1, "xterm", 40, 6, 0, 0, b""),
            Output(0, 1, b"a"),
            Resize(MS, 1, 41, 6, 0, 0),
            Output(2 * MS, 1, b"\x07"),
        ]
    )
    assert [(f.first, f.last) for f in batch.frames] == [(2, 2), (4, 4)]


def test_cues_are_the_events_worth_a_jump() -> None:
    batch = whole([Requested(0, 1, "exec", b"ls -l"), Marker(MS, 0, "look"), End(2 * MS, 0, "")])
    assert [(c.kind, c.event, c.text) for c in batch.cues] == [
        ("command", 1, "ls -l"),
        ("marker", 2, "look"),
    ]


def test_commands_that_a_shell_marks_are_cues_wherever_records_end() -> None:
    session = b"\x1b]133;A\x07$ \x1b]133;B\x07ls -l\r\n\x1b]133;C\x07out\r\n\x1b]133;D;2\x07"
    for size in (1, 7, len(session)):
        pieces = [session[n : n + size] for n in range(0, len(session), size)]
        terminal = Terminal(0, 1, "xterm", 40, 6, 0, 0, b"")
        batch = whole([terminal, *(Output(n, 1, piece) for n, piece in enumerate(pieces))])
        cues = [(cue.kind, cue.text) for cue in batch.cues]
        assert cues == [("resize", "40x6"), ("command", "ls -l"), ("status", "2")]


def test_cues_are_bounded_whatever_the_target_prints() -> None:
    marks = b"\x1b]133;B\x07\x1b]133;C\x07" * 1000
    batch = whole([Output(n, 1, marks) for n in range(30)] + [Marker(99, 0, "late")])
    assert len(batch.cues) == MOST_CUES
    assert batch.progress.cues == MOST_CUES


def test_density_counts_bytes_both_ways() -> None:
    batch = whole(
        [
            Output(0, 1, b"abc"),
            Typed(1, 1, 2),
            Input(BUCKET, 2, b"12345"),
            Output(BUCKET, 1, b"x"),
            Output(5 * BUCKET, 1, b"yz"),
        ]
    )
    assert batch.loads == [Load(0, 3, 2), Load(1, 1, 5), Load(5, 2, 0)]


def test_points_lie_where_feeding_has_cost_enough() -> None:
    line = b"\x1b[31mx\x1b[0m" * 1000
    events = [Output(n * MS, 1, line) for n in range(100)]
    _, batches = build(events)
    gaps = [two.points[0].event - one.points[0].event for one, two in pairwise(batches)]
    assert len(gaps) > 5
    assert set(gaps) == {-(-COST // (cost_of(line) + 1))}


def test_a_resize_and_a_buffer_switch_get_a_point_but_not_one_a_byte() -> None:
    text = b"x" * (LEAST_COST * 60)
    for switch in (Output(2, 1, b"\x1b[?1049h"), Resize(2, 1, 50, 6, 0, 0)):
        _, batches = build([Output(1, 1, text), switch, Output(3, 1, b"y")])
        assert [batch.points[0].event for batch in batches] == [3]
    many = [Output(n, 1, b"\x1b[?1049h\x1b[?1049l") for n in range(1000)]
    _, batches = build(many)
    assert len(batches) < 1000 * (cost_of(many[0].data) + 1) // LEAST_COST + 2


def test_a_channel_that_was_closed_is_let_go() -> None:
    events: list[Event] = []
    for channel in range(1, 50):
        events += [Output(channel, channel, b"x" * 100_000), ChannelClosed(channel, channel, "")]
    builder, batches = build(events)
    assert len(builder.screens) < 5
    stored = [k.channel for batch in batches for p in batch.points for k in p.keyframes]
    assert stored == sorted(stored)
    assert all(stored.count(channel) <= 2 for channel in stored)


def test_the_edge_is_what_would_be_and_changes_nothing() -> None:
    builder, _ = build([Output(0, 1, b"a"), Output(500 * MS, 1, b"b")])
    edge = builder.edge()
    assert [(f.number, f.first) for f in edge] == [(1, 2)]
    assert builder.edge() == edge
    assert builder.finish().frames[1:] == edge


pieces = st.sampled_from(
    [
        b"a",
        b"\r\n",
        b"\x1b[?1049h",
        b"\x1b[?1049l\x1b[1",
        b"m",
        b"\x1b[?2026h",
        b"\x1b[?2026l",
        b"\x07",
    ]
)
drawn = st.lists(
    st.tuples(
        st.sampled_from([0, 1, 20, 60, 120, 400]), st.integers(1, 2), pieces, st.integers(0, 9)
    ),
    max_size=30,
)


def session(drawn: list[tuple[int, int, bytes, int]]) -> list[Event]:
    now, events = 0, list[Event]()
    for later, channel, data, what in drawn:
        now += later * MS
        match what:
            case 0:
                events.append(Resize(now, channel, 20 + now % 7, 5, 0, 0))
            case 1:
                events.append(ChannelClosed(now, channel, ""))
            case 2:
                events.append(Terminal(now, channel, "xterm", 30, 5, 0, 0, b""))
            case _:
                # Enough that points fall often.
                events.append(Output(now, channel, data * (400 if what > 6 else 1)))
    return events


@given(drawn, st.sets(st.integers(0, 31)))
def test_resumed_from_any_batch_the_tables_are_the_same(
    items: list[tuple[int, int, bytes, int]], kills: set[int]
) -> None:
    events = session(items)
    expected = whole(events)
    records = packed(events)
    builder = TableBuilder()
    found: Batch | None = None
    newest: dict[int, Keyframe] = {}

    def keep(batch: Batch) -> None:
        nonlocal found
        for point in batch.points:
            newest.update({keyframe.channel: keyframe for keyframe in point.keyframes})
        found = batch.after(found)

    place = 0
    while place < len(records):
        batch = builder.take(records[place])
        if batch is not None:
            keep(batch)
        place += 1
        if place in kills:
            kills.discard(place)
            if place % 2:
                keep(builder.cut())  # written just before
            # All that is not in a batch is lost; the stored parts went through JSON.
            if found is None:
                builder, place = TableBuilder(), 0
                continue
            stored = Progress(*json.loads(json.dumps(found.progress)))
            builder = TableBuilder.resume(stored._replace(size=Size(*stored.size)), newest)
            place = builder.event
    keep(builder.finish())
    assert found is not None
    assert found.frames == expected.frames
    assert found.cues == expected.cues
    assert _summed(found.loads) == _summed(expected.loads)
    assert found.progress == expected.progress


def _summed(loads: list[Load]) -> dict[int, tuple[int, int]]:
    sums: dict[int, tuple[int, int]] = {}
    for bucket, output, typed in loads:
        before = sums.get(bucket, (0, 0))
        sums[bucket] = (before[0] + output, before[1] + typed)
    return sums
