"""A process that shows recordings to one principal: started, fed, answered, ended with its channel.

Knows: processes, pseudo-terminals, the questions of `recorder.control`. Must never know: SSH,
policy, recordings; the process is ``gatereel served``, of which nothing is imported here. Made by
`gateway.console`, one for each channel that wants one.

The process leads a session of its own, on a terminal of its own where the principal has one. It
inherits three descriptors and one end of a socket, and none of the gateway's environment.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import pty
import signal
import socket
import struct
import sys
import termios
import tty
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gateway.refusals import NotServed
from gateway.relay import TerminalSpec
from gateway.sides import ClientSide
from recorder import control

FRONT_DOOR = Path(__file__).resolve().parent.parent / "gatereel.py"
PIECE = 64 * 1024
TYPED_AHEAD = 64 * 1024
"""Bytes typed that the process has not taken yet; then the principal is read no more."""
GRACE = 1.0
"""Seconds that a process may take to end when its channel has."""
ROWS, COLS = 500, 1000
"""The largest window that is drawn: what is drawn costs memory and time for every cell."""
SIGNALS = {
    "HUP": signal.SIGHUP,
    "INT": signal.SIGINT,
    "QUIT": signal.SIGQUIT,
    "TERM": signal.SIGTERM,
    "KILL": signal.SIGKILL,
}
"""Those of RFC 4254 that a principal may send on; no other has a meaning here."""

Answering = Callable[[control.Question], Awaitable[control.Answer]]


@dataclass(frozen=True, slots=True)
class Job:
    """What to run."""

    words: Sequence[str]
    """After ``gatereel served``."""
    environment: Mapping[str, str]
    """All of it."""
    terminal: TerminalSpec | None


class ServedProcess:
    """One process, from `run` to its end."""

    def __init__(self, job: Job, client: ClientSide, answer: Answering) -> None:
        self._job = job
        self._client = client
        self._answer = answer
        self._process: asyncio.subprocess.Process | None = None
        self._outlets: list[_Outlet] = []
        self._typed: deque[bytes] = deque()
        self._ahead = 0
        self._gone = False

    async def run(self) -> int:
        """Until it has ended and all that it said is on its way; its exit status.

        Raises NotServed where it cannot be started. Cancelling ends the process.
        """
        loop = asyncio.get_running_loop()
        try:
            ours, kept = await self._begin()
        except (OSError, ValueError) as problem:
            raise NotServed(
                "the app cannot be started here now; tell whoever runs this gateway",
                operator=f"served: {problem}",
            ) from problem
        self._outlets = [
            _Outlet(loop, fd, self._client, error=place == 1) for place, fd in enumerate(kept)
        ]
        if self._gone:
            self._hang_up()
        self._feed()
        try:
            assert self._process is not None
            async with asyncio.TaskGroup() as group:
                answering = group.create_task(self._answer_all(ours))
                status = await self._process.wait()
                for outlet in self._outlets:
                    await outlet.ended.wait()
                # What was answered with yes is done, though nobody waits for it any more.
                with contextlib.suppress(OSError):
                    ours.shutdown(socket.SHUT_RD)
                await answering
        finally:
            self.end()
            await self._bury()
        return status if status >= 0 else 128 - status

    # -- from the principal ------------------------------------------------------------------------

    def typed(self, data: bytes) -> None:
        """Goes to its terminal, as soon as it is there; without one it has no input."""
        if self._job.terminal is None or self._gone or not data:
            return
        self._typed.append(data)
        self._ahead += len(data)
        if self._ahead > TYPED_AHEAD:
            self._client.pause_reading()
        self._feed()

    def resized(self, cols: int, rows: int, width: int, height: int) -> None:
        if self._master >= 0:
            _set_size(self._master, cols, rows, width, height)

    def signalled(self, name: str) -> None:
        if name in SIGNALS:
            self._signal(SIGNALS[name])

    def pause_writing(self) -> None:
        for outlet in self._outlets:
            outlet.pause()

    def resume_writing(self) -> None:
        for outlet in self._outlets:
            outlet.resume()

    def end(self) -> None:
        """Its channel is gone, or somebody ends it: hang up, and do not wait for what it says."""
        if not self._gone:
            self._gone = True
            self._hang_up()

    def _hang_up(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self._signal(signal.SIGHUP)
            asyncio.get_running_loop().call_later(GRACE, self._signal, signal.SIGKILL)
        for outlet in self._outlets:
            outlet.close()

    @property
    def _master(self) -> int:
        """Its terminal's other side; -1 without one, and when that has hung up."""
        if self._job.terminal is None or not self._outlets or self._outlets[0].ended.is_set():
            return -1
        return self._outlets[0].fd

    # -- its life ----------------------------------------------------------------------------------

    async def _begin(self) -> tuple[socket.socket, list[int]]:
        """Starts it: our end of its line, and of its streams. Nothing stays open where it cannot
        be started."""
        with contextlib.ExitStack() as undo:
            ours, theirs = socket.socketpair()
            undo.callback(ours.close)
            ours.setblocking(False)
            with theirs:
                kept, given = self._open_streams()
                for fd in kept:
                    undo.callback(os.close, fd)
                try:
                    self._process = await self._start(given, theirs)
                finally:
                    for fd in set(given):
                        os.close(fd)
            undo.pop_all()
        return ours, kept

    def _open_streams(self) -> tuple[list[int], tuple[int, int, int]]:
        """Our ends, and its standard streams."""
        spec = self._job.terminal
        if spec is None:
            out, its_out = os.pipe()
            error, its_error = os.pipe()
            nothing = os.open(os.devnull, os.O_RDONLY)
            return [out, error], (nothing, its_out, its_error)
        master, slave = pty.openpty()
        # Raw from the first moment: what is typed while it starts is kept for it, not echoed. The
        # gateway's own lines end as a terminal's do.
        tty.setraw(slave)
        modes = termios.tcgetattr(slave)
        modes[1] |= termios.OPOST | termios.ONLCR
        termios.tcsetattr(slave, termios.TCSANOW, modes)
        _set_size(master, spec.cols, spec.rows, spec.width, spec.height)
        return [master], (slave, slave, slave)

    async def _start(
        self, streams: tuple[int, int, int], line: socket.socket
    ) -> asyncio.subprocess.Process:
        words = ["served", "--line", str(line.fileno()), *self._job.words]
        return await asyncio.create_subprocess_exec(
            sys.executable,
            str(FRONT_DOOR),
            *words,
            stdin=streams[0],
            stdout=streams[1],
            stderr=streams[2],
            pass_fds=(line.fileno(),),
            env=dict(self._job.environment),
            cwd="/",
            start_new_session=True,
        )

    async def _answer_all(self, line: socket.socket) -> None:
        """One question after the other, until it hangs up; nonsense ends it."""
        try:
            reader, writer = await asyncio.open_connection(sock=line, limit=control.LINE)
        except BaseException:
            line.close()
            raise
        try:
            while asked := await reader.readline():
                answer = await self._answer(control.read_question(asked))
                writer.write(control.write_answer(answer))
                await writer.drain()
        except (control.ControlError, ValueError):
            self._signal(signal.SIGKILL)
        except ConnectionError:
            pass
        finally:
            writer.close()

    def _feed(self) -> None:
        """Hands over what was typed, as far as its terminal takes it."""
        loop = asyncio.get_running_loop()
        while self._typed and self._master >= 0:
            piece = self._typed.popleft()
            try:
                taken = os.write(self._master, piece)
            except BlockingIOError:
                taken = 0
            except OSError:
                return
            self._ahead -= taken
            if taken < len(piece):
                self._typed.appendleft(piece[taken:])
                loop.add_writer(self._master, self._feed)
                return
        if self._master >= 0:
            loop.remove_writer(self._master)
            self._client.resume_reading()

    def _signal(self, number: signal.Signals) -> None:
        """To the process and whatever is in its group."""
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, number)

    async def _bury(self) -> None:
        assert self._process is not None
        try:
            async with asyncio.timeout(GRACE):
                await self._process.wait()
        except TimeoutError:
            self._signal(signal.SIGKILL)
            await self._process.wait()


class _Outlet:
    """One stream of the process, read as fast as the principal takes it."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, fd: int, client: ClientSide, *, error: bool
    ) -> None:
        self._loop = loop
        self.fd = fd
        self._client = client
        self._error = error
        self.ended = asyncio.Event()
        os.set_blocking(fd, False)
        loop.add_reader(fd, self._read)

    def pause(self) -> None:
        if not self.ended.is_set():
            self._loop.remove_reader(self.fd)

    def resume(self) -> None:
        if not self.ended.is_set():
            self._loop.add_reader(self.fd, self._read)

    def close(self) -> None:
        if not self.ended.is_set():
            self.ended.set()
            self._loop.remove_reader(self.fd)
            self._loop.remove_writer(self.fd)
            os.close(self.fd)

    def _read(self) -> None:
        try:
            data = os.read(self.fd, PIECE)
        except BlockingIOError:
            return
        except OSError:
            data = b""  # a terminal whose process has ended says EIO
        if data:
            self._client.write(data, self._error)
        else:
            self.close()


def _set_size(fd: int, cols: int, rows: int, width: int, height: int) -> None:
    """Within what is drawn; a size of nothing is that of most terminals."""
    pixels = (min(each, 0x7FFF) for each in (height, width))
    packed = struct.pack("HHHH", min(rows or 24, ROWS), min(cols or 80, COLS), *pixels)
    with contextlib.suppress(OSError):
        fcntl.ioctl(fd, termios.TIOCSWINSZ, packed)
