"""The sessions that are open now, and how a name finds one."""

from __future__ import annotations

from gateway.live import LiveSession, LiveSessions
from recorder.control import About
from recorder.errors import GatereelError

A = "01a20a05-251b-7077-96b9-ac4e6efe2d5a"
B = "01a20a06-72c2-7b1b-b0b7-f2a77a77a947"


async def ends(_error: GatereelError) -> None: ...


def both() -> LiveSessions:
    live = LiveSessions()
    for name, who in ((A, "alice"), (B, "bob")):
        live.add(LiveSession(name, About(who, "person", "web1", "root"), ends))
    return live


def anybodys(_session: LiveSession) -> bool:
    return True


def test_an_id_or_an_end_of_one_finds_it() -> None:
    live = both()
    for name in (A, A[:12], A[-4:], A.upper()):
        assert [session.id for session in live.find(name, anybodys)] == [A]
    assert len(live.find("01a20a0", anybodys)) == 2
    assert live.find("", anybodys) == live.find("zz", anybodys) == []


def test_what_is_not_among_those_that_may_be_known_is_not_found() -> None:
    live = both()
    found = live.find("01a20a0", lambda session: session.about.principal == "bob")
    assert [session.id for session in found] == [B]


def test_what_is_closed_is_gone() -> None:
    live = both()
    live.remove(A)
    live.remove(A)
    assert [session.id for session in live] == [B]
    assert len(live) == 1
