"""Who may look at, take away or end whose session, and what the logbook has of it."""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from gateway.errors import NeedsApproval
from gateway.identity import Principal, Proof, PublicKey
from gateway.live import LiveSession, LiveSessions
from gateway.logbook import Logbook
from gateway.oversight import Oversight
from gateway.refusals import NoSuchSession, NotPermitted, NotRecordable
from recorder import control
from recorder.clock import SystemClock
from recorder.control import About
from recorder.errors import GatereelError, JournalError
from recorder.events import Asked, Authenticated, Decided, Event
from recorder.journal import Writer
from recorder.reader import Recording
from recorder.store import Store
from tests.gateway.cedar_rules import point, policies, policy

KEY = PublicKey("ssh-ed25519", b"\0\0\0\x0bssh-ed25519\0\0\0\x20" + b"k" * 32)
ALICES = About("alice", "person", "web1", "root")
BOBS = About("bob", "person", "web1", "root")
VAULTS = About("bob", "person", "vault", "root")
LOGBOOK = About("gatereel", "gateway", "", "")
RULES = (
    policy("list", ("carol",), (), ("web1",), ("*",), ("sessions",)),
    policy("lead", ("lea",), (), ("*",), ("*",), ("oversight",)),
    policy("wait", ("lea",), (), ("vault",), ("*",), ("kill",), "hold", "four eyes"),
)
ID = "01a20a05-251b-7077-96b9-ac4e6efe2d5a"


class Room:
    """Two live sessions, a logbook, and whoever asks."""

    def __init__(self, folder: Path) -> None:
        self.store = Store.open(folder, create=True)
        clock = SystemClock()
        self.writer = Writer(self.store, clock, os.urandom)
        self.logbook = Logbook.open(self.writer, clock, os.urandom, build="t", policy=b"")
        self.live = LiveSessions()
        self.ended: list[tuple[str, str, str]] = []
        for name, about in ((ID, BOBS), (ID[:-1] + "b", ALICES), ("ff" + ID[2:], VAULTS)):
            self._open(name, about)

    def _open(self, name: str, about: About) -> None:
        async def end(error: GatereelError) -> None:
            self.ended.append((name, error.person, error.operator))
            self.live.remove(name)

        self.live.add(LiveSession(name, about, end))

    def who(self, name: str) -> Oversight:
        proof = Proof(Principal(name, "person", ()), "publickey", KEY)
        return Oversight(proof, "127.0.0.1:1", point(*RULES), self.logbook, self.live)

    def events(self) -> list[Event]:
        self.logbook._journal.append([]).result(10)
        with Recording(self.store, self.logbook.id) as recording:
            return [record.event for record in recording.records()]

    def verdicts(self) -> list[tuple[str, str, str]]:
        """Who asked for what, and the answer."""
        found = self.events()
        return [
            (event.facts["principal"], event.action, answer.verdict)
            for event, answer in itertools.pairwise(found)
            if isinstance(event, Asked) and isinstance(answer, Decided)
        ]


def at(folder: Path, body: Callable[[Room], Awaitable[None]]) -> None:
    room = Room(folder)

    async def run() -> None:
        await body(room)

    try:
        asyncio.run(run())
    finally:
        room.writer.close()


def test_who_sees_what(tmp_path: Path) -> None:
    async def body(room: Room) -> None:
        seen = {
            name: [room.who(name).sees(a) for a in (ALICES, BOBS, VAULTS, LOGBOOK)]
            for name in ("alice", "carol", "lea", "nobody")
        }
        assert seen == {
            "alice": [True, False, False, False],
            "carol": [True, True, False, False],
            "lea": [True, True, True, True],
            "nobody": [False] * 4,
        }
        # A recording of a local shell is not hers because its user was called as she is.
        assert not room.who("alice").sees(About("alice", "local", "web1", "root"))

    at(tmp_path, body)


def test_what_is_done_is_written_down_before_it_is_answered(tmp_path: Path) -> None:
    async def body(room: Room) -> None:
        await room.who("alice").came()
        await room.who("lea").act("replay", ID, BOBS)
        assert room.verdicts() == [("lea", "replay", "allow")]
        with pytest.raises(NotPermitted):
            await room.who("carol").act("replay", ID, BOBS)
        with pytest.raises(NoSuchSession):
            await room.who("alice").act("export", ID, BOBS, "cast2")
        await room.who("alice").used("sessions", b"sessions --json")
        await room.who("alice").refused("exec", b"uptime", NotPermitted("no"))
        assert room.verdicts()[1:] == [
            ("carol", "replay", "deny"),
            ("alice", "export", "deny"),
            ("alice", "sessions", "allow"),
            ("alice", "exec", "deny"),
        ]
        came = [event for event in room.events() if isinstance(event, Authenticated)]
        assert [event.principal for event in came] == ["alice"]

    at(tmp_path, body)


def test_ending_tells_who_and_why(tmp_path: Path) -> None:
    async def body(room: Room) -> None:
        ended = await room.who("lea").end(ID, "too late")
        assert ended.about == BOBS
        assert room.ended == [(ID, "lea ended this session: too late", "ended by lea: too late")]
        with pytest.raises(NoSuchSession):
            await room.who("lea").end(ID, "again")

    at(tmp_path, body)


def test_nobody_ends_what_is_not_theirs_and_learns_as_little_as_they_see(tmp_path: Path) -> None:
    async def body(room: Room) -> None:
        with pytest.raises(NotPermitted):
            await room.who("carol").end(ID, "x")  # she may list it
        with pytest.raises(NoSuchSession, match="no live session"):
            await room.who("alice").end(ID, "x")
        with pytest.raises(NeedsApproval):
            await room.who("lea").end("ff" + ID[2:], "x")
        with pytest.raises(NoSuchSession, match="fits 2"):
            await room.who("lea").end(ID[:8], "x")
        # To her only her own counts.
        assert room.who("alice").may_end(ID[:8])
        assert not room.who("alice").may_end(ID)
        assert room.ended == []
        assert [verdict for *_, verdict in room.verdicts()] == ["deny", "deny", "hold", "deny"]

    at(tmp_path, body)


def test_a_served_process_is_answered_as_its_principal_would_be(tmp_path: Path) -> None:
    async def body(room: Room) -> None:
        carol, lea = room.who("carol"), room.who("lea")
        seen = await carol.answer(control.See((BOBS, VAULTS)))
        assert seen == control.Visible((True, False))
        assert isinstance(await carol.answer(control.Act("watch", ID, BOBS)), control.No)
        assert isinstance(await carol.answer(control.MayEnd(ID)), control.No)
        assert isinstance(await carol.answer(control.End(ID, "x")), control.No)
        assert await lea.answer(control.Act("watch", ID, BOBS)) == control.Yes()
        assert await lea.answer(control.MayEnd(ID)) == control.Yes()
        assert await lea.answer(control.End(ID, "x")) == control.Yes()
        assert len(room.ended) == 1

    at(tmp_path, body)


def test_what_cannot_be_written_down_is_not_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def body(room: Room) -> None:
        async def no(_self: Logbook) -> None:
            raise JournalError("the disk is full")

        monkeypatch.setattr(Logbook, "restore", no)
        with pytest.raises(NotRecordable):
            await room.who("lea").end(ID, "x")
        assert room.ended == []

    at(tmp_path, body)


def test_what_was_shown_is_asked_about_again_when_the_rules_have_changed(tmp_path: Path) -> None:
    room = Room(tmp_path)
    rules = point(*RULES)
    lea = Oversight(
        Proof(Principal("lea", "person", ()), "publickey", KEY),
        "127.0.0.1:1",
        rules,
        room.logbook,
        room.live,
    )
    asyncio.run(lea.act("watch", ID, BOBS))
    assert lea.review() is None
    rules.policies = policies(*RULES[:1])
    told = lea.review()
    assert told is not None
    assert told.code == "GR-255"
    assert "you may not watch bob's sessions on web1 any more" in told.person
    as_bob = lea.now_as(Proof(Principal("bob", "person", ()), "publickey", KEY))
    assert as_bob.review() is None, "one's own may be watched by everybody"
