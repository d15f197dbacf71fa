"""Who is let in, what is written before, and what happens when it cannot be."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from gateway.config import Account, Target
from gateway.errors import NeedsApproval
from gateway.gate import Gate
from gateway.identity import Principal, Proof, PublicKey
from gateway.logbook import Logbook
from gateway.refusals import (
    ConnectDenied,
    DiskTooFull,
    NotRecordable,
    UnknownAccount,
    UnknownTarget,
)
from gateway.session import FirstTerminal, Peer, Reception
from gateway.targets import Targets
from recorder.clock import SystemClock
from recorder.errors import GatereelError
from recorder.events import (
    Asked,
    Authenticated,
    Decided,
    End,
    Event,
    LoginRefused,
    SessionClosed,
    SessionOpened,
)
from recorder.journal import Writer
from recorder.reader import Recording
from recorder.store import Store
from tests.gateway.cedar_rules import point, policy

KEY = PublicKey("ssh-ed25519", b"\0\0\0\x0bssh-ed25519\0\0\0\x20" + b"k" * 32)
ALICE = Proof(Principal("alice", "workload", ("sre",)), "publickey", KEY)
PEER = Peer("127.0.0.1:4000", "SSH-2.0-test")


def target(name: str, *, legacy: bool = False, keep: str = "echoed") -> Target:
    accounts = {a: Account(a, None, None, None) for a in ("root", "deploy")}
    return Target(name, "127.0.0.1", 22, (), None, {}, accounts, keep, legacy, 10)


RULES = (
    policy("in", ("alice",), (), ("web1", "old"), ("root",), ("connect", "shell")),
    policy("wait", ("alice",), (), ("vault",), ("root",), ("connect",), "hold", "four eyes"),
)


class Desk:
    """A reception over a real store."""

    def __init__(self, folder: Path) -> None:
        self.store = Store.open(folder, create=True)
        self.writer = Writer(self.store, SystemClock(), os.urandom)
        clock = SystemClock()
        self.logbook = Logbook.open(self.writer, clock, os.urandom, build="t", policy=b"")
        self.gate = Gate()
        self.reception = Reception(
            targets=Targets(
                [target("web1"), target("vault"), target("old", legacy=True, keep="all")]
            ),
            rules=point(*RULES),
            writer=self.writer,
            logbook=self.logbook,
            gate=self.gate,
            clock=clock,
            entropy=os.urandom,
            build="t",
        )

    def events(self, name: str | None = None) -> list[Event]:
        with Recording(self.store, name or self.logbook.id) as recording:
            return [record.event for record in recording.records()]


def at(folder: Path, body: Callable[[Desk], Awaitable[None]]) -> Desk:
    desk = Desk(folder)
    try:
        asyncio.run(_as_coroutine(body, desk))
    finally:
        desk.writer.close()
    return desk


async def _as_coroutine(body: Callable[[Desk], Awaitable[None]], desk: Desk) -> None:
    await body(desk)


def test_who_is_let_in_is_written_before_anything_else(tmp_path: Path) -> None:
    names: list[str] = []

    async def body(desk: Desk) -> None:
        first = FirstTerminal("xterm", 90, 30)
        session = await desk.reception.open(ALICE, "root@web1", PEER, "ssh", first)
        names.append(session.id)
        assert [session.next_channel(), session.next_channel()] == [1, 2]
        assert (session.subject.principal, session.subject.account) == ("alice", "root")
        await session.close("done")
        await session.close("again")

    desk = at(tmp_path, body)
    events = desk.events(names[0])
    assert [type(event) for event in events[3:]] == [Authenticated, Asked, Decided, End]
    facts = events[0].facts  # type: ignore[union-attr]  # a header is what comes first
    assert (facts["principal"], facts["kind"], facts["term"]) == ("alice", "workload", "xterm")
    assert (facts["cols"], facts["rows"], facts["weaker"]) == (90, 30, [])
    assert facts["policy"] == point(*RULES).digest()
    own = [type(event) for event in desk.events()]
    assert own[3:] == [SessionOpened, SessionClosed]


def test_a_weaker_mode_is_in_the_header(tmp_path: Path) -> None:
    names: list[str] = []

    async def body(desk: Desk) -> None:
        session = await desk.reception.open(ALICE, "root@old", PEER, "ssh", FirstTerminal())
        names.append(session.id)

    desk = at(tmp_path, body)
    facts = desk.events(names[0])[0].facts  # type: ignore[union-attr]  # as above
    assert facts["weaker"] == ["legacy-target", "input-kept"]


@pytest.mark.parametrize(
    ("user", "error"),
    [
        ("nowhere", UnknownTarget),
        ("nobody@web1", UnknownAccount),
        ("web1", UnknownAccount),
        ("deploy@web1", ConnectDenied),
        ("root@vault", NeedsApproval),
    ],
)
def test_who_is_not_let_in_is_in_the_logbook(
    tmp_path: Path, user: str, error: type[GatereelError]
) -> None:
    async def body(desk: Desk) -> None:
        with pytest.raises(error):
            await desk.reception.open(ALICE, user, PEER, "ssh", FirstTerminal())

    desk = at(tmp_path, body)
    refused = [event for event in desk.events() if isinstance(event, LoginRefused)]
    assert [(r.facts["user"], r.facts["error"]) for r in refused] == [(user, error.code)]
    assert desk.store.ids() == [desk.logbook.id]


def test_a_verdict_against_it_is_written_with_its_question(tmp_path: Path) -> None:
    async def body(desk: Desk) -> None:
        with pytest.raises(ConnectDenied):
            await desk.reception.open(ALICE, "deploy@web1", PEER, "ssh", FirstTerminal())

    events = at(tmp_path, body).events()
    assert [type(event) for event in events[3:]] == [Asked, Decided, LoginRefused]


def test_a_shut_gate_lets_nobody_in(tmp_path: Path) -> None:
    async def body(desk: Desk) -> None:
        desk.gate.shut("a test")
        with pytest.raises(NotRecordable):
            await desk.reception.open(ALICE, "root@web1", PEER, "ssh", FirstTerminal())
        desk.gate.open()
        session = await desk.reception.open(ALICE, "root@web1", PEER, "ssh", FirstTerminal())
        await session.close("done")

    at(tmp_path, body)


def test_without_a_journal_nobody_comes_in(tmp_path: Path) -> None:
    async def body(desk: Desk) -> None:
        desk.writer.close()
        with pytest.raises(NotRecordable):
            await desk.reception.open(ALICE, "root@web1", PEER, "ssh", FirstTerminal())

    at(tmp_path, body)


def test_a_disk_without_room_lets_nobody_new_in(tmp_path: Path) -> None:
    async def body(desk: Desk) -> None:
        inside = await desk.reception.open(ALICE, "root@web1", PEER, "ssh", FirstTerminal())
        desk.reception.full = DiskTooFull("the disk is nearly full", operator="3 MiB are left")
        with pytest.raises(DiskTooFull):
            await desk.reception.open(ALICE, "root@web1", PEER, "ssh", FirstTerminal())
        await inside.close("done")
        desk.reception.full = None
        session = await desk.reception.open(ALICE, "root@web1", PEER, "ssh", FirstTerminal())
        await session.close("done")

    desk = at(tmp_path, body)
    (refused,) = [event for event in desk.events() if isinstance(event, LoginRefused)]
    assert (refused.facts["error"], refused.facts["reason"]) == ("GR-251", "3 MiB are left")
    assert desk.logbook.meters.refused == {"GR-251": 1}
    assert (desk.logbook.meters.opened, desk.logbook.meters.closed) == (2, 2)
