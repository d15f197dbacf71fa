"""Byte taps at both ends of sessions through a real gateway, and the comparison with the record.

The plaintext at the client is what the stock ssh client gave and took; at the target it is what
`tap_target` wrote down. Whatever is killed in between: each byte that either end got must be in the
recording, and the recording holds nothing that the other end did not send.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from recorder.events import Disclosed, ErrorOutput, Input, Notice, Output, Typed, Withheld
from recorder.reader import Recording
from recorder.store import Store
from tests.system.gateways import RunningGateway

TARGET = Path(__file__).with_name("tap_target.py")


@dataclass
class Tap:
    """One ``ssh`` through the gateway, fed with random bytes, everything it gave kept."""

    folder: Path
    process: subprocess.Popen[bytes]
    terminal: bool
    sent: bytearray = field(default_factory=bytearray)
    out: bytearray = field(default_factory=bytearray)
    err: bytearray = field(default_factory=bytearray)
    threads: list[threading.Thread] = field(default_factory=list)

    def wait(self, seconds: float = 20) -> None:
        """Until the client has ended and everything it gave is here."""
        self.process.wait(seconds)
        for thread in self.threads:
            thread.join(seconds)
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe:
                pipe.close()


def start(
    gateway: RunningGateway, user: str, folder: Path, seed: int, *, terminal: bool = False
) -> Tap:
    """Starts one session whose two ends are tapped; it goes on until something ends it."""
    folder.mkdir()
    words = [sys.executable, str(TARGET), str(folder), str(seed)]
    command = gateway.ssh(user, *words, flags=["-tt"] if terminal else [])
    return start_command(command, folder, seed, terminal=terminal)


def start_command(
    command: list[str], folder: Path, seed: int, *, terminal: bool = False, first: bytes = b""
) -> Tap:
    """As `start`, by this command; ``first`` is typed before anything else, and what comes behind
    it only when the program at the far end is there."""
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
    )
    tap = Tap(folder, process, terminal)
    assert process.stdin
    assert process.stdout
    assert process.stderr
    out, err = process.stdout.fileno(), process.stderr.fileno()
    for work in (
        lambda: _copy(out, tap.out),
        lambda: _copy(err, tap.err),
        lambda: _type(process, tap, seed, first),
    ):
        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        tap.threads.append(thread)
    return tap


def _copy(source: int, kept: bytearray) -> None:
    while data := os.read(source, 1 << 16):
        kept.extend(data)


def _type(process: subprocess.Popen[bytes], tap: Tap, seed: int, first: bytes) -> None:
    if first:
        assert process.stdin
        tap.sent += first
        process.stdin.write(first)
        while not (tap.folder / "got").exists() and process.poll() is None:
            time.sleep(0.01)
    source = random.Random(-seed - 1)
    alphabet = b"klmnopqrst \n" if tap.terminal else bytes(range(256))
    assert process.stdin
    while process.poll() is None:
        piece = bytes(source.choices(alphabet, k=source.randrange(1, 200)))
        tap.sent += piece
        try:
            process.stdin.write(piece)
        except BrokenPipeError:
            return
        time.sleep(0.002)


def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    """Waits until something of another process is so; fails when it never is."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.005)


def session_of(store: Store, tap: Tap) -> str:
    """The session that ran this tap's command."""
    for session in store.ids():
        with Recording(store, session) as recording:
            for record in recording.records():
                command = getattr(record.event, "command", b"")
                if f"{tap.folder} ".encode() in command:
                    return session
    raise AssertionError("no recording names this session's command")


def check(
    store: Store, tap: Tap, *, session: str = "", first: bytes = b"", shell: bool = False
) -> int:
    """Compares both ends with the record; returns how many bytes were delivered. ``first`` was for
    a shell before the program; on a terminal that ``shell`` said things of its own."""
    out, err, given = bytearray(), bytearray(), bytearray()
    typed = settled = 0
    with Recording(store, session or session_of(store, tap)) as recording:
        for record in recording.records():
            match record.event:
                case Output(data=data):
                    out += data
                case ErrorOutput(data=data) | Notice(data=data, error=True):
                    err += data
                case Notice(data=data):
                    out += data
                case Input(data=data):
                    given += data
                case Typed(count=count):
                    typed += count
                case Disclosed(data=data):
                    assert bytes(tap.sent[settled : settled + len(data)]) == data
                    settled += len(data)
                case Withheld(count=count):
                    settled += count
                case _:
                    pass
    got = _kept(tap.folder / "got")
    assert out.startswith(tap.out), "the client got output that is in no record"
    if tap.terminal:
        assert len(got) <= typed <= len(tap.sent)
    else:
        assert shell or _kept(tap.folder / "said1").startswith(out), "output that nobody wrote"
        _check_errors(tap, bytes(err))
        assert given.startswith(first)
        assert given[len(first) :].startswith(got), "the target got input that is in no record"
        assert tap.sent.startswith(given), "the record has input that nobody sent"
    return len(tap.out) + len(got)


def _check_errors(tap: Tap, recorded: bytes) -> None:
    """Standard error carries the target's, and after it perhaps a line of the gateway's, which
    is in no record where there was none any more, and of the client's own."""
    said = _kept(tap.folder / "said2")
    both = min(len(said), len(tap.err))
    common = next((n for n in range(both) if said[n] != tap.err[n]), both)
    assert recorded[:common] == said[:common], "the client got error output that is in no record"


def _kept(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""
