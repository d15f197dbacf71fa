"""Record a local command or shell: a PTY of our own between the person's terminal and it.

Knows: the PTY, the person's terminal, the journal. Must never know: gateways, screens. Called by
``gatereel record``. Every byte is in the journal before it goes to either side, as in the
gateway; typed input is withheld while the PTY does not echo it in line mode, which is what a
password prompt does (a local recorder can ask the PTY; a gateway cannot).
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
import tty
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from recorder.events import (
    ChannelClosed,
    ChannelOpened,
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

CHANNEL = 1
_READ = 1 << 16
_GRACE = 2.0
"""Seconds that a command has to end when its terminal is gone."""


@dataclass(frozen=True, slots=True)
class Size:
    """A terminal's size in characters and, where known, pixels."""

    cols: int
    rows: int
    width: int = 0
    height: int = 0


def size_of(fd: int, default: Size) -> Size:
    """The size of the terminal behind ``fd``, or ``default`` where there is none."""
    try:
        packed = fcntl.ioctl(fd, termios.TIOCGWINSZ, bytes(8))
    except OSError:
        return default
    rows, cols, width, height = struct.unpack("HHHH", packed)
    return Size(cols, rows, width, height) if cols and rows else default


class LocalSession:
    """One command under a PTY, from its start to its exit."""

    def __init__(self, journal: Journal, command: Sequence[str], size: Size, term: str) -> None:
        self._journal = journal
        self._command = command
        self._size = size
        self._term = term
        self._stdin_open = True
        self._unwritten = bytearray()
        """Recorded input that the PTY has not taken yet."""
        self._status: int | None = None

    def run(self, stdin: int, stdout: int) -> int:
        """Runs the command until it ends; returns its exit status as a shell would say it.

        Raises `JournalError` when it cannot be recorded any more; the command is hung up then.
        """
        requested = b"\0".join(word.encode("utf-8", "surrogateescape") for word in self._command)
        size = self._size
        now = self._journal.now()
        self._record(
            ChannelOpened(now, CHANNEL, "session", "client"),
            Terminal(now, CHANNEL, self._term, size.cols, size.rows, size.width, size.height, b""),
            Requested(now, CHANNEL, "exec", requested),
        )
        child, master = pty.fork()
        if child == 0:
            _become(self._command)
        try:
            os.set_blocking(master, False)
            _set_size(master, size)
            with _raw(stdin), _signals() as woken:
                self._pump(child, master, stdin, stdout, woken)
        except BaseException:
            os.close(master)
            if self._status is None:
                _end(child)
            raise
        os.close(master)
        if self._status is None:
            _, self._status = os.waitpid(child, 0)
        return self._ended(self._status)

    def _pump(self, child: int, master: int, stdin: int, stdout: int, woken: int) -> None:
        while True:
            sources = [master, woken]
            if self._stdin_open and len(self._unwritten) < _READ:
                sources.append(stdin)
            sinks = [master] if self._unwritten else []
            ready, writable, _ = select.select(sources, sinks, [])
            if woken in ready:
                os.read(woken, _READ)
                self._resize(master, stdin)
                self._reap(child)
            if master in ready and not self._from_command(master, stdout):
                return
            if stdin in ready:
                self._from_person(master, os.read(stdin, _READ))
            if writable:
                self._to_command(master)
            if self._status is not None and not select.select([master], [], [], 0)[0]:
                # It has ended and all it said is recorded; others may hold its terminal still.
                return

    def _from_command(self, master: int, stdout: int) -> bool:
        """Records and shows what the command wrote; False when nobody can write any more."""
        try:
            data = os.read(master, _READ)
        except BlockingIOError:
            return True
        except OSError as error:
            # Linux says EIO when the last end of the PTY is closed.
            if error.errno != errno.EIO:
                raise
            return False
        if data:
            self._record(Output(self._journal.now(), CHANNEL, data))
            _write(stdout, data)
        return bool(data)

    def _from_person(self, master: int, data: bytes) -> None:
        now = self._journal.now()
        if not data:
            self._stdin_open = False
            self._record(HalfClose(now, CHANNEL, "client"))
            data = bytes(termios.tcgetattr(master)[6][termios.VEOF])
        if _is_prompt_for_secret(master):
            self._record(Typed(now, CHANNEL, len(data)), Withheld(now, CHANNEL, len(data)))
        else:
            self._record(Input(now, CHANNEL, data))
        self._unwritten += data

    def _to_command(self, master: int) -> None:
        with contextlib.suppress(BlockingIOError):
            del self._unwritten[: os.write(master, self._unwritten)]

    def _resize(self, master: int, stdin: int) -> None:
        size = size_of(stdin, self._size)
        if size != self._size:
            self._size = size
            now = self._journal.now()
            self._record(Resize(now, CHANNEL, size.cols, size.rows, size.width, size.height))
            _set_size(master, size)

    def _reap(self, child: int) -> None:
        if self._status is None:
            pid, status = os.waitpid(child, os.WNOHANG)
            if pid:
                self._status = status

    def _ended(self, status: int) -> int:
        now = self._journal.now()
        code = os.waitstatus_to_exitcode(status)
        end: Event
        if code < 0:
            name = signal.Signals(-code).name.removeprefix("SIG")
            end = ExitSignal(now, CHANNEL, name, os.WCOREDUMP(status), "")
        else:
            end = Exit(now, CHANNEL, code)
        self._record(end, ChannelClosed(now, CHANNEL, "the command ended"))
        return code if code >= 0 else 128 - code

    def _record(self, *events: Event) -> None:
        self._journal.append(events).result()


@contextlib.contextmanager
def _signals() -> Iterator[int]:
    """A descriptor that becomes readable when the window changes or a child ends."""
    woken, waker = os.pipe()
    os.set_blocking(waker, False)
    numbers = (signal.SIGWINCH, signal.SIGCHLD)
    before = [signal.signal(number, lambda *_: None) for number in numbers]
    wakeup = signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
    try:
        yield woken
    finally:
        signal.set_wakeup_fd(wakeup)
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
        os.close(woken)
        os.close(waker)


def _become(command: Sequence[str]) -> None:
    """In the child: the command, or a shell's exit status for one that cannot be run."""
    try:
        os.execvp(command[0], list(command))
    except OSError as error:
        os.write(2, f"{command[0]}: {error.strerror}\r\n".encode())
        os._exit(127 if error.errno == errno.ENOENT else 126)


def _end(child: int) -> None:
    """A child that has lost its terminal is hung up; one that does not mind is killed: it must not
    go on where nobody sees it."""
    deadline = time.monotonic() + _GRACE
    while time.monotonic() < deadline:
        if os.waitpid(child, os.WNOHANG)[0]:
            return
        time.sleep(0.05)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def _is_prompt_for_secret(master: int) -> bool:
    """Whether the PTY reads whole lines without echoing them."""
    local = termios.tcgetattr(master)[3]
    return bool(local & termios.ICANON) and not local & termios.ECHO


@contextlib.contextmanager
def _raw(fd: int) -> Iterator[None]:
    """The person's terminal in raw mode, and as it was afterwards."""
    if not os.isatty(fd):
        yield
        return
    before = termios.tcgetattr(fd)
    tty.setraw(fd)
    try:
        yield
    finally:
        termios.tcsetattr(fd, termios.TCSADRAIN, before)


def _set_size(fd: int, size: Size) -> None:
    fcntl.ioctl(
        fd, termios.TIOCSWINSZ, struct.pack("HHHH", size.rows, size.cols, size.width, size.height)
    )


def _write(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]
