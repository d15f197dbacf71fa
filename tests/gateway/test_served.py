"""A process for one channel: its streams, its terminal, its questions, its end."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway import served
from gateway.refusals import NotServed
from gateway.relay import TerminalSpec
from gateway.served import Job, ServedProcess
from recorder import control

SPEC = TerminalSpec("xterm", 91, 27, 0, 0, b"")
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "TERM": "xterm"}


class Client:
    """A client's side that keeps what it gets."""

    def __init__(self) -> None:
        self.out = b""
        self.error = b""
        self.paused = False

    def write(self, data: bytes, error: bool = False) -> None:
        if error:
            self.error += data
        else:
            self.out += data

    def eof(self) -> None: ...
    def exit(self, status: int | None, signal: str | None, core: bool, message: str) -> None: ...
    def pause_reading(self) -> None:
        self.paused = True

    def resume_reading(self) -> None:
        self.paused = False

    def close(self) -> None: ...


async def _yes(_question: control.Question) -> control.Answer:
    return control.Yes()


def program(folder: Path, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """What is started instead of the front door: the shell of this is what is tested here."""
    path = folder / "program.py"
    path.write_text("import os, sys, socket\nline = int(sys.argv[3])\n" + code)
    monkeypatch.setattr(served, "FRONT_DOOR", path)


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def _until(done: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not done():  # noqa: ASYNC110 - what is waited for tells nobody
            await asyncio.sleep(0.01)


def run(
    job: Job, client: Client, during: Callable[[ServedProcess], object] = lambda _: None
) -> int:
    async def body() -> int:
        process = ServedProcess(job, client, _yes)
        async with asyncio.timeout(30), asyncio.TaskGroup() as group:
            running = group.create_task(process.run())
            await _until(lambda: running.done() or process._process is not None)
            result = during(process)
            if asyncio.iscoroutine(result):
                await result
            return await running

    return asyncio.run(body())


def test_its_streams_its_status_and_nothing_of_our_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATEWAY_SECRET", "s3cret")
    program(
        tmp_path,
        monkeypatch,
        "print(sorted(os.environ), sorted(map(int, os.listdir('/proc/self/fd'))), line)\n"
        "print(os.getcwd(), os.getsid(0) == os.getpid(), sys.stdin.read() == '')\n"
        "sys.stderr.write('bad'); sys.exit(3)\n",
    )
    client = Client()
    assert run(Job([], ENVIRONMENT, None), client) == 3
    first, second = client.out.decode().splitlines()
    assert "GATEWAY_SECRET" not in first
    assert "'PATH', 'TERM'" in first
    descriptors = first.partition("] [")[2].partition("]")[0].split(", ")
    assert len(descriptors) <= 5  # three, the line, and the one that lists them
    assert second == "/ True True"
    assert client.error == b"bad"


def test_a_terminal_of_its_own_its_size_and_what_is_typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(
        tmp_path,
        monkeypatch,
        "import fcntl, termios, signal\n"
        "fcntl.ioctl(0, termios.TIOCSCTTY, 0)\n"
        "def now(*_): os.write(1, b'now %r\\n' % (os.get_terminal_size(),))\n"
        "signal.signal(signal.SIGWINCH, now)\n"
        "print('first', os.get_terminal_size(), flush=True)\n"
        "print(os.read(0, 100), flush=True)\n",
    )
    client = Client()

    async def during(process: ServedProcess) -> None:
        await _until(lambda: b"first" in client.out)
        process.resized(100, 40, 0, 0)
        await _until(lambda: b"now" in client.out)
        process.typed(b"\x03\x1a")

    assert run(Job([], ENVIRONMENT, SPEC), client, during) == 0
    assert b"columns=91, lines=27" in client.out
    assert b"columns=100, lines=40" in client.out
    assert b"b'\\x03\\x1a'\r\n" in client.out  # raw: no signals of the terminal's own


def test_a_question_is_answered_and_nonsense_ends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(
        tmp_path,
        monkeypatch,
        "s = socket.socket(fileno=line)\n"
        's.sendall(b\'{"may_end":"x"}\\n\'); print(s.recv(100), flush=True)\n'
        "s.sendall(b'nonsense\\n'); s.recv(100); import time; time.sleep(60)\n",
    )
    client = Client()
    begun = time.monotonic()
    assert run(Job([], ENVIRONMENT, None), client) == 128 + 9
    assert b'{"yes":true}' in client.out
    assert time.monotonic() - begun < 20


@pytest.mark.parametrize("spec", [None, SPEC])
def test_it_ends_with_its_channel_even_if_it_will_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spec: TerminalSpec | None
) -> None:
    program(
        tmp_path,
        monkeypatch,
        "import signal, time\nsignal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
        "print('up', os.getpid(), flush=True)\ntime.sleep(60)\n",
    )
    client = Client()

    async def during(process: ServedProcess) -> None:
        await _until(lambda: b"up" in client.out)
        process.end()
        process.end()
        process.typed(b"x")
        process.resized(1, 1, 0, 0)

    assert run(Job([], ENVIRONMENT, spec), client, during) == 128 + 9
    with pytest.raises(ProcessLookupError):
        os.kill(int(client.out.split()[1]), 0)


def test_a_client_that_does_not_read_holds_it_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = tmp_path / "go"
    program(
        tmp_path,
        monkeypatch,
        "print('up', flush=True)\nimport time\n"
        f"while not os.path.exists({str(go)!r}): time.sleep(0.01)\n"
        "os.write(1, b'x' * 3_000_000)\n",
    )
    client = Client()

    async def during(process: ServedProcess) -> None:
        await _until(lambda: b"up" in client.out)
        process.pause_writing()
        go.touch()  # only now is there more to read
        await asyncio.sleep(0.2)
        assert len(client.out) < 3_000_000
        process.resume_writing()

    assert run(Job([], ENVIRONMENT, None), client, during) == 0
    assert len(client.out) == 3_000_003


def test_what_cannot_be_started_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "nothing"))
    with pytest.raises(BaseExceptionGroup) as raised:
        run(Job([], ENVIRONMENT, SPEC), Client())
    assert raised.group_contains(NotServed)


@pytest.mark.parametrize("word", ["a\0b", "x" * 300_000])
def test_nothing_stays_open_of_what_cannot_be_started(word: str) -> None:
    async def body() -> None:
        before = open_files()
        for spec in (None, SPEC):
            with pytest.raises(NotServed):
                await ServedProcess(Job([word], ENVIRONMENT, spec), Client(), _yes).run()
        assert open_files() == before

    asyncio.run(body())


def test_what_was_asked_is_done_though_its_asker_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody ends a session from the viewer and hangs up: the verdict is written down, so it
    must not stay half done."""
    program(
        tmp_path,
        monkeypatch,
        'socket.socket(fileno=line).sendall(b\'{"end":["x","why"]}\\n\')\n'
        "import time; time.sleep(60)\n",
    )
    begun, done = asyncio.Event(), []

    async def slowly(question: control.Question) -> control.Answer:
        begun.set()
        await asyncio.sleep(0.3)
        done.append(question)
        return control.Yes()

    async def body() -> None:
        process = ServedProcess(Job([], ENVIRONMENT, SPEC), Client(), slowly)
        async with asyncio.timeout(30), asyncio.TaskGroup() as group:
            group.create_task(process.run())
            await begun.wait()
            process.end()

    asyncio.run(body())
    assert done == [control.End("x", "why")]


def test_a_window_is_no_larger_than_what_is_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path, monkeypatch, "print(os.get_terminal_size())\n")
    client = Client()
    huge = TerminalSpec("xterm", 2**32 - 1, 30_000, 2**32 - 1, 0, b"")
    assert run(Job([], ENVIRONMENT, huge), client) == 0
    assert b"columns=1000, lines=500" in client.out
