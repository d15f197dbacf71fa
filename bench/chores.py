"""What a soak's clients do, each a piece of work of its own that says when something is wrong.

Knows: stock clients, one gateway, what each answer has to be. Must never know: how long it goes
on, what is measured. Called by `bench.soak`; a chore raises where the gateway lost, changed or
refused what it should not have.
"""

from __future__ import annotations

import hashlib
import os
import random
import re
import shlex
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.system.control import ask, ssh
from tests.system.gateways import RunningGateway
from tests.system.peers import need
from tests.system.tmux import terminal

PATIENCE = 120
"""Seconds that anything may take on a busy machine."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where the work is done."""

    gateway: RunningGateway
    elsewhere: int
    """A port that is no target, and says what it hears backwards."""
    jump: Path
    """A client's configuration that reaches the gateway as ``gw``, and trusts its host CA."""
    folder: Path
    """Of the one who works there."""
    chance: random.Random

    def blob(self, most: int) -> bytes:
        return self.chance.randbytes(self.chance.randrange(1, most))

    def run(self, *words: str, given: bytes = b"", flags: tuple[str, ...] = ()) -> bytes:
        """An exec on the target; what it said."""
        return check(self.gateway.ssh("web1", *words, flags=flags), given)


class Wrong(Exception):
    """The gateway did what it must not."""


def expect(truth: object, what: str) -> None:
    if not truth:
        raise Wrong(what)


def check(command: list[str], given: bytes = b"") -> bytes:
    done = subprocess.run(command, input=given, capture_output=True, timeout=PATIENCE, check=False)
    expect(done.returncode == 0, f"{shlex.join(command)[-80:]}: {done.stderr[-300:]!r}")
    return done.stdout


def shell(site: Site) -> None:
    """A terminal, some lines, and some time at it."""
    with interactive(site) as client:
        for _ in range(site.chance.randint(1, 6)):
            a, b = site.chance.randrange(10**6), site.chance.randrange(10**6)
            say(client, f"echo =$(({a}+{b}))=\n", f"={a + b}=")
            time.sleep(site.chance.uniform(0, 3))
        leave(client, 7)


def bulk(site: Site) -> None:
    """Bytes to a command, and back."""
    data = site.blob(400_000)
    expect(site.run("cat", given=data) == data, "cat did not bring back what it was given")


def flood(site: Site) -> None:
    """Terminal output, more than anybody reads."""
    said = site.run("seq 1 60000", flags=("-tt",))
    expect(said.splitlines()[-1] == b"60000", "the last line is missing")


def files(site: Site) -> None:
    """There and back by SFTP."""
    data = site.blob(300_000)
    here, there, back = (site.folder / name for name in ("here", "there", "back"))
    here.write_bytes(data)
    commands = f"put {here} {there}\nget {there} {back}\nrm {there}\nls {site.folder}\n"
    command = site.gateway.ssh("web1", flags=("-s",))
    (site.folder / "door").write_text(f"#!/bin/sh\nexec {shlex.join(command)} sftp\n")
    (site.folder / "door").chmod(0o755)
    check([need("sftp"), "-q", "-S", str(site.folder / "door"), "-b", "-", "t"], commands.encode())
    expect(back.read_bytes() == data, "the file changed on its way")
    expect(not there.exists(), "the file was not removed")


def forward(site: Site) -> None:
    data = site.blob(100_000)
    flags = ("-W", f"127.0.0.1:{site.elsewhere}")
    expect(check(site.gateway.ssh("web1", flags=flags), data) == data[::-1], "a forward lost bytes")


def jump(site: Site) -> None:
    data = site.blob(200_000)
    words = ["-F", str(site.jump), "-J", "gw", "web1", "sha256sum"]
    said = check([need("ssh"), *words], data)
    expect(said.split()[0] == hashlib.sha256(data).hexdigest().encode(), "-J changed bytes")


def kill_client(site: Site) -> None:
    """A client that is gone in the middle."""
    with subprocess.Popen(
        site.gateway.ssh("web1", "while :; do echo on and on; sleep 0.01; done", flags=("-tt",)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as client:
        assert client.stdout
        expect(client.stdout.read(20), "nothing came")
        time.sleep(site.chance.uniform(0, 1))
        client.kill()


def kill_target(site: Site) -> None:
    """A target's server process that is gone in the middle; the client is told."""
    with interactive(site) as client:
        seen = say(client, "echo =$((PPID))=; echo =$((6*7))=\n", "=42=")
        pid = int(re.findall(r"=(\d+)=", seen)[0])
        os.kill(pid, signal.SIGKILL)
        expect(client.wait(PATIENCE) != 0, "a dead target looked like a good end")


def refused(site: Site) -> None:
    """Three that are not let through."""
    for command in (
        site.gateway.ssh("nosuch", "true"),
        site.gateway.ssh("web1", flags=("-W", "127.0.0.1:1")),
        ssh(site.gateway, "carol", "true", user="web1"),
    ):
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE, check=False
        )
        expect(done.returncode != 0, "what is forbidden was done")


def reload(site: Site) -> None:
    """A file that reads well, one that does not, and the first again."""
    config, process = site.gateway.config, site.gateway.process
    good = config.read_text()
    # In order: what is not to be read may be newer than what is.
    for text in (good + "\n# another\n", good + "\nnonsense = [\n", good):
        new = config.with_suffix(f".{site.folder.name}")
        new.write_text(text)
        new.replace(config)
        os.kill(process.pid, signal.SIGHUP)
        time.sleep(1.5)
        expect(process.poll() is None, "the gateway ended")


def listing(site: Site) -> None:
    for who in ("alice", "bob"):
        done = ask(site.gateway, who, "sessions", "--json")
        expect(done.returncode == 0, f"sessions: {done.stderr[-300:]!r}")


def end_by_verb(site: Site) -> None:
    """Somebody else ends a session; its client goes."""
    with interactive(site) as client:
        session = session_in(say(client, "echo =$((6*7))=\n", "=42="))
        done = ask(site.gateway, "bob", "kill", session, "--reason", "enough")
        expect(done.returncode == 0, f"kill: {done.stderr[-300:]!r}")
        expect(client.wait(PATIENCE) != 0, "the session went on")


def watch(site: Site) -> None:
    """Somebody looks on while it happens; then somebody plays it back."""
    with interactive(site) as client:
        session = session_in(say(client, "echo =$((6*7))=\n", "=42="))
        looking = ssh(site.gateway, "bob", "watch", session, flags=("-tt",))
        with terminal(site.folder / "watch", looking, cols=90, rows=25) as pane:
            pane.wait_for("=42=", PATIENCE)
            say(client, "echo =$((7*7))=\n", "=49=")
            pane.wait_for("=49=", PATIENCE)
            pane.press("q")
            pane.wait_ended(PATIENCE)
        leave(client, 0)
    command = ssh(site.gateway, "bob", "replay", session, flags=("-tt",))
    with terminal(site.folder / "replay", command, cols=90, rows=25) as pane:
        pane.wait_for("+00:00:00", PATIENCE)  # keys before it is there are nobody's
        pane.press("G")
        pane.wait_for("=49=", PATIENCE)
        pane.press("q")
        pane.wait_ended(PATIENCE)


Chore = Callable[[Site], None]

OFTEN: tuple[Chore, ...] = (
    *(shell, shell, shell, bulk, flood, files, forward, jump, kill_client, refused, listing),
)
SELDOM: tuple[Chore, ...] = (kill_target, end_by_verb, watch)
"""Each costs a process that starts slowly, or waits."""


@contextmanager
def interactive(site: Site) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(
        site.gateway.ssh("web1", flags=("-tt",)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        bufsize=0,
    ) as client:
        try:
            yield client
        finally:
            client.kill()


def say(client: subprocess.Popen[bytes], line: str, answer: str) -> str:
    """Types a line; what is shown from then to the answer."""
    assert client.stdin
    assert client.stdout
    client.stdin.write(line.encode())
    seen = b""
    deadline = time.monotonic() + PATIENCE
    while answer.encode() not in seen:
        expect(time.monotonic() < deadline, f"no {answer!r} in {seen[-300:]!r}")
        piece = os.read(client.stdout.fileno(), 65536)
        expect(piece, f"the session ended without {answer!r}: {seen[-300:]!r}")
        seen += piece
    return seen.decode(errors="replace")


def leave(client: subprocess.Popen[bytes], status: int) -> None:
    assert client.stdin
    assert client.stdout
    client.stdin.write(f"exit {status}\n".encode())
    while os.read(client.stdout.fileno(), 65536):
        pass
    expect(client.wait(PATIENCE) == status, "the shell's status was lost")


def session_in(seen: str) -> str:
    """The id that everybody with a terminal is told."""
    told = re.search(r"its id is ([0-9a-f-]{36})", seen)
    if told is None:
        raise Wrong(f"nobody was told that this is recorded: {seen!r}")
    return told[1]


def client_of(folder: Path, gateway: RunningGateway) -> Path:
    """A configuration that knows the gateway as ``gw``, with its own host keys and CA."""
    printed = ask(gateway, "alice", "known-hosts")
    expect(printed.returncode == 0, f"known-hosts: {printed.stderr[-300:]!r}")
    known = folder / "jump_known_hosts"
    known.write_bytes(printed.stdout)
    config = folder / "jump_config"
    config.write_text(
        f"Host gw\n  HostName 127.0.0.1\n  Port {gateway.port}\n"
        f"Host *\n  IdentityFile {gateway.key}\n  IdentitiesOnly yes\n  IdentityAgent none\n"
        f"  UserKnownHostsFile {known}\n  GlobalKnownHostsFile /dev/null\n"
        "  StrictHostKeyChecking yes\n  PreferredAuthentications publickey\n"
        "  ConnectTimeout 10\n  LogLevel ERROR\n  BatchMode yes\n"
    )
    return config
