"""The demo's visitor: a real SSH client on a terminal of its own, driven by a script.

Knows: a terminal's bytes, what to type when which words appear. Must never know: the gateway's
insides; whether the client is OpenSSH's or ours makes no difference. Called by `gateway.demo.run`.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import shutil
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Sequence
from pathlib import Path

from gateway.demo import client
from gateway.demo.place import Place
from gateway.refusals import DemoError

PATIENCE = 30.0
"""Seconds for words to appear; only a demo that fails waits so long."""
SECRET = "correct horse battery staple"
"""Typed at a prompt that does not echo: it must be in no recording."""
STATUS = 4
"""With which the scripted session ends."""


def command(place: Place, *words: str) -> list[str]:
    """The client's command line: OpenSSH's client if there is one, else ours."""
    ssh = shutil.which("ssh")
    if ssh is not None:
        return [ssh, "-F", str(place.ssh_config), *(() if words else ("-tt",)), "demo", *words]
    return [
        *(sys.executable, str(Path(client.__file__))),
        *("--port", str(place.port), "--user", place.user),
        *("--key", str(place.key("visitor")), "--known-hosts", str(place.known_hosts)),
        *words,
    ]


class Visit:
    """One client on one terminal."""

    def __init__(self, arguments: Sequence[str], cols: int, rows: int) -> None:
        self._master, slave = pty.openpty()
        self.resize_terminal(cols, rows)
        self._process = subprocess.Popen(
            arguments,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**os.environ, "TERM": "xterm-256color"},
            start_new_session=True,
        )
        os.close(slave)
        self._read = b""
        self.seen = b""

    def type(self, text: str) -> None:
        os.write(self._master, text.encode())

    def resize_terminal(self, cols: int, rows: int) -> None:
        size = struct.pack("HHHH", rows, cols, 0, 0)
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, size)

    def resize(self, cols: int, rows: int) -> None:
        """Changes the window, as a person who drags its corner."""
        self.resize_terminal(cols, rows)
        self._process.send_signal(signal.SIGWINCH)

    def expect(self, words: str) -> None:
        """Waits until these words appear after what was expected before. Raises DemoError."""
        wanted = words.encode()
        until = time.monotonic() + PATIENCE
        while wanted not in self._read:
            if not self._more(until):
                shown = self.seen[-300:].decode("utf-8", "replace")
                raise DemoError(f"the session did not show {words!r}, but: {shown!r}")
        self._read = self._read.partition(wanted)[2]

    def status(self) -> int:
        """Waits for the client's end."""
        until = time.monotonic() + PATIENCE
        while self._more(until):
            pass
        return self._process.wait(PATIENCE)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            os.close(self._master)
        if self._process.poll() is None:
            self._process.terminate()
            self._process.wait(PATIENCE)

    def _more(self, until: float) -> bool:
        """Reads what there is; False at the end, or when the time is over."""
        ready, _, _ = select.select([self._master], [], [], max(0.0, until - time.monotonic()))
        if not ready:
            return False
        try:
            data = os.read(self._master, 65536)
        except OSError:
            return False
        self._read += data
        self.seen += data
        return bool(data)


def scripted_session(place: Place) -> tuple[str, int]:
    """A short visit with a bit of everything; the session's id, and the client's status."""
    visit = Visit(command(place), 90, 28)
    try:
        visit.expect("its id is ")
        visit.expect("\n")
        session = visit.seen.partition(b"its id is ")[2][:36].decode("ascii", "replace")
        visit.expect("$ " if os.geteuid() else "# ")
        visit.type("printf '\\033[1;32m%s\\033[0m\\n' \"in $(uname -s), recorded\"\r")
        visit.expect("in ")
        visit.expect(", recorded\x1b")
        visit.type(
            "stty -echo; printf 'pass%s: ' word; read secret; stty echo; echo; echo thanks\r"
        )
        visit.expect("password: ")
        visit.type(f"{SECRET}\r")
        visit.expect("\nthanks")
        visit.resize(110, 32)
        # The new size may arrive a moment after what is typed.
        visit.type("until stty size | grep -qx '32 110'; do sleep 0.1; done\r")
        visit.type("echo now $(stty size)\r")
        visit.expect("now 32 110")
        visit.type("ls /nowhere; echo 世界 says goodbye\r")
        visit.expect("\n世界 says goodbye")
        visit.type(f"exit {STATUS}\r")
        return session, visit.status()
    finally:
        visit.close()
