"""A forwarded connection's relay: nothing goes anywhere that was not allowed and recorded."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway import relay
from gateway.errors import Ended
from gateway.policy import ELSEWHERE, Allow, Deny, Hold, Request, Verdict
from gateway.relay import Arrival, Effect, Record
from gateway.wire.forward import ForwardRelay
from recorder.events import (
    ChannelClosed,
    ChannelOpened,
    Decided,
    HalfClose,
    Input,
    Notice,
    Output,
    Refused,
    Requested,
)

SUBJECT = Request("alice", "person", (), "connect", "web1", "root")
OPENED = relay.Opened(0, "direct-tcpip", b"db:5432", None, ())
ALLOWED = relay.Answered(0, 1, Allow(("db",), (ELSEWHERE,)))


def begun() -> ForwardRelay:
    core = ForwardRelay(1, SUBJECT, "db:5432")
    for arrival in (OPENED, ALLOWED, relay.TargetOpened(0)):
        core.receive(arrival)
    return core


def recorded(effects: list[Effect]) -> list[type]:
    return [type(each.event) for each in effects if isinstance(each, Record)]


def test_it_asks_before_it_opens_anything() -> None:
    core = ForwardRelay(1, SUBJECT, "db:5432")
    *records, ask = core.receive(OPENED)
    assert recorded(records)[:2] == [ChannelOpened, Requested]
    assert isinstance(ask, relay.Ask)
    assert (ask.question.action, ask.question.facts) == ("forward", {"address": "db:5432"})
    verdict, opening = core.receive(ALLOWED)
    assert recorded([verdict]) == [Decided]
    assert opening == relay.OpenTarget(())


@pytest.mark.parametrize(
    ("verdict", "code", "name"),
    [
        (Deny(("no",), "not there"), "GR-201", "deny"),
        (Hold(("two",), "ask bob"), "GR-202", "hold"),
        (Allow(("db",), ("mask",)), "GR-201", "deny"),
    ],
)
def test_what_is_not_allowed_is_refused_with_words(verdict: Verdict, code: str, name: str) -> None:
    core = ForwardRelay(1, SUBJECT, "db:5432")
    core.receive(OPENED)
    effects = core.receive(relay.Answered(0, 1, verdict))
    assert recorded(effects) == [Decided, Notice, ChannelClosed]
    decided, notice, _, told, closed = effects
    assert isinstance(decided, Record)
    assert isinstance(decided.event, Decided)
    assert decided.event.verdict == name
    assert isinstance(told, relay.ExitToClient)
    assert isinstance(notice, Record)
    assert isinstance(notice.event, Notice)
    # The client is told what is recorded that it was told (P1).
    assert notice.event.data == f"gatereel: {told.message}\n".encode()
    assert told.message.startswith(code)
    assert isinstance(closed, relay.Close)
    assert core.receive(relay.FromClient(0, b"x")) == []


def test_a_far_side_may_speak_before_it_is_known_to_stand() -> None:
    core = ForwardRelay(1, SUBJECT, "db:5432")
    core.receive(OPENED)
    core.receive(ALLOWED)
    assert core.receive(relay.FromTarget(0, b"x")) == [
        Record(Output(0, 1, b"x")),
        relay.ToClient(b"x"),
    ]
    assert recorded(core.receive(relay.TargetEof(0))) == [HalfClose]


def test_when_both_have_ended_it_is_over() -> None:
    core = begun()
    assert core.receive(relay.ClientEof(0))[-1] == relay.EofToTarget()
    assert core.receive(relay.ClientEof(0)) == []
    effects = core.receive(relay.TargetEof(0))
    assert effects[1] == relay.EofToClient()
    assert recorded(effects) == [HalfClose, ChannelClosed]


def test_no_words_are_put_among_somebodys_bytes() -> None:
    effects = begun().receive(relay.Stopped(0, Ended("bob ended it")))
    assert recorded(effects) == [ChannelClosed]
    assert effects[1:] == [relay.Close("gateway: GR-208")]


def test_bytes_after_an_end_are_refused_and_end_it() -> None:
    core = begun()
    core.receive(relay.ClientEof(0))
    assert recorded(core.receive(relay.FromClient(0, b"x"))) == [Refused, ChannelClosed]


ARRIVALS = st.one_of(
    st.builds(relay.FromClient, st.just(0), st.binary(max_size=8)),
    st.builds(relay.FromTarget, st.just(0), st.binary(max_size=8), st.booleans()),
    st.just(OPENED),
    st.just(ALLOWED),
    st.just(relay.Answered(0, 1, Deny((), "no"))),
    st.just(relay.TargetOpened(0)),
    st.just(relay.ClientEof(0)),
    st.just(relay.TargetEof(0)),
    st.just(relay.Signalled(0, "TERM")),
    st.just(relay.Resized(0, 1, 1, 0, 0)),
    st.just(relay.Broke(0, 1)),
    st.just(relay.Exited(0, 0)),
    st.just(relay.Tick(0)),
    st.just(relay.Told(0, b"soon")),
    st.just(relay.Unserved(0, "request x", b"", "GR-233")),
    st.just(relay.ClientGone(0, "left")),
    st.just(relay.TargetGone(0, "left")),
    st.just(relay.Stopped(0, Ended("over"))),
)


@given(st.lists(ARRIVALS, max_size=30))
def test_every_byte_is_recorded_first_and_none_goes_on_unasked(arrivals: list[Arrival]) -> None:
    core = ForwardRelay(1, SUBJECT, "db:5432")
    allowed = over = False
    for arrival in arrivals:
        sent = {Input: b"", Output: b""}
        for effect in core.receive(arrival):
            assert not over
            match effect:
                case Record(Input(data=data)):
                    sent[Input] += data
                case Record(Output(data=data)):
                    sent[Output] += data
                case Record(Decided(verdict="allow")):
                    allowed = True
                case relay.ToTarget(data):
                    assert allowed
                    assert sent[Input] == data
                case relay.ToClient(data):
                    assert allowed
                    assert sent[Output] == data
                case relay.OpenTarget() | relay.EofToTarget():
                    assert allowed
                case relay.Close():
                    over = True
                case _:
                    pass


@given(st.lists(st.binary(min_size=1, max_size=6), min_size=1, max_size=6))
def test_where_bytes_are_cut_changes_nothing_but_where_pieces_end(pieces: list[bytes]) -> None:
    def sums(parts: list[bytes]) -> tuple[bytes, bytes]:
        core, recorded, sent = begun(), b"", b""
        for part in parts:
            for effect in core.receive(relay.FromClient(0, part)):
                if isinstance(effect, Record) and isinstance(effect.event, Input):
                    recorded += effect.event.data
                elif isinstance(effect, relay.ToTarget):
                    sent += effect.data
        return recorded, sent

    assert sums(pieces) == sums([b"".join(pieces)])
