"""Every kind of channel that carries bytes, with byte taps at both of its ends.

Each kind goes to a target of its own name, by which its recording is found. Those that run a
program have `tap`'s; those that move files have OpenSSH's own programs, with `copying` before and
behind them. What is compared is always the same: whatever either end got is in the record, and the
record holds nothing that the other end did not send.
"""

from __future__ import annotations

import shlex
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from recorder.events import Input, Notice, Output
from recorder.reader import Recording
from recorder.store import Store
from tests.system import tap
from tests.system.gateways import RunningGateway
from tests.system.peers import Sshd, need, sshd

COPYING = Path(__file__).with_name("copying.py")
LINES = ("exec", "exec-tty", "shell", "shell-tty", "subsystem", "jump", "forward")
"""Kinds with a program of ours at the far end, which talks to the client all the time."""
FILES = ("sftp", "scp")
BESIDE = "beside"
"""A target of its own for whoever tries whether anybody is let in."""
KINDS = (*LINES, *FILES)
BIG = 64 * 1024 * 1024
HELD_FOR = 1.0
"""Seconds in which a program that nobody holds back surely writes something."""
SLOWLY = "20000"
"""Kbit/s: such a file takes longer than any test."""


class Channel:
    """One at work. ``said`` is everything that its user was shown; ``record`` its store's id."""

    def __init__(self, kind: str, process: subprocess.Popen[bytes], folder: Path) -> None:
        self.kind = kind
        self.process = process
        self.folder = folder
        self._session = ""

    def moved(self) -> int:
        """Bytes that have reached an end so far."""
        return sum(_size(self.folder / name) for name in ("near.out", "far.in"))

    def wait(self, seconds: float) -> None:
        self.process.wait(seconds)

    def said(self) -> bytes:
        return (self.folder / "said").read_bytes()

    def check(self, store: Store) -> int:
        """Compares the ends with the record; how many bytes were delivered."""
        given, out = bytearray(), bytearray()
        with Recording(store, self.session(store)) as recording:
            for record in recording.records():
                match record.event:
                    case Input(data=data):
                        given += data
                    case Output(data=data) | Notice(data=data, error=False):
                        out += data
                    case _:
                        pass
        taken, got = _kept(self.folder / "far.in"), _kept(self.folder / "near.out")
        assert given.startswith(taken), "the target got input that is in no record"
        assert _kept(self.folder / "near.in").startswith(given), "input that nobody sent"
        assert out.startswith(got), "the client got output that is in no record"
        assert _kept(self.folder / "far.out").startswith(out), "output that nobody said"
        return len(taken) + len(got)

    def session(self, store: Store) -> str:
        self._session = self._session or session_to(store, self.kind)
        return self._session


class Line(Channel):
    """One of `LINES`: its program at the far end says how much it has written."""

    def __init__(self, kind: str, running: tap.Tap, first: bytes) -> None:
        super().__init__(kind, running.process, running.folder)
        self._tap = running
        self._first = first
        self._before = 0

    def moved(self) -> int:
        return len(self._tap.out) + _size(self.folder / "got")

    def hurry(self, now: bool) -> None:
        """From now on the program writes as much as is taken of it, or no longer."""
        self._before = self.written()
        (self.folder / "hurry").touch() if now else (self.folder / "hurry").unlink()

    def written(self) -> int:
        """Bytes that the program has tried to write."""
        return sum(_size(self.folder / name) for name in ("said1", "said2"))

    def wait_until_held(self, seconds: float) -> None:
        """Until the program is in a hurry, and yet nothing more is taken of it."""
        size = self.written()
        deadline = time.monotonic() + seconds
        while True:
            time.sleep(HELD_FOR)
            size, last = self.written(), size
            if size == last > self._before:
                return
            assert time.monotonic() < deadline, f"{self.kind}: {size} bytes, and it goes on"

    def wait(self, seconds: float) -> None:
        self._tap.wait(seconds)

    def said(self) -> bytes:
        return bytes(self._tap.out + self._tap.err)

    def check(self, store: Store) -> int:
        return tap.check(
            store,
            self._tap,
            session=self.session(store),
            first=self._first,
            shell=self.kind == "shell-tty",
        )


def session_to(store: Store, target: str) -> str:
    """The newest session with this target."""
    for session in store.ids():
        with Recording(store, session) as recording:
            if recording.header.facts["target"] == target:
                return session
    raise AssertionError(f"no recording of a session with {target}")


@dataclass(frozen=True, slots=True)
class Field:
    """What all channels of a test have behind the gateway."""

    targets: Mapping[str, Sshd]
    """For the gateway's configuration: a name for each kind."""
    policies: str
    """Whereto forwards may go."""
    port: int
    """Where the forward's far end listens."""
    folder: Path

    def start(self, gateway: RunningGateway, kind: str, folder: Path) -> Channel:
        """Opens one such channel, which goes on until something ends it."""
        folder.mkdir(parents=True)
        if kind in FILES:
            return self._files(gateway, kind, folder)
        words = [sys.executable, str(tap.TARGET), str(folder), "7"]
        terminal = kind.endswith("-tty")
        flags = ["-tt"] if terminal else ["-T"]
        (self.folder / "where").write_text(str(folder))
        first = b""
        match kind:
            case "exec" | "exec-tty":
                command = gateway.ssh(kind, *words, flags=flags)
            case "shell" | "shell-tty":
                first = f"exec {shlex.join(words)}\n".encode()
                command = gateway.ssh(kind, flags=flags)
            case "subsystem":
                command = gateway.ssh(kind, "tap", flags=["-s"])
            case "forward":
                command = gateway.ssh(kind, flags=["-W", f"127.0.0.1:{self.port}"])
            case "jump":
                command = jump(gateway, kind, words, folder)
            case _:
                raise ValueError(kind)
        running = tap.start_command(command, folder, 7, terminal=terminal, first=first)
        return Line(kind, running, first)

    def _files(self, gateway: RunningGateway, kind: str, folder: Path) -> Channel:
        near = [sys.executable, str(COPYING), str(folder / "near")]
        big = folder / "big"
        with big.open("wb") as file:
            file.truncate(BIG)
        (self.folder / "where").write_text(str(folder))
        wrapper = folder / "ssh"
        if kind == "sftp":
            words = shlex.join([*near, *gateway.ssh(kind, flags=["-s"])])
            wrapper.write_text(f"#!/bin/sh\nexec {words} sftp\n")
            command = [need("sftp"), "-l", SLOWLY, "-b", "-", "-S", str(wrapper), "target"]
            given = f"put {big} {folder}/up\n".encode()
        else:
            words = shlex.join([*near, *gateway.ssh(kind)])
            wrapper.write_text(f'#!/bin/sh\nfor last; do :; done\nexec {words} "$last"\n')
            command = [need("scp"), "-O", "-l", SLOWLY, "-S", str(wrapper)]
            command += [str(big), f"target:{folder}/up"]
            given = b""
        wrapper.chmod(0o755)
        with (folder / "said").open("wb") as said:
            process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=said, stderr=said)
        assert process.stdin
        with process.stdin:
            process.stdin.write(given)
        return Channel(kind, process, folder)


def jump(gateway: RunningGateway, kind: str, words: list[str], folder: Path) -> list[str]:
    """``ssh -J``, by a client that trusts what the gateway itself says of targets."""
    printed = subprocess.run(
        [*gateway.ssh("")[:-3], "127.0.0.1", "known-hosts"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
    ).stdout
    known = folder / "known_hosts"
    known.write_bytes(printed)
    config = folder / "config"
    config.write_text(
        f"Host gw\n  HostName 127.0.0.1\n  Port {gateway.port}\n"
        f"Host *\n  IdentityFile {gateway.key}\n  IdentitiesOnly yes\n  IdentityAgent none\n"
        f"  UserKnownHostsFile {known}\n  GlobalKnownHostsFile /dev/null\n"
        "  StrictHostKeyChecking yes\n  LogLevel ERROR\n  BatchMode yes\n"
    )
    return [need("ssh"), "-F", str(config), "-J", "gw", kind, *words]


@contextmanager
def field(folder: Path) -> Iterator[Field]:
    """Targets for every kind, until the block ends."""
    folder.mkdir(parents=True)
    where = folder / "where"
    python, server = sys.executable, "/usr/lib/openssh/sftp-server"
    tapped = folder / "tapped"
    tapped.write_text(f'#!/bin/sh\nexec {python} {tap.TARGET} "$(cat {where})" 7\n')
    moving = folder / "moving"
    moving.write_text(
        f"#!/bin/sh\ncase $SSH_ORIGINAL_COMMAND in\n"
        f'*sftp*) exec {python} {COPYING} "$(cat {where})/far" {server} ;;\n'
        f'*) exec {python} {COPYING} "$(cat {where})/far" sh -c "$SSH_ORIGINAL_COMMAND" ;;\n'
        "esac\n"
    )
    for program in (tapped, moving):
        program.chmod(0o755)
    with ExitStack() as held:
        lines = held.enter_context(sshd(folder / "lines", settings=[f"Subsystem tap {tapped}"]))
        files = held.enter_context(sshd(folder / "files", settings=[f"ForceCommand {moving}"]))
        port = held.enter_context(_listening(lambda peer: _serve(peer, where)))
        rule = (
            '@id("somewhere") @nearby("127.0.0.1:*")\n'
            'permit (principal == Person::"alice", action == Action::"forward", resource)\n'
            f'when {{ context.host == "127.0.0.1" && context.port == {port} }};\n'
        )
        targets = {kind: files if kind in FILES else lines for kind in KINDS}
        targets[BESIDE] = lines
        yield Field(targets, rule, port, folder)


@contextmanager
def _listening(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            while True:
                try:
                    peer, _ = server.accept()
                except OSError:
                    return
                threading.Thread(target=serve, args=(peer,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield server.getsockname()[1]


def _serve(peer: socket.socket, where: Path) -> None:
    """The tapped program at the far end of a forward, until either goes."""
    with peer:
        subprocess.run(
            [sys.executable, str(tap.TARGET), where.read_text(), "7"],
            stdin=peer.fileno(),
            stdout=peer.fileno(),
            stderr=subprocess.DEVNULL,
            check=False,
        )


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _kept(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""
