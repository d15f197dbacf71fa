"""Both ends of our channels against each other: what one asks is what the other hears."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import asyncssh
import pytest
from asyncssh.packet import String, UInt32

from gateway.refusals import TargetRefused
from gateway.relay import TerminalSpec
from gateway.ssh.channel import ENVIRONMENT_COUNT, DialledChannel, ServedChannel
from tests.gateway.ssh.doorway import make_key

MODES = bytes([1, 0, 0, 0, 3, 129, 0, 0, 0x96, 0, 1, 0, 0, 0, 4, 0])
"""With one opcode twice, which a dictionary would lose."""


class Hearing(asyncssh.SSHServerSession[bytes]):
    """Writes down what is asked, and does what the test says."""

    def __init__(self, then: Callable[[ServedChannel], None]) -> None:
        self.heard: list[tuple[Any, ...]] = []
        self._then = then
        self.channel: ServedChannel | None = None

    def connection_made(self, chan: asyncssh.SSHServerChannel[bytes]) -> None:
        assert isinstance(chan, ServedChannel)
        self.channel = chan

    def terminal_asked(self, spec: TerminalSpec) -> bool:
        self.heard.append(("terminal", spec))
        return True

    def variable_asked(self, name: bytes, value: bytes) -> bool:
        self.heard.append(("variable", name, value))
        return True

    def start_asked(self, kind: str, command: bytes) -> bool:
        self.heard.append((kind, command))
        assert self.channel is not None
        asyncio.get_running_loop().call_soon(self._then, self.channel)
        return True

    def resized(self, cols: int, rows: int, width: int, height: int) -> None:
        self.heard.append(("resized", cols, rows, width, height))

    def signalled(self, signal: str) -> None:
        self.heard.append(("signal", signal))

    def broke(self, milliseconds: int) -> None:
        self.heard.append(("break", milliseconds))

    def refused(self, what: str, detail: bytes) -> None:
        self.heard.append(("refused", what, detail))


class Answer(asyncssh.SSHClientSession[bytes]):
    def __init__(self) -> None:
        self.status: int | None = None
        self.signal: tuple[str, bool, str] | None = None
        self.got = b""
        self.lost: list[Exception | None] = []

    def data_received(self, data: bytes, datatype: asyncssh.DataType) -> None:
        assert datatype is None
        self.got += data

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost.append(exc)

    def exit_status_received(self, status: int) -> None:
        self.status = status

    def exit_signal_received(self, signal: str, core_dumped: bool, msg: str, lang: str) -> None:
        self.signal = (signal, core_dumped, msg)


class Open(asyncssh.SSHServer):
    """Lets everybody in; one session for each channel."""

    def __init__(self, hearing: Hearing) -> None:
        self._hearing = hearing

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn

    def begin_auth(self, username: str) -> bool:
        return False

    def session_requested(self) -> tuple[ServedChannel, Hearing]:
        loop = asyncio.get_running_loop()
        return ServedChannel(self._connection, loop, self._hearing), self._hearing


def between(
    body: Callable[[DialledChannel, Answer], Any], then: Callable[[ServedChannel], None]
) -> tuple[list[tuple[Any, ...]], Answer]:
    """One channel from our dialler to our server."""

    async def run() -> tuple[list[tuple[Any, ...]], Answer]:
        hearing, answer, key = Hearing(then), Answer(), make_key()
        listener = await asyncssh.listen(
            "127.0.0.1", 0, config=None, gss_host=None,
            server_host_keys=[key], server_factory=lambda: Open(hearing), encoding=None,
        )  # fmt: skip
        async with asyncio.timeout(20):
            async with asyncssh.connect(
                "127.0.0.1", listener.get_port(), config=None, username="x", client_keys=None,
                known_hosts=None, agent_path=None,
            ) as connection:  # fmt: skip
                channel = DialledChannel(connection, asyncio.get_running_loop())
                await body(channel, answer)
                await channel.wait_closed()
            listener.close()
            await listener.wait_closed()
        return hearing.heard, answer

    return asyncio.run(run())


def ends(channel: ServedChannel) -> None:
    channel.send_status(0)
    channel.close()


def test_a_request_arrives_as_it_was_made() -> None:
    spec = TerminalSpec("xterm-256color", 80, 24, 640, 480, MODES)

    async def body(channel: DialledChannel, answer: Answer) -> None:
        await channel.start(
            answer, "exec", b"echo \xff\n", spec, [(b"LANG", b"C.UTF-8"), (b"X", b"\xfe")]
        )

    heard, _ = between(body, ends)
    assert heard == [
        ("variable", b"LANG", b"C.UTF-8"),
        ("variable", b"X", b"\xfe"),
        ("terminal", spec),
        ("exec", b"echo \xff\n"),
    ]


@pytest.mark.parametrize(("kind", "command"), [("exec", b""), ("shell", b""), ("subsystem", b"x")])
def test_kinds_stay_what_they_are(kind: str, command: bytes) -> None:
    async def body(channel: DialledChannel, answer: Answer) -> None:
        await channel.start(answer, kind, command, None, [])

    heard, _ = between(body, ends)
    assert heard == [(kind, command)]


@pytest.mark.parametrize("status", [0, 7, 255, 256, 3221225786, 0xFFFFFFFF])
def test_an_exit_status_keeps_all_its_bits(status: int) -> None:
    async def body(channel: DialledChannel, answer: Answer) -> None:
        await channel.start(answer, "shell", b"", None, [])

    def then(channel: ServedChannel) -> None:
        channel.send_status(status)
        channel.close()

    _, answer = between(body, then)
    assert answer.status == status


def test_an_exit_signal_arrives_whole() -> None:
    async def body(channel: DialledChannel, answer: Answer) -> None:
        await channel.start(answer, "shell", b"", None, [])

    def then(channel: ServedChannel) -> None:
        channel.send_signal_status("SEGV", True, "gone")
        channel.close()

    _, answer = between(body, then)
    assert answer.signal == ("SEGV", True, "gone")


def test_what_comes_while_it_runs() -> None:
    spec = TerminalSpec("vt100", 80, 24, 0, 0, b"")

    async def body(channel: DialledChannel, answer: Answer) -> None:
        await channel.start(answer, "shell", b"", spec, [])
        channel.change_terminal_size(100, 30, 1, 2)
        channel.send_signal("USR1")
        channel.send_break(500)

    def then(channel: ServedChannel) -> None:
        channel.resume_reading()
        asyncio.get_running_loop().call_later(0.2, ends, channel)

    heard, _ = between(body, then)
    assert heard[2:] == [("resized", 100, 30, 1, 2), ("signal", "USR1"), ("break", 500)]


def test_a_target_that_refuses_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Hearing, "start_asked", lambda *_: False)

    async def body(channel: DialledChannel, answer: Answer) -> None:
        with pytest.raises(TargetRefused, match="refuses to start this subsystem"):
            await channel.start(answer, "subsystem", b"x", None, [])

    between(body, ends)


@pytest.mark.parametrize(
    ("request_name", "fields"),
    [
        (b"pty-req", (String(b"\xff"), *[UInt32(1)] * 4, String(b""))),
        (b"pty-req", (String(b"x" * 300), *[UInt32(1)] * 4, String(b""))),
        (b"pty-req", (String(b"x"), *[UInt32(1)] * 4, String(b"\1" * 5000))),
        (b"env", (String(b"X"), String(b"y" * 33_000))),
        (b"window-change", tuple(UInt32(1) for _ in range(4))),
        (b"signal", (String(b"TERM"),)),
        (b"signal", (String(b"\x1b"),)),
        (b"break", (UInt32(1),)),
        (b"x11-req", (String(b""),)),
        (b"no-such", ()),
    ],
)
def test_what_is_too_long_too_early_or_unknown_is_refused(
    request_name: bytes, fields: tuple[bytes, ...]
) -> None:
    async def body(channel: DialledChannel, answer: Answer) -> None:
        await channel._open(b"session")
        channel._session = answer
        assert await channel._make_request(request_name, *fields) is False
        channel.close()

    between(body, ends)


def test_more_variables_than_anybody_needs_are_refused() -> None:
    async def body(channel: DialledChannel, answer: Answer) -> None:
        await channel._open(b"session")
        channel._session = answer
        answers = [
            await channel._make_request(b"env", String(b"X%d" % number), String(b""))
            for number in range(ENVIRONMENT_COUNT + 1)
        ]
        assert answers == [True] * ENVIRONMENT_COUNT + [False]
        channel.close()

    between(body, ends)


@pytest.mark.parametrize("taken", [True, False])
def test_what_is_held_outlives_the_connection_until_it_is_taken_or_given_up(taken: bool) -> None:
    """A server may hang up once it has said everything: tinysshd does."""
    sent = bytes(range(250)) * 400
    served: list[ServedChannel] = []

    async def body(channel: DialledChannel, answer: Answer) -> None:
        await channel.start(answer, "exec", b"x", None, [])
        channel.pause_reading()
        served[0].write(sent)
        while sum(len(data) for data, _ in channel._recv_buf) < len(sent):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        served[0].get_connection().abort()
        await channel.get_connection().wait_closed()
        assert (answer.got, answer.lost) == (b"", [])
        assert channel.is_closing()
        if taken:
            channel.resume_reading()
        else:
            channel.close()
        await channel.wait_closed()
        assert answer.got == (sent if taken else b"")
        (lost,) = answer.lost
        assert isinstance(lost, asyncssh.ConnectionLost if taken else type(None))

    between(body, served.append)
