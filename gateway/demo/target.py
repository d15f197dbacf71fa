"""An SSH server with a real shell behind a real terminal: what the demo's gateway leads to.

Knows: terminals, processes, the SSH library. Must never know: the gateway; to it this is any SSH
server. Runs as a process of its own (``python -m gateway.demo.target``), listens on loopback
only, lets in one key, and runs everything as whoever started the demo: it is no server for
anything else.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import fcntl
import os
import pty
import signal
import struct
import sys
import termios
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import asyncssh

CHUNK = 64 * 1024
NAME = "demo"
"""The account's name; the prompt shows it."""

# Run in the child before the program: its session has no terminal yet, so the first one opened
# becomes the controlling one (on some systems only when asked to).
# A signal that is ignored stays so for whoever is started, and a demo may run under nohup.
_HEED_HANGUPS = """
import os, signal, sys
signal.signal(signal.SIGHUP, signal.SIG_DFL)
os.execvp(sys.argv[1], sys.argv[1:])
"""
_TAKE_TERMINAL = """
import fcntl, os, signal, sys, termios
signal.signal(signal.SIGHUP, signal.SIG_DFL)
fd = os.open(sys.argv[1], os.O_RDWR)
try:
    fcntl.ioctl(fd, termios.TIOCSCTTY, 0)
except OSError:
    pass
for target in (0, 1, 2):
    os.dup2(fd, target)
if fd > 2:
    os.close(fd)
os.execvp(sys.argv[2], sys.argv[2:])
"""


class _Program(asyncssh.SSHServerSession[bytes]):
    """One shell or command, with a terminal or with three pipes."""

    def __init__(self, group: asyncio.TaskGroup) -> None:
        self._group = group
        self._channel: asyncssh.SSHServerChannel[bytes] | None = None
        self._size: tuple[int, int, int, int] | None = None
        self._term = ""
        self._command: str | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._master: int | None = None
        self._input: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._writable = asyncio.Event()
        self._writable.set()

    # -- from the library ------------------------------------------------------------------------

    def connection_made(self, chan: asyncssh.SSHServerChannel[bytes]) -> None:
        self._channel = chan

    def pty_requested(
        self,
        term_type: str,
        term_size: tuple[int, int, int, int],
        _term_modes: object,
    ) -> bool:
        self._term, self._size = term_type, term_size
        return True

    def shell_requested(self) -> bool:
        return True

    def exec_requested(self, command: str) -> bool:
        self._command = command
        return True

    def session_started(self) -> None:
        self._group.create_task(self._run())

    def data_received(self, data: bytes, _datatype: asyncssh.DataType) -> None:
        self._input.put_nowait(data)
        if self._input.qsize() > 64 and self._channel is not None:
            self._channel.pause_reading()

    def eof_received(self) -> bool:
        self._input.put_nowait(None)
        return True

    def terminal_size_changed(self, width: int, height: int, pixwidth: int, pixheight: int) -> None:
        self._size = (width, height, pixwidth, pixheight)
        if self._master is not None:
            _set_size(self._master, self._size)

    def signal_received(self, signal: str) -> None:
        self._kill(signal)

    def break_received(self, _msec: int) -> bool:
        if self._master is not None:
            termios.tcsendbreak(self._master, 0)
        return True

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    def connection_lost(self, _exc: Exception | None) -> None:
        self._channel = None
        self._writable.set()
        self._input.put_nowait(None)
        self._kill("HUP")

    # -- the program -----------------------------------------------------------------------------

    async def _run(self) -> None:
        try:
            if self._size is not None:
                await self._run_on_terminal(self._size)
            else:
                await self._run_on_pipes()
        finally:
            self._kill("HUP")
        channel, process = self._channel, self._process
        if channel is None or process is None or process.returncode is None:
            return
        if process.returncode >= 0:
            channel.exit(process.returncode)
        else:
            name = signal.Signals(-process.returncode).name.removeprefix("SIG")
            channel.exit_with_signal(name)

    def _arguments(self) -> list[str]:
        shell = _shell()
        if self._command is not None:
            return [shell, "-c", self._command]
        plain = ["--norc", "--noprofile"] if Path(shell).name == "bash" else []
        return [shell, *plain, "-i"]

    def _environment(self) -> dict[str, str]:
        assert self._channel is not None
        environment = {
            "HOME": str(Path.home()),
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            "LANG": os.environ.get("LANG", "C.UTF-8"),
            "USER": NAME,
            "LOGNAME": NAME,
            "PS1": f"{NAME}:\\w\\$ ",
            "HISTFILE": "/dev/null",
        }
        environment.update(self._channel.get_environment())
        if self._term:
            environment["TERM"] = self._term
        return environment

    async def _run_on_terminal(self, size: tuple[int, int, int, int]) -> None:
        self._master, slave = pty.openpty()
        try:
            _set_size(self._master, size)
            os.set_blocking(self._master, False)
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-I", "-S", "-c", _TAKE_TERMINAL, os.ttyname(slave)),
                *self._arguments(),
                env=self._environment(),
                cwd=Path.home(),
                start_new_session=True,
                stdin=asyncio.subprocess.DEVNULL,
            )
            writer = self._group.create_task(self._type(self._master))
            reader = self._group.create_task(self._show(self._master))
            await self._process.wait()
            os.close(slave)
            slave = -1
            await reader
            writer.cancel()
        finally:
            if slave >= 0:
                os.close(slave)
            master, self._master = self._master, None
            os.close(master)

    async def _show(self, master: int) -> None:
        """What the terminal says, until nobody holds its other end."""
        while True:
            await self._writable.wait()
            try:
                data = os.read(master, CHUNK)
            except BlockingIOError:
                await _ready(master, writing=False)
                continue
            except OSError:
                return
            if not data:
                return
            if self._channel is not None:
                self._channel.write(data)

    async def _type(self, master: int) -> None:
        """What the client sends; the end of it means nothing to a terminal."""
        async for data in self._keys():
            view = memoryview(data)
            while view:
                try:
                    view = view[os.write(master, view) :]
                except BlockingIOError:
                    await _ready(master, writing=True)
                except OSError:
                    return

    async def _keys(self) -> AsyncIterator[bytes]:
        while (data := await self._input.get()) is not None:
            if self._channel is not None and self._input.empty():
                self._channel.resume_reading()
            yield data

    async def _run_on_pipes(self) -> None:
        pipe = asyncio.subprocess.PIPE
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-I", "-S", "-c", _HEED_HANGUPS),
            *self._arguments(),
            env=self._environment(),
            cwd=Path.home(),
            start_new_session=True,
            stdin=pipe,
            stdout=pipe,
            stderr=pipe,
        )
        feeder = self._group.create_task(self._feed(self._process))
        await asyncio.gather(
            self._drain(self._process.stdout, None),
            self._drain(self._process.stderr, asyncssh.EXTENDED_DATA_STDERR),
        )
        await self._process.wait()
        feeder.cancel()

    async def _drain(self, stream: asyncio.StreamReader | None, datatype: int | None) -> None:
        assert stream is not None
        while data := await stream.read(CHUNK):
            await self._writable.wait()
            if self._channel is not None:
                self._channel.write(data, datatype)

    async def _feed(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None
        with contextlib.suppress(ConnectionError):
            async for data in self._keys():
                process.stdin.write(data)
                await process.stdin.drain()
        process.stdin.close()

    def _kill(self, name: str) -> None:
        process = self._process
        number = getattr(signal, f"SIG{name}", None)
        if process is None or process.returncode is not None or number is None:
            return
        group = process.pid
        if self._master is not None:
            with contextlib.suppress(OSError):
                group = os.tcgetpgrp(self._master) or group
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, number)


class _Server(asyncssh.SSHServer):
    def __init__(self, key: asyncssh.SSHKey, group: asyncio.TaskGroup) -> None:
        self._key = key
        self._group = group

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return username == NAME and key == self._key

    def session_requested(self) -> _Program:
        return _Program(self._group)


def _shell() -> str:
    given = os.environ.get("SHELL", "")
    for shell in (given, "/bin/bash", "/bin/sh"):
        if Path(shell).name in ("bash", "sh", "zsh", "dash") and os.access(shell, os.X_OK):
            return shell
    return "/bin/sh"


def _set_size(terminal: int, size: tuple[int, int, int, int]) -> None:
    cols, rows, width, height = (min(side, 0xFFFF) for side in size)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, width, height))


async def _ready(fd: int, *, writing: bool) -> None:
    loop = asyncio.get_running_loop()
    ready = loop.create_future()

    def tell() -> None:
        if not ready.done():
            ready.set_result(None)

    add, remove = (
        (loop.add_writer, loop.remove_writer) if writing else (loop.add_reader, loop.remove_reader)
    )
    add(fd, tell)
    try:
        await ready
    finally:
        remove(fd)


async def serve(host_key: Path, login: Path) -> None:
    """Listens on a free loopback port, says which on standard output, until told to stop."""
    key = asyncssh.read_public_key(str(login))
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with asyncio.TaskGroup() as group:
        listener = await asyncssh.listen(
            "127.0.0.1",
            0,
            config=None,
            server_factory=lambda: _Server(key, group),
            server_host_keys=[str(host_key)],
            server_version="demo",
            encoding=None,
            line_editor=False,
            agent_forwarding=False,
            gss_host=None,
        )
        print(listener.get_port(), flush=True)  # noqa: T201 - the starter reads it
        await stop.wait()
        listener.close()
        await listener.wait_closed()
        raise SystemExit(0)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="gateway.demo.target", description=__doc__)
    parser.add_argument("--host-key", type=Path, required=True)
    parser.add_argument("--login", type=Path, required=True, help="the public key to let in")
    options = parser.parse_args(arguments)
    asyncio.run(serve(options.host_key, options.login))


if __name__ == "__main__":
    main()
