"""A real command under a PTY of ours: what was shown is what was recorded."""

from __future__ import annotations

import contextlib
import os
import pty
import signal
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from recorder.errors import JournalError
from recorder.events import (
    ChannelClosed,
    Event,
    Exit,
    ExitSignal,
    HalfClose,
    Input,
    Output,
    Requested,
    Resize,
    Terminal,
    Typed,
    Withheld,
)
from recorder.journal import Journal
from recorder.reader import Recording
from recorder.record import LocalSession, Size, size_of
from recorder.store import Store
from recorder.verify import verify_reel
from tests.recorder.builders import Studio

ROOT = Path(__file__).parents[2]

# From Python 3.12 on, a fork beside the writer's thread is warned of; the child execs at once.
pytestmark = pytest.mark.filterwarnings("ignore:This process.*fork:DeprecationWarning")


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with Studio(tmp_path / "store") as made:
        yield made


class Person:
    """Both ends of what a person types at and looks at: pipes, or a terminal."""

    def __init__(self) -> None:
        self.stdin, self._keys = os.pipe()
        self._screen, self.stdout = os.pipe()
        self.seen = b""
        self._reading = threading.Thread(target=self._look)
        self._reading.start()

    def _look(self) -> None:
        while data := os.read(self._screen, 1 << 16):
            self.seen += data

    def wait_for(self, text: bytes) -> None:
        deadline = time.monotonic() + 10
        while text not in self.seen and time.monotonic() < deadline:
            time.sleep(0.005)
        assert text in self.seen

    def type(self, data: bytes) -> None:
        os.write(self._keys, data)

    def leave(self) -> None:
        os.close(self._keys)
        self._keys = -1

    def end(self) -> None:
        os.close(self.stdout)
        self._reading.join(10)
        for fd in (self.stdin, self._keys, self._screen):
            if fd >= 0:
                os.close(fd)


def run(
    journal: Journal, *command: str, act: Callable[[Person], None] | None = None
) -> tuple[int, bytes]:
    """Its exit status, and what the person saw."""
    person = Person()
    acting = threading.Thread(target=act, args=(person,)) if act else None
    if acting:
        acting.start()
    try:
        status = LocalSession(journal, command, Size(80, 24), "xterm").run(
            person.stdin, person.stdout
        )
    finally:
        if acting:
            acting.join(20)
        person.end()
    return status, person.seen


def recorded(studio: Studio, journal: Journal) -> list[Event]:
    with studio.open(journal.id) as recording:
        return [record.event for record in recording.records()][3:]


def test_output_and_exit_status(studio: Studio) -> None:
    journal = studio.begin()
    status, seen = run(journal, "sh", "-c", "printf 'a\\377b'; printf err >&2; exit 7")
    events = recorded(studio, journal)
    assert status == 7
    assert seen == b"a\xffberr"
    assert b"".join(e.data for e in events if isinstance(e, Output)) == seen
    assert [type(e) for e in events[1:3]] == [Terminal, Requested]
    assert isinstance(events[2], Requested)
    assert events[2].command == b"sh\0-c\0printf 'a\\377b'; printf err >&2; exit 7"
    assert [type(e) for e in events[-2:]] == [Exit, ChannelClosed]


def test_every_byte_of_a_flood_is_recorded(studio: Studio) -> None:
    journal = studio.begin()
    status, seen = run(journal, "sh", "-c", "yes 0123456789abcdef | head -c 3000000")
    assert status == 0
    data = b"".join(e.data for e in recorded(studio, journal) if isinstance(e, Output))
    assert data == seen
    assert len(data) > 3_000_000


@pytest.mark.parametrize(
    ("command", "status"), [("no-such-program-here", 127), ("/etc/passwd", 126), ("/", 126)]
)
def test_a_command_that_cannot_be_run(studio: Studio, command: str, status: int) -> None:
    journal = studio.begin()
    got, seen = run(journal, command)
    assert got == status
    assert seen.startswith(command.encode() + b": ")


def test_an_end_by_a_signal(studio: Studio) -> None:
    journal = studio.begin()
    status, _ = run(journal, "sh", "-c", "kill -TERM $$")
    assert status == 128 + signal.SIGTERM
    (end,) = [e for e in recorded(studio, journal) if isinstance(e, ExitSignal)]
    assert (end.signal, end.core) == ("TERM", False)


def test_input_is_recorded_before_the_command_has_it(studio: Studio) -> None:
    journal = studio.begin()

    def act(person: Person) -> None:
        person.wait_for(b"name?")
        person.type(b"ann\n")
        person.wait_for(b"hello ann")
        person.leave()

    status, _ = run(
        journal, "sh", "-c", "printf 'name? '; read x; echo hello $x; cat; exit 3", act=act
    )
    assert status == 3
    events = recorded(studio, journal)
    typed = next(i for i, e in enumerate(events) if isinstance(e, Input))
    assert events[typed] == Input(events[typed].at, 1, b"ann\n")
    greeting = next(i for i, e in enumerate(events) if isinstance(e, Output) and b"hello" in e.data)
    assert typed < greeting
    assert any(isinstance(e, HalfClose) for e in events)


def test_a_password_is_in_no_file(studio: Studio) -> None:
    journal = studio.begin()

    def act(person: Person) -> None:
        person.wait_for(b"Password:")
        person.type(b"hunter2canary\n")
        person.wait_for(b"thanks")
        person.wait_for(b"more?")
        person.type(b"visible\n")

    script = "stty -echo; printf Password:; read p; stty echo; echo thanks; printf more?; read q"
    run(journal, "sh", "-c", script, act=act)
    journal.close("done").result(10)
    events = recorded(studio, journal)
    assert [e.count for e in events if isinstance(e, Typed)] == [14]
    assert [e.count for e in events if isinstance(e, Withheld)] == [14]
    assert [e.data for e in events if isinstance(e, Input)] == [b"visible\n"]
    for path in studio.path.iterdir():
        assert b"hunter2canary" not in path.read_bytes()


def test_input_faster_than_the_command_reads_it_is_not_lost(studio: Studio) -> None:
    journal = studio.begin()
    lines = b"".join(b"%06d\n" % i for i in range(20_000))

    def act(person: Person) -> None:
        person.wait_for(b"go")
        person.type(lines)
        person.wait_for(b"done")

    script = "stty -echo raw; printf go; sleep 0.3; head -c 140000 | cksum; printf done"
    _, seen = run(journal, "sh", "-c", script, act=act)
    expected = subprocess.run(["cksum"], input=lines, capture_output=True, check=True).stdout
    assert expected.strip() in seen
    typed = b"".join(e.data for e in recorded(studio, journal) if isinstance(e, Input))
    assert typed == lines


def test_when_it_cannot_be_recorded_the_command_is_hung_up(studio: Studio, tmp_path: Path) -> None:
    """No command goes on unseen, not even one that ignores the hang-up."""
    journal = studio.begin()
    alive = tmp_path / "pid"
    script = f"trap '' HUP; echo $$ > {alive}; while :; do echo tick; sleep 0.05; done"

    def act(person: Person) -> None:
        person.wait_for(b"tick")
        journal.close("gone").result(10)

    began = time.monotonic()
    with pytest.raises(JournalError, match="has ended"):
        run(journal, "sh", "-c", script, act=act)
    assert time.monotonic() - began < 15
    with pytest.raises(ProcessLookupError):
        os.kill(int(alive.read_text()), 0)


def test_sizes(tmp_path: Path) -> None:
    with (tmp_path / "file").open("wb") as file:
        assert size_of(file.fileno(), Size(1, 2)) == Size(1, 2)
    master, slave = pty.openpty()
    assert size_of(slave, Size(3, 4)) == Size(3, 4)
    termios.tcsetwinsize(slave, (40, 120))
    assert size_of(slave, Size(3, 4)) == Size(120, 40)
    os.close(master)
    os.close(slave)


def test_a_person_at_a_terminal_resizes_it(tmp_path: Path) -> None:
    """``gatereel record`` in a terminal of its own: raw while it runs, as it was afterwards."""
    store = tmp_path / "store"
    environment = {**os.environ, "XDG_DATA_HOME": str(tmp_path / "data"), "TERM": "xterm"}
    master, slave = pty.openpty()
    termios.tcsetwinsize(slave, (24, 80))
    before = termios.tcgetattr(slave)
    script = "stty size; read x; stty size; read y"
    command = [sys.executable, "-m", "gatereel", "record", "--store", str(store), "--"]
    process = subprocess.Popen(
        [*command, "sh", "-c", script], cwd=ROOT, env=environment, stdin=slave, stdout=slave,
        stderr=slave, start_new_session=True,
        preexec_fn=lambda: _control(slave),  # noqa: PLW1509 - one call, no lock
    )  # fmt: skip
    seen = b""
    with contextlib.suppress(OSError):
        for wait_for, act in (
            (b"24 80", lambda: termios.tcsetwinsize(slave, (40, 120))),
            (b"", lambda: os.write(master, b"one\r")),
            (b"40 120", lambda: os.write(master, b"two\r")),
        ):
            while wait_for not in seen:
                seen += os.read(master, 1 << 16)
            time.sleep(0.1)
            act()
    drain = threading.Thread(target=_drain, args=(master,), daemon=True)
    drain.start()
    assert process.wait(30) == 0
    assert termios.tcgetattr(slave)[:4] == before[:4]
    os.close(slave)
    drain.join(10)
    os.close(master)
    opened = Store.open(store)
    (session,) = opened.ids()
    assert verify_reel(opened.reel(session), opened.verifiers()).ok
    with Recording(opened, session) as recording:
        events = [record.event for record in recording.records()]
        assert recording.header.facts["cols"] == 80
    resizes = [e for e in events if isinstance(e, Resize)]
    assert [(e.cols, e.rows) for e in resizes] == [(120, 40)]
    assert b"".join(e.data for e in events if isinstance(e, Input)) == b"one\rtwo\r"


def _control(fd: int) -> None:
    import fcntl

    fcntl.ioctl(fd, termios.TIOCSCTTY, 0)


def _drain(fd: int) -> None:
    with contextlib.suppress(OSError):
        while os.read(fd, 1 << 16):
            pass
