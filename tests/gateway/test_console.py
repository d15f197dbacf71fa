"""A channel at the gateway, without SSH around it: what it answers, and that it ends."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from gateway import relay
from gateway.console import TERMS, Console
from gateway.desk import Caller
from gateway.desk import Desk as Counter
from gateway.errors import Ended
from gateway.live import LiveSessions
from gateway.picker import Picked
from gateway.relay import TerminalSpec
from recorder.events import Asked, Decided
from tests.gateway.cedar_rules import point
from tests.gateway.test_session import ALICE, PEER, RULES, Desk, at

SPEC = TerminalSpec("xterm", 80, 24, 0, 0, b"")


class Client:
    """A client's side that keeps what it gets."""

    def __init__(self) -> None:
        self.out = b""
        self.error = b""
        self.status: int | None = None
        self.closed = False
        self.refused: list[tuple[str, bytes]] = []

    def refuse(self, what: str, detail: bytes) -> None:
        self.refused.append((what, detail))

    def write(self, data: bytes, error: bool = False) -> None:
        if error:
            self.error += data
        else:
            self.out += data

    def eof(self) -> None: ...
    def exit(self, status: int | None, signal: str | None, core: bool, message: str) -> None:
        self.status = status

    def pause_reading(self) -> None: ...
    def resume_reading(self) -> None: ...
    def close(self) -> None:
        self.closed = True


def console(desk: Desk, client: Client, user: str = "alice") -> Console:
    counter = Counter(
        reception=desk.reception,
        rules=point(*RULES),
        logbook=desk.logbook,
        live=LiveSessions(),
        store=desk.store.path,
        host_keys=[ALICE.key],
    )
    caller = Caller(ALICE, user, PEER, ("127.0.0.1", 2222), ())
    return Console(client, counter, caller, client.refuse, first=True)


@pytest.mark.parametrize(
    ("user", "kind", "command", "terminal", "status", "said"),
    [
        ("alice", "exec", b"help", None, 0, b"kill SESSION --reason"),
        ("alice", "exec", b"known-hosts", None, 0, b"[127.0.0.1]:2222 ssh-ed25519"),
        ("alice", "exec", b"uptime", None, 2, b"GR-209"),
        ("nowhere", "exec", b"uptime", None, 255, b"GR-226"),
        ("nowhere", "exec", b"kill 01a2", None, 2, b"kill SESSION --reason"),
        ("nowhere", "exec", b"help", None, 0, b"kill SESSION --reason"),
        ("alice", "exec", b"kill 01a2 --reason x", None, 1, b"GR-211"),
        ("alice", "exec", b"replay", None, 2, b"needs a terminal"),
        ("alice", "exec", b"export 01a2", SPEC, 2, b"without a terminal"),
        ("alice", "subsystem", b"sftp", None, 255, b"GR-233"),
        ("nowhere", "subsystem", b"sftp", None, 255, b"GR-226"),
        ("alice", "shell", b"", None, 0, b"root@vault"),
        ("nowhere", "shell", b"", None, 255, b"GR-226"),
    ],
)
def test_it_answers_and_closes(
    tmp_path: Path,
    user: str,
    kind: str,
    command: bytes,
    terminal: TerminalSpec | None,
    status: int,
    said: bytes,
) -> None:
    async def body(desk: Desk) -> None:
        client = Client()
        assert await console(desk, client, user).run(kind, command, terminal) is None
        assert said in client.out + client.error
        assert (client.status, client.closed) == (status, True)
        found = [event for event in desk.events() if isinstance(event, Asked)]
        assert found or status == 255

    at(tmp_path, body)


def test_a_pick_leaves_the_channel_open_for_its_session(tmp_path: Path) -> None:
    async def body(desk: Desk) -> None:
        client = Client()
        talking = console(desk, client, "whoever")

        async def type_soon() -> None:
            while b"leaves" not in client.out:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.01)
            talking.arrive(relay.Resized(0, 90, 30, 0, 0))
            talking.arrive(relay.FromClient(0, b"root@web1\rls\r"))

        async with asyncio.TaskGroup() as group:
            group.create_task(type_soon())
            picked = await talking.run("shell", b"", SPEC)
        assert picked == Picked("root@web1", b"ls\r")
        assert not client.closed
        assert talking.terminal == TerminalSpec("xterm", 90, 30, 0, 0, b"")
        assert b"GR-226" in client.out  # whoever is no target

    at(tmp_path, body)


@pytest.mark.parametrize("how", ["gone", "stopped"])
def test_a_list_that_nobody_waits_for_any_more_ends(tmp_path: Path, how: str) -> None:
    async def body(desk: Desk) -> None:
        client = Client()
        talking = console(desk, client)

        async def end_soon() -> None:
            while b"leaves" not in client.out:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.01)
            if how == "gone":
                talking.arrive(relay.ClientGone(0, "it broke"))
            else:
                talking.stop(Ended("the gateway is shutting down"))

        async with asyncio.TaskGroup() as group:
            group.create_task(end_soon())
            assert await talking.run("shell", b"", SPEC) is None
        assert client.closed
        assert (b"GR-208" in client.error) == (how == "stopped")

    at(tmp_path, body)


def test_what_a_channel_may_not_ask_is_left_to_the_connection_which_bounds_it(
    tmp_path: Path,
) -> None:
    async def body(desk: Desk) -> None:
        client = Client()
        talking = console(desk, client)
        talking.arrive(relay.Unserved(0, "request x11-req", b"x", "GR-233"))
        await talking.run("exec", b"help", None)
        found = desk.events()
        questions = [event.action for event in found if isinstance(event, Asked)]
        assert questions == ["help"]
        assert {e.verdict for e in found if isinstance(e, Decided)} == {"allow"}
        assert client.refused == [("request x11-req", b"x")]

    at(tmp_path, body)


def test_a_verb_is_written_down_by_its_name_however_it_is_quoted(tmp_path: Path) -> None:
    async def body(desk: Desk) -> None:
        await console(desk, Client()).run("exec", b"kno\\wn-'hosts'", None)
        (question,) = [event for event in desk.events() if isinstance(event, Asked)]
        assert question.action == "known-hosts"
        assert question.facts["command"] == b"kno\\wn-'hosts'"

    at(tmp_path, body)


@pytest.mark.parametrize("command", [b"sessions 'a\0b'", b"sessions " + b"x" * 100_000])
def test_what_no_program_can_be_given_is_refused_before_one_is_started(
    tmp_path: Path, command: bytes
) -> None:
    async def body(desk: Desk) -> None:
        client = Client()
        talking = console(desk, client)
        await talking.run("exec", command, None)
        assert client.status == 2
        assert b"GR-209" in client.error
        assert talking._process is None

    at(tmp_path, body)


@pytest.mark.parametrize("term", ["xterm-256color", "tmux-256color", "vt220", "dumb", "linux"])
def test_known_terminals_are_named_to_the_app(term: str) -> None:
    assert TERMS.fullmatch(term)


@pytest.mark.parametrize("term", ["", "../x", "xterm\n", "evil", "xterm" * 20, "xterm;id"])
def test_unknown_ones_are_not(term: str) -> None:
    assert not TERMS.fullmatch(term)
