"""The promises of every relay (P1, P2, P4), kept by the terminal relay over random arrivals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import assume, given
from hypothesis import strategies as st

from gateway.errors import Ended, TargetLost
from gateway.policy import Allow, Deny, Hold
from gateway.relay import (
    Answered,
    Arrival,
    Ask,
    BreakTarget,
    Broke,
    ClientEof,
    ClientGone,
    Close,
    EofToTarget,
    Exited,
    FromClient,
    FromTarget,
    Opened,
    OpenTarget,
    Record,
    Resized,
    ResizeTarget,
    Signalled,
    SignalTarget,
    Stopped,
    TargetEof,
    TargetGone,
    TargetOpened,
    TerminalSpec,
    Tick,
    ToClient,
    ToTarget,
    Unserved,
    Waits,
)
from gateway.wire.terminal import KeepTyped
from recorder import events
from tests.gateway.playbook import Playbook, bytewise, lanes, split
from tests.gateway.wire.channel import ALLOW, relay

PTY = TerminalSpec("xterm", 80, 24, 0, 0, b"")


@dataclass
class Session:
    """How a channel is opened, and what arrives there."""

    keep: KeepTyped
    arrivals: list[Arrival]

    def play(self, arrivals: Sequence[Arrival] | None = None) -> Playbook:
        book = Playbook(relay(self.keep))
        book.send(*(self.arrivals if arrivals is None else arrivals))
        return book


bytes_ = st.lists(
    st.sampled_from([b"ls", b"a", b" ", b"\r", b"\n", b"\r\n", b"\x03", b"\x1b[A", b"\x1b", b"*"])
    | st.binary(max_size=6),
    max_size=6,
).map(b"".join)
verdicts = st.sampled_from([ALLOW, Allow((), ("mask",)), Deny((), "no"), Hold((), "wait")])
times = st.integers(0, 3_000_000)
anything: st.SearchStrategy[Arrival] = st.one_of(
    st.builds(FromClient, times, bytes_),
    st.builds(FromClient, times, bytes_),
    st.builds(FromTarget, times, bytes_, st.booleans()),
    st.builds(FromTarget, times, bytes_),
    st.builds(Resized, times, *[st.integers(0, 2**32 - 1)] * 4),
    st.builds(Signalled, times, st.sampled_from(["INT", "nonsense"])),
    st.builds(Broke, times, st.integers(0, 1000)),
    st.builds(Unserved, times, st.just("x11"), st.binary(max_size=4), st.just("GR-233")),
    st.builds(Answered, times, st.integers(0, 2), verdicts),
    st.builds(Waits, times, st.just(()), st.lists(st.text(max_size=4), max_size=2)),
    st.builds(TargetOpened, times),
    st.builds(Exited, times, st.integers(0, 255)),
    st.builds(Tick, times),
)
ends: st.SearchStrategy[Arrival] = st.one_of(
    st.builds(ClientEof, times),
    st.builds(TargetEof, times),
    st.builds(Exited, times, st.none(), st.just("KILL")),
    st.builds(ClientGone, times, st.just("lost")),
    st.builds(TargetGone, times, st.just("closed")),
    st.builds(TargetGone, times, st.just("broke"), st.just(TargetLost("broke"))),
    st.builds(Stopped, times, st.just(Ended("stop"))),
)
openings: st.SearchStrategy[Arrival] = st.builds(
    Opened,
    st.just(0),
    st.sampled_from(["shell", "exec", "subsystem", "other"]),
    st.binary(max_size=4),
    st.none() | st.just(PTY),
    st.just(()),
)


def in_time(arrivals: list[Arrival]) -> list[Arrival]:
    return sorted(arrivals, key=lambda arrival: arrival.at)


wild = st.builds(
    Session,
    st.sampled_from(KeepTyped),
    st.lists(openings | anything | anything | anything | ends, max_size=25),
)
"""Any arrivals in any order."""

orderly = st.builds(
    lambda keep, opening, before, inside, end: Session(
        keep,
        [
            opening,
            *before,
            Answered(0, 1, ALLOW),
            TargetOpened(0),
            *in_time(inside),
            *[ClientGone(4_000_000, "lost")] * end,
        ],
    ),
    st.sampled_from(KeepTyped),
    openings,
    st.lists(st.builds(FromClient, st.just(0), bytes_), max_size=3),
    st.lists(anything, max_size=25),
    st.booleans(),
)
"""A channel that gets to run."""

sessions = wild | orderly


@given(sessions)
def test_p1_what_goes_out_is_in_a_record_before_it(session: Session) -> None:
    to_client = {False: bytearray(), True: bytearray()}
    to_target = bytearray()
    typed = 0
    for effect in session.play().effects:
        match effect:
            case Record(events.Output(data=data)):
                to_client[False] += data
            case Record(events.ErrorOutput(data=data)):
                to_client[True] += data
            case Record(events.Notice(data=data, error=error)):
                to_client[error] += data
            case Record(events.Input(data=data)):
                to_target += data
            case Record(events.Typed(count=count)):
                typed += count
            case ToClient(data, error):
                assert to_client[error].startswith(data)
                del to_client[error][: len(data)]
            case ToTarget(data) if to_target:
                assert to_target.startswith(data)
                del to_target[: len(data)]
            case ToTarget(data):
                assert typed >= len(data)
                typed -= len(data)
            case _:
                pass
    # And nothing is recorded that went nowhere.
    assert not any(to_client.values())
    assert not to_target
    assert not typed


@given(sessions)
def test_p2_nothing_reaches_the_target_before_policy_allows_it(session: Session) -> None:
    book = Playbook(relay(session.keep))
    asked = allowed = False
    for arrival in session.arrivals:
        before = asked
        effects = book.send(arrival)
        asked = asked or any(isinstance(each, Ask) for each in effects)
        fits = isinstance(arrival, Answered) and arrival.request == 1
        if isinstance(arrival, Answered) and before and fits and not allowed:
            allowed = arrival.verdict == ALLOW
            opened = any(isinstance(each, OpenTarget) for each in effects)
            assert not opened or allowed
        reaching = (ToTarget, EofToTarget, ResizeTarget, SignalTarget, BreakTarget, OpenTarget)
        if not allowed:
            assert not any(isinstance(each, reaching) for each in effects)


@given(sessions, st.lists(st.integers(0, 100), min_size=1, max_size=5))
def test_p4_where_pieces_end_changes_nothing_else(session: Session, cuts: list[int]) -> None:
    whole = lanes(session.play().effects)
    assert lanes(session.play(split(session.arrivals, cuts)).effects) == whole
    assert lanes(session.play(bytewise(session.arrivals)).effects) == whole


@given(sessions)
def test_every_typed_byte_is_accounted_for_when_the_channel_is_closed(session: Session) -> None:
    book = session.play()
    laid = lanes(book.effects)
    fates = sum(fate if isinstance(fate, int) else len(fate) for fate in laid.fates)
    assert fates <= laid.typed
    if any(isinstance(each, Close) for each in book.effects):
        assert fates == laid.typed


@given(sessions)
def test_a_closed_channel_is_closed_once_and_does_nothing_more(session: Session) -> None:
    effects = session.play().effects
    closes = [index for index, each in enumerate(effects) if isinstance(each, Close)]
    assert len(closes) <= 1
    if closes:
        assert closes[0] == len(effects) - 1
        assert any(isinstance(each, Record) for each in effects)


@given(sessions)
def test_records_never_go_back_in_time_when_arrivals_do_not(session: Session) -> None:
    opening = session.arrivals[:1]
    book = session.play([*opening, *in_time(session.arrivals[1:])])
    ats = [event.at for event in book.events]
    assume(not opening or all(opening[0].at <= each.at for each in session.arrivals))
    assert ats == sorted(ats)


@given(
    orderly,
    st.lists(st.sampled_from(b"SECRT"), min_size=1, max_size=12).map(bytes),
    st.booleans(),
    st.data(),
)
def test_ssh_19_a_secret_that_is_not_shown_goes_to_the_target_only(
    session: Session, secret: bytes, key_by_key: bool, data: st.DataObject
) -> None:
    """SSH-19: typed on a terminal, not in any output: in no effect but `ToTarget`."""
    quiet: list[Arrival] = []
    for arrival in session.arrivals:
        if isinstance(arrival, Opened):
            arrival = Opened(0, "shell", b"", PTY, ())
        elif isinstance(arrival, FromClient | FromTarget):
            shown = arrival.data.translate(None, delete=secret)
            if isinstance(arrival, FromClient):
                arrival = FromClient(arrival.at, shown)
            else:
                arrival = FromTarget(arrival.at, shown, arrival.error)
        quiet.append(arrival)
    line = secret + b"\r"
    pieces = [bytes((byte,)) for byte in line] if key_by_key else [line]
    place = data.draw(st.integers(1, len(quiet)))
    for piece in pieces:
        quiet.insert(place, FromClient(quiet[place - 1].at, piece))
        place = data.draw(st.integers(place + 1, len(quiet)))
    keep = KeepTyped.NONE if session.keep is KeepTyped.NONE else KeepTyped.ECHOED
    book = Session(keep, quiet).play()
    for effect in book.effects:
        if isinstance(effect, Record) and isinstance(effect.event, events.Disclosed):
            assert not set(effect.event.data) & set(secret)
        elif isinstance(effect, Record):
            assert not isinstance(effect.event, events.Input)
