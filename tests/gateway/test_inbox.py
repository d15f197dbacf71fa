"""What waits for a relay: in order, counted, joined only where it may be."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.inbox import ARRIVAL_COST, JOIN_SIZE, JOIN_TIME, Inbox
from gateway.relay import (
    Answered,
    Arrival,
    ClientEof,
    ClientGone,
    FromClient,
    FromTarget,
    TargetEof,
    TargetOpened,
    Unserved,
)
from gateway.sides import End
from tests.gateway.playbook import Playbook, lanes
from tests.gateway.wire.channel import ALLOW, opened, relay


def through(arrivals: list[Arrival]) -> list[Arrival]:
    inbox = Inbox()
    for arrival in arrivals:
        inbox.put(arrival)
    out = []
    while inbox:
        out.append(inbox.take())
    assert inbox.held(End.CLIENT) == inbox.held(End.TARGET) == 0
    return out


def test_pieces_of_one_stream_are_joined() -> None:
    assert through([FromTarget(1, b"a"), FromTarget(2, b"b"), FromTarget(3, b"c")]) == [
        FromTarget(1, b"abc")
    ]
    assert through([FromClient(1, b"a"), FromClient(2, b"b")]) == [FromClient(1, b"ab")]


def test_what_is_between_keeps_pieces_apart() -> None:
    apart: list[list[Arrival]] = [
        [FromTarget(1, b"a"), FromTarget(1, b"b", error=True), FromTarget(1, b"c")],
        [FromTarget(1, b"a"), FromClient(1, b"b"), FromTarget(1, b"c")],
        [FromClient(1, b"a"), ClientEof(1), TargetEof(1)],
    ]
    for arrivals in apart:
        assert through(arrivals) == arrivals


def test_pieces_far_apart_in_time_are_not_joined() -> None:
    near = [FromTarget(0, b"a"), FromTarget(JOIN_TIME, b"b")]
    far = [FromTarget(0, b"a"), FromTarget(JOIN_TIME + 1, b"b")]
    assert len(through(list(near))) == 1
    assert through(list(far)) == far


def test_what_is_joined_has_a_bound() -> None:
    piece = b"x" * (JOIN_SIZE // 4)
    sizes = [
        len(each.data) for each in through([FromTarget(0, piece)] * 9) if type(each) is FromTarget
    ]
    assert sizes == [JOIN_SIZE, JOIN_SIZE, JOIN_SIZE // 4]
    larger = FromTarget(0, b"x" * (2 * JOIN_SIZE))
    assert through([larger, larger]) == [larger, larger]


def test_memory_is_counted_for_each_end() -> None:
    inbox = Inbox()
    assert inbox.put(FromClient(0, b"abc")) is End.CLIENT
    assert inbox.put(FromTarget(0, b"abcde")) is End.TARGET
    assert inbox.put(ClientEof(0)) is End.CLIENT
    assert inbox.held(End.CLIENT) == 2 * ARRIVAL_COST + 3
    assert inbox.held(End.TARGET) == ARRIVAL_COST + 5
    inbox.put_alone(ClientGone(1, "lost"))
    assert inbox.held(End.CLIENT) == ARRIVAL_COST
    assert inbox.held(End.TARGET) == 0
    assert inbox.take() == ClientGone(1, "lost")
    assert not inbox


def test_what_is_kept_of_a_refused_request_counts() -> None:
    inbox = Inbox()
    inbox.put(Unserved(0, "request x11-req", bytes(1000), "GR-233"))
    assert inbox.held(End.CLIENT) == ARRIVAL_COST + 1000
    inbox.take()
    assert inbox.held(End.CLIENT) == 0


pieces = st.lists(
    st.builds(FromClient, st.just(0), st.sampled_from([b"ls", b"\r", b"x"]))
    | st.builds(FromTarget, st.just(0), st.sampled_from([b"ls", b"\r\n", b"x"]), st.booleans()),
    max_size=30,
)


@given(pieces)
def test_joining_changes_nothing_for_a_relay(arrivals: list[FromClient | FromTarget]) -> None:
    def play(these: list[Arrival]) -> Playbook:
        book = Playbook(relay())
        book.send(opened(), Answered(0, 1, ALLOW), TargetOpened(0), *these)
        return book

    assert lanes(play(through(list(arrivals))).effects) == lanes(play(list(arrivals)).effects)
