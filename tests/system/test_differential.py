"""What a client sees through the gateway is what it sees without: bytes, statuses, signals.

A few hundred interactions, each run by the stock client straight against an OpenSSH server and
then through the gateway in front of the same server. What differs on purpose is taken off first,
and nothing else: the gateway's own lines, which say that a shell is recorded or why a request was
refused.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.system.gateways import running_gateway
from tests.system.interactions import Interaction, interactions
from tests.system.peers import need, ssh_command, sshd

TOGETHER = 4
PATIENCE = 60.0
NOTICE = re.compile(rb"gatereel: [^\n]*\n")
HERE = re.compile(rb"Connection to 127\.0\.0\.1 closed\.\r?\n|Shared connection to [^\n]*\n")


class Seen(NamedTuple):
    """What one call of the client gave."""

    status: int
    out: bytes
    err: bytes


@dataclass(frozen=True, slots=True)
class Way:
    """How to reach the target: straight, or through the gateway."""

    port: int
    user: str
    key: Path
    known_hosts: Path
    socket: Path

    def command(self, *words: str, flags: Sequence[str] = ()) -> list[str]:
        shared = [] if "-S" in flags else ["-S", str(self.socket)]
        return ssh_command(
            self.port,
            *words,
            user=self.user,
            key=self.key,
            known_hosts=self.known_hosts,
            flags=[*shared, *flags],
        )

    @contextmanager
    def open(self) -> Iterator[None]:
        """One connection that most interactions share, as a person's client would."""
        master = subprocess.Popen(
            self.command(flags=["-M", "-N"]),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            deadline = time.monotonic() + PATIENCE
            while not self.socket.exists():
                assert master.poll() is None, "the connection to share is gone"
                assert time.monotonic() < deadline, "no connection to share"
                time.sleep(0.01)
            yield
        finally:
            master.terminate()
            master.wait(10)


@pytest.fixture(scope="module")
def ways(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Way, Way]]:
    folder = tmp_path_factory.mktemp("w")
    with (
        # Not the first level of a shell: what somebody's own start-up files print is not compared.
        sshd(folder / "target", settings=["SetEnv SHLVL=5"]) as target,
        running_gateway(folder / "gateway", {"web1": target}) as gateway,
    ):
        known = target.known_hosts(folder / "known_hosts")
        straight = Way(target.port, target.user, target.key, known, folder / "s")
        through = Way(
            gateway.port,
            f"{target.user}@web1",
            gateway.key,
            gateway.known_hosts,
            folder / "g",
        )
        with straight.open(), through.open():
            yield straight, through


@pytest.mark.peer
@pytest.mark.slow
def test_every_interaction_looks_the_same_through_the_gateway(ways: tuple[Way, Way]) -> None:
    straight, through = ways
    table = interactions()
    assert len(table) > 300
    with ThreadPoolExecutor(TOGETHER) as pool:
        expected = list(pool.map(lambda each: run(straight, each), table))
        found = list(pool.map(lambda each: run(through, each), table))
    differing = {
        each.name: (a, b) for each, a, b in zip(table, expected, found, strict=True) if a != b
    }
    assert not differing, told(differing)


def told(differing: dict[str, tuple[Seen, Seen]]) -> str:
    return "\n".join(
        f"{name}\n  straight {str(a)[:300]}\n  through  {str(b)[:300]}"
        for name, (a, b) in differing.items()
    )


def run(way: Way, interaction: Interaction) -> Seen:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/"),
        "TERM": "xterm-256color",
        **interaction.environment,
    }
    sent = [option for name in interaction.environment for option in ("-o", f"SendEnv={name}")]
    words = [interaction.command] if interaction.command else []
    # On a terminal of its own the client has a connection of its own too: one that shares makes its
    # terminal raw only when the program may have written already, and what is typed or shown until
    # then is changed, or kills it, at its own end.
    alone = [] if interaction.window is None else ["-S", "none"]
    command = way.command(*words, flags=[*alone, *interaction.flags, *sent])
    if interaction.window is not None:
        return comparable(on_a_terminal(command, environment, interaction))
    done = subprocess.run(
        command,
        input=interaction.stdin,
        capture_output=True,
        env=environment,
        timeout=PATIENCE,
        check=False,
    )
    return comparable(Seen(done.returncode, done.stdout, done.stderr))


def comparable(seen: Seen) -> Seen:
    """Without the notice, and without what the client says about its own connection."""
    err = HERE.sub(b"", NOTICE.sub(b"", seen.err))
    return seen._replace(out=HERE.sub(b"", NOTICE.sub(b"", seen.out)), err=err)


def on_a_terminal(
    command: Sequence[str], environment: dict[str, str], interaction: Interaction
) -> Seen:
    """The client on a terminal of its own; keys are typed when what they wait for is there."""
    assert interaction.window is not None
    main, side = pty.openpty()
    fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", *interaction.window, 0, 0))
    process = subprocess.Popen(
        # A session of its own, of which this is the terminal.
        [need("setsid"), "--ctty", "--wait", *command],
        stdin=side,
        stdout=side,
        stderr=subprocess.PIPE,
        env=environment,
    )
    os.close(side)
    assert process.stderr
    said, keys, typed_at = bytearray(), list(interaction.keys), 0
    deadline = time.monotonic() + PATIENCE
    try:
        while time.monotonic() < deadline:
            if keys and keys[0][0] in said[typed_at:]:
                typed_at = len(said)
                os.write(main, keys.pop(0)[1])
            ready, _, _ = select.select([main], [], [], 0.05)
            if ready:
                with suppress(OSError):
                    data = os.read(main, 65536)
                    said += data
                    continue
                break
        else:
            process.kill()  # else whoever reads its last words waits as long as it does
        err = process.stderr.read()
        return Seen(process.wait(PATIENCE), bytes(said), err)
    finally:
        process.stderr.close()
        os.close(main)
