"""What may be seen and done: everything at home, only what the gateway answers when served."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from recorder import control
from recorder.clock import SystemClock
from recorder.header import make_header
from recorder.journal import Writer
from recorder.store import Store, new_id
from replay.errors import GatewayLost, NoGateway, NotAllowed
from replay.scope import LocalScope, Scope, ServedScope


@dataclass(frozen=True)
class Row:
    id: str
    principal: str
    kind: str = "person"
    target: str = "web1"
    account: str = "root"


ROWS = [Row("1", "alice"), Row("2", "bob"), Row("3", "alice"), Row("4", "carol")]


@contextlib.contextmanager
def front(
    answer: Callable[[control.Question], bytes],
) -> Iterator[tuple[socket.socket, list[control.Question]]]:
    """The other end of the line: answers each question, keeps what was asked."""
    ours, theirs = socket.socketpair()
    asked: list[control.Question] = []

    def serve() -> None:
        with theirs, theirs.makefile("rb") as lines:
            for line in lines:
                asked.append(control.read_question(line))
                theirs.sendall(answer(asked[-1]))

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield ours, asked
    finally:
        ours.shutdown(socket.SHUT_RDWR)
        thread.join(10)
        ours.close()


def own_only(question: control.Question) -> bytes:
    """A front that lets alice see and end her own."""
    match question:
        case control.See(about):
            return control.write_answer(control.Visible([a.principal == "alice" for a in about]))
        case control.Act(_, _, about) if about.principal == "alice":
            return control.write_answer(control.Yes())
        case control.End(_, "please"):
            return control.write_answer(control.Yes())
        case _:
            return control.write_answer(control.No("GR-210", "you may not"))


def record(store: Store, principal: str) -> str:
    import os

    clock = SystemClock()
    writer = Writer(store, clock, os.urandom)
    facts = make_header(
        session=new_id(clock, os.urandom),
        wall_ns=clock.wall_ns(),
        principal=principal,
        kind="person",
        claims={},
        target="web1",
        account="root",
        protocol="ssh",
        build="test",
    )
    journal = writer.open(facts)
    journal.close("done").result(10)
    writer.close()
    return journal.id


def test_at_home_everything_is_seen_and_nothing_can_be_ended_without_a_gateway() -> None:
    scope: Scope = LocalScope()
    assert scope.visible(ROWS) == ROWS
    assert scope.may_see(ROWS[1])
    assert not scope.served
    assert not scope.may_end("1")
    with pytest.raises(NoGateway):
        scope.end("1", "enough")


def test_served_a_list_holds_only_what_the_gateway_lets_through(tmp_path: Path) -> None:
    with front(own_only) as (line, asked):
        scope: Scope = ServedScope(Store(tmp_path), line)
        assert [row.id for row in scope.visible(ROWS)] == ["1", "3"]
        assert scope.served
        # Answers about lists are kept: an owner never changes.
        assert not scope.may_see(ROWS[1])
        assert scope.may_see(ROWS[0])
        assert len(asked) == 1
    assert isinstance(asked[0], control.See)
    assert len(asked[0].about) == 3


def test_served_more_sessions_than_one_question_takes_are_asked_in_several(tmp_path: Path) -> None:
    rows = [Row(str(n), "alice", target=f"web{n}") for n in range(control.MOST + 5)]
    with front(own_only) as (line, asked):
        assert ServedScope(Store(tmp_path), line).visible(rows) == rows
    assert [len(q.about) for q in asked if isinstance(q, control.See)] == [control.MOST, 5]


def test_served_opening_is_asked_by_what_the_recording_says_of_itself(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    mine, theirs = record(store, "alice"), record(store, "bob")
    with front(own_only) as (line, asked):
        scope = ServedScope(store, line)
        scope.opened(mine)
        scope.exported(mine, "cast2")
        with pytest.raises(NotAllowed, match="you may not"):
            scope.opened(theirs)
        with pytest.raises(NotAllowed):
            scope.opened("../../etc/passwd")
    about = control.About("alice", "person", "web1", "root")
    assert asked[:2] == [
        control.Act("replay", mine, about),
        control.Act("export", mine, about, "cast2"),
    ]
    assert len(asked) == 3


def test_served_a_glimpse_is_asked_for_once_and_refused_like_opening(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    mine, theirs = record(store, "alice"), record(store, "bob")
    with front(own_only) as (line, asked):
        scope: Scope = ServedScope(store, line)
        for _ in range(3):
            assert scope.glimpsed(mine, "preview")
            assert not scope.glimpsed(theirs, "preview")
            assert not scope.glimpsed("../../etc/passwd", "search")
        assert scope.glimpsed(mine, "search")
    about = control.About("alice", "person", "web1", "root")
    assert [q.session for q in asked if isinstance(q, control.Act)] == [mine, theirs, mine]
    assert asked[0] == control.Act("replay", mine, about, "preview")
    assert LocalScope().glimpsed(theirs, "preview")


def test_served_ending_is_the_gateways_to_do(tmp_path: Path) -> None:
    with front(own_only) as (line, _):
        scope = ServedScope(Store(tmp_path), line)
        scope.end("1", "please")
        with pytest.raises(NotAllowed, match="you may not"):
            scope.end("1", "now")
        assert not scope.may_end("1")


@pytest.mark.parametrize("answer", [b"", b"garbage\n", b'{"visible":[]}\n', b'{"yes":true}\n'])
def test_an_answer_that_makes_no_sense_opens_nothing(answer: bytes, tmp_path: Path) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(answer)
        theirs.shutdown(socket.SHUT_WR)
        with pytest.raises(GatewayLost):
            ServedScope(Store(tmp_path), ours).visible(ROWS)


def test_a_gateway_that_is_gone_is_said_to_be(tmp_path: Path) -> None:
    ours, theirs = socket.socketpair()
    with ours:
        theirs.close()
        with pytest.raises(GatewayLost):
            ServedScope(Store(tmp_path), ours).may_end("1")


def test_served_a_check_is_asked_for_as_looking(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    mine, theirs = record(store, "alice"), record(store, "bob")
    with front(own_only) as (line, asked):
        scope: Scope = ServedScope(store, line)
        scope.verified(mine)
        with pytest.raises(NotAllowed, match="you may not"):
            scope.verified(theirs)
    assert asked[0] == control.Act(
        "replay", mine, control.About("alice", "person", "web1", "root"), "verify"
    )
    LocalScope().verified(theirs)
